"""A parsed text, whose places are asked for in code points.

Tree-sitter counts bytes of UTF-8. In a text of ASCII they are the same; else a table of its other characters
translates.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from emberline.syntax.grammars import parser
from emberline.syntax.types import Span

_CHUNK = 1 << 15
"""Bytes handed to the parser at a time: about 4 ms, after which another thread may run."""
_LONE_RETURN = re.compile(r"\r(?!\n)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

_own = threading.local()


class Tree:
    """The syntax of a text, whole or broken."""

    __slots__ = ("_starts", "_surplus", "data", "language", "root", "text")

    def __init__(self, text: str, root: Node, data: bytes, language: Language) -> None:
        """For this module; others use `parse`."""
        self.text = text
        self.root = root
        self.data = data
        self.language = language
        self._starts: list[int] = []
        self._surplus: list[int] = [0]
        if len(data) != len(text):
            surplus = 0
            for found in _NOT_ASCII.finditer(text):
                size = len(found[0].encode("utf-8", "replace"))
                if size > 1:
                    self._starts.append(found.start() + surplus + size)
                    surplus += size - 1
                    self._surplus.append(surplus)

    def offset(self, byte: int) -> int:
        """The code point at a byte that begins a character, or the text's end."""
        return byte - self._surplus[bisect_right(self._starts, byte)] if self._starts else byte

    def byte(self, offset: int) -> int:
        """The byte at which a code point begins."""
        if not self._starts:
            return offset
        return len(self.text[:offset].encode("utf-8", "replace"))

    def span(self, start: int, end: int) -> Span:
        """The code points between two bytes."""
        return Span(self.offset(start), self.offset(end))

    def of(self, node: Node | None) -> str:
        """The node's text; empty for none."""
        return "" if node is None else self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def captures(self, query: str) -> dict[str, list[Node]]:
        """The nodes that a query names, by their names."""
        return QueryCursor(_query(self.language, query)).captures(self.root)

    def leaf(self, start: int, end: int) -> Node | None:
        """The smallest node over these bytes."""
        return self.root.descendant_for_byte_range(start, end)


def parse(text: str, language_id: str) -> Tree | None:
    """The text's syntax, None where no grammar is installed. May be called in any thread."""
    own = _parser(language_id)
    if own is None or own.language is None:
        return None
    # Grammars know no lone "\r" as a line's end, which LSP and editors do; it is as long as the usual one.
    plain = _LONE_RETURN.sub("\n", text) if "\r" in text else text
    data = plain.encode("utf-8", "replace")
    # In pieces, so that other threads get their turn; then nodes have no `text`, and queries no predicates.
    tree = own.parse(lambda start, _: data[start : start + _CHUNK])
    return Tree(text, tree.root_node, data, own.language)


def inside(root: Node) -> Iterator[Node]:
    """All nodes below and with this one, in the order of the text. No recursion: code nests deeply."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def _parser(language_id: str) -> Parser | None:
    """This thread's own: a parser at work must not be used by another."""
    known: dict[str, Parser | None] | None = getattr(_own, "parsers", None)
    if known is None:
        known = _own.parsers = {}
    if language_id not in known:
        shared = parser(language_id)
        language = None if shared is None else shared.language
        known[language_id] = None if language is None else Parser(language)
    return known[language_id]


@cache
def _query(language: Language, source: str) -> Query:
    return Query(language, source)
