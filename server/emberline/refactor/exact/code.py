"""A text with its syntax tree, in offsets that count code points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tree_sitter import Node

from emberline.refactor.types import Unfit
from emberline.syntax.outline import outline_of
from emberline.syntax.tree import Tree, parse
from emberline.syntax.types import Outline, Span


@dataclass(frozen=True, eq=False)
class Code:
    """A parsed text. `of` makes one, and keeps the latest few: a menu and what it leads to share a parse."""

    text: str
    language_id: str
    tree: Tree

    @staticmethod
    def of(text: str, language_id: str) -> Code | None:
        """None where the language has no grammar."""
        return _parsed(text, language_id)

    @property
    def root(self) -> Node:
        return self.tree.root

    @cached_property
    def outline(self) -> Outline:
        return outline_of(self.tree, self.language_id)

    def byte(self, offset: int) -> int:
        """Where the character at `offset` begins in UTF-8."""
        return self.tree.byte(offset)

    def offset(self, byte: int) -> int:
        """The character that begins at this byte."""
        return self.tree.offset(byte)

    def span(self, node: Node) -> Span:
        return self.tree.span(node.start_byte, node.end_byte)

    def words_of(self, node: Node) -> str:
        """The node's text."""
        return self.text[self.offset(node.start_byte) : self.offset(node.end_byte)]

    def node(self, span: Span) -> Node:
        """The smallest node that holds the span."""
        found = self.root.descendant_for_byte_range(self.byte(span.start), self.byte(span.end))
        return found if found is not None else self.root

    def exactly(self, span: Span) -> Node | None:
        """The outermost node that is this span and nothing more."""
        node = self.node(span)
        start, end = self.byte(span.start), self.byte(span.end)
        if (node.start_byte, node.end_byte) != (start, end):
            return None
        while (up := node.parent) is not None and (up.start_byte, up.end_byte) == (start, end):
            node = up
        return node

    def leaves(self, word: str, within: Span | None = None) -> Iterator[tuple[Span, Node]]:
        """Wherever `word` stands whole in the text, with the leaf it stands in: comments and strings too."""
        start, end = within if within is not None else (0, len(self.text))
        for at in standing(self.text, word, start, end):
            span = Span(at, at + len(word))
            yield span, self.node(span)


def standing(text: str, word: str, start: int, end: int) -> Iterator[int]:
    """Where the word begins in `text[start:end]` without being part of a longer one."""
    at = text.find(word, start, end) if word else -1
    while at >= 0:
        behind = at + len(word)
        if not (_continues(text[at - 1 : at]) or _continues(text[behind : behind + 1])):
            yield at
        at = text.find(word, behind, end)


def _continues(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")


@lru_cache(maxsize=6)
def _parsed(text: str, language_id: str) -> Code | None:
    tree = parse(text, language_id)
    return None if tree is None else Code(text, language_id, tree)


def code_of(text: str, language_id: str) -> Code:
    """The same as `Code.of`. Raises `Unfit` where the language has no grammar."""
    code = Code.of(text, language_id)
    if code is None:
        raise Unfit(f"The syntax of {language_id} is not known here, so it cannot be done exactly.")
    return code


def up(node: Node) -> Iterator[Node]:
    """What the node lies in, innermost first, without itself."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def field_of(parent: Node, child: Node) -> str:
    """The name of the field in which `child` lies directly below `parent`; empty where it has none."""
    for index, each in enumerate(parent.children):
        if each == child:
            return parent.field_name_for_child(index) or ""
    return ""


def child(node: Node, field: str) -> Node | None:
    return node.child_by_field_name(field)


def newline(text: str) -> str:
    """The text's own line end: that of its first line."""
    at = text.find("\n")
    if at > 0 and text[at - 1] == "\r":
        return "\r\n"
    return "\r" if at < 0 and "\r" in text else "\n"


def line_start(text: str, offset: int) -> int:
    """Where the line of this offset begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


_LINE_END = re.compile(r"\r\n|\r|\n|\Z")


def line_end(text: str, offset: int) -> int:
    """Where the text of this offset's line ends, before its line end."""
    found = _LINE_END.search(text, offset)
    return found.start() if found else len(text)


def next_line(text: str, offset: int) -> int:
    """Where the line after this offset's begins; the text's end where there is none."""
    found = _LINE_END.search(text, offset)
    return found.end() if found else len(text)


def indentation(text: str, offset: int) -> str:
    """The white space that the line of this offset begins with."""
    start = line_start(text, offset)
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return text[start:end]


def lines_of(text: str, span: Span) -> Span | None:
    """The whole lines of a span with their last line end; None where something else stands on them."""
    start, end = line_start(text, span.start), line_end(text, span.end)
    if text[start : span.start].strip(" \t\ufeff") or text[span.end : end].strip(" \t;"):
        return None
    return Span(span.start if text.startswith("\ufeff", start) else start, next_line(text, end))
