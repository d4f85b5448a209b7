"""Where a place of an older text lies in a newer one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

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
    found = _only(block, new.lines(0, new.line_count))
    return None if found is None else _shifted(start, end, found - first)


def _only(block: Sequence[str], lines: Sequence[str]) -> int | None:
    """The line at which the block stands, if it stands once; None else. Joined texts are searched: comparing
    lines takes seconds where a long block is sought in a long text."""
    sought, text = "".join(block), "".join(lines)
    starts = list(accumulate(map(len, lines), initial=0))
    found = None
    at = text.find(sought)
    while at >= 0:
        line, after = bisect_left(starts, at), bisect_left(starts, at + len(sought))
        if starts[line] == at and starts[after] == at + len(sought):
            if found is not None:
                return None
            found = line
        at = text.find(sought, at + 1)
    return found


def _shifted(start: Point, end: Point, lines: int) -> tuple[Point, Point]:
    return Point(start.line + lines, start.column), Point(end.line + lines, end.column)
