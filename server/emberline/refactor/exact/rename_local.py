"""A function's own variable gets another name, wherever it stands in the function."""

from __future__ import annotations

import re

from tree_sitter import Node

from emberline.refactor.differences import TextEdit
from emberline.refactor.exact.code import Code, child, code_of, up
from emberline.refactor.exact.edits import proposal
from emberline.refactor.exact.names import checked
from emberline.refactor.exact.variables import Variable, stands_in, variable_at
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Proposal, Target, Unfit
from emberline.syntax.types import Span

_DECORATORS = (
    "staticmethod classmethod property override final cache cached_property lru_cache abstractmethod "
    "contextmanager asynccontextmanager wraps setter getter overload no_type_check"
)
_PLAIN_DECORATORS = frozenset(_DECORATORS.split())
"""What leaves the names of a function's parameters alone; others may look at them."""


def propose(assignment: Assignment, view: View) -> Proposal:
    target = assignment.target
    source = target.source
    code = code_of(source.text, source.language_id)
    variable = check(code, target, view)
    name = checked(assignment.answer, source.language_id)
    if name == variable.name:
        raise Unfit(f"It is called {name} already.")
    if source.language_id == "rust" and name[0].isupper():
        raise Unfit("A pattern would take a name with a capital letter for a constant.")
    around = variable.function if source.language_id == "java" else variable.scope
    if stands_in(code, around, name):
        raise Unfit(f"{name} means something else in its scope already.")
    _check_strings(code, variable)
    edits = [
        TextEdit(word.span, word.role.label.format(variable.name) + name if word.role.label else name)
        for word in variable.words
    ]
    return proposal(source, _shortened(code, variable, name, edits))


def check(code: Code, target: Target, view: View) -> Variable:
    """The variable, if it can be renamed for certain. Raises `Unfit`."""
    variable = variable_at(code, target.span)
    language = code.language_id
    if variable.name == "_" or (language == "python" and variable.name in ("self", "cls")):
        raise Unfit(f"{variable.name} is what everybody calls it.")
    if language == "go" and variable.scope.type in ("function_declaration", "method_declaration"):
        raise Unfit("The function is written in assembly, which knows the names of its parameters.")
    if variable.is_parameter and language == "python":
        _check_callers(code, variable, target, view)
    return variable


def _shortened(code: Code, variable: Variable, name: str, edits: list[TextEdit]) -> list[TextEdit]:
    """`{old: name}` becomes `{name}` where the language has a short form: so there and back is the same."""
    if code.language_id == "python" or code.language_id in ("go", "java"):
        return edits
    shortened = []
    for word, edit in zip(variable.words, edits, strict=True):
        value: Node = word.leaf
        pair = value.parent
        if pair is not None and pair.type == "assignment_pattern" and pair.children[0] == value:
            value, pair = pair, pair.parent  # `{key: name = default}`
        key = child(pair, "key" if code.language_id != "rust" else "field") if pair is not None else None
        if key is None and pair is not None and pair.type == "field_pattern":
            key = child(pair, "name")
        if (
            pair is not None
            and key is not None
            and pair.type in ("pair", "pair_pattern", "field_initializer", "field_pattern")
            and key.type in ("property_identifier", "field_identifier")
            and code.words_of(key) == name
            and pair.children[-1] == value
            and code.text[code.span(key).end : word.span.start].strip(" ") == ":"
        ):
            edit = TextEdit(Span(code.span(key).start, word.span.end), name)
        shortened.append(edit)
    return shortened


def _check_callers(code: Code, variable: Variable, target: Target, view: View) -> None:
    """Raises `Unfit` where somebody may pass a parameter by its name."""
    function = next((each.role.scope for each in variable.bound if each.role.is_parameter), None)
    if function is None or function.type == "lambda":
        return
    name_node = child(function, "name")
    name = code.words_of(name_node) if name_node is not None else ""
    if name.startswith("test_") or target.source.path.name == "conftest.py":
        raise Unfit("pytest looks at the names of the parameters.")
    _check_decorators(code, function)
    if _is_positional_only(function, variable):
        return
    own = code.span(function)
    for span, leaf in code.leaves(variable.name):
        parent = leaf.parent
        if parent is None:
            continue
        by_name = parent.type == "keyword_argument" and child(parent, "name") == leaf
        if by_name and _called(code, parent) in (name, *_classes(code, function), "partial", ""):
            raise Unfit(f"Line {leaf.start_point.row + 1} passes it by its name.")
        if leaf.type == "string_content" and code.words_of(leaf) == variable.name and not own.holds(span):
            raise Unfit(f"Line {leaf.start_point.row + 1} names it in a string.")
    callers = {name, *_classes(code, function)} - {""}
    elsewhere = set(view.mentions(variable.name))
    for each in callers:
        for path in view.mentions(each):
            if path in elsewhere and path != target.source.path:
                raise Unfit(f"{path.name} knows {each} and may pass {variable.name} by its name.")
    if not view.is_complete:
        raise Unfit("The workspace has not been read to its end yet, and a caller may pass it by its name.")


def _called(code: Code, argument: Node) -> str:
    """The last word of what is called with this argument; empty where it cannot be told."""
    call = next((each for each in up(argument) if each.type == "call"), None)
    function = child(call, "function") if call is not None else None
    if function is None:
        return ""
    found = re.search(r"(\w+)\Z", code.words_of(function))
    return found[1] if found else ""


def _classes(code: Code, function: Node) -> tuple[str, ...]:
    """What calls the function by another name: its class, and `super()`'s."""
    name = child(function, "name")
    if name is None or code.words_of(name) not in ("__init__", "__new__", "__call__"):
        return ()
    around = next((each for each in up(function) if each.type == "class_definition"), None)
    own = child(around, "name") if around is not None else None
    return (code.words_of(own), "__init__", "cls", "replace", "__class__") if own is not None else ()


def _check_decorators(code: Code, function: Node) -> None:
    outer = function.parent
    if outer is None or outer.type != "decorated_definition":
        return
    for each in outer.children:
        if each.type == "decorator":
            found = re.match(r"@\s*(?:[\w.]*\.)?(\w+)", code.words_of(each))
            if found is None or found[1] not in _PLAIN_DECORATORS:
                raise Unfit("A decorator may look at the names of the parameters.")


def _is_positional_only(function: Node, variable: Variable) -> bool:
    parameters = child(function, "parameters")
    if parameters is None:
        return False
    bound = next(each.leaf for each in variable.bound if each.role.is_parameter)
    holder = bound.parent
    if holder is not None and holder.type in ("list_splat_pattern", "dictionary_splat_pattern"):
        return True
    slash = next((each for each in parameters.children if each.type == "positional_separator"), None)
    return slash is not None and bound.end_byte <= slash.start_byte


def _check_strings(code: Code, variable: Variable) -> None:
    """A type that is written as a string, or a debugging f-string, shows the name itself."""
    if code.language_id != "python":
        return
    for word in variable.words:
        inside = next((each for each in up(word.leaf) if each.type == "interpolation"), None)
        if inside is not None and any(each.type == "=" for each in inside.children):
            raise Unfit(f"Line {word.leaf.start_point.row + 1} prints the name itself.")
    for _, leaf in code.leaves(variable.name, code.span(variable.function)):
        if leaf.type == "string_content" and any(each.type == "type" for each in up(leaf)):
            raise Unfit(f"Line {leaf.start_point.row + 1} has the name in a type that is a string.")
        if leaf.type == "comment" and re.match(r"#\s*type:\s*(?!ignore)", code.words_of(leaf)):
            raise Unfit(f"Line {leaf.start_point.row + 1} has the name in a type comment.")
