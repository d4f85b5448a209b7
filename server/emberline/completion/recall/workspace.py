"""Fills the index from the workspace folders, in the background and within bounds.

Walking and reading happen in a worker thread, a few milliseconds at a time (longer, and Python's lock would
make the event loop wait); indexing happens on the event loop, a block at a time, with pauses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from emberline.completion.recall.index import LineIndex
from emberline.documents.text import normalised
from emberline.privacy.walk import Bounds, read_text, walk

_THREAD_SLICE_S = 0.002
_LOOP_SLICE_S = 0.001
_PAUSE_S = 0.002


@dataclass(frozen=True, slots=True)
class Limits(Bounds):
    """Bounds of a scan."""

    files: int = 5_000
    total_bytes: int = 8_000_000
    """Bytes of file content indexed in all; memory is bounded by the index itself."""


class Progress(NamedTuple):
    """How far a scan is."""

    files: int
    bytes: int
    finished: bool


async def scan(
    index: LineIndex,
    folders: tuple[Path, ...],
    limits: Limits = Limits(),
    *,
    source_of: Callable[[Path], str] = Path.as_uri,
    exclude: Sequence[str] = (),
    may_read: Callable[[str], bool] = lambda source: True,
) -> AsyncIterator[Progress]:
    """Indexes the folders' files and yields after each; cancelling the task stops it at once.

    Sources that the index holds already are left alone: an open document is newer than its file. `source_of`
    names a path as the editor would (its URI). `may_read` is asked of each source just before it is entered:
    what may be read can change while the scan goes on. Ends early when a limit is reached; files that the
    index has no room for are passed over.
    """
    paths, total = await _listed(folders, limits, exclude)
    index.reserve(min(total, limits.total_bytes))
    files = size = 0
    for path in paths:
        source = source_of(path)
        if source in index:
            continue
        lines = await asyncio.to_thread(_read_lines, path)
        if lines is None or source in index or index.room < 2 * sum(map(len, lines)):
            continue  # a file must not displace what is known already, open documents least of all
        if not may_read(source):
            continue
        await _add_slowly(index, source, lines)
        files, size = files + 1, size + sum(map(len, lines))
        yield Progress(files, size, False)
    yield Progress(files, size, True)


async def _listed(
    folders: tuple[Path, ...], limits: Limits, exclude: Sequence[str]
) -> tuple[list[Path], int]:
    """The files to read, within the limits, and their bytes."""
    paths: list[Path] = []
    total = 0

    def take(steps: Iterator[Path | None]) -> bool:
        """Walks on for one slice of time; false when there is no more to find."""
        nonlocal total
        until = time.perf_counter() + _THREAD_SLICE_S
        for path in steps:
            if path is not None:
                try:
                    size = path.stat().st_size
                except OSError:
                    continue
                if len(paths) >= limits.files or total + size > limits.total_bytes:
                    return False
                paths.append(path)
                total += size
            if time.perf_counter() >= until:
                return True
        return False

    for folder in folders:
        steps = walk(folder, limits, exclude, folders)
        while await asyncio.to_thread(take, steps):
            await asyncio.sleep(_PAUSE_S)
    return paths, total


async def _add_slowly(index: LineIndex, source: str, lines: list[str]) -> None:
    until = time.perf_counter() + _LOOP_SLICE_S
    for _ in index.adding(source, lines):
        if time.perf_counter() >= until:
            await asyncio.sleep(_PAUSE_S)
            until = time.perf_counter() + _LOOP_SLICE_S


def _read_lines(path: Path) -> list[str] | None:
    text = read_text(path)
    return None if text is None else normalised(text).split("\n")
