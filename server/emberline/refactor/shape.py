"""What code is like at a target, as far as the menu of refactorings asks: read off its syntax tree."""

from __future__ import annotations

import re

from tree_sitter import Node

from emberline.refactor.exact.code import Code, child, field_of, up
from emberline.refactor.exact.evaluation import BLOCKS
from emberline.refactor.exact.roles import roles
from emberline.syntax.tree import inside
from emberline.syntax.types import Definition, Sort, Span

SCRIPT = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact"))
FUNCTIONS = (Sort.FUNCTION, Sort.METHOD)
_COMMENTS = frozenset(("comment", "line_comment", "block_comment"))
_CALLBACK = re.compile(r"(?i)(?:.*callback|cb|done)\Z")
_ACCUMULATES = frozenset(("append", "add"))


def whole_statements(code: Code, span: Span) -> bool:
    """Whether the selection is one or more whole statements of a block within a function."""
    start, end = code.byte(span.start), code.byte(span.end)
    node: Node | None = code.root.descendant_for_byte_range(start, max(start, end - 1))
    while node is not None and node.type not in BLOCKS:
        node = node.parent
    # A single statement covers its block exactly, where that has no marks of its own.
    while node is not None and node.parent is not None and node.parent.type in BLOCKS:
        if (node.parent.start_byte, node.parent.end_byte) != (node.start_byte, node.end_byte):
            break
        node = node.parent
    if node is None or not any(each.type in roles(code.language_id).FUNCTIONS for each in up(node)):
        return False
    held = [
        each
        for each in node.children
        if each.start_byte < end and each.end_byte > start and (each.is_named or each.type == ";")
    ]
    statements = [each for each in held if each.is_named and each.type not in _COMMENTS]
    return bool(statements) and held[0].start_byte >= start and held[-1].end_byte <= end


def function_node(code: Code, symbol: Definition) -> Node | None:
    """The syntax of a function or a method."""
    kinds = roles(code.language_id).FUNCTIONS | {"function_signature", "method_signature"}
    name = code.node(symbol.name_span)
    for each in up(name):
        if each.type in kinds:
            return each
        if each.type == "variable_declarator":
            value = child(each, "value")
            return value if value is not None and value.type in kinds else None
        if each.type in ("class_body", "class_definition", "program", "module", "source_file"):
            return None
    return None


def parameters(function: Node) -> list[Node]:
    """The parameters in order, one of an arrow function's without brackets too."""
    lone = child(function, "parameter")
    if lone is not None:
        return [lone]
    held = child(function, "parameters")
    if held is None:
        return []
    return [each for each in held.named_children if each.type not in _COMMENTS]


def lacks_types(code: Code, symbol: Definition) -> bool:
    """Whether a function of a language whose types are optional has a parameter without one."""
    function = function_node(code, symbol)
    if function is None:
        return False
    if code.language_id == "python":
        bare = [
            each
            for each in parameters(function)
            if each.type
            in ("identifier", "default_parameter", "list_splat_pattern", "dictionary_splat_pattern")
            and code.words_of(each) not in ("self", "cls", "mcs")
        ]
        return bool(bare) or child(function, "return_type") is None
    if code.language_id.startswith("typescript"):
        held = [each for each in parameters(function) if code.words_of(each) != "this"]
        bare = [each for each in held if each.type == "identifier" or child(each, "type") is None]
        return bool(bare) and not _is_argument(function)
    if code.language_id.startswith("javascript"):
        above = code.text[symbol.span.start : symbol.core.start]
        return bool(parameters(function)) and "@param" not in above and not _is_argument(function)
    return False


def _is_argument(function: Node) -> bool:
    """Whether its place gives it types."""
    return function.parent is not None and function.parent.type in ("arguments", "pair")


def can_await(code: Code, symbol: Definition) -> bool:
    """Whether a function is not async and could be."""
    function = function_node(code, symbol)
    if function is None or code.language_id not in ("python", "rust", *SCRIPT):
        return False
    name = symbol.name
    if (name.startswith("__") and name.endswith("__")) or name in ("constructor", "main", "drop"):
        return False
    if function.type.startswith("generator") or any(
        each.type in ("get", "set", "*") for each in function.children
    ):
        return False
    body = child(function, "body")
    header = code.text[code.span(function).start : code.span(body).start] if body is not None else ""
    return body is not None and not re.search(r"\b(?:async|const)\b", header.split("(")[0])


def stores_parameters(code: Code, symbol: Definition) -> bool:
    """Whether a Python class mostly stores what its `__init__` is given, and is no dataclass."""
    if code.language_id != "python" or symbol.sort is not Sort.CLASS:
        return False
    around = next((each for each in up(code.node(symbol.name_span)) if each.type == "class_definition"), None)
    body = child(around, "body") if around is not None else None
    if body is None or "dataclass" in code.text[symbol.core.start : symbol.header.start]:
        return False
    for each in body.children:
        function = each if each.type == "function_definition" else None
        name = child(function, "name") if function is not None else None
        if function is not None and name is not None and code.words_of(name) == "__init__":
            return _mostly_stores(code, function)
    return False


