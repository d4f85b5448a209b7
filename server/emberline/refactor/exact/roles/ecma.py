"""JavaScript and TypeScript: `var` holds in the function, all else in its block."""

from __future__ import annotations

from tree_sitter import Node

from emberline.refactor.exact.code import child, field_of, up
from emberline.refactor.exact.roles.role import USES, Role, binds, parameter, unsure

FUNCTIONS = frozenset(
    (
        "function_declaration",
        "function_expression",
        "generator_function_declaration",
        "generator_function",
        "arrow_function",
        "method_definition",
    )
)
_SIGNATURES = frozenset(
    (
        "function_type",
        "constructor_type",
        "function_signature",
        "method_signature",
        "abstract_method_signature",
        "construct_signature",
        "call_signature",
    )
)
_BLOCKS = FUNCTIONS | {
    "statement_block",
    "program",
    "for_statement",
    "for_in_statement",
    "switch_body",
    "class_static_block",
}
_PATTERNS = frozenset(
    ("object_pattern", "array_pattern", "rest_pattern", "pair_pattern", "assignment_pattern")
) | {"object_assignment_pattern"}
_WORDS = frozenset(("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"))
DYNAMIC = frozenset(("eval", "with"))


def role(leaf: Node) -> Role | None:
    if leaf.type not in _WORDS or leaf.parent is None:
        return None
    if leaf.type == "shorthand_property_identifier":
        return Role(USES.kind, label="{}: ")
    parent = leaf.parent
    field = field_of(parent, leaf)
    match parent.type:
        case "jsx_opening_element" | "jsx_closing_element" | "jsx_self_closing_element":
            if "a" <= leaf.text.decode()[:1] <= "z" if leaf.text else False:
                return None
            raise unsure(leaf, "the name is an element's")
        case "index_signature" | "jsx_namespace_name" | "nested_identifier":
            return None
        case "function_declaration" | "generator_function_declaration" | "function_expression" | "class":
            if field == "name":
                raise unsure(leaf, "the name belongs to a function or a class")
        case "class_declaration" | "enum_declaration" | "internal_module" | "module" | "import_specifier":
            raise unsure(leaf, "the name belongs to a class, an enum or a module")
        case "export_specifier" | "namespace_import" | "import_clause":
            raise unsure(leaf, "the name is imported or exported")
    found = _binding(leaf)
    if found is None:
        if leaf.type == "shorthand_property_identifier_pattern":
            return Role(USES.kind, label="{}: ")
        return USES
    if leaf.type == "shorthand_property_identifier_pattern":
        return Role(found.kind, found.scope, found.since, found.is_parameter, label="{}: ")
    return found


def reaches(scope: Node, leaf: Node) -> bool:
    return True


def _binding(leaf: Node) -> Role | None:
    node: Node = leaf
    for parent in up(leaf):
        field = field_of(parent, node)
        match parent.type:
            case kind if kind in _PATTERNS:
                if field in ("key", "right"):
                    return None
            case "variable_declarator":
                return _declared(parent) if field == "name" else None
            case "for_in_statement":
                if field != "left":
                    return None
                word = child(parent, "kind")
                if word is None:
                    return None
                return binds(_function(parent) if word.type == "var" else parent)
            case "required_parameter" | "optional_parameter":
                if field != "pattern":
                    return None
                first = parent.children[0].type
                if first in ("accessibility_modifier", "override_modifier", "readonly"):
                    raise unsure(leaf, "the parameter is a property as well")
                if any(each.type == "decorator" for each in parent.children):
                    raise unsure(leaf, "the parameter is decorated")
            case "formal_parameters":
                return parameter(parent.parent)
            case "arrow_function":
                return parameter(parent) if field == "parameter" else None
            case "catch_clause":
                return binds(parent) if field == "parameter" else None
            case _:
                return None
        node = parent
    return None


def _declared(declarator: Node) -> Role:
    statement = declarator.parent
    if statement is not None and statement.type == "variable_declaration":
        return binds(_function(statement))
    return binds(next((each for each in up(declarator) if each.type in _BLOCKS), None))


def _function(node: Node) -> Node | None:
    wide = FUNCTIONS | {"program", "class_static_block"}
    return next((each for each in up(node) if each.type in wide), None)
