"""JavaScript and TypeScript, with JSX or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from emberline.syntax.outlines.found import Brought, Found, Scope, decorated_start, field, first, named
from emberline.syntax.tree import Tree
from emberline.syntax.types import Sort

_SHARED = """
(program (_ (variable_declarator) @definition))
(program (export_statement (_ (variable_declarator) @definition)))
(variable_declarator
  value: [(arrow_function) (function_expression) (generator_function) (class)]) @definition
(program (expression_statement (assignment_expression left: (member_expression)) @definition))
[(function_declaration) (generator_function_declaration) (class_declaration) (method_definition)] @definition
(comment) @comment
(export_clause) @clause
(export_statement) @default
(program (expression_statement (assignment_expression left: (member_expression) right: (object)) @object))
(import_statement) @import
(export_statement source: (string)) @import
(call_expression function: (import)) @import
(call_expression function: (identifier) arguments: (arguments . (string) .)) @import
"""
QUERY = f"{_SHARED}(field_definition) @definition"
QUERY_TYPED = f"""{_SHARED}
[(public_field_definition) (abstract_class_declaration) (interface_declaration) (type_alias_declaration)
 (enum_declaration) (function_signature) (method_signature) (abstract_method_signature)
 (property_signature) (internal_module) (module)] @definition
(enum_body [(property_identifier) (enum_assignment)] @definition)
(internal_module body: (statement_block (_ (variable_declarator) @definition)))
(internal_module body: (statement_block (export_statement (_ (variable_declarator) @definition))))
"""

_FUNCTIONS = frozenset(("arrow_function", "function_expression", "generator_function"))
_AROUND = frozenset(("export_statement", "ambient_declaration"))
_SORTS = {
    "function_declaration": Sort.FUNCTION,
    "generator_function_declaration": Sort.FUNCTION,
    "function_signature": Sort.FUNCTION,
    "method_definition": Sort.METHOD,
    "method_signature": Sort.METHOD,
    "abstract_method_signature": Sort.METHOD,
    "class_declaration": Sort.CLASS,
    "abstract_class_declaration": Sort.CLASS,
    "interface_declaration": Sort.CLASS,
    "type_alias_declaration": Sort.CLASS,
    "enum_declaration": Sort.CLASS,
    "internal_module": Sort.CLASS,
    "module": Sort.CLASS,
    "property_signature": Sort.VARIABLE,
}


def definitions(node: Node, tree: Tree) -> Iterator[Found | Scope]:
    match node.type:
        case "variable_declarator":
            yield from _declared(node, tree)
        case "assignment_expression":
            yield from _assigned(node, tree)
        case "public_field_definition" | "field_definition":
            name = field(node, "name") or field(node, "property")
            if name is not None:
                yield _valued(name, field(node, "value"), node, node, Sort.METHOD)
        case "property_identifier":
            yield Found(node, Sort.VARIABLE, node.start_byte, node.end_byte, node.start_byte)
        case "enum_assignment":
            name = field(node, "name")
            if name is not None:
                yield Found(name, Sort.VARIABLE, node.start_byte, node.end_byte, node.start_byte)
        case _:
            name = field(node, "name")
            if name is None or name.type == "string":
                return
            whole = _whole(node)
            body = field(node, "body")
            sort = _SORTS[node.type]
            yield Found(
                name,
                sort,
                decorated_start(whole, "decorator"),
                _end(whole),
                _keyword(node),
                body,
                holds=_holds(node.type, sort),
            )


def _holds(kind: str, sort: Sort) -> Sort:
    return Sort.METHOD if sort is Sort.CLASS and kind not in ("internal_module", "module") else Sort.FUNCTION


def _declared(node: Node, tree: Tree) -> Iterator[Found]:
    name = field(node, "name")
    statement = node.parent
    if name is None or statement is None or _is_require(field(node, "value"), tree):
        return
    alone = sum(1 for _ in named(statement, "variable_declarator")) == 1
    whole = _whole(statement) if alone else node
    for each in _names(name):
        yield _valued(each, field(node, "value"), whole, statement if alone else node, Sort.FUNCTION)


def _is_require(value: Node | None, tree: Tree) -> bool:
    called = None if value is None else field(value, "function")
    return called is not None and tree.of(called) == "require"


def _names(pattern: Node) -> Iterator[Node]:
    """The variables of a declarator's left side, in order."""
    waiting = [pattern]
    while waiting:
        node = waiting.pop(0)
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                yield node
            case "pair_pattern":
                waiting[:0] = [value for value in (field(node, "value"),) if value is not None]
            case "assignment_pattern" | "object_assignment_pattern":
                waiting[:0] = [left for left in (field(node, "left"),) if left is not None]
            case "object_pattern" | "array_pattern" | "rest_pattern":
                waiting[:0] = node.named_children


