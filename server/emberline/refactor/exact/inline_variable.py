"""A variable that gets one value goes, and its value stands where it was used."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from emberline.refactor.differences import TextEdit
from emberline.refactor.exact.code import Code, child, code_of, field_of, lines_of, up
from emberline.refactor.exact.edits import proposal
from emberline.refactor.exact.evaluation import (
    BLOCKS,
    Weight,
    before_in,
    first_of,
    is_literal,
    is_steady,
    is_written,
    statement_of,
    weight,
)
from emberline.refactor.exact.variables import Variable, Word, variable_at
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Proposal, Target, Unfit
from emberline.syntax.tree import inside

_PRAGMA = re.compile(r"(?i)@ts-|eslint|noqa|type:|pylint|pyright|prettier|nolint|istanbul|c8 ignore|clippy")


@dataclass(frozen=True, slots=True, eq=False)
class Inlined:
    variable: Variable
    statement: Node
    """Which gives it its value."""
    value: Node


def propose(assignment: Assignment, view: View) -> Proposal:
    source = assignment.target.source
    code = code_of(source.text, source.language_id)
    found = check(code, assignment.target)
    lines = lines_of(source.text, code.span(found.statement))
    assert lines is not None
    edits = [TextEdit(lines, "")]
    for word in found.variable.used:
        label = word.role.label.format(found.variable.name)
        edits.append(TextEdit(word.span, label + _fitted(code, found.value, word)))
    return proposal(source, edits)


def check(code: Code, target: Target) -> Inlined:
    """The variable at the target, if its value can stand in its place for certain. Raises `Unfit`."""
    variable = variable_at(code, target.span)
    if variable.is_parameter:
        raise Unfit(f"{variable.name} gets its value from the caller.")
    if len(variable.bound) != 1 or any(is_written(each.leaf) for each in variable.used):
        raise Unfit(f"{variable.name} gets more than one value.")
    if not variable.used:
        raise Unfit(f"{variable.name} is not used.")
    statement, value = _declaration(code, variable.bound[0].leaf)
    lines = lines_of(code.text, code.span(statement))
    if lines is None:
        raise Unfit("More than this stands on its line.")
    for word in variable.used:
        _check_use(code, word, value)
    later = [each for each in variable.used if each.leaf.start_byte >= statement.end_byte]
    block = statement.parent
    if (
        len(later) != len(variable.used)
        or block is None
        or any(each.leaf.end_byte > block.end_byte for each in variable.used)
    ):
        raise Unfit(f"{variable.name} may be used where it has no value.")
    match code.language_id:
        case "go":
            _check_go(code, variable, statement, value)
        case "rust":
            _check_rust(variable, statement, value)
        case "java":
            _check_java(code, variable, statement, value)
        case "typescript" | "typescriptreact":
            _check_typescript(statement, value)
    if not _is_constant(code, value):
        _check_next(code, variable, statement, value)
    return Inlined(variable, statement, value)


def _declaration(code: Code, leaf: Node) -> tuple[Node, Node]:
    """The statement that declares this name alone, and its value."""
    holder = leaf.parent
    plain = None
    if holder is not None:
        match holder.type:
            case "assignment" if holder.parent is not None and holder.parent.type == "expression_statement":
                plain = holder.parent, child(holder, "right")
            case "variable_declarator" if holder.parent is not None:
                declarators = [each for each in holder.parent.children if each.type == "variable_declarator"]
                if len(declarators) == 1 and field_of(holder, leaf) == "name":
                    plain = holder.parent, child(holder, "value")
            case "let_declaration" if not any(
                each.type in ("mutable_specifier", "else") for each in holder.children
            ):
                plain = holder, child(holder, "value")
            case "expression_list" if len(holder.named_children) == 1 and holder.parent is not None:
                right = child(holder.parent, "right")
                if holder.parent.type == "short_var_declaration" and right is not None:
                    values = right.named_children
                    plain = holder.parent, values[0] if len(values) == 1 else None
    if plain is None or plain[1] is None or plain[1].type in ("assignment", "yield", "array_initializer"):
        raise Unfit("It is not given one value by a statement of its own.")
    statement, value = plain
    assert value is not None
    statement_of(code, statement.children[0])
    if statement.parent is None or statement.parent.type in ("for_statement", "export_statement"):
        raise Unfit("It is not given one value by a statement of its own.")
    if any(each.type in ("comment", "line_comment", "block_comment") for each in inside(statement)):
        raise Unfit("A comment stands in its value.")
    above = statement.prev_named_sibling
    if above is not None and "comment" in above.type and _PRAGMA.search(code.words_of(above)):
        raise Unfit("A comment above it tells a tool something about it.")
    return statement, value


def _is_constant(code: Code, value: Node) -> bool:
    """Whether it is the same wherever and whenever it is evaluated."""
    if is_literal(value):
        return True
    return value.type == "identifier" and is_steady(code, value)


def _check_next(code: Code, variable: Variable, statement: Node, value: Node) -> None:
    """Raises `Unfit` unless it is used once, in the next statement, before anything that could matter."""
    if len(variable.used) > 1:
        raise Unfit("Its value may be another each time, and it is used more than once.")
    leaf = variable.used[0].leaf
    following = statement.next_named_sibling
    while following is not None and following.type in ("comment", "line_comment", "block_comment"):
        following = following.next_named_sibling
    there = statement_of(code, leaf)
    if following is None or there != following:
        raise Unfit("Something may change its value before it is used.")
    if not first_of(code, leaf, max(weight(code, value), Weight.READING), there):
        raise Unfit("Something before it in the statement may change its value.")


def _check_use(code: Code, word: Word, value: Node) -> None:
    """Raises `Unfit` where the variable stands in a place that takes no other expression."""
    parent = word.leaf.parent
    if parent is None:
        raise Unfit("It is not used in an expression.")
    if code.span(word.leaf) != word.span:
        raise Unfit("A formatted string names it.")
    field = field_of(parent, word.leaf)
    is_member = value.type in ("member_expression", "field_expression", "subscript_expression", "attribute")
    if field in ("function", "macro") and is_member and code.language_id != "python":
        raise Unfit("Called under another name it would be called on something else.")
    if field == "function" and parent.type == "decorator":
        raise Unfit("It decorates a definition.")
    for each in up(word.leaf):
        if each.type in (
            "type",
            "type_annotation",
            "token_tree",
            "global_statement",
            "decorator",
            "type_query",
        ):
            raise Unfit("It stands where only a name may.")
        if each.type == "interpolation":
            text = code.words_of(value)
            if any(sign in text for sign in "\"'\\\n{}!:#="):
                raise Unfit("It would not fit into the string that shows it.")
            if any(part.type == "=" for part in each.children):
                raise Unfit("A string shows its name.")
        if each.type.endswith(("statement", "block", "declaration")):
            break


# -- what each language adds ---------------------------------------------------------------------------


def _check_go(code: Code, variable: Variable, statement: Node, value: Node) -> None:
    is_number = value.type.endswith(("int_literal", "float_literal", "rune_literal")) or (
        value.type in ("unary_expression", "binary_expression", "parenthesized_expression")
    )
    for word in variable.used:
        parent = word.leaf.parent
        assert parent is not None
        if is_number and parent.type not in ("argument_list", "expression_list", "literal_element"):
            raise Unfit("As a constant without a type it may mean something else.")
        if field_of(parent, word.leaf) == "operand" and value.type != "identifier":
            raise Unfit("It would not be a variable of its own any more.")
        if any(each.type in ("func_literal", "go_statement") for each in up(word.leaf)) and not is_literal(
            value
        ):
            raise Unfit("A function keeps it.")
        for each in up(word.leaf):
            if each.type == "assignment_statement" and code.span(child(each, "left") or each).holds(
                word.span
            ):
                raise Unfit(f"{variable.name} is changed.")


def _check_rust(variable: Variable, statement: Node, value: Node) -> None:
    if child(statement, "type") is not None:
        raise Unfit("It has a type of its own.")
    if is_literal(value):
        return
    if value.type == "reference_expression" and any(
        each.type == "mutable_specifier" for each in value.children
    ):
        raise Unfit("It lends something to be changed.")
    for word in variable.used:
        parent = word.leaf.parent
        if parent is None or parent.type not in (
            "arguments",
            "return_expression",
            "block",
            "field_initializer",
        ):
            raise Unfit("How long its value lives would change.")
        there = _statement_around(word.leaf)
        if any(each.type not in ("identifier", "scoped_identifier") for each in before_in(there, word.leaf)):
            raise Unfit("Something before it in the statement may borrow or move what it needs.")


def _statement_around(leaf: Node) -> Node:
    """The statement around a use, or what stands for one."""
    return next(each for each in (leaf, *up(leaf)) if each.parent is None or each.parent.type in BLOCKS)


def _check_java(code: Code, variable: Variable, statement: Node, value: Node) -> None:
    declared = child(statement, "type")
    kind = code.words_of(declared) if declared is not None else ""
    literal = {"string_literal": "String", "true": "boolean", "false": "boolean"}
    if kind in ("var", literal.get(value.type, "")):
        return
    if kind == "int" and value.type == "decimal_integer_literal":
        return
    if value.type == "object_creation_expression":
        made = child(value, "type")
        if made is not None and code.words_of(made) == kind and "<>" not in kind:
            return
    if value.type == "method_invocation" and child(value, "object") is None and _result(code, value) == kind:
        return
    function = next((each for each in up(statement) if each.type == "method_declaration"), None)
    result = child(function, "type") if function is not None else None
    is_returned = all(
        word.leaf.parent is not None and word.leaf.parent.type == "return_statement" for word in variable.used
    )
    in_lambda = any(each.type == "lambda_expression" for each in up(statement))
    if is_returned and not in_lambda and result is not None and code.words_of(result) == kind:
        return
    raise Unfit("Its type may decide what is called with it.")


def _result(code: Code, call: Node) -> str:
    """The type that a method of this file gives, if there is one method of the name."""
    name = child(call, "name")
    found = [
        each
        for each in inside(code.root)
        if each.type == "method_declaration"
        and name is not None
        and code.words_of(child(each, "name") or each) == code.words_of(name)
    ]
    result = child(found[0], "type") if len(found) == 1 else None
    return code.words_of(result) if result is not None else ""


def _check_typescript(statement: Node, value: Node) -> None:
    declarator = next((each for each in statement.children if each.type == "variable_declarator"), None)
    if declarator is not None and child(declarator, "type") is not None and not is_literal(value):
        raise Unfit("It has a type of its own.")


# -- the value in its new place ------------------------------------------------------------------------

_ATOMS = frozenset(
    (
        "identifier",
        "string",
        "template_string",
        "true",
        "false",
        "none",
        "null",
        "undefined",
        "this",
        "call",
        "attribute",
        "subscript",
        "list",
        "dictionary",
        "set",
        "tuple",
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
        "parenthesized_expression",
        "call_expression",
        "member_expression",
        "subscript_expression",
        "array",
        "regex",
        "selector_expression",
        "index_expression",
        "slice_expression",
        "type_assertion_expression",
        "interpreted_string_literal",
        "raw_string_literal",
        "string_literal",
        "boolean_literal",
        "char_literal",
        "rune_literal",
        "macro_invocation",
        "field_expression",
        "tuple_expression",
        "array_expression",
        "try_expression",
        "method_invocation",
        "field_access",
        "array_access",
        "null_literal",
        "character_literal",
        "jsx_element",
        "jsx_self_closing_element",
    )
)
_NUMBERS = frozenset(
    (
        "integer",
        "float",
        "number",
        "int_literal",
        "float_literal",
        "integer_literal",
        "decimal_integer_literal",
        "decimal_floating_point_literal",
        "hex_integer_literal",
    )
)
_OPEN = {
    "argument_list",
    "arguments",
    "parenthesized_expression",
    "return_statement",
    "list",
    "array",
    "interpolation",
    "template_substitution",
    "pair",
    "jsx_expression",
    "keyword_argument",
    "field_initializer",
    "literal_element",
    "array_expression",
    "tuple",
    "set",
}
"""What holds any expression between marks of its own."""
_VALUES = frozenset(
    ("assignment", "variable_declarator", "short_var_declaration", "let_declaration", "assignment_expression")
)


def _fitted(code: Code, value: Node, word: Word) -> str:
    """The value's text, in brackets where it needs them."""
    text = code.words_of(value)
    parent = word.leaf.parent
    assert parent is not None
    kind, field = parent.type, field_of(parent, word.leaf)
    if word.role.label:
        return text if value.type != "sequence_expression" else f"({text})"
    is_owner = field in ("object", "operand", "value", "function", "argument") and kind in (
        "attribute",
        "member_expression",
        "selector_expression",
        "field_expression",
        "field_access",
        "method_invocation",
        "subscript",
        "call",
        "call_expression",
        "subscript_expression",
        "index_expression",
        "try_expression",
        "await_expression",
    )
    if value.type in _NUMBERS:
        return f"({text})" if is_owner else text
    if value.type in _ATOMS:
        return text
    if value.type in ("expression_list", "yield", "sequence_expression"):
        return f"({text})"
    lines_matter = code.language_id == "python" and ("\n" in text or "\r" in text)
    brackets = kind in _OPEN and kind != "return_statement"
    if brackets or (kind == "return_statement" and not lines_matter):
        return text
    if kind in _VALUES and field in ("right", "value") and not lines_matter:
        return text
    if kind == "expression_list" and code.language_id == "go" and not _in_header(word.leaf):
        return text
    return f"({text})"


def _in_header(leaf: Node) -> bool:
    """Where Go would take a composite literal's brace for the block's."""
    for each in up(leaf):
        if each.type in ("if_statement", "for_statement", "expression_switch_statement"):
            return True
        if each.type.endswith(("statement", "block", "declaration")):
            return False
    return False
