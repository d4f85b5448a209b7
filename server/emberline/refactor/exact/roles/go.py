"""Go: a name holds from the end of its declaration to the end of its block."""

from __future__ import annotations

from tree_sitter import Node

from emberline.refactor.exact.code import child, field_of, up
from emberline.refactor.exact.roles.role import USES, Kind, Role, binds, unsure

FUNCTIONS = frozenset(("function_declaration", "method_declaration", "func_literal"))
_BLOCKS = frozenset(
    (
        "block",
        "if_statement",
        "for_statement",
        "expression_switch_statement",
        "type_switch_statement",
        "expression_case",
        "default_case",
        "type_case",
        "communication_case",
    )
)
DYNAMIC: frozenset[str] = frozenset()


def role(leaf: Node) -> Role | None:
    if leaf.type != "identifier" or leaf.parent is None:
        return None
    parent = leaf.parent
    field = field_of(parent, leaf)
    match parent.type:
        case "function_declaration" | "type_parameter_declaration":
            raise unsure(leaf, "the name belongs to a function or a type")
        case "literal_element":
            up_one = parent.parent
            if up_one is not None and up_one.type == "keyed_element" and field_of(up_one, parent) == "key":
                raise unsure(leaf, "the name may be a field's, or a key that is a variable")
        case "parameter_declaration" | "variadic_parameter_declaration" if field == "name":
            return _parameter(parent)
        case "var_spec" | "const_spec" if field == "name":
            return binds(_block(parent), parent.end_byte)
        case "expression_list" if parent.parent is not None and field_of(parent.parent, parent) == "left":
            return _left(leaf, parent.parent)
        case "expression_list" if parent.parent is not None and parent.parent.type == "type_switch_statement":
            if field_of(parent.parent, parent) == "alias":
                raise unsure(leaf, "the name has another type in each case")
    return USES


def reaches(scope: Node, leaf: Node) -> bool:
    return True


def _left(leaf: Node, statement: Node) -> Role:
    declares = any(each.type == ":=" for each in statement.children)
    match statement.type:
        case "short_var_declaration":
            return Role(Kind.BINDS, _block(statement), statement.end_byte, may_rebind=True)
        case "range_clause" if declares:
            return binds(statement.parent, statement.end_byte)
        case "receive_statement" if declares:
            return binds(statement.parent, statement.end_byte)
    return USES


def _parameter(declaration: Node) -> Role:
    function = next((each for each in up(declaration) if each.type != "parameter_list"), declaration)
    body = child(function, "body")
    return Role(Kind.BINDS, body if body is not None else function, is_parameter=True)


def _block(node: Node) -> Node | None:
    return next((each for each in up(node) if each.type in _BLOCKS), None)