def _valued(name: Node, value: Node | None, whole: Node, statement: Node, function: Sort) -> Found:
    """A name that is given a value; what it is follows from the value."""
    sort, body = Sort.VARIABLE, None
    if value is not None and value.type in _FUNCTIONS:
        sort, body = function, field(value, "body")
    elif value is not None and value.type == "class":
        sort, body = Sort.CLASS, field(value, "body")
    return Found(
        name,
        sort,
        decorated_start(whole, "decorator"),
        _end(whole),
        _keyword(statement),
        body,
        holds=Sort.FUNCTION if sort in (Sort.FUNCTION, Sort.METHOD) else Sort.METHOD,
    )


def _assigned(node: Node, tree: Tree) -> Iterator[Found]:
    """`exports.x = …`, `module.exports.x = …`, `Store.prototype.open = …`, `Store.open = …`."""
    left, value, statement = field(node, "left"), field(node, "right"), node.parent
    if left is None or statement is None:
        return
    name, owner = field(left, "property"), tree.of(field(left, "object"))
    if name is None or owner == "module":
        return
    if owner in ("exports", "module.exports"):
        yield _valued(name, value, statement, statement, Sort.FUNCTION)
    elif value is not None and value.type in _FUNCTIONS and owner.replace(".", "").isidentifier():
        found = _valued(name, value, statement, statement, Sort.METHOD)
        yield Found(
            name,
            found.sort,
            found.start,
            found.end,
            found.keyword,
            found.body,
            owner=owner.removesuffix(".prototype"),
            holds=Sort.FUNCTION,
        )


def _whole(node: Node) -> Node:
    parent = node.parent
    while parent is not None and (
        parent.type in _AROUND or (parent.type == "expression_statement" and node.type == "internal_module")
    ):
        node, parent = parent, parent.parent
    return node


def _keyword(node: Node) -> int:
    return next((child.start_byte for child in node.children if child.type != "decorator"), node.start_byte)


def _end(node: Node) -> int:
    after = node.next_sibling
    return after.end_byte if after is not None and after.type == ";" else node.end_byte


# -- imports ------------------------------------------------------------------------------------------


def imports(node: Node, tree: Tree) -> Iterator[Brought]:
    match node.type:
        case "import_statement":
            yield from _import_statement(node, tree)
        case "export_statement":
            yield from _export_from(node, tree)
        case _:
            yield from _call(node, tree)


def _import_statement(node: Node, tree: Tree) -> Iterator[Brought]:
    start, end = node.start_byte, node.end_byte
    for required in named(node, "import_require_clause"):  # `import fs = require("fs")`
        alias = next((tree.of(child) for child in named(required, "identifier")), "")
        yield Brought(_unquoted(field(required, "source"), tree), "", alias, start, end)
        return
    module = _unquoted(field(node, "source"), tree)
    clause = next(named(node, "import_clause"), None)
    if clause is None:
        if field(node, "source") is not None:
            yield Brought(module, "", "", start, end)
        return
    for child in clause.named_children:
        match child.type:
            case "identifier":
                yield Brought(module, "default", tree.of(child), start, end)
            case "namespace_import":
                yield Brought(module, "", tree.of(first(child)), start, end)
            case "named_imports":
                for each in named(child, "import_specifier"):
                    name = _unquoted(field(each, "name"), tree)
                    yield Brought(module, name, tree.of(field(each, "alias")) or name, start, end)


