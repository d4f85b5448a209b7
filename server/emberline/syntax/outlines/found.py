"""What a language's file finds, in bytes of the parsed text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from emberline.syntax.types import Sort


@dataclass(frozen=True, slots=True)
class Found:
    """A definition."""

    name: Node
    sort: Sort
    start: int
    """With decorators, attributes and `export`."""
    end: int
    keyword: int
    """Where its header begins."""
    body: Node | None = None
    body_start: int = -1
    """Where the body begins if not with its node; it then ends with its node."""
    header_end: int = -1
    """Where the header ends; -1: where the body begins, or with the definition where there is none."""
    owner: str = ""
    """What it belongs to by its own words, not by its place: a Go method's receiver."""
    holds: Sort = Sort.METHOD
    """What a function directly in it is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Not a definition, but its name stands before those in it: a Rust `impl`."""

    name: str
    start: int
    end: int
    holds: Sort = Sort.METHOD


@dataclass(frozen=True, slots=True)
class Brought:
    """An imported name; the rest as in `types.Import`."""

    module: str
    name: str
    alias: str
    start: int
    end: int
    is_exported: bool = False


def field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def first(node: Node) -> Node | None:
    """The first child that has a name."""
    return node.named_child(0) if node.named_child_count else None


def named(node: Node, *kinds: str) -> Iterator[Node]:
    """The children of these kinds."""
    return (child for child in node.children if child.type in kinds)


def decorated_start(node: Node, *kinds: str) -> int:
    """Where the siblings of these kinds directly before the node begin, or the node itself."""
    start = node.start_byte
    above = node.prev_sibling
    while above is not None and (above.type in kinds or above.type in _COMMENTS):
        if above.type in kinds:
            start = above.start_byte
        above = above.prev_sibling
    return start


_COMMENTS = ("comment", "line_comment", "block_comment")
