"""Which text the model reads: a window around the cursor, split at an anchor that stays where it is.

KV reuse works on a common head only. So what stands above the anchor and below the cursor comes first and
does not move while the user types; all that is typed since stands behind it (`docs/architecture.md`, "A
prompt whose head does not move"). A keystroke then costs its own tokens and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from emberline.completion.sentinels import neutralise
from emberline.documents.store import Document
from emberline.documents.text import Point, Text, normalised
from emberline.models.fim import FimFormat


@dataclass(frozen=True, slots=True)
class Extent:
    """How much text a window holds."""

    prefix_chars: int
    """Characters above the cursor."""
    suffix_chars: int
    """Characters below the cursor."""
    lines_above: int = 8
    """Lines between the anchor and the cursor when the anchor is set: room to move up without a new one."""

    @property
    def typed_chars(self) -> int:
        """How long the text between anchor and cursor may become before the anchor has to follow."""
        return max(self.prefix_chars // 2, 400)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The part of a prompt that stays: `prefix` above line `line`, `suffix` below the cursor."""

    uri: str
    start: int
    """The window's first line."""
    line: int
    """The prefix ends where this line starts."""
    prefix: str
    suffix: str

    def typed(self, document: Document, cursor: Point) -> str:
        """The text from the anchor to the cursor."""
        return normalised(document.text.slice(Point(self.line, 0), cursor))


def set_anchor(document: Document, cursor: Point, extent: Extent, previous: Anchor | None = None) -> Anchor:
    """A new anchor for `cursor`. Where `previous` allows, its start stays: the KV cache holds the head."""
    text = document.text
    line = max(0, cursor.line - extent.lines_above)
    start = _line_at_distance(text, cursor, extent.prefix_chars)
    if (
        previous is not None
        and previous.uri == document.uri
        and previous.start <= line
        and start - previous.start <= cursor.line - start
        and abs(_chars_between(text, previous.start, cursor) - extent.prefix_chars)
        <= extent.prefix_chars // 2
    ):
        start = previous.start
    line = max(line, start)
    prefix = normalised(text.slice(Point(start, 0), Point(line, 0)))
    return Anchor(document.uri, start, line, prefix, _suffix(text, cursor, extent.suffix_chars))


def holds(anchor: Anchor, document: Document, cursor: Point, extent: Extent) -> bool:
    """Whether a prompt from `anchor` still says what stands in the document around `cursor`."""
    text = document.text
    if anchor.uri != document.uri or cursor.line < anchor.line or anchor.line >= text.line_count:
        return False
    typed = anchor.typed(document, cursor)
    if len(typed) > 2 * extent.typed_chars:
        return False
    if normalised(text.slice(Point(anchor.start, 0), Point(anchor.line, 0))) != anchor.prefix:
        return False
    after = normalised(text.slice(cursor, Point(cursor.line + 4, 0)))
    return _same_place(after, anchor.suffix)


def outgrown(anchor: Anchor, document: Document, cursor: Point, extent: Extent) -> bool:
    """Whether so much was typed since the anchor was set that it should follow when there is time."""
    return len(anchor.typed(document, cursor)) > extent.typed_chars


def prompt(anchor: Anchor, document: Document, cursor: Point, fim: FimFormat, cut: int) -> str:
    """The prompt at `cursor`, with the last `cut` characters left out (they are forced instead)."""
    typed = anchor.typed(document, cursor)
    return head(anchor, fim) + neutralise(typed[: len(typed) - cut] if cut else typed)


def head(anchor: Anchor, fim: FimFormat) -> str:
    """The part of every prompt from `anchor` that stays the same."""
    return fim.prompt(neutralise(anchor.prefix), neutralise(anchor.suffix))


def slices(text: str, size: int) -> tuple[int, ...]:
    """The ends of pieces of about `size` characters, each at a line end; the last is the text's own.

    A cut at a line end leaves the tokens before it as they are when more text follows.
    """
    ends: list[int] = []
    position = 0
    while len(text) - position > size:
        newline = text.find("\n", position + size)
        if newline < 0 or newline + 1 >= len(text):
            break
        position = newline + 1
        ends.append(position)
    return (*ends, len(text))


def _same_place(after: str, suffix: str) -> bool:
    """Whether the text after the cursor is the suffix, give or take what an editor closes by itself."""
    if not suffix:
        return not after.strip(")]}\"'`> \t\n")
    probe = after[: len(suffix)]
    if suffix.startswith(probe):
        return True
    # Auto-closed brackets and quotes before it, or the rest of a line that was replaced.
    closed = after.lstrip(")]}\"'`>")
    if suffix.startswith(closed[: len(suffix)]) and len(after) - len(closed) <= 4:
        return True
    rest, below = after.partition("\n")[2], suffix.partition("\n")[2]
    return bool(below.strip()) and below.startswith(rest[: len(below)]) and bool(rest.strip())


def _suffix(text: Text, cursor: Point, chars: int) -> str:
    """Whole lines from the cursor on, about `chars` characters."""
    taken = text.content(cursor.line)[cursor.column :]
    line = cursor.line
    while line + 1 < text.line_count and len(taken) < chars:
        line += 1
        taken += "\n" + text.content(line)
    return taken[: 2 * chars]


def _line_at_distance(text: Text, cursor: Point, chars: int) -> int:
    """The first of the whole lines that fit into `chars` characters above the cursor."""
    line = cursor.line
    room = chars - cursor.column
    while line > 0:
        room -= len(text.line(line - 1))
        if room < 0:
            break
        line -= 1
    return line


def _chars_between(text: Text, start: int, cursor: Point) -> int:
    return sum(map(len, text.lines(start, cursor.line))) + cursor.column
