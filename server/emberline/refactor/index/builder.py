"""The index's own process: reads and parses files, so that the server's lock on Python is never held for it.

It runs as `python -m emberline.refactor.index.builder`, takes requests from standard input, answers in their
order on standard output, and ends when its input does. It writes no file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from emberline.backends.engine_host import yield_to_others
from emberline.privacy.walk import Bounds, reachable, read_text, walk
from emberline.refactor.index.messages import (
    Absent,
    Answer,
    Batch,
    Done,
    Found,
    Look,
    Read,
    Request,
    Setting,
    Walk,
    Walked,
    framed,
    read_from,
)
from emberline.refactor.index.postings import entries_of
from emberline.refactor.index.record import Reading, is_made_by_machine, read
from emberline.syntax.languages import language_of

MOST_FILES = 20_000
MOST_BYTES = 200_000_000
"""Of source in all."""
_BOUNDS = Bounds(visited=200_000, file_bytes=1_000_000)
_BATCH_FILES = 128
_BATCH_BYTES = 1_000_000
_FOUND = 500


class Builder:
    """Answers requests about one workspace."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def answers(self, request: Request) -> Iterator[Answer]:
        """All answers to a request, `Done` at the end."""
        match request:
            case Walk():
                yield from self._walk()
            case Look(paths):
                for path in paths:
                    yield from self._look(Path(path))
            case Read(paths):
                yield from self._read(paths)
        yield Done()

    def _walk(self) -> Iterator[Answer]:
        size = count = 0
        for folder in self._setting.folders:
            for path in self._files_of(folder):
                size, count = size + _size(path), count + 1
                if count > MOST_FILES or size > MOST_BYTES:
                    return
                yield _found(path)
            yield Walked(str(folder))

    def _files_of(self, folder: Path) -> Iterator[Path]:
        steps = walk(folder, _BOUNDS, self._setting.exclude, self._setting.folders)
        return (path for path in steps if path is not None)

    def _look(self, path: Path) -> Iterator[Answer]:
        home = next((each for each in self._setting.folders if path.is_relative_to(each)), None)
        if home is None:
            return
        try:
            exists = reachable(path, home, self._setting.exclude, self._setting.folders)
            if exists and path.is_dir():
                for file in islice(self._files_of(path), MOST_FILES):
                    yield _found(file)
                yield Walked(str(path))
                return
            exists = exists and path.is_file() and 0 < _size(path) <= _BOUNDS.file_bytes
        except (OSError, ValueError):
            exists = False
        yield _found(path) if exists else Absent((str(path),))

    def _read(self, paths: tuple[str, ...]) -> Iterator[Answer]:
        group: list[Reading] = []
        size = 0
        for path in paths:
            reading, length = _reading(path)
            if reading is None:
                yield Absent((path,))
                continue
            group.append(reading)
            size += length
            if len(group) >= _BATCH_FILES or size >= _BATCH_BYTES:
                yield _batch(group)
                group, size = [], 0
        if group:
            yield _batch(group)


def _batch(group: list[Reading]) -> Batch:
    return Batch(tuple(each.record for each in group), entries_of(group))


def _reading(path: str) -> tuple[Reading | None, int]:
    """What the file holds, and its length."""
    written = _written(Path(path))  # first, so that what is written while it is read is seen next time
    text = read_text(Path(path))
    if text is None or len(text) > _BOUNDS.file_bytes or is_made_by_machine(text):
        return None, 0
    try:
        reading = read(path, language_of(path), text)
        return replace(reading, record=replace(reading.record, written=written)), len(text)
    except Exception:  # one odd file in thousands must not cost the others
        return None, 0


def _found(path: Path) -> Found:
    return Found((str(path),), (_written(path),))


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def together(answers: Iterator[Answer]) -> Iterator[Answer]:
    """The same answers, what is found in packs."""
    found: list[tuple[str, int]] = []
    for answer in answers:
        if isinstance(answer, Found):
            found += zip(answer.paths, answer.written, strict=True)
            if len(found) < _FOUND:
                continue
        if found:
            paths, written = zip(*found, strict=True)
            yield Found(paths, written)
            found = []
        if not isinstance(answer, Found):
            yield answer


def main() -> None:
    yield_to_others()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    setting = read_from(source)
    if not isinstance(setting, Setting):
        return
    builder = Builder(replace(setting, folders=_outermost(setting.folders)))
    send: Callable[[Answer], object] = lambda answer: sink.write(framed(answer))  # noqa: E731
    while True:
        request = read_from(source)
        if not isinstance(request, Walk | Look | Read):
            return
        try:
            for answer in together(builder.answers(request)):
                send(answer)
                sink.flush()
        except BrokenPipeError:  # nobody listens any more
            return


def _outermost(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Without those that lie in another one: its files are read once."""
    return tuple(
        each for each in dict.fromkeys(folders) if not any(other in each.parents for other in folders)
    )


if __name__ == "__main__":
    main()
