"""Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from emberline.syntax.outlines.found import Brought, Found, Scope, field, first, named
from emberline.syntax.tree import Tree
from emberline.syntax.types import Sort

_ASSIGNED = "(block (expression_statement (assignment) @definition))"
QUERY = f"""
[(function_definition) (class_definition)] @definition
(module (type_alias_statement) @definition)
(module (expression_statement (assignment) @definition))
(class_definition body: {_ASSIGNED})
(module (if_statement {_ASSIGNED}))
(module (if_statement (elif_clause {_ASSIGNED})))
(module (if_statement (else_clause {_ASSIGNED})))
(module (try_statement {_ASSIGNED}))
(module (try_statement (except_clause {_ASSIGNED})))
(module (try_statement (else_clause {_ASSIGNED})))
[(import_statement) (import_from_statement) (future_import_statement)] @import
(module (expression_statement [(assignment) (augmented_assignment)] @listed))
(comment) @comment
"""

_PATTERNS = ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern")


def definitions(node: Node, tree: Tree) -> Iterator[Found | Scope]:
    match node.type:
        case "assignment":
            whole = node.parent or node
            for name in _assigned(node):
                yield Found(name, Sort.VARIABLE, whole.start_byte, whole.end_byte, whole.start_byte)
        case "type_alias_statement":
            left = field(node, "left")
            while left is not None and left.type != "identifier":
                left = first(left)
            if left is not None:
                yield Found(left, Sort.CLASS, node.start_byte, node.end_byte, node.start_byte)
        case _:
            name_node, body = field(node, "name"), field(node, "body")
            if name_node is None:
                return
            outer = node.parent
            whole = outer if outer is not None and outer.type == "decorated_definition" else node
            is_class = node.type == "class_definition"
            header_end, body_start = _parted(node, body)
            yield Found(
                name_node,
                Sort.CLASS if is_class else Sort.FUNCTION,
                whole.start_byte,
                whole.end_byte,
                node.start_byte,
                body,
                body_start,
                header_end,
                holds=Sort.METHOD if is_class else Sort.FUNCTION,
            )


def _parted(node: Node, body: Node | None) -> tuple[int, int]:
    """Where the header ends and the body begins: comments above the first statement belong to the body."""
    if body is None:
        return -1, -1
    colon = next(
        (
            child
            for child in reversed(node.children)
            if child.type == ":" and child.end_byte <= body.start_byte
        ),
        None,
    )
    if colon is None:
        return -1, -1
    between = (
        child.start_byte
        for child in node.children
        if child.start_byte >= colon.end_byte and child.start_point.row > colon.end_point.row
    )
    return colon.end_byte, next(between, body.start_byte)


def _assigned(node: Node) -> Iterator[Node]:
    at: Node | None = node
    while at is not None and at.type == "assignment":
        waiting = [field(at, "left")]
        while waiting:
            left = waiting.pop(0)
            if left is not None and left.type == "identifier":
                yield left
            elif left is not None and left.type in _PATTERNS:
                waiting[:0] = left.named_children
        at = field(at, "right")


def imports(node: Node, tree: Tree) -> Iterator[Brought]:
    start, end = node.start_byte, node.end_byte
    if node.type == "import_statement":
        for child in node.children_by_field_name("name"):
            if child.type == "aliased_import":
                yield Brought(tree.of(field(child, "name")), "", tree.of(field(child, "alias")), start, end)
            else:
                module = tree.of(child)
                yield Brought(module, "", module.partition(".")[0], start, end)
        return
    module = "__future__" if node.type == "future_import_statement" else tree.of(field(node, "module_name"))
    for child in node.children_by_field_name("name"):
        if child.type == "aliased_import":
            name, alias = tree.of(field(child, "name")), tree.of(field(child, "alias"))
            yield Brought(module, name, alias, start, end, name == alias)
        else:
            yield Brought(module, tree.of(child), tree.of(child), start, end)
    for _ in named(node, "wildcard_import"):
        yield Brought(module, "*", "", start, end)


def exported(captured: Mapping[str, list[Node]], tree: Tree) -> dict[str, str]:
    """What `__all__` names."""
    found: dict[str, str] = {}
    for node in captured.get("listed", []):
        value = field(node, "right")
        if value is not None and tree.of(field(node, "left")) == "__all__":
            names = [tree.of(string).strip("\"'") for string in named(value, "string")]
            found |= dict(zip(names, names, strict=True))
    return found
