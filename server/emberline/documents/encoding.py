"""Positions within a line, between code points and the units that an editor counts in."""

from __future__ import annotations

from enum import StrEnum


class PositionEncoding(StrEnum):
    """What an editor's character offsets count, by the protocol's own names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def to_column(content: str, units: int, encoding: PositionEncoding) -> int:
    """The code point index that lies `units` into `content` (a line without its terminator).

    Clamped to 0..len(content); an offset inside a character's units means the start of that character.
    """
    if encoding is PositionEncoding.UTF32 or content.isascii():
        return min(max(units, 0), len(content))
    width = _utf8_width if encoding is PositionEncoding.UTF8 else _utf16_width
    passed = 0
    for column, character in enumerate(content):
        passed += width(character)
        if passed > units:
            return column
    return len(content)


def to_units(content: str, column: int, encoding: PositionEncoding) -> int:
    """How many units lie before code point `column` (clamped to 0..len(content)) of `content`."""
    column = min(max(column, 0), len(content))
    if encoding is PositionEncoding.UTF32 or content.isascii():
        return column
    width = _utf8_width if encoding is PositionEncoding.UTF8 else _utf16_width
    return sum(map(width, content[:column]))


def _utf16_width(character: str) -> int:
    return 2 if character > "\uffff" else 1


def _utf8_width(character: str) -> int:
    if character < "\x80":
        return 1
    if character < "\u0800":
        return 2
    return 3 if character <= "\uffff" else 4
