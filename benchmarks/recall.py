"""What the instant lane costs and what it is worth: latency, memory, precision, and its hold on the loop."""

from __future__ import annotations

import asyncio
import gc
import random
import re
import sysconfig
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from emberline.completion.recall.confidence import confidence
from emberline.completion.recall.index import LineIndex, Recall
from emberline.completion.recall.workspace import Limits, scan
from emberline.privacy.walk import read_text

_LIBRARY = Path(sysconfig.get_paths()["stdlib"])
_PACKAGES = ("asyncio", "email", "importlib", "unittest")
"""Folders that stand for a workspace each, where precision is measured."""
_TOKEN = re.compile(r"\w+|[^\w\s]")
_SEED = 20261123


def run(short: bool) -> dict[str, object]:
    """Milliseconds, bytes and shares. Precision counts what is right to the last character."""
    files = _files(500_000 if short else 2_000_000)
    index, building = _built(files)
    return {
        "build": building,
        "match ms": _latency(index, files, 1_000 if short else 10_000, time.perf_counter),
        "match ms, processor time": _latency(index, files, 1_000 if short else 10_000, time.thread_time),
        "leaving an edited line ms, processor time": _edits(index, files, 200 if short else 2_000),
        "loop blocked by a scan ms": asyncio.run(_scan(_LIBRARY / "asyncio" if short else _LIBRARY)),
        **_precision(_PACKAGES[:1] if short else _PACKAGES),
    }


def _files(chars: int) -> list[tuple[str, list[str]]]:
    """Real code, about as many characters of it."""
    found: list[tuple[str, list[str]]] = []
    for path in sorted(_LIBRARY.glob("*.py")) + sorted(_LIBRARY.glob("[a-hj-s]*/*.py")):
        text = read_text(path) if path.parent.name not in ("site-packages", "test") else None
        if text is not None and len(text) < 512_000:
            found.append((path.as_uri(), text.split("\n")))
            chars -= len(text)
        if chars <= 0:
            break
    return found


def _built(files: list[tuple[str, list[str]]]) -> tuple[LineIndex, dict[str, object]]:
    chars = sum(len(line) + 1 for _, lines in files for line in lines)
    gc.collect()
    tracemalloc.start()
    traced = _filled(files, chars)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    counted = traced.size
    del traced
    start = time.perf_counter()
    index = _filled(files, chars)
    return index, {
        "characters": chars,
        "seconds": time.perf_counter() - start,
        "bytes counted": counted,
        "bytes held": held,
    }


def _filled(files: list[tuple[str, list[str]]], chars: int) -> LineIndex:
    index = LineIndex()
    index.reserve(chars)
    for source, lines in files:
        index.add(source, lines)
    return index


def _latency(
    index: LineIndex, files: list[tuple[str, list[str]]], rounds: int, clock: Callable[[], float]
) -> dict[str, object]:
    """At random places of the indexed text, where much is alike: a hard case.

    By the wall clock it holds what other programs took from us; processor time is the work itself.
    """
    rng = random.Random(_SEED)
    durations = []
    for _ in range(rounds):
        source, lines = rng.choice(files)
        at = rng.randrange(len(lines))
        column = rng.randint(0, len(lines[at]))
        above = lines[max(0, at - 6) : at]
        start = clock()
        index.match(lines[at][:column], above, source=source, line=at, min_chars=8)
        durations.append((clock() - start) * 1000)
    return distribution(durations)


def _edits(index: LineIndex, files: list[tuple[str, list[str]]], rounds: int) -> dict[str, object]:
    rng = random.Random(_SEED)
    durations = []
    for number in range(rounds):
        source, lines = rng.choice(files)
        at = rng.randrange(len(lines))
        index.replace(source, at, at + 1, [f"    edited_{number} = {rng.random()}"])
        start = time.thread_time()
        index.flush()
        durations.append((time.thread_time() - start) * 1000)
    return distribution(durations)


async def _scan(folder: Path) -> dict[str, object]:
    """Beside a scan, how much later than it asked for a task wakes up."""
    index = LineIndex()
    late: list[float] = []
    running = True

    async def watch() -> None:
        while running:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append((time.perf_counter() - start - 0.001) * 1000)

    watcher = asyncio.create_task(watch())
    start = time.perf_counter()
    files = 0
    async for progress in scan(index, (folder,), Limits(total_bytes=3_000_000)):
        files = progress.files
    seconds = time.perf_counter() - start
    running = False
    await watcher
    return {**distribution(late), "files": files, "scan seconds": seconds}


def _precision(packages: tuple[str, ...]) -> dict[str, object]:
    answers: list[tuple[Recall | None, str]] = []
    for package in packages:
        answers.extend(evaluate(_LIBRARY / package, 0.1))
    table: dict[str, object] = {"places asked": len(answers)}
    for low, high in ((8, 16), (16, 24), (24, 40), (40, 80), (80, 1000)):
        right = [found.text == truth for found, truth in answers if found and low <= found.matched < high]
        table[f"match of {low}–{high} characters"] = _share(right)
    for gate in (0.0, 0.3, 0.5, 0.7, 0.9):
        right = [found.text == truth for found, truth in answers if found and confidence(found) >= gate]
        table[f"confidence ≥ {gate}"] = _share(right)
    return table


def _share(right: list[bool]) -> dict[str, object]:
    return {"recalls": len(right), "exact": sum(right) / len(right) if right else 0.0}


def evaluate(folder: Path, share: float) -> list[tuple[Recall | None, str]]:
    """Asks at a `share` (0 … 1) of the folder's lines, twice each, at random token starts.

    The index holds the folder's other files and, of the file asked about, the text above the cursor.
    """
    rng = random.Random(_SEED)
    texts = {path.as_uri(): (read_text(path) or "").split("\n") for path in sorted(folder.rglob("*.py"))}
    index = LineIndex()
    index.reserve(sum(len(line) + 1 for lines in texts.values() for line in lines))
    for source, lines in texts.items():
        index.add(source, lines)
    answers: list[tuple[Recall | None, str]] = []
    for source, lines in texts.items():
        index.add(source, [])
        known = 0
        for at, line in enumerate(lines):
            starts = [found.start() for found in _TOKEN.finditer(line)]
            if not starts or rng.random() > share:
                continue
            index.replace(source, known, known, lines[known:at])
            index.flush()
            known = at
            above = lines[max(0, at - 6) : at]
            for column in rng.sample(starts, min(2, len(starts))):
                found = index.match(line[:column], above, source=source, line=at, min_chars=8)
                answers.append((found, line[column:].rstrip()))
        index.add(source, lines)
    return answers


def main() -> None:
    command_line("Recall: latency, memory, precision", run)


if __name__ == "__main__":
    main()