def _mostly_stores(code: Code, function: Node) -> bool:
    body = child(function, "body")
    if body is None:
        return False
    stored = count = 0
    for statement in body.named_children:
        inner = statement.named_children[0] if statement.named_children else statement
        if statement.type == "comment" or inner.type == "string":
            continue
        count += 1
        left, right = child(inner, "left"), child(inner, "right")
        if inner.type == "assignment" and left is not None and left.type == "attribute":
            stored += right is not None and right.type == "identifier"
    return stored >= 1 and stored * 10 >= count * 6


def takes_callback(code: Code, symbol: Definition) -> bool:
    """Whether a function of JavaScript gets its result to the caller through a parameter that it calls."""
    function = function_node(code, symbol) if code.language_id in SCRIPT else None
    body = child(function, "body") if function is not None else None
    if function is None or body is None:
        return False
    for each in parameters(function)[-1:]:
        pattern = child(each, "pattern") or each
        name = code.words_of(pattern)
        if pattern.type != "identifier" or not _CALLBACK.match(name):
            continue
        for _, leaf in code.leaves(name, code.span(body)):
            parent = leaf.parent
            if parent is not None and parent.type in ("call_expression", "arguments"):
                return True
    return False


def formatted_string(code: Code, span: Span) -> Node | None:
    """The statement around a string of Python that `%` or `.format` fills in."""
    if code.language_id != "python":
        return None
    node = code.node(span)
    for each in (node, *up(node)):
        if each.type == "binary_operator" and any(part.type == "%" for part in each.children):
            left = child(each, "left")
            if left is not None and left.type in ("string", "concatenated_string"):
                return _statement(each)
        if each.type == "call":
            function = child(each, "function")
            owner = child(function, "object") if function is not None else None
            named = child(function, "attribute") if function is not None else None
            is_string = owner is not None and owner.type == "string"
            if is_string and named is not None and code.words_of(named) == "format":
                return _statement(each)
        if each.type in BLOCKS:
            return None
    return None


def collecting_loop(code: Code, span: Span) -> Node | None:
    """The `for` of Python around a place that does nothing but fill a list, a set or a dictionary."""
    if code.language_id != "python":
        return None
    node = code.node(span)
    loop = next(
        (each for each in (node, *up(node)) if each.type in ("for_statement", "function_definition")), None
    )
    if loop is None or loop.type != "for_statement" or child(loop, "alternative") is not None:
        return None
    body = child(loop, "body")
    while body is not None:
        inner = [each for each in body.named_children if each.type != "comment"]
        if len(inner) != 1:
            return None
        only = inner[0]
        if only.type == "if_statement" and child(only, "alternative") is None:
            body = child(only, "consequence")
            continue
        return loop if _collects(code, only) else None
    return None


def _collects(code: Code, statement: Node) -> bool:
    inner = statement.named_children[0] if statement.named_children else statement
    if inner.type == "assignment":
        left = child(inner, "left")
        return left is not None and left.type == "subscript"
    function = child(inner, "function") if inner.type == "call" else None
    method = child(function, "attribute") if function is not None else None
    return method is not None and code.words_of(method) in _ACCUMULATES


def plain_function(code: Code, span: Span) -> Node | None:
    """A function expression of JavaScript that could be an arrow: it asks for no `this` of its own."""
    if code.language_id not in SCRIPT:
        return None
    node = code.node(span)
    found = next((each for each in (node, *up(node)) if each.type in roles(code.language_id).FUNCTIONS), None)
    if found is None or found.type != "function_expression" or child(found, "name") is not None:
        return None
    owner = found.parent
    if owner is not None and (owner.type == "new_expression" or field_of(owner, found) == "constructor"):
        return None
    own = {"this", "arguments", "super", "meta_property"}
    if any(
        each.type in own or code.words_of(each) == "arguments" for each in inside(found) if not each.children
    ):
        return None
    return _statement(found)


def _statement(node: Node) -> Node:
    here = node
    while here.parent is not None and here.parent.type not in BLOCKS:
        here = here.parent
    return here


def is_documented(code: Code, symbol: Definition) -> bool:
    """Whether the symbol has documentation: a docstring, or comments directly above it."""
    if symbol.span.start < symbol.core.start:
        return True
    body = symbol.body.of(code.text).lstrip() if symbol.body is not None else ""
    return code.language_id == "python" and body.startswith(('"""', "'''", '"', "'", 'r"""', "r'''"))
