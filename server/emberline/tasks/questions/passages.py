"""A file cut into passages: along its definitions or headings, else in windows of lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emberline.documents.text import normalised
from emberline.syntax.outline import outline
from emberline.syntax.types import Definition, Sort

WHOLE_LINES = 60
"""A definition or section of no more lines stays in one piece."""
WINDOW_LINES = 40
OVERLAP_LINES = 8
SCRAP_LINES = 3
"""So few lines between two definitions say something of the one below, or nothing."""
_TOLERANCE = 10
"""So many lines before a window's end a blank line is looked for to end it with."""
_LONGEST_LINE = 2_000
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t#]*$")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_INNER = (Sort.CLASS, Sort.FUNCTION, Sort.METHOD)


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of a file, counted from 1, both included."""

    first: int
    last: int
    symbol: str
    """The definition that they are or belong to, as `Store.close`, or the headings above; else empty."""
    is_definition: bool = False
    """They begin the definition of `symbol`."""


def cut(text: str, language_id: str) -> tuple[Passage, ...]:
    """All that is not blank, in order; windows of one long definition overlap. Pure; 4 MB a second."""
    lines = lines_of(text)
    if language_id == "markdown":
        found = _sections(lines)
    else:
        shape = outline(text, language_id)
        found = _windows(lines, 1, len(lines), "") if shape is None else _code(text, lines, shape.definitions)
    return tuple(found)


def lines_of(text: str) -> list[str]:
    """The lines as editors count them, without their ends."""
    return normalised(text).split("\n")


# -- code ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    first: int
    last: int
    definition: Definition


def _code(text: str, lines: Sequence[str], definitions: Sequence[Definition]) -> Iterator[Passage]:
    starts = _starts(text)

    def line(offset: int) -> int:
        return bisect_right(starts, offset)

    blocks = [
        _Block(line(each.span.start), line(max(each.span.start, each.span.end - 1)), each)
        for each in definitions
        if each.sort in _INNER
    ]
    yield from _within(lines, 1, len(lines), "", blocks)


def _starts(text: str) -> list[int]:
    """Where each line starts, by the ends that `lines_of` knows."""
    return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]


def _within(
    lines: Sequence[str], first: int, last: int, symbol: str, blocks: Sequence[_Block]
) -> Iterator[Passage]:
    """The blocks in these lines, and what stands between them."""
    at, index, is_head = first, 0, bool(symbol)
    while index < len(blocks):
        block = blocks[index]
        index += 1
        if block.first < at:  # it shares a line with the one before
            continue
        own = _inside(blocks, index, block)
        index += len(own)
        start = block.first
        if is_head or sum(bool(line.strip()) for line in lines[at - 1 : start - 1]) > SCRAP_LINES:
            yield from _windows(lines, at, start - 1, symbol, is_head)
        else:
            start = at
        at, is_head = block.last + 1, False
        if block.last - block.first < WHOLE_LINES or block.definition.sort is not Sort.CLASS or not own:
            yield from _windows(lines, start, block.last, block.definition.qualified, True)
        else:
            yield from _within(lines, start, block.last, block.definition.qualified, own)
    yield from _windows(lines, at, last, symbol, is_head)


def _inside(blocks: Sequence[_Block], index: int, around: _Block) -> list[_Block]:
    found = []
    for block in blocks[index:]:
        if block.first > around.last:
            break
        found.append(block)
    return found


# -- prose ---------------------------------------------------------------------------------------------


def _sections(lines: Sequence[str]) -> Iterator[Passage]:
    """A Markdown text by its headings; what is fenced has none."""
    above: list[tuple[int, str]] = []
    start, fence = 1, ""
    for number, line in enumerate(lines, 1):
        if marks := _FENCE.match(line):
            if not fence:
                fence = marks[1]
            elif marks[1].startswith(fence):
                fence = ""
        found = None if fence else _HEADING.match(line[:_LONGEST_LINE])
        if found is None:
            continue
        yield from _windows(lines, start, number - 1, _path(above), bool(above))
        start, depth = number, len(found[1])
        above = [each for each in above if each[0] < depth]
        above.append((depth, found[2]))
    yield from _windows(lines, start, len(lines), _path(above), bool(above))


def _path(above: Sequence[tuple[int, str]]) -> str:
    return " > ".join(words for _, words in above)


# -- windows -------------------------------------------------------------------------------------------


def _windows(
    lines: Sequence[str], first: int, last: int, symbol: str, is_definition: bool = False
) -> Iterator[Passage]:
    """These lines in pieces that overlap, each ending at a blank line where one is near."""
    while first <= last and not lines[first - 1].strip():
        first += 1
    while last >= first and not lines[last - 1].strip():
        last -= 1
    while first <= last:
        end = last
        if last - first >= WHOLE_LINES:
            end = first + WINDOW_LINES - 1
            blank = (each for each in range(end, end - _TOLERANCE, -1) if not lines[each - 1].strip())
            end = next(blank, end)
        yield Passage(first, end, symbol, is_definition)
        is_definition = False
        if end == last:
            return
        first = end + 1 - OVERLAP_LINES
