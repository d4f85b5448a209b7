"""Python: one scope a function, a lambda, a comprehension; what a function binds anywhere is its own."""

from __future__ import annotations

from tree_sitter import Node

from emberline.refactor.exact.code import child, field_of, up
from emberline.refactor.exact.roles.role import USES, Role, binds, parameter, unsure

FUNCTIONS = frozenset(("function_definition", "lambda"))
_COMPREHENSIONS = frozenset(
    ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
)
_SCOPES = FUNCTIONS | _COMPREHENSIONS | {"class_definition", "module"}
_PATTERNS = frozenset(
    ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list", "list_splat")
)
_PARAMETERS = frozenset(("parameters", "lambda_parameters"))
_PARAMETER = frozenset(
    (
        "typed_parameter",
        "default_parameter",
        "typed_default_parameter",
        "list_splat_pattern",
        "dictionary_splat_pattern",
    )
)
DYNAMIC = frozenset(("locals", "vars", "eval", "exec", "globals", "dir", "__class__"))
"""What looks names up while it runs."""


def role(leaf: Node) -> Role | None:
    if leaf.type != "identifier" or leaf.parent is None:
        return None
    parent = leaf.parent
    field = field_of(parent, leaf)
    match parent.type:
        case "attribute" if field == "attribute":
            return None
        case "keyword_argument" if field == "name":
            return None
        case "global_statement" | "nonlocal_statement":
            raise unsure(leaf, "the name is declared global or nonlocal")
        case "function_definition" | "class_definition" if field == "name":
            raise unsure(leaf, "the name belongs to a function or a class")
        case "named_expression" if field == "name":
            return _bound(leaf, skipping=_COMPREHENSIONS)
        case "dotted_name" | "aliased_import" | "keyword_pattern" | "splat_pattern":
            raise unsure(leaf, "the name is imported there, or belongs to a pattern")
        case "type_parameter" | "type_alias_statement":
            raise unsure(leaf, "the name belongs to a type")
    if _is_parameter(leaf):
        return parameter(next((each for each in up(leaf) if each.type in FUNCTIONS), None))
    return _bound(leaf) if _is_target(leaf) else USES


def reaches(scope: Node, leaf: Node) -> bool:
    """Whether what `scope` binds is seen at a place in it: defaults and first iterables lie outside."""
    if scope.type in FUNCTIONS:
        return not _is_outside(scope, leaf)
    if scope.type in _COMPREHENSIONS:
        first = next((each for each in scope.children if each.type == "for_in_clause"), None)
        iterable = child(first, "right") if first is not None else None
        return iterable is None or not _covers(iterable, leaf)
    return True


def _is_outside(function: Node, leaf: Node) -> bool:
    """Whether it is evaluated where the function is defined: defaults, annotations, the result's type."""
    result = child(function, "return_type")
    if result is not None and _covers(result, leaf):
        return True
    parameters = child(function, "parameters")
    if parameters is None or not _covers(parameters, leaf):
        return False
    for each in parameters.children:
        for field in ("type", "value"):
            part = child(each, field)
            if part is not None and _covers(part, leaf):
                return True
    return False


def _covers(node: Node, leaf: Node) -> bool:
    return node.start_byte <= leaf.start_byte and leaf.end_byte <= node.end_byte


def _is_parameter(leaf: Node) -> bool:
    node: Node = leaf
    for parent in up(leaf):
        if parent.type in _PARAMETERS:
            return True
        if parent.type not in _PARAMETER or field_of(parent, node) not in ("", "name"):
            return False
        node = parent
    return False


def _is_target(leaf: Node) -> bool:
    """Whether a statement or a clause gives it a value."""
    node: Node = leaf
    for parent in up(leaf):
        match parent.type:
            case "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause":
                return field_of(parent, node) == "left"
            case "as_pattern_target":
                return True
            case kind if kind in _PATTERNS:
                node = parent
            case "parenthesized_expression":
                node = parent
            case _:
                return False
    return False


def _bound(leaf: Node, skipping: frozenset[str] = frozenset()) -> Role:
    inside: Node = leaf
    for scope in up(leaf):
        is_scope = scope.type in _SCOPES and scope.type not in skipping
        if is_scope and not (scope.type in FUNCTIONS and _is_outside(scope, inside)):
            if scope.type == "class_definition":
                raise unsure(leaf, "the name belongs to a class")
            return binds(scope)
    return binds(None)
