"""An immutable text of lines, cheap to edit at any size.

Lines end at "\\n", "\\r\\n" and "\\r" and nowhere else, as the Language Server Protocol says: form feeds and
U+2028 are ordinary characters (`str.splitlines` thinks otherwise).

The lines lie in chunks, the chunks in a tuple: an edit copies one chunk and the tuple of chunks, about as
many pointers at 200,000 lines as at 1,000. Every earlier text stays valid and shares what did not change.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple

_LARGEST_CHUNK = 512
_FRESH_CHUNK = 384
"""Lines in a chunk that was just cut: some room, so that the next new line does not split it again."""
_SMALLEST_CHUNK = 64
"""Below this a chunk is joined to its neighbour, or deletions would leave ever more tiny ones."""

_Chunk = tuple[str, ...]


class Point(NamedTuple):
    """A place in a text: `line` and `column` count from 0, `column` in code points (Python's index)."""

    line: int
    column: int

    def behind(self, text: str) -> Point:
        """Where `text` ends that begins here."""
        lines = normalised(text).split("\n")
        column = len(lines[-1]) + (self.column if len(lines) == 1 else 0)
        return Point(self.line + len(lines) - 1, column)


def normalised(text: str) -> str:
    """`text` with `\\n` for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Text:
    """A text as lines. Every text has at least one line; only the last has no terminator."""

    __slots__ = ("_chunks", "_starts", "line_count")

    line_count: int

    def __init__(self, chunks: tuple[_Chunk, ...], starts: tuple[int, ...]) -> None:
        """For this module: `starts` holds the number of each chunk's first line. Others use `Text.of`."""
        self._chunks = chunks
        self._starts = starts
        self.line_count = starts[-1] + len(chunks[-1])

    @classmethod
    def of(cls, string: str) -> Text:
        """The text of a string."""
        chunks = tuple(_cut(_split(string)))
        return cls(chunks, _starts_of(chunks))

    @property
    def end(self) -> Point:
        """The place after the last character."""
        return Point(self.line_count - 1, len(self._chunks[-1][-1]))

    def __str__(self) -> str:
        return "".join(chain.from_iterable(self._chunks))

    def __repr__(self) -> str:
        return f"<Text of {self.line_count} lines>"

    def line(self, number: int) -> str:
        """Line `number` with its terminator. Raises `IndexError` outside 0..line_count-1."""
        if not 0 <= number < self.line_count:
            raise IndexError(f"line {number} of {self.line_count}")
        chunk = self._chunk_of(number)
        return self._chunks[chunk][number - self._starts[chunk]]

    def content(self, number: int) -> str:
        """Line `number` without its terminator. Raises `IndexError` outside 0..line_count-1."""
        return _content(self.line(number))

    def lines(self, start: int, stop: int) -> tuple[str, ...]:
        """Lines `start`..`stop-1` with their terminators; what lies outside the text is left out."""
        start = max(start, 0)
        stop = min(stop, self.line_count)
        if start >= stop:
            return ()
        first, last = self._chunk_of(start), self._chunk_of(stop - 1)
        if first == last:
            offset = self._starts[first]
            return self._chunks[first][start - offset : stop - offset]
        return (
            *self._chunks[first][start - self._starts[first] :],
            *chain.from_iterable(self._chunks[first + 1 : last]),
            *self._chunks[last][: stop - self._starts[last]],
        )

    def clamp(self, point: Point) -> Point:
        """The nearest place that exists: past a line's end (its terminator's start) that end."""
        line, column = point
        if line < 0:
            return Point(0, 0)
        if line >= self.line_count:
            return self.end
        chunk = self._chunk_of(line)
        text = self._chunks[chunk][line - self._starts[chunk]]
        if 0 <= column < len(text) - 1:  # a terminator is two characters at most: only the tail needs a look
            if text[column] != "\r" and text[column] != "\n":
                return Point(line, column)
            return Point(line, len(_content(text)))
        return Point(line, min(max(column, 0), len(_content(text))))

    def slice(self, start: Point, end: Point) -> str:
        """The characters from `start` to `end`, both clamped; empty where `end` lies before `start`."""
        start, end = self.clamp(start), self.clamp(end)
        if start >= end:
            return ""
        if start.line == end.line:
            return self.line(start.line)[start.column : end.column]
        first, *between, last = self.lines(start.line, end.line + 1)
        return "".join((first[start.column :], *between, last[: end.column]))

    def replace(self, start: Point, end: Point, new: str) -> Text:
        """This text with `start`..`end` replaced by `new`. Both are clamped, and swapped where reversed.

        The lines come out as if the whole string had been split anew, also where the edit brings a "\\r"
        and a "\\n" together.
        """
        start, end = self.clamp(start), self.clamp(end)
        if end < start:
            start, end = end, start
        first, last = start.line, end.line
        head = self.line(first)
        tail = head if first == last else self.line(last)
        joined = head[: start.column] + new + tail[end.column :]
        if first > 0 and joined.startswith("\n"):
            before = self.line(first - 1)
            if before.endswith("\r"):
                joined = before + joined
                first -= 1
        if last == self.line_count - 1:
            return self._with_lines(first, last + 1, _split(joined))
        # A line that is not the last ends with its terminator, so nothing is left over behind it.
        return self._with_lines(first, last + 1, _split(joined)[:-1])

    def _chunk_of(self, line: int) -> int:
        return bisect_right(self._starts, line) - 1

    def _with_lines(self, start: int, stop: int, lines: Sequence[str]) -> Text:
        """This text with lines `start`..`stop-1` (at least one) replaced by `lines` (at least one)."""
        first, last = self._chunk_of(start), self._chunk_of(stop - 1)
        head = self._chunks[first][: start - self._starts[first]]
        tail = self._chunks[last][stop - self._starts[last] :]
        fresh = (*head, *lines, *tail)
        if len(fresh) < _SMALLEST_CHUNK and len(self._chunks) > last - first + 1:
            if first > 0:
                first -= 1
                fresh = (*self._chunks[first], *fresh)
            else:
                last += 1
                fresh = (*fresh, *self._chunks[last])
        pieces = (fresh,) if len(fresh) <= _LARGEST_CHUNK else tuple(_cut(fresh))
        chunks = self._chunks[:first] + pieces + self._chunks[last + 1 :]
        if first == last and len(pieces) == 1:
            return Text(chunks, _moved(self._starts, first, len(lines) - (stop - start)))
        return Text(chunks, _starts_of(chunks))


def _content(line: str) -> str:
    if line.endswith("\r\n"):
        return line[:-2]
    if line.endswith(("\n", "\r")):
        return line[:-1]
    return line


def _split(string: str) -> list[str]:
    """The lines of a string with their terminators; the last has none and may be empty."""
    if "\n" not in string and "\r" not in string:
        return [string]
    lines = io.StringIO(
        string, newline=""
    ).readlines()  # universal newlines, untranslated: exactly LSP's three
    if string.endswith(("\n", "\r")):
        lines.append("")
    return lines


def _cut(lines: Sequence[str]) -> list[_Chunk]:
    """Lines as chunks of about equal size."""
    count = -(-len(lines) // _FRESH_CHUNK)
    size, larger = divmod(len(lines), count)
    chunks, start = [], 0
    for index in range(count):
        stop = start + size + (index < larger)
        chunks.append(tuple(lines[start:stop]))
        start = stop
    return chunks


def _moved(starts: tuple[int, ...], chunk: int, lines: int) -> tuple[int, ...]:
    """The starts after `chunk` has grown by so many lines."""
    if lines == 0:
        return starts
    return (*starts[: chunk + 1], *[start + lines for start in starts[chunk + 1 :]])


def _starts_of(chunks: tuple[_Chunk, ...]) -> tuple[int, ...]:
    return tuple(accumulate(map(len, chunks[:-1]), initial=0))
