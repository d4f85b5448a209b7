"""Where a name stands as a name."""

from __future__ import annotations

import re
from functools import lru_cache

from tree_sitter import Node

from emberline.syntax.outlines.found import first
from emberline.syntax.tree import Tree, parse
from emberline.syntax.types import Span

_MORE_NAMES = frozenset(("shorthand_property_identifier", "label_name", "metavariable", "dot"))
_WITH_DOLLAR = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact", "java"))
"""Languages in which "$" can stand in a name."""
_RUST_PLACEHOLDER = re.compile(r"(?<!\{)(?:\{\{)*\{(\w*)(?::[^{}]*)?\}")
_RUST_MEASURE = re.compile(r"(\w+)\$")
"""A width or a precision that a variable gives."""


def occurrences(text: str, language_id: str, name: str) -> tuple[Span, ...]:
    """Every identifier of this name, in order: in code, in what strings interpolate and in types that are
    written as strings; not in comments and other strings. Where no grammar is installed: every whole word."""
    places = [found.start() for found in _whole_word(name, language_id).finditer(text)] if name else []
    if not places:
        return ()
    tree = parse(text, language_id)
    spans = [Span(place, place + len(name)) for place in places]
    return tuple(span for span in spans if tree is None or _is_name(tree, span, language_id))


@lru_cache(maxsize=64)
def _whole_word(name: str, language_id: str) -> re.Pattern[str]:
    letter = r"[\w$]" if language_id in _WITH_DOLLAR else r"\w"
    return re.compile(rf"(?<!{letter}){re.escape(name)}(?!{letter})")


def _is_name(tree: Tree, span: Span, language_id: str) -> bool:
    start, end = tree.byte(span.start), tree.byte(span.end)
    node = tree.leaf(start, end)
    if node is None:
        return False
    if "identifier" in node.type or node.type in _MORE_NAMES:
        # A private field's node has its "#" with it, a name asked for may or may not.
        return node.end_byte == end and node.start_byte in (start, start - 1) and node.child_count == 0
    if language_id == "python":
        return _in_written_type(tree, node)
    if language_id == "rust":
        return _in_placeholder(tree, node, start)
    return False


def _in_written_type(tree: Tree, node: Node) -> bool:
    """A type that Python is given as a string, as it must be where it is not defined yet."""
    if node.type != "string_content":
        return False
    at = node.parent
    while at is not None and at.type != "type":
        if at.type not in ("string", "concatenated_string", "binary_operator"):
            return False
        at = at.parent
    while at is not None and at.type in ("type", "type_parameter", "generic_type", "binary_operator"):
        if at.type == "generic_type" and tree.of(first(at)).rpartition(".")[2] in (
            "Literal",
            "Annotated",
        ):
            return False
        at = at.parent
    return True


def _in_placeholder(tree: Tree, node: Node, start: int) -> bool:
    """`{name}` in a string that a macro is given: Rust reads the variable there."""
    if node.type != "string_content":
        return False
    at = node.parent
    while at is not None and at.type in ("string_literal", "token_tree"):
        at = at.parent
    if at is None or at.type != "macro_invocation":
        return False
    content = tree.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
    place = len(tree.data[node.start_byte : start].decode("utf-8", "replace"))
    return any(
        place in (found.start(1), *(each.start() for each in _RUST_MEASURE.finditer(content, *found.span())))
        for found in _RUST_PLACEHOLDER.finditer(content)
    )
