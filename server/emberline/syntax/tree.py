"""A parsed text, whose places are asked for in code points.

Tree-sitter counts bytes of UTF-8. In a text of ASCII they are the same; else a table of its other characters
translates.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from emberline.syntax.grammars import parser
from emberline.syntax.types import Span

_CHUNK = 1 << 15
"""Bytes handed to the parser at a time: about 4 ms, after which another thread may run."""
KEPT_CHARS = 100_000
"""Longer texts are not kept, nor what was made of them."""
_LONE_RETURN = re.compile(r"\r(?!\n)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

_own = threading.local()


class Tree:
    """The syntax of a text, whole or broken."""

    __slots__ = ("_places", "_starts", "_surplus", "data", "language", "root", "text")

    def __init__(self, text: str, root: Node, data: bytes, language: Language) -> None:
        """For this module; others use `parse`."""
        self.text = text
        self.root = root
        self.data = data
        self.language = language
        self._places: list[int] = []
        """The characters that take several bytes."""
        self._starts: list[int] = []
        """The byte behind each of them."""
        self._surplus: list[int] = [0]
        """How many bytes there are more than characters, up to each of them and behind the last."""
        if len(data) != len(text):
            surplus = 0
            for found in _NOT_ASCII.finditer(text):
                size = len(found[0].encode("utf-8", "replace"))
                if size > 1:
                    self._places.append(found.start())
                    self._starts.append(found.start() + surplus + size)
                    surplus += size - 1
                    self._surplus.append(surplus)

    def offset(self, byte: int) -> int:
        """The code point at a byte that begins a character, or the text's end."""
        return byte - self._surplus[bisect_right(self._starts, byte)] if self._starts else byte

    def byte(self, offset: int) -> int:
        """The byte at which a code point begins."""
        return offset + self._surplus[bisect_left(self._places, offset)]

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
    """The text's syntax, None where no grammar is installed. May be called in any thread.

    The latest few are kept: what is asked of one text is asked by several, one behind the other.
    """
    return (_latest if len(text) <= KEPT_CHARS else _parsed)(text, language_id)


def _parsed(text: str, language_id: str) -> Tree | None:
    own = _parser(language_id)
    if own is None or own.language is None:
        return None
    # Grammars know no lone "\r" as a line's end, which LSP and editors do; it is as long as the usual one.
    plain = _LONE_RETURN.sub("\n", text) if "\r" in text else text
    data = plain.encode("utf-8", "replace")
    # In pieces, so that other threads get their turn; then nodes have no `text`, and queries no predicates.
    tree = own.parse(lambda start, _: data[start : start + _CHUNK])
    return Tree(text, tree.root_node, data, own.language)


@lru_cache(maxsize=4)
def _latest(text: str, language_id: str) -> Tree | None:
    return _parsed(text, language_id)


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
