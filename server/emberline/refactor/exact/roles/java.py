"""Java: a local variable holds from its declaration to the end of its block, and none hides another."""

from __future__ import annotations

from tree_sitter import Node

from emberline.refactor.exact.code import field_of, up
from emberline.refactor.exact.roles.role import USES, Role, binds, parameter, unsure

FUNCTIONS = frozenset(
    (
        "method_declaration",
        "constructor_declaration",
        "compact_constructor_declaration",
        "lambda_expression",
        "static_initializer",
    )
)
_BLOCKS = frozenset(
    ("block", "constructor_body", "for_statement", "switch_block", "enhanced_for_statement")
) | {"switch_rule"}
DYNAMIC: frozenset[str] = frozenset()


def role(leaf: Node) -> Role | None:
    if leaf.type != "identifier" or leaf.parent is None:
        return None
    parent = leaf.parent
    field = field_of(parent, leaf)
    match parent.type:
        case "field_access" if field == "field":
            return None
        case "method_invocation" if field == "name":
            return None
        case "method_reference" if parent.children[0] != leaf:
            return None
        case "labeled_statement" | "break_statement" | "continue_statement" | "marker_annotation":
            return None
        case "annotation" | "scoped_identifier" | "element_value_pair" if field != "value":
            return None
        case "method_declaration" | "class_declaration" | "constructor_declaration" | "record_declaration":
            return None
        case "interface_declaration" | "enum_declaration" | "explicit_constructor_invocation":
            return None
        case "switch_label" | "record_pattern_component" | "type_pattern" | "enum_constant":
            raise unsure(leaf, "the name may be a constant's, or belongs to a pattern")
        case "instanceof_expression" if field == "name":
            raise unsure(leaf, "how far a pattern's name holds depends on what it is compared with")
        case "variable_declarator" if field == "name":
            return _declared(leaf, parent)
        case "enhanced_for_statement" if field == "name":
            return binds(parent)
        case "resource" if field == "name":
            return binds(parent.parent.parent if parent.parent is not None else None)
        case "formal_parameter" if field == "name":
            if any(_annotated(each) for each in parent.children if each.type == "modifiers"):
                raise unsure(leaf, "the parameter is annotated, and its name may be looked at")
            return parameter(_function(parent))
        case "catch_formal_parameter" if field == "name":
            return binds(parent.parent)
        case "inferred_parameters":
            return parameter(parent.parent)
        case "lambda_expression" if field == "parameters":
            return parameter(parent)
    return USES


def reaches(scope: Node, leaf: Node) -> bool:
    return True


def _annotated(modifiers: Node) -> bool:
    return any(each.type in ("annotation", "marker_annotation") for each in modifiers.children)


def _function(node: Node) -> Node | None:
    return next((each for each in up(node) if each.type in FUNCTIONS), None)


def _declared(leaf: Node, declarator: Node) -> Role:
    statement = declarator.parent
    if statement is None or statement.type == "field_declaration":
        raise unsure(leaf, "the name is a field's")
    if statement.type == "spread_parameter":
        return parameter(_function(statement))
    return binds(next((each for each in up(statement) if each.type in _BLOCKS), None), leaf.start_byte)
