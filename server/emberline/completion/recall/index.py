"""Predicts the rest of a line from the longest match of what stands before the cursor.

Text is kept in blocks of a few lines. Every word in it that is followed by enough characters is entered in a
table under the hash of its first characters, so a lookup takes a handful of hashes of the tail of the
cursor's line and of the lines above, and then compares text. An edit re-enters one block.

Not thread-safe: it belongs to the event loop. Large texts are therefore added in steps (`adding`).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from emberline.completion.recall.lines import SEPARATORS, collapse, depth_of, tail_of
from emberline.completion.recall.table import PlaceTable

GRAM = 8
"""Bytes that are hashed: a match is found when it holds a word start with this many bytes behind it."""

_BLOCK_LINES = 32
_BLOCK_BYTES = 1500
"""Size from which on a block takes no more lines. With a last line it stays within the 12 bits of a place."""
_LINE_BYTES = 400
"""Longer lines are data or generated: what lies beyond is not indexed."""
_CONTEXT_CHARS = 120
"""Of the line above a block that are kept with it, so that matches reach back over its start."""
_ANCHORS = 16
"""Words of the tail that are looked up."""
_TAIL_CHARS = 300
_OVERHEAD = 330
"""Bytes that a block costs beside its text and line starts: object headers and list entries."""

_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
_SEPARATOR = re.compile(f"[{SEPARATORS}]".encode())


@dataclass(frozen=True, slots=True)
class Recall:
    """What followed the same text elsewhere."""

    text: str
    """The predicted rest of the cursor's line; never empty, no line end."""
    matched: int
    """Characters before the cursor that are the same there, lines above included, indentation not."""
    votes: int
    """Places with a comparably long match that continue likewise, the chosen one included."""
    dissent: int
    """Places with a comparably long match that continue otherwise."""
    same_source: bool
    """It was found in the document that was asked about."""
    typed: int
    """Characters of the match that stand on the cursor's own line."""
    source: str
    """Where it was found."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A few lines of a source, behind a little of the line above them."""

    source: str
    text: bytes
    starts: array[int]
    """Where in `text` each of the lines starts (at its separator); a blank line takes no bytes."""
    depths: bytes
    """Indentation of each line, at most 255."""

    @property
    def size(self) -> int:
        return len(self.text) + 3 * len(self.starts) + _OVERHEAD

    def lines(self) -> list[str]:
        """The lines as far as the index keeps them: their depth in spaces, then their text."""
        ends = (*self.starts[1:], len(self.text))
        return [
            " " * depth + self.text[start + 1 : end].decode() if end > start else ""
            for start, end, depth in zip(self.starts, ends, self.depths, strict=True)
        ]


def _blocks(source: str, lines: Sequence[str], above: str) -> Iterator[_Block]:
    """The lines cut into blocks; `above` is the last line before them that is not blank, or empty."""
    parts: list[bytes] = []
    starts = array("H")
    depths = bytearray()
    context = _head(above)
    size = len(context)
    for line in lines:
        if len(starts) == _BLOCK_LINES or size > _BLOCK_BYTES:
            yield _Block(source, b"".join((context, *parts)), starts, bytes(depths))
            parts, starts, depths, context = [], array("H"), bytearray(), _head(above)
            size = len(context)
        starts.append(size)
        depths.append(min(depth_of(line), 255))
        text = collapse((line,), above)
        if text:
            part = text.encode(errors="replace")
            if len(part) > _LINE_BYTES:
                part = part[:_LINE_BYTES].decode(errors="ignore").encode()
            parts.append(part)
            size += len(part)
            above = line
    if starts:
        yield _Block(source, b"".join((context, *parts)), starts, bytes(depths))


def _head(above: str) -> bytes:
    """What a block keeps of the line above it."""
    return above.strip()[-_CONTEXT_CHARS:].encode(errors="replace")


class _Match(NamedTuple):
    length: int
    order: int
    same_source: bool
    continuation: bytes
    source: str


