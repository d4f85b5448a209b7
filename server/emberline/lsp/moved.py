"""Where a place of an older text lies in a newer one."""

from __future__ import annotations

from emberline.documents.text import Point, Text

_AROUND = 2
"""Lines above and below that tell a place from others that look alike."""


def moved(old: Text, new: Text, start: Point, end: Point) -> tuple[Point, Point] | None:
    """`start`..`end` of `old` in `new`; None where its lines have changed, or stand there several times."""
    if old is new:
        return start, end
    lines = end.line + 1 - start.line
    if old.lines(0, end.line + 1) == new.lines(0, end.line + 1):
        return start, end
    below = old.line_count - start.line
    if below <= new.line_count and old.lines(start.line, old.line_count) == new.lines(
        new.line_count - below, new.line_count
    ):
        return _shifted(start, end, new.line_count - old.line_count)
    first = max(start.line - _AROUND, 0)
    block = old.lines(first, start.line + lines + _AROUND)
    there = new.lines(0, new.line_count)
    found = [at for at in range(len(there) - len(block) + 1) if there[at : at + len(block)] == block]
    return _shifted(start, end, found[0] - first) if len(found) == 1 else None


def _shifted(start: Point, end: Point, lines: int) -> tuple[Point, Point]:
    return Point(start.line + lines, start.column), Point(end.line + lines, end.column)
