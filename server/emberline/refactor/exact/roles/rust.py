"""Rust: a `let` holds from its end to the end of the block; another of the same name hides it."""

from __future__ import annotations

from tree_sitter import Node

from emberline.refactor.exact.code import child, field_of, up
from emberline.refactor.exact.roles.role import USES, Role, binds, parameter, unsure

FUNCTIONS = frozenset(("function_item", "closure_expression"))
_PATTERNS = frozenset(
    (
        "tuple_pattern",
        "tuple_struct_pattern",
        "struct_pattern",
        "field_pattern",
        "reference_pattern",
        "ref_pattern",
        "mut_pattern",
        "captured_pattern",
        "slice_pattern",
        "or_pattern",
        "match_pattern",
        "parameter",
    )
)
_MACROS = (
    "print println eprint eprintln format write writeln panic todo unimplemented unreachable assert "
    "assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne vec dbg matches trace debug info "
    "warn error bail anyhow ensure"
)
_FORMATTING = frozenset(_MACROS.split())
"""Macros whose arguments are ordinary expressions."""
_NAMING = (":", "::", "=", "=>", "|")
DYNAMIC: frozenset[str] = frozenset()


def role(leaf: Node) -> Role | None:
    if leaf.type == "shorthand_field_identifier":
        return _shorthand(leaf)
    if leaf.type != "identifier" or leaf.parent is None:
        return None
    parent = leaf.parent
    field = field_of(parent, leaf)
    match parent.type:
        case "scoped_identifier" | "scoped_type_identifier" | "label" | "lifetime" | "use_declaration":
            return None
        case "macro_invocation" if field == "macro":
            return None
        case "attribute" | "token_tree" if _in_attribute(leaf):
            return None
        case "token_tree":
            return _in_macro(leaf)
        case "shorthand_field_initializer":
            return Role(USES.kind, label="{}: ")
        case "function_item" | "const_item" | "static_item" | "mod_item" | "macro_definition":
            if field == "name":
                raise unsure(leaf, "the name belongs to an item")
        case "const_parameter" | "metavariable" | "token_tree_pattern":
            raise unsure(leaf, "the name belongs to a type or a macro")
        case "tuple_struct_pattern" | "struct_pattern" if field == "type":
            return None
    found = _binding(leaf)
    return USES if found is None else found


def reaches(scope: Node, leaf: Node) -> bool:
    return True


def _shorthand(leaf: Node) -> Role | None:
    pattern = leaf.parent
    if pattern is None or pattern.type != "field_pattern":
        return None
    if pattern.child_count != 1:
        raise unsure(leaf, "the field is bound by reference or can be changed")
    found = _binding(leaf)
    if found is None:
        return None
    return Role(found.kind, found.scope, found.since, found.is_parameter, label="{}: ")


def _binding(leaf: Node) -> Role | None:
    if leaf.text and leaf.text[:1].isupper():
        return None  # a constant or a unit struct, also in a pattern
    node: Node = leaf
    for parent in up(leaf):
        field = field_of(parent, node)
        match parent.type:
            case "match_arm":
                return binds(parent) if field == "pattern" else None
            case "match_pattern" if field == "condition":
                return None
            case "parameter" if field != "pattern":
                return None
            case "range_pattern" | "closure_parameters" | "parameters":
                if parent.type == "range_pattern":
                    return None
                return parameter(parent.parent)
            case kind if kind in _PATTERNS:
                if field in ("type", "name") and node.type != "shorthand_field_identifier":
                    return None
            case "let_declaration":
                return binds(_block(parent), parent.end_byte) if field == "pattern" else None
            case "let_condition":
                return _condition(parent) if field == "pattern" else None
            case "for_expression":
                return binds(child(parent, "body")) if field == "pattern" else None
            case _:
                return None
        node = parent
    return None


def _condition(condition: Node) -> Role:
    """What `if let` and `while let` bind holds in the condition's rest and the body, not in `else`."""
    for parent in up(condition):
        if parent.type in ("if_expression", "while_expression"):
            rest = child(parent, "condition")
            if rest is not None and rest.type == "let_chain":
                raise unsure(condition, "several conditions share the name")
            return binds(child(parent, "consequence") or child(parent, "body"))
        if parent.type == "match_arm":
            raise unsure(condition, "a guard binds the name")
    raise unsure(condition, "it is not certain how far the name holds")


def _block(node: Node) -> Node | None:
    return next((each for each in up(node) if each.type == "block"), None)


def _in_attribute(leaf: Node) -> bool:
    return any(each.type in ("attribute_item", "inner_attribute_item") for each in up(leaf))


def _in_macro(leaf: Node) -> Role | None:
    invocation = next((each for each in up(leaf) if each.type == "macro_invocation"), None)
    name = child(invocation, "macro") if invocation is not None else None
    if name is None or name.text is None or name.text.decode().split("::")[-1] not in _FORMATTING:
        raise unsure(leaf, "a macro gets the name, and what it makes of it is not known")
    before, after = leaf.prev_sibling, leaf.next_sibling
    if before is not None and before.type in (".", "::"):
        return None
    is_named = after is not None and after.type in _NAMING
    if is_named or _is_bound_inside(leaf):
        raise unsure(leaf, "a macro names its argument, or binds the name")
    return USES


def _is_bound_inside(leaf: Node) -> bool:
    """Whether a macro's arguments could bind names themselves: closures, `let`, `match`."""
    tree = leaf.parent
    if tree is None:
        return True
    return any(each.type in ("let", "match", "for", "|", "=>") for each in tree.children)