class LineIndex:
    """The text of documents and files, by source name (a URI), bounded in memory."""

    def __init__(self, max_bytes: int = 20_000_000) -> None:
        """`max_bytes`: what text and table may take together; the table gets about a third of it."""
        self._max_bytes = max_bytes
        self._table = PlaceTable(min(max_bytes // 14, 1 << 16))
        self._blocks: list[_Block | None] = [None]  # number 0 is never used
        self._free: list[int] = []
        self._sources: dict[str, list[int]] = {}
        self._text_bytes = 0
        self._pending: tuple[str, int, str] | None = None

    @property
    def size(self) -> int:
        """Bytes held: table, texts and their overhead."""
        return self._table.size + self._text_bytes

    @property
    def room(self) -> int:
        """Bytes that may still be added."""
        return max(0, self._max_bytes - self.size)

    def limit(self, max_bytes: int) -> None:
        """Takes no more than `max_bytes` from now on; what is too much goes, the oldest first."""
        self._max_bytes = max_bytes
        self._make_room("")

    def __contains__(self, source: object) -> bool:
        return source in self._sources

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(self._sources)

    def lines(self, source: str) -> list[str]:
        """The source's lines as far as they are kept: indentation as spaces, no trailing white space."""
        blocks = [self._blocks[number] for number in self._sources.get(source, ())]
        return [line for block in blocks if block is not None for line in block.lines()]

    def reserve(self, chars: int) -> None:
        """Makes the table fit for about `chars` characters of code in all, as far as `max_bytes` allows.

        What is indexed already is entered anew, about 0.1 ms a thousand characters: call it while little is.
        """
        table = PlaceTable(min(self._max_bytes // 14, max(1 << 12, chars // 3)))
        if table.capacity <= self._table.capacity:
            return
        self._table = table
        for number, block in enumerate(self._blocks):
            if block is not None:
                self._enter(number, block)

    def add(self, source: str, lines: Sequence[str]) -> None:
        """Indexes a text, replacing what `source` held; about 0.1 ms a thousand characters."""
        for _ in self.adding(source, lines):
            pass

    def adding(self, source: str, lines: Sequence[str]) -> Iterator[None]:
        """As `add`, in steps of well below a millisecond: the caller decides when the next one runs.

        Other sources are dropped, oldest first, if memory asks for it.
        """
        self.remove(source)
        numbers = self._sources.setdefault(source, [])
        for block in _blocks(source, lines, ""):
            if self._sources.get(source) is not numbers:
                return  # removed or added anew in between
            numbers.append(self._store(block))
            self._make_room(source)
            yield

    def remove(self, source: str) -> None:
        """Forgets a text. Its entries in the table lose their meaning and are overwritten in time."""
        if self._pending is not None and self._pending[0] == source:
            self._pending = None
        for number in self._sources.pop(source, ()):
            self._release(number)

    def replace(self, source: str, start: int, stop: int, lines: Sequence[str]) -> None:
        """The source's lines `start` … `stop` (excluded) became `lines`. Unknown sources are ignored.

        Repeated edits of one line are entered once, when another line is edited: the line that is being typed
        is never recalled from, so nothing is lost, and a keystroke costs nothing.
        """
        if source not in self._sources:
            return
        if stop - start == 1 and len(lines) == 1:
            if self._pending is not None and self._pending[:2] != (source, start):
                self.flush()
            self._pending = (source, start, lines[0])
            return
        self.flush()
        self._replace(source, start, stop, lines)

    def flush(self) -> None:
        """Enters the line that was edited last."""
        if self._pending is not None:
            source, line, text = self._pending
            self._pending = None
            self._replace(source, line, line + 1, (text,))

    def match(
        self,
        line_before: str,
        lines_above: Sequence[str],
        *,
        source: str = "",
        line: int = -1,
        min_chars: int = 16,
    ) -> Recall | None:
        """The best continuation of `line_before`, or None if no match has `min_chars` characters.

        `lines_above`: a few lines above the cursor's, nearest last, blank ones included or not. `source` and
        `line` tell where the cursor is: that line is not recalled from. Ties go to the continuation with more
        votes, then to the same source, then to what was entered last.
        """
        tail = tail_of(line_before, lines_above)[-_TAIL_CHARS:].encode(errors="replace")
        own = self._own_line(source, line)
        matches = self._matches(tail, own, source)
        if not matches:
            return None
        longest = max(match.length for match in matches)
        matched = len(tail[len(tail) - longest :].decode(errors="ignore"))
        if matched < min_chars:
            return None
        comparable = [match for match in matches if match.length >= max(longest * 2 // 3, min_chars)]
        counts: dict[bytes, int] = {}
        for match in comparable:
            counts[match.continuation] = counts.get(match.continuation, 0) + 1
        best = max(
            (match for match in matches if match.length == longest),
            key=lambda match: (counts[match.continuation], match.same_source, match.order),
        )
        votes = counts[best.continuation]
        text = best.continuation.decode(errors="replace")
        if not text:
            return None
        return Recall(
            text=text,
            matched=matched,
            votes=votes,
            dissent=len(comparable) - votes,
            same_source=best.same_source,
            typed=min(matched, len(line_before.lstrip())),
            source=best.source,
        )

    def _matches(self, tail: bytes, own: tuple[int, int, int], source: str) -> list[_Match]:
        """Every place found where the text ends as `tail` does; an empty continuation is a line's end."""
        end = len(tail)
        anchors = [found.start() for found in _WORD.finditer(tail)]
        anchors = [anchor for anchor in anchors if anchor + GRAM <= end][-_ANCHORS:]
        seen: set[int] = set()
        matches: list[_Match] = []
        for anchor in reversed(anchors):
            gram, rest = tail[anchor : anchor + GRAM], tail[anchor:]
            for place in self._table.places(crc32(gram)):
                number, offset = place >> 12, place & 0xFFF
                block = self._blocks[number] if number < len(self._blocks) else None
                cursor = offset + end - anchor
                key = number << 12 | cursor
                if block is None or key in seen or not block.text.startswith(rest, offset):
                    continue
                seen.add(key)
                if cursor <= block.starts[0] or (number == own[0] and own[1] <= cursor <= own[2]):
                    continue
                stop = _SEPARATOR.search(block.text, cursor)
                continuation = block.text[cursor : stop.start() if stop else len(block.text)]
                length = _common_end(block.text, cursor, tail)
                same = block.source == source
                matches.append(_Match(length, -len(matches), same, continuation, block.source))
        return matches

    def _own_line(self, source: str, line: int) -> tuple[int, int, int]:
        """Block number and byte range of the cursor's line, its separator excluded; (-1, 0, 0) if unknown."""
        before = 0
        for number in self._sources.get(source, ()) if line >= 0 else ():
            block = self._blocks[number]
            assert block is not None
            count = len(block.starts)
            if line < before + count:
                start = block.starts[line - before]
                stop = block.starts[line - before + 1] if line - before + 1 < count else len(block.text)
                return number, start + 1, stop
            before += count
        return -1, 0, 0

    def _replace(self, source: str, start: int, stop: int, lines: Sequence[str]) -> None:
        """Rebuilds the blocks that the lines lie in, from what the index keeps of their neighbours."""
        numbers = self._sources[source]
        firsts = [0]
        for number in numbers:
            block = self._blocks[number]
            assert block is not None
            firsts.append(firsts[-1] + len(block.starts))
        start = max(0, min(start, firsts[-1]))
        stop = max(start, min(stop, firsts[-1]))
        if not numbers:
            self._sources[source] = [self._store(block) for block in _blocks(source, lines, "")]
            return
        first = min(bisect_right(firsts, start) - 1, len(numbers) - 1)
        last = min(bisect_right(firsts, max(start, stop - 1)) - 1, len(numbers) - 1)
        kept: list[str] = []
        for number in numbers[first : last + 1]:
            block = self._blocks[number]
            assert block is not None
            kept.extend(block.lines())
        above = ""
        rebuilt = [*kept[: start - firsts[first]], *lines, *kept[stop - firsts[first] :]]
        for number in numbers[first : last + 1]:
            self._forget(number)
            self._release(number)
        if first > 0:
            before = self._blocks[numbers[first - 1]]
            assert before is not None
            above = next((line for line in reversed(before.lines()) if line), "")
        numbers[first : last + 1] = [self._store(block) for block in _blocks(source, rebuilt, above)]
        self._make_room(source)

    def _store(self, block: _Block) -> int:
        if self._free:
            number = self._free.pop()
            self._blocks[number] = block
        else:
            number = len(self._blocks)
            self._blocks.append(block)
        self._text_bytes += block.size
        self._enter(number, block)
        return number

    def _release(self, number: int) -> None:
        block = self._blocks[number]
        assert block is not None
        self._text_bytes -= block.size
        self._blocks[number] = None
        self._free.append(number)

    def _make_room(self, keep: str) -> None:
        while self.size > self._max_bytes:
            oldest = next((source for source in self._sources if source != keep), None)
            if oldest is None:
                return
            self.remove(oldest)

    def _enter(self, number: int, block: _Block) -> None:
        text, add, base = block.text, self._table.add, number << 12
        for found in _WORD.finditer(text):
            start = found.start()
            add(crc32(text[start : start + GRAM]), base | start)

    def _forget(self, number: int) -> None:
        block = self._blocks[number]
        assert block is not None
        text, base = block.text, number << 12
        for found in _WORD.finditer(text):
            start = found.start()
            self._table.discard(crc32(text[start : start + GRAM]), base | start)


def _common_end(text: bytes, end: int, tail: bytes) -> int:
    """How many bytes before `end` in `text` equal the last bytes of `tail`."""
    length, limit = 0, min(end, len(tail))
    for step in (64, 16, 4, 1):
        while length + step <= limit and (
            text[end - length - step : end - length] == tail[len(tail) - length - step : len(tail) - length]
        ):
            length += step
    return length
