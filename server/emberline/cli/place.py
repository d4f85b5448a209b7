"""A file, and a place in it, as people name them on the command line."""

from __future__ import annotations

import codecs
import stat
from dataclasses import dataclass
from pathlib import Path

from emberline.errors import UserError


class BadPlace(UserError):
    """The file or the position is not there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file as editors show it: line and column count from 1, the column in characters."""

    path: Path
    line: int
    column: int


def parse(word: str) -> Place:
    """The place that FILE:LINE:COLUMN names. Raises `BadPlace`."""
    path, *numbers = word.rsplit(":", 2)
    if len(numbers) != 2 or not path or not all(number.isdecimal() for number in numbers):
        raise BadPlace(f"{word!r} is not FILE:LINE:COLUMN, as in src/app.py:12:5")
    line, column = map(int, numbers)
    if line < 1 or column < 1:
        raise BadPlace(f"{word}: lines and columns count from 1")
    return Place(Path(path), line, column)


def size_of(path: Path) -> int:
    """The file's length in bytes. Raises `BadPlace`, also for a device or a pipe, which may have no end."""
    try:
        found = path.stat()
    except OSError as error:
        raise BadPlace(f"{path} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        raise BadPlace(f"{path} is no regular file")
    return found.st_size


def read(path: Path) -> str:
    """The file's text with its own line ends. Raises `BadPlace`."""
    return head(path, size_of(path))


def head(path: Path, most_bytes: int) -> str:
    """The text of the file's first bytes, without a character that they cut off. Raises `BadPlace`."""
    size = size_of(path)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        with path.open("rb") as file:
            return decoder.decode(file.read(most_bytes), final=most_bytes >= size)
    except OSError as error:
        raise BadPlace(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadPlace(f"{path} is not UTF-8 text") from error


def offset_of(text: str, place: Place) -> int:
    """The index of the place in `text`. Raises `BadPlace` and says how far the file, or the line, goes."""
    from emberline.documents.text import Text

    lines = Text.of(text)
    if place.line > lines.line_count:
        raise BadPlace(f"{place.path} has {lines.line_count} lines, so no line {place.line}")
    content = lines.content(place.line - 1)
    if place.column > len(content) + 1:
        raise BadPlace(
            f"line {place.line} of {place.path} ends at column {len(content) + 1}, before {place.column}"
        )
    return sum(map(len, lines.lines(0, place.line - 1))) + place.column - 1


def workspace_of(path: Path) -> Path:
    """The folder that an editor would open for this file: the repository's, or else the file's own."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)
