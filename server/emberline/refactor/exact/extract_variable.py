"""A selected expression gets a name in front of its statement."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from emberline.refactor.differences import TextEdit
from emberline.refactor.exact.code import (
    Code,
    child,
    code_of,
    field_of,
    indentation,
    line_start,
    newline,
    up,
)
from emberline.refactor.exact.edits import proposal
from emberline.refactor.exact.evaluation import innermost_function, is_first, is_literal, statement_of
from emberline.refactor.exact.names import checked, parts, spelled
from emberline.refactor.exact.variables import stands_in
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Proposal, Unfit
from emberline.syntax.tree import inside
from emberline.syntax.types import Span

_SCRIPT = ("javascript", "javascriptreact", "typescript", "typescriptreact")
_EXPRESSIONS = {
    "python": (
        "binary_operator unary_operator not_operator boolean_operator comparison_operator "
        "conditional_expression call attribute subscript list tuple dictionary set list_comprehension "
        "dictionary_comprehension set_comprehension string concatenated_string integer float lambda await "
        "parenthesized_expression"
    ),
    **dict.fromkeys(
        _SCRIPT,
        "binary_expression unary_expression ternary_expression call_expression new_expression "
        "member_expression subscript_expression array object string template_string number regex "
        "arrow_function function_expression await_expression as_expression parenthesized_expression "
        "jsx_element jsx_self_closing_element",
    ),
    "go": (
        "binary_expression unary_expression call_expression selector_expression index_expression "
        "slice_expression type_assertion_expression composite_literal func_literal int_literal float_literal "
        "interpreted_string_literal raw_string_literal rune_literal parenthesized_expression"
    ),
    "rust": (
        "binary_expression unary_expression call_expression macro_invocation string_literal integer_literal "
        "float_literal char_literal raw_string_literal try_expression await_expression "
        "parenthesized_expression"
    ),
    "java": (
        "binary_expression unary_expression method_invocation object_creation_expression field_access "
        "array_access ternary_expression cast_expression instanceof_expression decimal_integer_literal "
        "decimal_floating_point_literal string_literal parenthesized_expression"
    ),
}
_KINDS = {language: frozenset(kinds.split()) for language, kinds in _EXPRESSIONS.items()}
_OWNED = (
    "collect sum count len to_string to_owned to_vec clone is_some is_none is_ok is_err is_empty min max "
    "fold all any position contains starts_with ends_with parse abs pow sqrt product "
    "to_uppercase to_lowercase"
)
_RUST_OWNED = frozenset(_OWNED.split())
"""Methods whose result borrows nothing from what they are called on."""
_GO_SINGLE = frozenset(
    ("len", "cap", "make", "new", "append", "string", "int", "int64", "float64", "byte", "rune", "min", "max")
)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """An expression that can be extracted."""

    node: Node
    statement: Node


def propose(assignment: Assignment, view: View) -> Proposal:
    source = assignment.target.source
    code = code_of(source.text, source.language_id)
    place = check(code, assignment.target.span)
    around = innermost_function(code, place.node) or code.root
    if assignment.answer.strip():
        name = checked(assignment.answer, source.language_id)
        if stands_in(code, around, name):
            raise Unfit(f"{name} means something else here already.")
    else:
        name = _fresh(code, place.node, around)
    where = code.span(place.statement).start
    indent = indentation(code.text, where)
    value = _value(code, place.node, indent)
    line = f"{_declared(code, place.node, name, value)}{newline(code.text)}{indent}"
    edits = (TextEdit(Span(where, where), line), TextEdit(code.span(place.node), name))
    return proposal(source, edits)


def check(code: Code, span: Span) -> Place:
    """The selected expression and its statement. Raises `Unfit` with the reason why it must stay there."""
    node = expression(code, span)
    if node is None:
        raise Unfit("Select a whole expression.")
    language = code.language_id
    _check_place(code, node)
    statement = statement_of(code, node)
    if statement.has_error:
        raise Unfit("The statement has mistakes in its syntax.")
    start = code.span(statement).start
    if code.text[line_start(code.text, start) : start].strip(" \t\ufeff"):
        raise Unfit("Its statement does not begin its line.")
    if innermost_function(code, statement) is None and language in ("go", "rust", "java"):
        raise Unfit("It does not stand in a function.")
    _check_whole(code, node, statement)
    if not is_first(code, node, statement):
        raise Unfit("Something before it in the same statement may change what it evaluates to.")
    match language:
        case "go":
            _check_go(code, node)
        case "rust":
            _check_rust(code, node)
        case "java":
            _check_java(code, node, statement)
        case "typescript" | "typescriptreact":
            _check_typescript(node)
    return Place(node, statement)


def expression(code: Code, span: Span) -> Node | None:
    """The expression that is selected exactly; None where the selection is not one."""
    kinds = _KINDS.get(code.language_id, frozenset())
    if span.start == span.end:
        return None
    node = code.exactly(span)
    while node is not None and node.type not in kinds:
        same = [each for each in node.children if code.span(each) == span]
        node = same[0] if same else None
    return node


def _check_place(code: Code, node: Node) -> None:
    """Raises `Unfit` where an expression is no value that could be named."""
    parent = node.parent
    field = field_of(parent, node) if parent is not None else ""
    kind = parent.type if parent is not None else ""
    if kind == "concatenated_string":
        raise Unfit("It is a part of a string.")
    if kind in ("pair", "jsx_attribute", "keyed_element") and field != "value":
        raise Unfit("It is a key, not a value.")
    if kind == "jsx_attribute" or (kind.startswith("jsx_") and kind != "jsx_expression"):
        raise Unfit("It is a part of an element.")
    pair = parent.parent if parent is not None and kind == "literal_element" else None
    if pair is not None and pair.type == "keyed_element" and child(pair, "key") == parent:
        raise Unfit("It is a key, not a value.")
    if field in ("function", "constructor") and node.type in (
        "member_expression",
        "field_expression",
        "selector_expression",
        "subscript_expression",
        "index_expression",
    ):
        raise Unfit("A method without what it is called on would be another function.")
    if kind in ("update_expression", "inc_statement", "dec_statement", "reference_expression") or (
        kind == "unary_expression"
        and parent is not None
        and parent.children[0].type in ("&", "delete", "typeof")
    ):
        raise Unfit("Its place is what matters here, not its value.")
    here = node
    for above in up(node):
        if above.type in _TARGETS and field_of(above, here) in ("left", "pattern", "name", "alias"):
            raise Unfit("It is assigned to.")
        if above.type.endswith(("statement", "block")):
            break
        here = above
    if any(each.type in ("super", "yield") for each in inside(node)) and code.language_id != "python":
        raise Unfit("It has a meaning at this place only.")


_TARGETS = frozenset(
    (
        "assignment",
        "augmented_assignment",
        "assignment_expression",
        "augmented_assignment_expression",
        "assignment_statement",
        "compound_assignment_expr",
        "for_statement",
        "for_in_statement",
        "as_pattern",
        "range_clause",
    )
)


def _check_whole(code: Code, node: Node, statement: Node) -> None:
    """Raises `Unfit` where the expression has a name already, or is all that its statement is."""
    span = code.span(node)
    inner = code.span(statement)
    if span == inner or (inner.start == span.start and code.text[span.end : inner.end].strip() in (";", "")):
        raise Unfit("It is a statement of its own already.")
    here = node
    for above in up(node):
        field = field_of(above, here)
        if above.type == "assignment" and field == "right":
            left = child(above, "left")
            if left is not None and left.type == "identifier":
                raise Unfit("It has a name already.")
        if above.type in ("variable_declarator", "let_declaration", "const_spec") and field == "value":
            name = child(above, "name") or child(above, "pattern")
            if name is None or name.type in ("identifier", "_"):
                raise Unfit("It has a name already.")
        if above.type in ("short_var_declaration", "var_spec") and field in ("right", "value"):
            raise Unfit("It has a name already.")
        if above.type not in ("parenthesized_expression", "expression_list"):
            return
        here = above


# -- what each language adds ---------------------------------------------------------------------------


def _check_go(code: Code, node: Node) -> None:
    parent = node.parent
    if not _is_constant(node):
        leaves = [
            each for each in inside(node) if each.type in ("identifier", "call_expression", "func_literal")
        ]
        known = (
            "composite_literal",
            "func_literal",
            "call_expression",
            "index_expression",
            "slice_expression",
        )
        if node.type == "selector_expression" and not any(
            each.type == "call_expression" for each in inside(node)
        ):
            operand = child(node, "operand")
            if operand is not None and operand.type == "identifier" and not _is_local(code, operand):
                raise Unfit("It may be a constant without a type.")
        elif node.type not in known and not any(
            each.type != "identifier" or _is_local(code, each) for each in leaves
        ):
            raise Unfit("It may be a constant without a type.")
    if any(each.type in ("<<", ">>") for each in node.children):
        raise Unfit("What type a shift has depends on its place.")
    is_owner = parent is not None and parent.type in ("selector_expression", "slice_expression")
    if (
        parent is not None
        and is_owner
        and child(parent, "operand") == node
        and node.type != "call_expression"
    ):
        raise Unfit("A copy of it would be used in its place.")
    if node.type == "call_expression" and _is_alone(node) and not _gives_one(code, node):
        raise Unfit("It may give several values.")


def _is_constant(node: Node) -> bool:
    """Literals and what is made of them alone; Go keeps them without a type."""
    if is_literal(node):
        return True
    if node.type in ("binary_expression", "unary_expression", "parenthesized_expression"):
        return all(_is_constant(each) for each in node.named_children)
    return False


def _is_local(code: Code, leaf: Node) -> bool:
    from emberline.refactor.exact.variables import variable_of

    try:
        variable = variable_of(code, leaf)
    except Unfit:
        return False
    holder = variable.bound[0].leaf.parent
    return holder is not None and holder.type != "const_spec"


def _is_alone(node: Node) -> bool:
    """Whether it stands where several values may."""
    parent = node.parent
    if parent is None:
        return True
    if parent.type in ("argument_list", "expression_list", "range_clause"):
        return len(parent.named_children) == 1 or parent.type == "range_clause"
    return parent.type in ("return_statement", "go_statement", "defer_statement")


def _gives_one(code: Code, call: Node) -> bool:
    function = child(call, "function")
    if function is None:
        return False
    name = code.words_of(function)
    if name in _GO_SINGLE:
        return True
    known = [each for each in code.outline.definitions if each.name == name and not each.container]
    if len(known) != 1:
        return False
    header = known[0].header.of(code.text).rstrip()
    result = header[header.rfind(")") + 1 :].strip()
    return bool(result) and not result.startswith("(") and "," not in result


def _check_rust(code: Code, node: Node) -> None:
    parent = node.parent
    kind = parent.type if parent is not None else ""
    is_owner = kind in ("field_expression", "index_expression", "try_expression", "await_expression")
    if parent is not None and is_owner and parent.named_children[0] == node and not is_literal(node):
        raise Unfit("How long what it gives lives would change.")
    if kind in ("match_expression", "for_expression") and not is_literal(node):
        raise Unfit("How long what it gives lives would change.")
    for each in inside(node):
        if (
            each.type == "field_expression"
            and each.parent is not None
            and each.parent.type == "call_expression"
        ):
            method = child(each, "field")
            receiver = child(each, "value")
            if receiver is None or receiver.type in ("identifier", "self", "field_expression"):
                continue
            outermost = node.type == "call_expression" and child(node, "function") is not None
            last = child(child(node, "function") or node, "field") if outermost else None
            if method is None or last is None or code.words_of(last) not in _RUST_OWNED:
                raise Unfit("How long what it gives lives would change.")
    if node.type == "unary_expression" and node.children[0].type == "*":
        raise Unfit("It might be moved out of its place.")
    if node.type == "call_expression":
        function = child(node, "function")
        method = child(function, "field") if function is not None else None
        if method is not None and code.words_of(method) not in _RUST_OWNED:
            raise Unfit("How long what it gives lives would change.")


def _check_java(code: Code, node: Node, statement: Node) -> None:
    if any(
        each.type in ("lambda_expression", "method_reference", "array_initializer") for each in _tops(node)
    ):
        raise Unfit("Its type depends on its place.")
    if node.type == "object_creation_expression" and "<>" in code.words_of(node).split("(")[0]:
        raise Unfit("Its type depends on its place.")
    if node.type == "method_invocation":
        receiver = child(node, "object")
        arguments = child(node, "arguments")
        static = receiver is not None and code.words_of(receiver)[:1].isupper()
        if static and arguments is not None and not arguments.named_children:
            raise Unfit("Its type depends on its place.")
    if statement.type == "local_variable_declaration":
        declared = child(statement, "type")
        if declared is not None and code.words_of(declared) in ("byte", "short", "char", "long", "float"):
            raise Unfit("What it is converted to depends on its place.")
    if node.type in ("ternary_expression", "null_literal"):
        raise Unfit("Its type depends on its place.")

    for each in inside(node):
        if each.type == "instanceof_expression" and (child(each, "name") or child(each, "pattern")):
            raise Unfit("It binds a name that the statement uses.")


def _tops(node: Node) -> Iterator[Node]:
    yield node
    if node.type == "parenthesized_expression":
        for each in node.named_children:
            yield from _tops(each)


def _check_typescript(node: Node) -> None:
    inner = list(_tops(node))[-1]
    if inner.type in ("object", "array"):
        raise Unfit("Its type depends on its place.")
    if inner.type in ("arrow_function", "function_expression"):
        parameters = child(inner, "parameters")
        bare = child(inner, "parameter") is not None or (
            parameters is not None and any(child(each, "type") is None for each in parameters.named_children)
        )
        if bare:
            raise Unfit("The types of its parameters depend on its place.")
    siblings = inner.parent.children if inner.parent is not None else []
    if inner.type == "string" and any(each.type == "unary_expression" for each in siblings):
        raise Unfit("TypeScript learns types from it at this place.")
    learns = inner.type in (
        "call_expression",
        "member_expression",
        "subscript_expression",
        "unary_expression",
    ) or (
        inner.type == "binary_expression" and not _COMPARED.intersection(each.type for each in inner.children)
    )
    if learns and _is_condition(node):
        raise Unfit("TypeScript learns types from it at this place.")


_COMPARED = frozenset(("<", ">", "<=", ">="))
_BOOLEAN = frozenset(("&&", "||", "!", "??"))


def _is_condition(node: Node) -> bool:
    """Whether what is evaluated after it depends on its truth."""
    here = node
    for above in up(node):
        if field_of(above, here) == "condition" or any(each.type in _BOOLEAN for each in above.children):
            return True
        if above.type != "parenthesized_expression":
            return False
        here = above
    return False


# -- the new line --------------------------------------------------------------------------------------


def _value(code: Code, node: Node, indent: str) -> str:
    """The expression as it stands behind `=`: without brackets around it, with them where lines need them."""
    text = _indented(code, node, indent)
    if node.type == "parenthesized_expression" and "\n" not in text and len(node.named_children) == 1:
        inner = node.named_children[0]
        if inner.type not in ("yield", "named_expression", "sequence_expression", "comment"):
            return code.words_of(inner)
    if code.language_id == "python" and _is_open(node):
        return f"({text})"
    return text


def _indented(code: Code, node: Node, indent: str) -> str:
    """Its text, whose further lines move with its first one; not where a string has lines of its own."""
    text = code.words_of(node)
    own = indentation(code.text, code.span(node).start)
    extra = own.removeprefix(indent)
    has_lines = any(
        each.start_point.row < each.end_point.row and ("string" in each.type or "comment" in each.type)
        for each in inside(node)
    )
    if not extra or not own.startswith(indent) or has_lines:
        return text
    first, *rest = text.splitlines(keepends=True)
    if any(line.strip() and not line.startswith(own) for line in rest):
        return text
    return "".join((first, *(line.removeprefix(own) and indent + line.removeprefix(own) for line in rest)))


_BRACKETED = frozenset(
    (
        "list",
        "tuple",
        "dictionary",
        "set",
        "string",
        "parenthesized_expression",
        "argument_list",
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
    )
)


def _is_open(node: Node) -> bool:
    """Whether Python would end the statement at a line end in it."""
    if node.type in _BRACKETED:
        return False
    rows = [each.end_point.row for each in node.children], [each.start_point.row for each in node.children]
    if node.type == "subscript":
        return any(_is_open(each) for each in node.children[:1])
    is_broken = any(end < start for end, start in zip(rows[0][:-1], rows[1][1:], strict=True))
    return is_broken or any(_is_open(each) for each in node.children)


def _declared(code: Code, node: Node, name: str, value: str) -> str:
    match code.language_id:
        case "python":
            return f"{name} = {value}"
        case "go":
            return f"const {name} = {value}" if _is_constant(node) else f"{name} := {value}"
        case "rust":
            return f"let {name} = {value};"
        case "java":
            return f"var {name} = {value};"
    return f"const {name} = {value};" if _has_semicolons(code) else f"const {name} = {value}"


def _has_semicolons(code: Code) -> bool:
    """Whether the file ends its statements with them; a new line without one must not run into the next."""
    statements = [
        each
        for each in inside(code.root)
        if each.type in ("expression_statement", "lexical_declaration", "return_statement")
    ][:60]
    return not statements or 2 * sum(each.children[-1].type == ";" for each in statements) >= len(statements)


def _fresh(code: Code, node: Node, around: Node) -> str:
    """A name that says what the expression is, and that nothing around it has."""
    base = spelled(_words(code, node), code.language_id) or "value"
    is_python = code.language_id == "python"
    if is_python and hasattr(builtins, base):
        base = "result"
    name, number = base, 2
    while stands_in(code, around, name):
        name, number = f"{base}_{number}" if is_python else f"{base}{number}", number + 1
    return name


_USUAL = (
    "get fetch load read compute calculate make create build find to as is new parse expect append add plus "
    "minus sort filter map join split strip replace format close open write send call run apply update set "
    "remove push pop insert check validate encode decode dumps loads assert equals copy"
)
_VERBS = frozenset(_USUAL.split())


def _words(code: Code, node: Node) -> list[str]:
    """The words of a name for what the expression gives."""
    while node.type in ("parenthesized_expression", "await", "await_expression", "try_expression"):
        if not node.named_children:
            break
        node = node.named_children[0]
    match node.type:
        case "call" | "call_expression" | "method_invocation" | "new_expression":
            called = child(node, "function") or child(node, "name") or child(node, "constructor")
            words = parts(_last(code, called)) if called is not None else []
            if words == ["len"]:
                return ["length"]
            if len(words) > 1 and words[0] in _VERBS:
                words = words[1:]
            return words[-3:] if words and words[0] not in _VERBS else ["result"]
        case "object_creation_expression":
            kind = child(node, "type")
            return parts(_last(code, kind)) if kind is not None else []
        case "attribute" | "member_expression" | "selector_expression" | "field_access" | "field_expression":
            return parts(_last(code, node))[-3:]
        case "subscript" | "subscript_expression" | "index_expression" | "array_access":
            key = node.named_children[-1]
            if key.type in ("string", "interpreted_string_literal", "string_literal"):
                words = parts(code.words_of(key))
                if words and len(words) <= 3:
                    return words
            return ["item"]
        case "comparison_operator" | "boolean_operator" | "not_operator" | "instanceof_expression":
            return ["condition"]
        case "binary_expression":
            operators = {each.type for each in node.children}
            compares = {"==", "!=", "<", ">", "<=", ">=", "===", "!==", "&&", "||", "in", "instanceof"}
            return ["condition"] if operators & compares else ["value"]
        case "string" | "template_string" | "string_literal" | "interpreted_string_literal":
            return ["text"]
        case "list" | "array" | "list_comprehension" | "tuple" | "set_comprehension":
            return ["items"]
        case "arrow_function" | "lambda" | "func_literal" | "closure_expression" | "function_expression":
            return ["action"]
    return ["value"]


def _last(code: Code, node: Node) -> str:
    """The last name of a dotted path."""
    text = code.words_of(node)
    found = [each for each in inside(node) if each.type.endswith("identifier")]
    return code.words_of(found[-1]) if found and "(" not in code.words_of(found[-1]) else text
