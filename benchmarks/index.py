"""The workspace's index over 5,000 files: how long it takes to build, what it holds, how quickly it answers.

The workspace is made of real files, each many times over. Words that few of the files have, the names of
modules among them, are other ones in every copy; what many have is the same in all: so some names stand in
thousands of files and most in few, as in a real one.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import re
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from benchmarks.data import unseen
from emberline.documents.store import Document
from emberline.documents.text import Text
from emberline.refactor.index.workspace import WorkspaceIndex
from emberline.syntax.words import words

_Answer = TypeVar("_Answer")

_SEED = 20261124
_FILES = 5_000
_BYTES = 50_000_000
_RARE = 3
"""A word that no more of the original files have is another one in every copy."""
_WORD = re.compile(r"\b[^\W\d]\w*")
_SUFFIXES = (".py", ".js", ".ts", ".go", ".rs", ".java")


def run(short: bool) -> dict[str, object]:
    """Seconds, milliseconds, bytes. The short run has a tenth of the files. Processor time is the work itself
    without what other programs took."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = workspace(root, _FILES // 10 if short else _FILES)
        held = asyncio.run(_memory(root))
        return {"source bytes": size, **asyncio.run(_measured(root, 40 if short else 200)), **held}


def workspace(root: Path, count: int) -> int:
    """Writes so many files, in packages that import their own modules; returns their bytes."""
    sources = [(path, text) for path, text in _sources() if 400 < len(text) < 60_000]
    spread = Counter(word for _, text in sources for word in words(text))
    rare = {word for word, files in spread.items() if files <= _RARE and not word.startswith("__")}
    written = size = copy = 0
    while written < count:
        package = root / f"part{copy:03}"
        for number, (path, text) in enumerate(sources):
            if written >= count or size >= _BYTES:
                return size
            stem = f"{path.stem}_{copy}" if path.stem in rare else path.stem
            target = package / path.parent.name / f"{stem}{path.suffix}"
            if target.exists():
                target = target.with_stem(f"{stem}_{number}")
            target.parent.mkdir(parents=True, exist_ok=True)
            content = _WORD.sub(partial(_renamed, rare, copy), text)
            target.write_text(content)
            written, size = written + 1, size + len(content)
        copy += 1
    return size


def _renamed(rare: set[str], copy: int, found: re.Match[str]) -> str:
    return f"{found[0]}_{copy}" if found[0] in rare else found[0]


def _sources() -> Iterator[tuple[Path, str]]:
    """Real files: unseen ones, and where those are of one language alone, the standard library's too."""
    for folder in (unseen(), Path(os.__file__).parent / "asyncio", Path(os.__file__).parent / "email"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                try:
                    yield path, path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue


async def _memory(root: Path) -> dict[str, object]:
    """What the index itself holds, counted by Python: that is slow, so nothing else is measured meanwhile."""
    gc.collect()
    tracemalloc.start()
    index = WorkspaceIndex((root,))
    await index.start()
    await index.ready()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    await index.close()
    return {"bytes held": held}


async def _measured(root: Path, rounds: int) -> dict[str, object]:
    index = WorkspaceIndex((root,))
    late: list[float] = []
    held: list[float] = []
    watcher = asyncio.create_task(_watch(late, held))
    start = time.perf_counter()
    await index.start()
    await index.ready()
    seconds = time.perf_counter() - start
    watcher.cancel()
    chosen = _some_of(root, rounds)
    results: dict[str, object] = {
        "files": index.view.files,
        "build seconds": seconds,
        "event loop late while building ms": distribution(late),
        "event loop's own work at a time ms": distribution(held),
        "update of a saved file ms": await _updates(index, chosen[: rounds // 4]),
        **await _documents(index, chosen),
        **_questions(index, chosen),
    }
    await index.close()
    return results


def _some_of(root: Path, count: int) -> list[Path]:
    paths = sorted(path for path in root.rglob("*") if path.suffix in _SUFFIXES)
    return random.Random(_SEED).choices(paths, k=count)


async def _watch(late: list[float], held: list[float]) -> None:
    """How much later than it asked for a task wakes up (with what other processes took), and how much
    processor time this thread spent meanwhile (without)."""
    while True:
        start, used = time.perf_counter(), time.thread_time()
        await asyncio.sleep(0.001)
        late.append((time.perf_counter() - start - 0.001) * 1000)
        held.append((time.thread_time() - used) * 1000)


async def _updates(index: WorkspaceIndex, paths: list[Path]) -> dict[str, object]:
    """From the file's event to the answer, with the wait in which events are gathered."""
    durations = []
    for number, path in enumerate(paths):
        name = f"fresh_{number}"
        path.write_text(f"{path.read_text()}\n\n{_definition(path, name)}\n")
        start = time.perf_counter()
        index.files_changed((path,))
        await index.ready()
        durations.append((time.perf_counter() - start) * 1000)
        if not index.view.definitions(name):
            raise AssertionError(f"{path} was not read again")
    return distribution(durations)


def _definition(path: Path, name: str) -> str:
    forms = {
        ".py": "def {}(): pass",
        ".go": "func {}() {{}}",
        ".rs": "fn {}() {{}}",
        ".java": "class {} {{}}",
    }
    return forms.get(path.suffix, "function {}() {{}}").format(name)


async def _documents(index: WorkspaceIndex, paths: list[Path]) -> dict[str, object]:
    """A keystroke's own cost, and that of the next answer, which has to read the document."""
    strokes, answers = [], []
    for number, path in enumerate(paths):
        text = path.read_text()
        document = Document(path.as_uri(), "python", 1, Text.of(text))
        index.opened(document)
        changed = Document(path.as_uri(), "python", 2, Text.of(f"{text}\ntyped_{number} = 1\n"))
        strokes.append(_timed(partial(index.changed, changed))[1])
        answers.append(_timed(partial(index.view.definitions, f"typed_{number}"))[1])
        index.closed(path.as_uri())
    await index.ready()
    return {
        "keystroke in an open document ms, processor time": distribution(strokes),
        "next answer after it ms, processor time": distribution(answers),
    }


def _questions(index: WorkspaceIndex, paths: list[Path]) -> dict[str, object]:
    view = index.view
    definitions, mentions, importers, outlines = [], [], [], []
    rng = random.Random(_SEED)
    for path in paths:
        outline, milliseconds = _timed(partial(view.outline, path))
        outlines.append(milliseconds)
        if outline is None or not outline.definitions:
            continue
        name = rng.choice(outline.definitions).name
        word = rng.choice(sorted(words(path.read_text())))
        definitions.append(_timed(partial(view.definitions, name))[1])
        mentions.append(_timed(partial(view.mentions, word))[1])
        importers.append(_timed(partial(view.importers, path, name))[1])
    return {
        "outline ms, processor time": distribution(outlines),
        "definitions ms, processor time": distribution(definitions),
        "mentions ms, processor time": distribution(mentions),
        "importers ms, processor time": distribution(importers),
    }


def _timed(what: Callable[[], _Answer]) -> tuple[_Answer, float]:
    start = time.thread_time()
    found = what()
    return found, (time.thread_time() - start) * 1000


def main() -> None:
    command_line("Index: build, memory, updates, questions", run)


if __name__ == "__main__":
    main()
