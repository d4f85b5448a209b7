"""Questions about a workspace: whether the right place is found, whether what is not there is said not to be,
and how long it takes over 5,000 files.

`--model` also has the local default model answer some of them: a minute each on two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import psutil

from benchmarks.common import distribution, print_table
from benchmarks.data import ROOT, SHARED
from benchmarks.index import _watch as watch_the_loop
from benchmarks.index import workspace
from benchmarks.questions_asked import OWN, OWN_NOT_THERE, UNSEEN, UNSEEN_NOT_THERE, Asked
from emberline.tasks.questions.answering import LEAST_COVERAGE, PLACES
from emberline.tasks.questions.findings import Findings, Hit
from emberline.tasks.questions.index import QuestionIndex, SingleIndex
from emberline.tasks.questions.library import Library, Setting

_FILES = 5_000
_OWN_FOLDERS = ("server", "docs", "editors", "config.yaml", "README.md", "CHANGELOG.md")
_MODEL_EVERY = 8
"""The model is asked every so manieth of the questions."""


def run(short: bool) -> dict[str, object]:
    """Shares 0..1, seconds, milliseconds, bytes. The short run has a tenth of the files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = workspace(root, _FILES // 10 if short else _FILES)
        speed = asyncio.run(_speed(root))
    return {**quality(), "source bytes": size, **speed}


# -- quality -------------------------------------------------------------------------------------------


def quality() -> dict[str, object]:
    """Of the sets: how often the right place comes first, or among five; how often an answer is promised."""
    rows: dict[str, object] = {}
    for name, folder, asked, missing in _sets():
        with _own_copy(folder) as root:
            library = Library(Setting((root,)))
            library.refresh()
            for half, part in (("calibrated", asked[0::2]), ("held back", asked[1::2])):
                rows[f"{name}, {half}"] = _recall(library, part)
            rows[f"{name}, not there"] = {
                "n": len(missing),
                "not found": _share([not promised(_found(library, each)) for each in missing]),
            }
            library.close()
    return rows


def _sets() -> Iterator[tuple[str, Path, Sequence[Asked], Sequence[Asked]]]:
    if (unseen := SHARED / "unseen").is_dir():
        yield "unseen", unseen, UNSEEN, UNSEEN_NOT_THERE
    yield "own", ROOT, OWN, OWN_NOT_THERE


@contextmanager
def _own_copy(folder: Path) -> Iterator[Path]:
    """This project's files without the questions themselves, which hold all the words; others as they are."""
    if folder != ROOT:
        yield folder
        return
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for each in _OWN_FOLDERS:
            _copied(ROOT / each, root / each)
        yield root


def _copied(source: Path, target: Path) -> None:
    if source.is_dir():
        unwanted = shutil.ignore_patterns("node_modules", "__pycache__", "dist", "out", "*.png")
        shutil.copytree(source, target, ignore=unwanted)
    else:
        shutil.copy(source, target)


def _recall(library: Library, asked: Sequence[Asked]) -> dict[str, object]:
    found = [(each, _found(library, each)) for each in asked]
    ranks = [rank(findings, each) for each, findings in found]
    return {
        "n": len(asked),
        "recall@1": _share([each == 1 for each in ranks]),
        "recall@5": _share([each is not None for each in ranks]),
        "wrongly not found": _share([not promised(findings) for _, findings in found]),
    }


def _found(library: Library, asked: Asked) -> Findings:
    return library.search(asked.question, PLACES)


def rank(findings: Findings, asked: Asked) -> int | None:
    """From 1; None where no right place is among the first five."""
    hits = enumerate(findings.hits[:PLACES], 1)
    return next((number for number, hit in hits if is_right(hit, asked)), None)


def is_right(hit: Hit, asked: Asked) -> bool:
    return any(
        _lies_in(hit.name, file) and _is_of(hit.passage.symbol, symbol) for file, symbol in asked.places
    )


def _lies_in(name: str, file: str) -> bool:
    return name == file or name.endswith(f"/{file}") or name.startswith(f"{file}/")


def _is_of(symbol: str, wanted: str) -> bool:
    return not wanted or symbol == wanted or symbol.startswith(f"{wanted}.")


def promised(findings: Findings) -> bool:
    """Whether a model would be asked."""
    return max((hit.coverage for hit in findings.hits[:PLACES]), default=0.0) >= LEAST_COVERAGE


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)


# -- speed ---------------------------------------------------------------------------------------------

_QUESTION = "How are server-sent events parsed?"


async def _speed(root: Path) -> dict[str, object]:
    late: list[float] = []
    held: list[float] = []
    watcher = asyncio.create_task(watch_the_loop(late, held))
    began = time.perf_counter()
    await _asked(SingleIndex((root,)))
    single = time.perf_counter() - began
    index = QuestionIndex((root,))
    began = time.perf_counter()
    findings = await _asked(index)
    first = time.perf_counter() - began
    memory = _readers_memory()
    again = []
    for _ in range(10):
        began = time.perf_counter()
        await _asked(index)
        again.append((time.perf_counter() - began) * 1000)
    watcher.cancel()
    await index.close()
    return {
        "files": findings.files,
        "one question from the shell s": single,
        "first question in the editor s": first,
        "next question ms": distribution(again),
        "event loop late ms": distribution(late),
        "event loop's own work at a time ms": distribution(held),
        "reader's bytes": memory,
    }


async def _asked(index: QuestionIndex | SingleIndex) -> Findings:
    return await index.search(_QUESTION, PLACES, (), lambda done, of: None)


def _readers_memory() -> int:
    children = psutil.Process(os.getpid()).children()
    return sum(
        each.memory_info().rss for each in children if "emberline.tasks.questions.reader" in each.cmdline()
    )


# -- with the model ------------------------------------------------------------------------------------


async def through_the_model() -> dict[str, object]:
    """What the local default model makes of some of the questions, in a strict workspace."""
    from emberline.config.load import load
    from emberline.routing.router import Router
    from emberline.tasks.questions.answering import answer
    from emberline.tasks.types import Nobody

    rows: dict[str, object] = {}
    for name, folder, asked, missing in _sets():
        with _own_copy(folder) as root:
            router = Router(load((root,)), (root,))
            index = QuestionIndex((root,))
            try:
                for each in (*asked[::_MODEL_EVERY], *missing[::_MODEL_EVERY]):
                    began = time.perf_counter()
                    reply = await answer(router, index, each.question, Nobody())
                    seconds = time.perf_counter() - began
                    cited = [place for place in reply.citations if place.is_cited]
                    rows[f"{name}: {each.question}"] = {
                        "found": reply.found,
                        "right place cited": any(
                            _lies_in(place.name, file) for place in cited for file, _ in each.places
                        ),
                        "seconds": seconds,
                        "answer": reply.text.replace("\n", " ")[:200],
                    }
                    print(each.question, rows[f"{name}: {each.question}"], file=sys.stderr, flush=True)
            finally:
                await index.close()
                await router.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--short", action="store_true", help="a tenth of the files")
    parser.add_argument("--model", action="store_true", help="the local default model's answers instead")
    args = parser.parse_args()
    results = asyncio.run(through_the_model()) if args.model else run(args.short)
    if args.json:
        print(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode())
    else:
        print_table("Questions about a workspace", results)


if __name__ == "__main__":
    main()
