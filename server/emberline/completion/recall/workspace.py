"""Fills the index from the workspace folders, in the background and within bounds.

Walking and reading happen in a worker thread, a few milliseconds at a time (longer, and Python's lock would
make the event loop wait); indexing happens on the event loop, a block at a time, with pauses.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from emberline.completion.recall.index import LineIndex
from emberline.config.folders import all_spellings
from emberline.privacy.files import Patterns, lies_secret
from emberline.privacy.ignores import Ground, Verdict, excludes_file, ground

_SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__", "venv", "site-packages"))
"""Code of others or of machines, even where no ignore file says so."""
_SKIPPED_SUFFIXES = (".min.js", ".min.css", ".lock", ".map", ".csv", ".svg", ".ipynb", ".log")

_THREAD_SLICE_S = 0.002
_LOOP_SLICE_S = 0.001
_PAUSE_S = 0.002


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a scan."""

    files: int = 5_000
    visited: int = 50_000
    """Folder entries looked at, files or not."""
    file_bytes: int = 512_000
    total_bytes: int = 8_000_000
    """Bytes of file content indexed in all; memory is bounded by the index itself."""


class Progress(NamedTuple):
    """How far a scan is."""

    files: int
    bytes: int
    finished: bool


def walk(
    folder: Path, limits: Limits, exclude: Sequence[str] = (), opened: Sequence[Path] = ()
) -> Iterator[Path | None]:
    """The files of `folder` that may be indexed, in a stable order, nearest to the root first.

    Lazy; a None stands for a step that found no file, so that the caller can pause. Ignore files (those
    above `folder`, too) and `exclude` apply as in privacy/files.py, by its name and by where it really lies.
    `opened` are all folders of the workspace. Links are not followed. Unreadable folders are passed over.
    """
    everywhere, around = excludes_file(), (*opened, folder)
    excluded = Patterns(exclude, around)
    spelt = all_spellings(around)
    folders = [tuple(ground(each, spelt, everywhere) for each in all_spellings((folder,)))]
    visited = 0
    while folders:
        here = folders.pop(0)
        if any(each.said is not Verdict.READ for each in here):
            continue
        try:
            with os.scandir(here[0].folder) as entries:
                found = sorted(islice(entries, limits.visited - visited), key=lambda entry: entry.name)
        except OSError:
            continue
        yield None
        for entry in found:
            visited += 1
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            is_folder = entry.is_dir()
            if any(excluded.cover(each.folder / entry.name, is_folder) for each in here):
                yield None  # final: no ignore file takes it back
            elif is_folder:
                if entry.name not in _SKIPPED_FOLDERS:
                    folders.append(tuple(each.below(entry.name) for each in here))
                yield None
            elif _eligible(entry, limits) and all(_may_recall(each, entry.name) for each in here):
                yield Path(entry.path)
            else:
                yield None
        if visited >= limits.visited:
            return


def _may_recall(here: Ground, name: str) -> bool:
    return here.verdict(name, False) is Verdict.READ and not lies_secret(here.folder / name)


def read_text(path: Path) -> str | None:
    """The file's text, or None if it is binary, not UTF-8, or cannot be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if b"\0" in content[:8192]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


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
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _eligible(entry: os.DirEntry[str], limits: Limits) -> bool:
    if entry.name.endswith(_SKIPPED_SUFFIXES):
        return False
    try:
        return entry.is_file() and 0 < entry.stat().st_size <= limits.file_bytes
    except OSError:
        return False
