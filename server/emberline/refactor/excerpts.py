"""The parts of a file that matter, as whole lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import IntEnum

from emberline.syntax.types import Definition, Outline, Sort, Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_LONG_CLASS_LINES = 40
"""A longer class is shown by its header and the members that matter."""
_LONG_PLACE_LINES = 60
"""Of a longer place only its beginning is shown where lines are counted."""
_GAP_LINES = 2
"""So few lines between two parts are shown with them: saying that they are left out costs as much."""


class Breadth(IntEnum):
    """How much is shown around each place."""

    LINES = 0
    """Some lines, and the headers of what they stand in."""
    DEFINITIONS = 1
    """The whole function, method or small class."""


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._end = len(text)
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def __len__(self) -> int:
        return len(self._starts)

    def at(self, offset: int) -> int:
        """The number of the line that holds `offset`, from 0."""
        return bisect_right(self._starts, offset) - 1

    def range(self, span: Span) -> tuple[int, int]:
        """The first line of a span and the one after its last."""
        return self.at(span.start), self.at(max(span.start, span.end - 1)) + 1

    def span(self, first: int, after: int) -> Span:
        """The text of lines `first` up to `after`, with their line ends."""
        end = self._starts[after] if after < len(self._starts) else self._end
        return Span(self._starts[first], end)


def whole(text: str) -> tuple[Span, ...]:
    return (Span(0, len(text)),)


def relevant(
    text: str, shape: Outline | None, places: Iterable[Span], breadth: Breadth, kept: Iterable[Span] = ()
) -> tuple[Span, ...]:
    """The imports, and around each place as much as `breadth` says. `kept` is shown whole in any case."""
    lines = Lines(text)
    ranges = [lines.range(span) for span in kept]
    ranges += [lines.range(each.span) for each in (shape.imports if shape is not None else ())]
    for span in kept:
        ranges += _headers(lines, shape.at(span) if shape is not None else ())
    for place in places:
        chain = shape.at(place) if shape is not None else ()
        ranges += _around(lines, place, chain, breadth, shape is not None)
    return tuple(lines.span(*each) for each in _merged(ranges))


def _around(
    lines: Lines, place: Span, chain: Sequence[Definition], breadth: Breadth, has_shape: bool
) -> list[tuple[int, int]]:
    margin = (3 if has_shape else 10) if breadth is Breadth.DEFINITIONS else (1 if has_shape else 3)
    if breadth is Breadth.DEFINITIONS and chain:
        inner = next((each for each in chain if each.sort in (Sort.FUNCTION, Sort.METHOD)), chain[-1])
        first, after = lines.range(inner.span)
        if inner.sort is not Sort.CLASS or after - first <= _LONG_CLASS_LINES:
            return [(first, after), *_headers(lines, chain[: chain.index(inner)])]
    first, after = lines.range(place)
    after = min(after, first + _LONG_PLACE_LINES)
    near = (max(0, first - margin), min(len(lines), after + margin))
    return [near, *_headers(lines, chain)]


def _headers(lines: Lines, chain: Iterable[Definition]) -> list[tuple[int, int]]:
    return [lines.range(each.header) for each in chain]


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, after in sorted(ranges):
        if joined and first - joined[-1][1] <= _GAP_LINES:
            joined[-1] = (joined[-1][0], max(joined[-1][1], after))
        else:
            joined.append((first, after))
    return joined
