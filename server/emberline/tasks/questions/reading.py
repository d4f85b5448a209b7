"""A file as the index takes it in."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from emberline.privacy.walk import read_text
from emberline.refactor.index.record import is_made_by_machine
from emberline.syntax.languages import language_of
from emberline.tasks.questions.identifiers import expanded
from emberline.tasks.questions.passages import Passage, cut, lines_of

FILE_BYTES = 1_000_000
"""Longer files are not read."""
_LINE_CHARS = 2_000
"""So much of a line is looked at: what is longer was not written by hand."""


class Stamp(NamedTuple):
    """Tells whether a file is as it was: nanoseconds of its last change, bytes."""

    written: int
    size: int


class Row(NamedTuple):
    """A passage's texts as they are indexed."""

    path: str
    symbol: str
    body: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's text, packed, and its passages with what they are found by."""

    path: str
    stamp: Stamp | None
    """None for an editor's text."""
    packed: bytes
    passages: tuple[Passage, ...]
    rows: tuple[Row, ...]


def read_file(path: str, name: str) -> Reading | None:
    """The file at `path`, called `name` in its workspace; None where it holds nothing to be asked about."""
    stamp = stamp_of(path)  # first, so that what is written while it is read is seen next time
    if stamp is None or stamp.size > FILE_BYTES:
        return None
    text = read_text(Path(path))
    return None if text is None else read(path, name, text, stamp)


def read(path: str, name: str, text: str, stamp: Stamp | None) -> Reading | None:
    """Pure, and as slow as parsing. None where the text is too long or was not written by people."""
    if len(text) > FILE_BYTES or is_made_by_machine(text):
        return None
    text = text.encode("utf-8", "replace").decode()  # an editor's text may hold what SQLite does not
    try:
        passages = cut(text, language_of(path))
        return Reading(path, stamp, pack(text), passages, tuple(rows_of(name, text, passages)))
    except Exception:  # one odd file in thousands must not cost the others
        return None


def rows_of(name: str, text: str, passages: tuple[Passage, ...]) -> list[Row]:
    """Pure: the same of the same, for what was entered is taken out by it."""
    lines = lines_of(text)
    named = expanded(name)
    return [Row(named, expanded(each.symbol), expanded(excerpt(lines, each))) for each in passages]


def excerpt(lines: list[str], passage: Passage) -> str:
    """The passage's own lines."""
    return "\n".join(line[:_LINE_CHARS] for line in lines[passage.first - 1 : passage.last])


def stamp_of(path: str) -> Stamp | None:
    """None where there is no such file."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return Stamp(found.st_mtime_ns, found.st_size)


def pack(text: str) -> bytes:
    return zlib.compress(text.encode(), 1)


def unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode()
