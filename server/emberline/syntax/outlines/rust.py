"""Rust."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from emberline.syntax.outlines.found import Brought, Found, Scope, decorated_start, field, first, named
from emberline.syntax.tree import Tree
from emberline.syntax.types import Sort

QUERY = """
[(function_item) (function_signature_item) (struct_item) (enum_item) (union_item) (trait_item) (type_item)
 (const_item) (static_item) (macro_definition) (associated_type) (field_declaration) (enum_variant)
 (mod_item) (impl_item)] @definition
[(use_declaration) (extern_crate_declaration) (mod_item)] @import
[(line_comment) (block_comment)] @comment
"""

_SORTS = {
    "function_item": Sort.FUNCTION,
    "function_signature_item": Sort.FUNCTION,
    "macro_definition": Sort.FUNCTION,
    "const_item": Sort.VARIABLE,
    "static_item": Sort.VARIABLE,
    "field_declaration": Sort.VARIABLE,
    "enum_variant": Sort.VARIABLE,
}


def definitions(node: Node, tree: Tree) -> Iterator[Found | Scope]:
    kind = node.type
    if kind == "impl_item":
        yield Scope(tree.of(_plain(field(node, "type"))), node.start_byte, node.end_byte)
        return
    name = field(node, "name")
    body = field(node, "body")
    if name is None or (kind == "mod_item" and body is None):
        return
    sort = _SORTS.get(kind, Sort.CLASS)
    start = decorated_start(node, "attribute_item")
    end = node.end_byte
    holds = Sort.METHOD if sort is Sort.CLASS and kind != "mod_item" else Sort.FUNCTION
    yield Found(name, sort, start, end, node.start_byte, body, holds=holds)


def _plain(kind: Node | None) -> Node | None:
    """A type's own name, without its path, parameters and references."""
    while kind is not None:
        match kind.type:
            case "generic_type" | "reference_type" | "pointer_type":
                kind = field(kind, "type")
            case "scoped_type_identifier":
                kind = field(kind, "name")
            case _:
                return kind
    return None


def imports(node: Node, tree: Tree) -> Iterator[Brought]:
    start, end = node.start_byte, node.end_byte
    is_exported = any(True for _ in named(node, "visibility_modifier"))
    match node.type:
        case "use_declaration":
            argument = field(node, "argument")
            if argument is not None:
                for module, name, alias in _used(argument, "", tree):
                    yield Brought(module, name, alias, start, end, is_exported)
        case "extern_crate_declaration":
            name = tree.of(field(node, "name"))
            yield Brought(name, "", tree.of(field(node, "alias")) or name, start, end, is_exported)
        case "mod_item" if field(node, "body") is None:
            # It declares another file. No name here: even where that is not used, the line has to stay.
            yield Brought(f"self::{tree.of(field(node, 'name'))}", "", "", start, end, is_exported)


def _used(argument: Node, prefix: str, tree: Tree) -> Iterator[tuple[str, str, str]]:
    """Module, name and alias of each leaf of a `use` tree."""
    waiting = [(argument, prefix)]
    while waiting:
        node, above = waiting.pop(0)
        match node.type:
            case "scoped_use_list" | "use_list":
                path = _joined(above, tree.of(field(node, "path")))
                inner = node if node.type == "use_list" else field(node, "list")
                waiting[:0] = [(child, path) for child in (inner.named_children if inner is not None else ())]
            case "use_as_clause":
                module, name = _split(_joined(above, tree.of(field(node, "path"))))
                alias = tree.of(field(node, "alias"))
                yield module, name, "" if alias == "_" else alias
            case "use_wildcard":
                yield _joined(above, tree.of(first(node))), "*", ""
            case "self":
                yield above, "", above.rpartition("::")[2]
            case "line_comment" | "block_comment" | "ERROR":
                pass
            case _:
                module, name = _split(_joined(above, tree.of(node)))
                yield module, name, name or module


def _joined(above: str, path: str) -> str:
    path = "".join(path.split())
    return f"{above}::{path}" if above and path else above or path


def _split(path: str) -> tuple[str, str]:
    """`a::b::C` names C in `a::b`; a single word is a module or crate of its own."""
    path = path.removesuffix("::self")
    module, _, name = path.rpartition("::")
    return (module, name) if module else (name, "")
