"""Go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from emberline.syntax.outlines.found import Brought, Found, Scope, field, first, named
from emberline.syntax.tree import Tree
from emberline.syntax.types import Sort

QUERY = """
[(function_declaration) (method_declaration) (type_spec) (type_alias) (method_elem) (field_declaration)
] @definition
(source_file (var_declaration (var_spec) @definition))
(source_file (var_declaration (var_spec_list (var_spec) @definition)))
(source_file (const_declaration (const_spec) @definition))
(import_declaration) @import
(comment) @comment
"""

_SPECS = ("type_spec", "type_alias", "var_spec", "const_spec")
_VERSION = re.compile(r"v[0-9]+")


def definitions(node: Node, tree: Tree) -> Iterator[Found | Scope]:
    kind = node.type
    if kind == "field_declaration":
        for name in node.children_by_field_name("name"):
            yield Found(name, Sort.VARIABLE, node.start_byte, node.end_byte, node.start_byte)
        return
    whole = _whole(node)
    start, end = whole.start_byte, whole.end_byte
    if kind in ("var_spec", "const_spec"):
        for name in node.children_by_field_name("name"):
            if name.type == "identifier":
                yield Found(name, Sort.VARIABLE, start, end, start)
        return
    name_node = field(node, "name")
    if name_node is None:
        return
    if kind in ("type_spec", "type_alias"):
        body, body_start = _type_body(field(node, "type"))
        yield Found(name_node, Sort.CLASS, start, end, start, body, body_start)
    else:
        receiver = tree.of(_receiver(field(node, "receiver"))) if kind == "method_declaration" else ""
        sort = Sort.FUNCTION if kind == "function_declaration" else Sort.METHOD
        body = field(node, "body")
        yield Found(name_node, sort, start, end, start, body, owner=receiver, holds=Sort.FUNCTION)


def _whole(node: Node) -> Node:
    """The declaration, where it is one thing's own and no group in parentheses."""
    parent = node.parent
    if node.type not in _SPECS or parent is None or any(child.type == "(" for child in parent.children):
        return node
    return parent


def _type_body(kind: Node | None) -> tuple[Node | None, int]:
    if kind is None:
        return None, -1
    if kind.type == "struct_type":
        return next(named(kind, "field_declaration_list"), None), -1
    if kind.type == "interface_type":
        brace = next(named(kind, "{"), None)
        return (kind, brace.start_byte) if brace is not None else (None, -1)
    return None, -1


def _receiver(parameters: Node | None) -> Node | None:
    declared = None if parameters is None else next(named(parameters, "parameter_declaration"), None)
    kind = None if declared is None else field(declared, "type")
    while kind is not None and kind.type in ("pointer_type", "parenthesized_type", "generic_type"):
        kind = field(kind, "type") if kind.type == "generic_type" else first(kind)
    return kind


def imports(node: Node, tree: Tree) -> Iterator[Brought]:
    specs = [
        spec
        for child in node.children
        for spec in ((child,) if child.type == "import_spec" else named(child, "import_spec"))
    ]
    for spec in specs:
        module = tree.of(field(spec, "path"))[1:-1]
        called = field(spec, "name")
        match None if called is None else called.type:
            case "dot":
                yield Brought(module, "*", "", node.start_byte, node.end_byte)
            case "blank_identifier":
                yield Brought(module, "", "", node.start_byte, node.end_byte)
            case _:
                alias = tree.of(called) or package_name(module)
                yield Brought(module, "", alias, node.start_byte, node.end_byte)


def package_name(module: str) -> str:
    """What a package is most likely called: the last part of its path that is no version."""
    parts = module.split("/")
    if len(parts) > 1 and _VERSION.fullmatch(parts[-1]):
        parts.pop()
    last = re.sub(r"\.v[0-9]+$", "", parts[-1])
    return last.removeprefix("go-").removesuffix("-go").replace("-", "_")