def _export_from(node: Node, tree: Tree) -> Iterator[Brought]:
    start, end = node.start_byte, node.end_byte
    module = _unquoted(field(node, "source"), tree)
    clauses = list(named(node, "export_clause", "namespace_export"))
    if not clauses:
        yield Brought(module, "*", "", start, end, True)
    for clause in clauses:
        if clause.type == "namespace_export":
            yield Brought(module, "", _unquoted(first(clause), tree), start, end, True)
        for each in named(clause, "export_specifier"):
            name = _unquoted(field(each, "name"), tree)
            alias = _unquoted(field(each, "alias"), tree)
            yield Brought(module, name, alias or name, start, end, True)


def _call(node: Node, tree: Tree) -> Iterator[Brought]:
    """`require(…)` and `import(…)` of a plain string; what is taken out of it where it is declared so."""
    called = field(node, "function")
    if called is None or (called.type != "import" and tree.of(called) != "require"):
        return
    arguments = field(node, "arguments")
    module = None if arguments is None else first(arguments)
    if module is None or module.type != "string":
        return
    path = _unquoted(module, tree)
    outer = node.parent
    if outer is not None and outer.type == "await_expression":
        outer = outer.parent
    statement = None if outer is None else outer.parent
    if outer is None or statement is None or outer.type != "variable_declarator":
        yield Brought(path, "", "", node.start_byte, node.end_byte)
        return
    whole = statement if sum(1 for _ in named(statement, "variable_declarator")) == 1 else outer
    start, end = whole.start_byte, whole.end_byte
    left = field(outer, "name")
    if left is None or left.type != "object_pattern":
        yield Brought(path, "", tree.of(left) if left is not None else "", start, end)
        return
    for each in left.named_children:
        match each.type:
            case "shorthand_property_identifier_pattern":
                yield Brought(path, tree.of(each), tree.of(each), start, end)
            case "pair_pattern":
                alias = field(each, "value")
                plain = alias is not None and alias.type == "identifier"
                yield Brought(path, tree.of(field(each, "key")), tree.of(alias) if plain else "", start, end)
            case "object_assignment_pattern":
                yield Brought(path, tree.of(field(each, "left")), tree.of(field(each, "left")), start, end)
            case "rest_pattern":
                yield Brought(path, "", tree.of(first(each)), start, end)


def _unquoted(node: Node | None, tree: Tree) -> str:
    text = tree.of(node)
    return text[1:-1] if node is not None and node.type == "string" else text


def exported(captured: Mapping[str, list[Node]], tree: Tree) -> dict[str, str]:
    """What the file exports under another name than the one it has there, or without declaring it there:
    the name outside → the name inside."""
    found: dict[str, str] = {}
    for node in captured.get("clause", []):
        if node.parent is not None and field(node.parent, "source") is None:
            for each in named(node, "export_specifier"):
                name = _unquoted(field(each, "name"), tree)
                found[_unquoted(field(each, "alias"), tree) or name] = name
    for node in captured.get("default", []):
        value = field(node, "value") or field(node, "declaration")
        if value is not None and any(child.type == "default" for child in node.children):
            inner = value if value.type == "identifier" else field(value, "name")
            found["default"] = tree.of(inner)
    for node in captured.get("object", []):
        right = field(node, "right")
        if right is not None and tree.of(field(node, "left")) == "module.exports":
            found |= {tree.of(each): tree.of(each) for each in named(right, "shorthand_property_identifier")}
            for pair in named(right, "pair"):
                value = field(pair, "value")
                if value is not None and value.type == "identifier":
                    found[tree.of(field(pair, "key"))] = tree.of(value)
    return {outside: inside for outside, inside in found.items() if inside}
