"""Java."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from emberline.syntax.outlines.found import Brought, Found, Scope, field, named
from emberline.syntax.tree import Tree
from emberline.syntax.types import Sort

QUERY = """
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration)
 (annotation_type_declaration) (method_declaration) (constructor_declaration)
 (compact_constructor_declaration) (annotation_type_element_declaration) (field_declaration)
 (constant_declaration) (enum_constant)] @definition
(import_declaration) @import
[(line_comment) (block_comment)] @comment
"""

_METHODS = frozenset(
    (
        "method_declaration",
        "constructor_declaration",
        "compact_constructor_declaration",
        "annotation_type_element_declaration",
    )
)
_ANNOTATIONS = frozenset(("marker_annotation", "annotation"))


def definitions(node: Node, tree: Tree) -> Iterator[Found | Scope]:
    kind = node.type
    start, end = node.start_byte, node.end_byte
    if kind in ("field_declaration", "constant_declaration"):
        declarators = node.children_by_field_name("declarator")
        for each in declarators:
            name = field(each, "name")
            if name is not None and len(declarators) == 1:
                yield Found(name, Sort.VARIABLE, start, end, _keyword(node))
            elif name is not None:
                yield Found(name, Sort.VARIABLE, each.start_byte, each.end_byte, each.start_byte)
        return
    name = field(node, "name")
    if name is None:
        return
    if kind == "enum_constant":
        yield Found(name, Sort.VARIABLE, start, end, start)
        return
    is_method = kind in _METHODS
    yield Found(
        name,
        Sort.METHOD if is_method else Sort.CLASS,
        start,
        end,
        _keyword(node),
        field(node, "body"),
        holds=Sort.FUNCTION if is_method else Sort.METHOD,
    )


def _keyword(node: Node) -> int:
    """Behind the annotations, at the first modifier or keyword."""
    for child in node.children:
        if child.type != "modifiers":
            return child.start_byte
        for modifier in child.children:
            if modifier.type not in _ANNOTATIONS:
                return modifier.start_byte
    return node.start_byte


def imports(node: Node, tree: Tree) -> Iterator[Brought]:
    path = "".join(tree.of(next(named(node, "scoped_identifier", "identifier"), None)).split())
    if not path:
        return
    start, end = node.start_byte, node.end_byte
    if any(True for _ in named(node, "asterisk")):
        yield Brought(path, "*", "", start, end)
    else:
        module, _, name = path.rpartition(".")
        yield Brought(module, name, name, start, end)
