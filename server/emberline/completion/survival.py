"""How much of an accepted text still stands some minutes later, by its document then and now alone. Pure.

Nothing is tracked between the two: what went in is kept with a few lines around it, and is looked for in the
document as it is then, near where it was. Text that only moved, or was indented or broken into lines anew,
still stands; spaces do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from emberline.documents.text import Point, Text

_AROUND = 4
"""Lines kept above and below: they say where it was when its own lines have changed."""
_NEARBY = 40
"""Lines that are searched on either side of where it may have moved to."""
_MOST_LINES = 4000
"""Searched at most."""
_MOST_TOKENS = 800
"""Compared at most where lines have changed."""
_REWRITTEN = 1 / 3
"""Of a changed passage at least so much stands, or what still agrees is chance: brackets, a common word."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Planted:
    """A text where it went in: whole lines, of which it covers `first`:`start` to `last`:`end`."""

    lines: tuple[str, ...]
    """Without their ends."""
    first: int
    start: int
    last: int
    end: int
    number: int
    """Of the first of `lines`, counted from 0, in the document as it was."""
    line_count: int
    """Of that document."""

    @classmethod
    def at(cls, text: Text, start: Point, end: Point) -> Planted:
        """What stands between two places of this document."""
        number = max(0, start.line - _AROUND)
        lines = tuple(_contents(text, number, end.line + 1 + _AROUND))
        first, last = start.line - number, end.line - number
        return cls(lines, first, start.column, last, end.column, number, text.line_count)

    def within(self, index: int) -> tuple[int, int]:
        """The columns of line `index` that it covers; none of a line around it."""
        if not self.first <= index <= self.last:
            return 0, 0
        begin = self.start if index == self.first else 0
        return begin, self.end if index == self.last else len(self.lines[index])


def surviving(planted: Planted, now: Text) -> float:
    """The share (0..1) of its characters that stand in the document now. Some milliseconds, for a thread."""
    total = sum(_ink(line[slice(*planted.within(index))]) for index, line in enumerate(planted.lines))
    if total == 0:
        return 1.0
    then, window = planted.lines, _window(planted, now)
    bare, there = [line.strip() for line in then], [line.strip() for line in window]
    if _holds(there, bare):  # of lines that are alike the matcher may take others
        return 1.0
    lines = SequenceMatcher(lambda line: not line, bare, there, autojunk=False)
    standing = 0
    for operation, begin, end, now_begin, now_end in lines.get_opcodes():
        if operation == "equal":
            standing += sum(_ink(then[index][slice(*planted.within(index))]) for index in range(begin, end))
        elif begin < end:
            standing += _kept(planted, range(begin, end), window[now_begin:now_end])
    return standing / total


def _window(planted: Planted, now: Text) -> list[str]:
    """Where it may be now: lines that came or went may all have done so above it."""
    moved = now.line_count - planted.line_count
    begin = max(0, planted.number + min(0, moved) - _NEARBY)
    end = planted.number + len(planted.lines) + max(0, moved) + _NEARBY
    if end - begin > _MOST_LINES:
        begin = max(begin, planted.number - _MOST_LINES // 2)
        end = begin + _MOST_LINES
    return list(_contents(now, begin, end))


def _kept(planted: Planted, then: range, now: Sequence[str]) -> int:
    """Characters of the changed lines `then` that stand among the lines `now`, word by word."""
    words: list[str] = []
    own: list[int] = []
    for index in then:
        begin, end = planted.within(index)
        for found in _TOKEN.finditer(planted.lines[index]):
            words.append(found[0])
            own.append(max(0, min(found.end(), end) - max(found.start(), begin)))
    there = [found[0] for line in _nearest(now, len(then)) for found in _TOKEN.finditer(line)]
    matcher = SequenceMatcher(None, words[:_MOST_TOKENS], there[:_MOST_TOKENS], autojunk=False)
    kept = sum(sum(own[block.a : block.a + block.size]) for block in matcher.get_matching_blocks())
    return kept if kept >= _REWRITTEN * sum(own) else 0


def _holds(lines: Sequence[str], run: Sequence[str]) -> bool:
    """Whether these lines stand there one after the other."""
    return any(lines[at : at + len(run)] == run for at in range(len(lines) - len(run) + 1))


def _nearest(lines: Sequence[str], count: int) -> Sequence[str]:
    """The middle of many: nothing else says where in them to look."""
    room = max(_NEARBY, 2 * count)
    begin = max(0, (len(lines) - room) // 2)
    return lines[begin : begin + room]


def _contents(text: Text, begin: int, end: int) -> Iterator[str]:
    return (line.rstrip("\r\n") for line in text.lines(begin, end))


def _ink(text: str) -> int:
    return sum(map(len, text.split()))
