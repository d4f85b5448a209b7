"""Commit messages for real commits: how many of a model's subjects hold, how many are the facts' own.

`python -m benchmarks.messages [--commits 30] [--show] [REPOSITORY]` goes through a repository's last commits
in a copy: each is staged anew and its message asked for by the models of your own configuration. Whether a
subject that held is *good* only a reader can say; `--show` prints each beside the one that was written.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import print_table
from benchmarks.data import ROOT
from emberline.config.load import load
from emberline.routing.router import Router
from emberline.tasks.commit import message
from emberline.tasks.types import Nobody

_SECONDS = 300.0
"""A reading on a busy machine shall not count as an answer that does not hold."""


@dataclass(frozen=True, slots=True)
class Case:
    """One commit, written anew."""

    written: str
    """By its author."""
    subject: str
    attempts: int
    """Answers until one held; 0 where none did, and the facts speak."""
    seconds: float
    notes: tuple[str, ...]


async def cases(repository: Path, count: int) -> AsyncIterator[Case]:
    """Of the latest commits with text in them, merges left out, oldest first."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        _git(Path(folder), "clone", "-q", "--no-hardlinks", str(repository), str(copy))
        commits = _git(copy, "log", "--no-merges", f"-{count}", "--format=%H").split()
        router = Router(load((copy,)), (copy,))
        try:
            for each in reversed(commits):
                yield await _case(router, copy, each)
        finally:
            await router.close()


async def _case(router: Router, copy: Path, commit: str) -> Case:
    await asyncio.to_thread(_stage, copy, commit)
    began = time.perf_counter()
    product = await message(router, copy, Nobody(), _SECONDS)
    took = time.perf_counter() - began
    written = await asyncio.to_thread(_git, copy, "log", "-1", "--format=%s", commit)
    subject = product.text.partition("\n")[0]
    return Case(written.strip(), subject, len(product.answers), took, product.notes)


def _stage(copy: Path, commit: str) -> None:
    """The state in which this commit was about to be made."""
    _git(copy, "reset", "-q", "--hard", f"{commit}^")
    _git(copy, "clean", "-fdq")
    _git(copy, "read-tree", commit)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(("git", "-C", str(folder), *arguments), capture_output=True, text=True, check=True)
    return done.stdout


async def _all(repository: Path, count: int, shows: bool) -> list[Case]:
    found = []
    async for each in cases(repository, count):
        found.append(each)
        if shows:
            notes = " ".join(each.notes)
            print(f"written: {each.written}\nmade:    {each.subject}\n         {notes}\n", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--commits", type=int, default=30)
    parser.add_argument(
        "--show", action="store_true", help="print each subject beside the one that was written"
    )
    args = parser.parse_args()
    found = asyncio.run(_all(args.repository.resolve(), args.commits, args.show))
    seconds = sorted(each.seconds for each in found)
    print_table(
        "Commit messages",
        {
            "commits": len(found),
            "subjects that held at once": sum(each.attempts == 1 for each in found),
            "held after being asked again": sum(each.attempts > 1 for each in found),
            "facts instead": sum(each.attempts == 0 for each in found),
            "seconds, median": seconds[len(seconds) // 2],
            "seconds, longest": seconds[-1],
        },
    )


if __name__ == "__main__":
    main()
