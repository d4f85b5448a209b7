"""When an expression is evaluated: whether it can be moved before its statement, or into the next
one, without anybody noticing. What is not certain counts as noticed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from tree_sitter import Node

from emberline.refactor.exact.code import Code, child, field_of
from emberline.refactor.exact.roles import roles
from emberline.refactor.exact.variables import variable_of
from emberline.refactor.types import Unfit
from emberline.syntax.tree import inside


class Weight(IntEnum):
    """What evaluating it does, the heaviest part of it."""

    STEADY = 1
    """The same at any time: literals, names that get one value."""
    READING = 2
    """It reads what something else might change."""
    ACTING = 3
    """It may change something."""


_ACTING = frozenset(
    (
        "call",
        "await",
        "yield",
        "named_expression",
        "call_expression",
        "new_expression",
        "await_expression",
        "yield_expression",
        "update_expression",
        "assignment",
        "augmented_assignment",
        "assignment_expression",
        "augmented_assignment_expression",
        "compound_assignment_expr",
        "macro_invocation",
        "try_expression",
        "method_invocation",
        "object_creation_expression",
        "return_expression",
        "break_expression",
        "continue_expression",
        "if_expression",
        "match_expression",
        "switch_expression",
        "unsafe_block",
        "block",
        "loop_expression",
        "decorator",
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
        "jsx_element",
        "jsx_self_closing_element",
    )
)
_READING = frozenset(
    (
        "attribute",
        "subscript",
        "member_expression",
        "subscript_expression",
        "selector_expression",
        "index_expression",
        "slice_expression",
        "type_assertion_expression",
        "field_access",
        "array_access",
        "field_expression",
        "interpolation",
        "template_substitution",
        "spread_element",
        "list_splat",
        "dictionary_splat",
        "as_expression",
        "cast_expression",
        "type_cast_expression",
        "type_conversion_expression",
        "binary_operator",
        "comparison_operator",
        "unary_operator",
        "reference_expression",
    )
)
"""Python's operators are here: they may be anybody's methods."""
_DEFERRED = frozenset(
    (
        "lambda",
        "function_definition",
        "arrow_function",
        "function_expression",
        "generator_function",
        "func_literal",
        "closure_expression",
        "lambda_expression",
        "function_declaration",
    )
)
"""What is in these is not evaluated with them."""
BLOCKS = frozenset(
    (
        "block",
        "module",
        "statement_block",
        "program",
        "statement_list",
        "expression_case",
        "default_case",
        "communication_case",
        "type_case",
        "switch_case",
        "switch_default",
        "switch_block_statement_group",
        "constructor_body",
    )
)
"""What holds statements."""
_NEVER = {
    **dict.fromkeys(
        ("while_statement", "do_statement", "while_expression", "loop_expression"),
        "a loop evaluates it again and again",
    ),
    **dict.fromkeys(("for_clause", "for_expression_condition"), "a loop evaluates it again and again"),
    **dict.fromkeys(_DEFERRED, "it is evaluated when the function is called"),
    **dict.fromkeys(
        (
            "generator_expression",
            "list_comprehension",
            "set_comprehension",
            "dictionary_comprehension",
        ),
        "it is evaluated for each element",
    ),
    **dict.fromkeys(
        (
            "elif_clause",
            "else_clause",
            "match_arm",
            "switch_rule",
            "case_clause",
            "switch_label",
            "switch_case",
            "expression_case",
            "communication_case",
            "type_case",
        ),
        "it is evaluated in one case only",
    ),
    **dict.fromkeys(
        ("decorator", "decorated_definition", "class_definition", "class_body", "class_declaration"),
        "it belongs to a definition",
    ),
    **dict.fromkeys(
        ("assert_statement", "assert"),
        "assertions can be switched off",
    ),
    **dict.fromkeys(
        (
            "type",
            "type_annotation",
            "type_arguments",
            "literal_type",
            "annotation",
            "modifiers",
            "attribute_item",
            "array_type",
            "case_pattern",
            "match_pattern",
            "parameters",
            "formal_parameters",
            "required_parameter",
            "optional_parameter",
            "import_statement",
            "import_from_statement",
            "import_declaration",
            "import_spec",
            "field_declaration",
            "const_declaration",
            "const_item",
            "static_item",
            "const_block",
            "type_declaration",
            "enum_item",
            "token_tree",
            "object_pattern",
            "array_pattern",
            "explicit_constructor_invocation",
            "resource_specification",
            "labeled_statement",
            "delete_statement",
            "global_statement",
            "select_statement",
            "type_switch_statement",
            "range_pattern",
            "import_attribute",
        ),
        "it stands where only certain expressions may",
    ),
}
_FOR = frozenset(("for_statement", "for_in_statement", "for_expression", "enhanced_for_statement"))
_CHAINS = frozenset(("call_expression", "subscript_expression", "member_expression"))
_DECLARING = frozenset(
    (
        "variable_declarator",
        "lexical_declaration",
        "variable_declaration",
        "local_variable_declaration",
        "var_declaration",
    )
)
_ASSIGNING = frozenset(("assignment", "variable_declarator", "let_declaration", "short_var_declaration"))
_SHORT_CIRCUIT = frozenset(("and", "or", "&&", "||", "??"))


def weight(code: Code, node: Node) -> Weight:
    """The heaviest part of it."""
    found = Weight.STEADY
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.type in _DEFERRED:
            continue
        if here.type in _ACTING or _is_receiving(here):
            return Weight.ACTING
        if here.type in _READING or (here.type == "identifier" and not is_steady(code, here)):
            found = Weight.READING
        waiting.extend(here.children)
    return found


def is_literal(node: Node) -> bool:
    """Whether it is the same wherever it stands: a number, a plain string, a truth value."""
    plain = {
        "integer",
        "float",
        "true",
        "false",
        "none",
        "number",
        "null",
        "int_literal",
        "float_literal",
        "rune_literal",
        "integer_literal",
        "boolean_literal",
        "char_literal",
        "decimal_integer_literal",
        "decimal_floating_point_literal",
        "hex_integer_literal",
        "null_literal",
        "character_literal",
        "interpreted_string_literal",
        "raw_string_literal",
        "string_literal",
    }
    if node.type in plain:
        return True
    if node.type in ("string", "template_string", "concatenated_string"):
        return not any(each.type in ("interpolation", "template_substitution") for each in inside(node))
    if node.type in ("unary_operator", "unary_expression", "parenthesized_expression"):
        return all(is_literal(each) for each in node.named_children) and node.children[0].type in "+-!("
    return False


def is_steady(code: Code, leaf: Node) -> bool:
    """Whether the identifier is a local variable that gets its value once."""
    try:
        variable = variable_of(code, leaf)
    except Unfit:
        return False
    if len(variable.bound) != 1 or _in_loop(variable.bound[0].leaf, variable.scope):
        return False
    return not any(is_written(each.leaf) for each in variable.used)


def is_written(leaf: Node) -> bool:
    """Whether this use of a variable changes which value it has, or lends it to whom may."""
    node: Node = leaf
    parent = leaf.parent
    while parent is not None:
        field = field_of(parent, node)
        match parent.type:
            case "update_expression" | "inc_statement" | "dec_statement" | "delete_statement":
                return True
            case (
                "assignment_expression"
                | "augmented_assignment_expression"
                | "compound_assignment_expr"
                | "assignment_statement"
                | "assignment"
                | "augmented_assignment"
                | "short_var_declaration"
                | "range_clause"
                | "receive_statement"
                | "for_in_statement"
            ):
                return field == "left" and (leaf == node or node.type.endswith(("_list", "_pattern")))
            case "unary_expression":
                return parent.children[0].type in ("&", "delete")
            case "reference_expression":
                return any(each.type == "mutable_specifier" for each in parent.children)
            case "expression_list" | "parenthesized_expression" | "object_pattern" | "array_pattern":
                node, parent = parent, parent.parent
            case "pair_pattern" | "object_assignment_pattern" | "assignment_pattern" | "rest_pattern":
                node, parent = parent, parent.parent
            case _:
                return False
    return False


def _in_loop(leaf: Node, scope: Node) -> bool:
    """Whether a name is bound anew in each turn of a loop within its scope. Where a block is the scope, a
    new turn has a new variable."""
    if scope.type in ("block", "statement_block") and leaf.parent is not None:
        return False
    node: Node | None = leaf.parent
    while node is not None and node != scope:
        if node.type in ("for_statement", "while_statement", "for_in_statement", "do_statement"):
            return True
        node = node.parent
    return False


def _is_receiving(node: Node) -> bool:
    """Go's `<-channel`, JavaScript's `delete`."""
    first = node.children[0].type if node.children else ""
    return node.type == "unary_expression" and first in ("<-", "delete")


def statement_of(code: Code, node: Node) -> Node:
    """The statement in a block, in which `node` is evaluated exactly once, on every way through it. Raises
    `Unfit` with what is in the way."""
    here = node
    while (parent := here.parent) is not None:
        field = field_of(parent, here)
        if parent.type in BLOCKS and field not in ("value", "communication", "type"):
            _check_block(parent)
            return here
        _check_step(parent, here, field)
        here = parent
    raise Unfit("It does not stand in a statement.")


def _check_block(block: Node) -> None:
    around = block.parent
    if around is not None and around.type in ("class_definition", "class_static_block"):
        raise Unfit("It belongs to a class, not to a function.")


def _check_step(parent: Node, node: Node, field: str) -> None:
    """Raises `Unfit` where `parent` evaluates this child not exactly once."""
    kind = parent.type
    if kind.endswith(("comprehension", "generator_expression")):
        first = next((each for each in parent.children if each.type == "for_in_clause"), None)
        if node == first:
            return
    if kind == "for_in_clause" and field != "right":
        raise Unfit("It is evaluated for each element.")
    if kind in _NEVER:
        raise Unfit(f"It would be evaluated at another time: {_NEVER[kind]}.")
    is_right = field == "right" or (field == "" and node == parent.children[-1])
    is_operator = kind in ("boolean_operator", "binary_expression")
    if is_operator and is_right and any(each.type in _SHORT_CIRCUIT for each in parent.children):
        raise Unfit("It is evaluated only if what stands before it says so.")
    if kind == "comparison_operator" and node not in parent.named_children[:2]:
        raise Unfit("It is evaluated only if what stands before it says so.")
    if kind == "conditional_expression" and node != parent.named_children[1]:
        raise Unfit("It is evaluated in one case only.")
    if kind == "ternary_expression" and field != "condition":
        raise Unfit("It is evaluated in one case only.")
    if kind == "augmented_assignment_expression" and any(
        each.type in ("&&=", "||=", "??=") for each in parent.children
    ):
        raise Unfit("It is evaluated only if what stands before it says so.")
    is_if = kind in ("if_statement", "if_expression")
    if is_if and (field != "condition" or child(parent, "initializer") is not None):
        raise Unfit("It is evaluated in one case only.")
    if kind in _FOR and field not in ("right", "value") and node.type != "range_clause":
        raise Unfit("It would be evaluated at another time: a loop evaluates it again and again.")
    if kind == "range_clause" and field != "right":
        raise Unfit("It is assigned to.")
    if kind == "expression_switch_statement" and child(parent, "initializer") is not None:
        raise Unfit("It is evaluated after what the switch begins with.")
    if kind in ("let_chain", "let_condition"):
        raise Unfit("It is evaluated only if what stands before it says so.")
    if kind in _CHAINS and _is_optional(parent, node):
        raise Unfit("It is evaluated only if what stands before it is there.")
    if kind in _DECLARING:
        before = [each for each in parent.named_children if each.end_byte <= node.start_byte]
        if any(each.type == "variable_declarator" for each in before):
            raise Unfit("It is evaluated after what the same statement declares.")
    if kind == "array_expression" and any(each.type == ";" for each in parent.children):
        raise Unfit("An array's length is not evaluated.")


def _is_optional(parent: Node, node: Node) -> bool:
    """Whether a `?.` to the left decides whether `node` is evaluated."""
    return any(
        part.type in ("optional_chain", "?.")
        for each in parent.children
        if each.end_byte <= node.start_byte
        for part in inside(each)
        if part.type not in _DEFERRED
    )


def before_in(statement: Node, node: Node) -> Iterator[Node]:
    """The parts of the statement that are evaluated before `node`."""
    here = node
    while here != statement and (parent := here.parent) is not None:
        field = field_of(parent, here)
        is_value = parent.type in _ASSIGNING
        skips = (
            (is_value and field in ("right", "value"))
            or (parent.type == "conditional_expression" and here == parent.named_children[1])
            or parent.type.endswith(("comprehension", "generator_expression"))
            or parent.type in ("for_in_clause", "for_statement", "for_in_statement", "for_expression")
        )
        if not skips:
            for each in parent.children:
                if each.end_byte > here.start_byte or not each.is_named or _is_target(parent, each):
                    continue
                if each.type == "jsx_opening_element":
                    yield from (part for part in each.named_children if part.type == "jsx_attribute")
                else:
                    yield each
        here = parent


def _is_target(parent: Node, node: Node) -> bool:
    """A plain variable on the left of `=` is not evaluated; an element's name is a name."""
    if parent.type == "jsx_self_closing_element" and child(parent, "name") == node:
        return True
    is_assignment = parent.type in ("assignment_expression", "assignment_statement")
    return is_assignment and node.type in ("identifier", "type_annotation")


