"""A long text in pieces that a model can hold, cut where a reader would cut it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emberline.routing import estimate

SOONEST = 0.6
"""A piece ends no sooner than when it is so full, however good an earlier place to cut would be."""
SLACK = 1.15
"""Pieces are of one size, but for so much more where that saves a last small one."""
HEADING = "=== {} ==="
"""Above each text where a part holds several."""
HEADING_TOKENS = 30
_HEADING = re.compile(r"#{1,6}\s|=+ |@@ |diff ")
_CLOSING = ")]}"
_GOOD_BREAK = re.compile(r"(?<=[.!?;,])\s+|\s+")


@dataclass(frozen=True, slots=True)
class Titled:
    """A text and what the user calls it."""

    name: str
    text: str


def cut(text: str, most_tokens: int) -> list[str]:
    """Pieces that make up `text`, each of at most so many tokens by the estimate.

    Between chapters and definitions rather than between paragraphs, between those rather than lines, and
    inside of a line only where it is longer than a piece. None where `text` is empty.
    """
    most = max(1, most_tokens)
    lines = list(_short(text.splitlines(keepends=True), most))
    costs = [max(1, estimate.tokens(each)) for each in lines]
    total = sum(costs)
    if total <= most:
        return [text] if text else []
    even = total / -(-total // most)
    return list(_cut(lines, costs, min(most, round(even * SLACK))))


def packed(texts: Sequence[Titled], most_tokens: int) -> list[str]:
    """Parts of at most so many tokens by the estimate, that hold the texts in their order.

    Each text of several stands below its name. One that no part holds is cut, and what follows on it says so.
    """
    if len(texts) == 1:
        return cut(texts[0].text, most_tokens)
    parts: list[list[str]] = []
    left = 0
    for piece in _pieces(texts, most_tokens):
        cost = estimate.tokens(piece)
        if not parts or cost > left:
            parts.append([])
            left = most_tokens
        parts[-1].append(piece)
        left -= cost
    return ["\n\n".join(part) for part in parts]


def _pieces(texts: Sequence[Titled], most_tokens: int) -> Iterator[str]:
    for each in texts:
        for number, piece in enumerate(cut(each.text, most_tokens - HEADING_TOKENS)):
            name = f"{each.name} (continued)" if number else each.name
            yield f"{HEADING.format(name)}\n{piece.strip(chr(10))}"


def _short(lines: Sequence[str], most: int) -> Iterator[str]:
    """The lines; those longer than a piece are broken between words, or anywhere where there are none."""
    for line in lines:
        cost = estimate.tokens(line)
        if cost <= most:
            yield line
            continue
        start = 0
        while start < len(line):
            end = _end_of(line, start, max(1, len(line) * most // cost), most)
            yield line[start:end]
            start = end


def _end_of(line: str, start: int, step: int, most: int) -> int:
    """Where the next piece of a long line ends."""
    end = min(len(line), start + step)
    while end - start > 1 and estimate.tokens(line[start:end]) > most:
        end = start + (end - start) * 4 // 5
    if end == len(line):
        return end
    breaks = [found.end() for found in _GOOD_BREAK.finditer(line, start + (end - start) // 2, end)]
    return breaks[-1] if breaks else end


def _cut(lines: Sequence[str], costs: Sequence[int], size: int) -> Iterator[str]:
    begin = 0
    while begin < len(lines):
        filled, end = 0, begin
        while end < len(lines) and (end == begin or filled + costs[end] <= size):
            filled += costs[end]
            end += 1
        if end < len(lines):
            end = _best(lines, costs, begin, end, size)
        yield "".join(lines[begin:end])
        begin = end


def _best(lines: Sequence[str], costs: Sequence[int], begin: int, end: int, size: int) -> int:
    """The line before which the piece that begins at `begin` is best cut; `end` at the latest."""
    best, score = end, _score(lines, end)
    filled = sum(costs[begin:end])
    for place in range(end - 1, begin, -1):
        filled -= costs[place]
        if filled < size * SOONEST:
            break
        if (found := _score(lines, place)) > score:
            best, score = place, found
    return best


def _score(lines: Sequence[str], place: int) -> int:
    """How good it is to cut before this line; 0..4."""
    line, above = lines[place], lines[place - 1].strip()
    is_outer = line[:1].strip() != "" and line[0] not in _CLOSING
    if _HEADING.match(line):
        return 4
    if not above:
        return 3 if is_outer else 2
    return 1 if is_outer else 0