def is_first(code: Code, node: Node, statement: Node) -> bool:
    """Whether it could as well be evaluated before everything else in the statement."""
    return first_of(code, node, weight(code, node), statement)


def first_of(code: Code, node: Node, own: Weight, statement: Node) -> bool:
    """The same for something of this weight at the place of `node`."""
    if own is Weight.STEADY:
        return True
    function = _function_of(node)
    for each in before_in(statement, node):
        other = Weight.STEADY if each == function and _is_plain(each) else weight(code, each)
        if other + own > Weight.READING + Weight.READING:
            return False
    return True


def _function_of(node: Node) -> Node | None:
    """What is called with `node` as an argument."""
    arguments = node.parent
    call = arguments.parent if arguments is not None else None
    if call is None or call.type not in ("call", "call_expression"):
        return None
    return child(call, "function")


def _is_plain(function: Node) -> bool:
    """A name, or a method of something with a name: looking it up before or after makes no difference."""
    if function.type == "identifier":
        return True
    is_method = function.type in ("attribute", "member_expression", "selector_expression", "field_expression")
    return is_method and not any(each.named_children for each in function.named_children)


def innermost_function(code: Code, node: Node) -> Node | None:
    here: Node | None = node
    kinds = roles(code.language_id).FUNCTIONS
    while here is not None and here.type not in kinds:
        here = here.parent
    return here
