"""A function's own variable: where it is bound, where it is used, as far as syntax tells it for certain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from types import ModuleType

from tree_sitter import Node

from emberline.refactor.exact.code import Code, up
from emberline.refactor.exact.roles import roles
from emberline.refactor.exact.roles.role import Kind, Role, unsure
from emberline.refactor.types import Unfit
from emberline.syntax.types import Span


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One place where the variable stands."""

    span: Span
    leaf: Node
    role: Role


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    name: str
    function: Node
    """The outermost function around it."""
    scope: Node
    bound: tuple[Word, ...]
    used: tuple[Word, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """All of them, in the order of the text."""
        return tuple(sorted((*self.bound, *self.used), key=lambda each: each.span))

    @property
    def is_parameter(self) -> bool:
        return any(each.role.is_parameter for each in self.bound)


def variable_at(code: Code, span: Span) -> Variable:
    """The local variable whose name is selected, or has the cursor in it. Raises `Unfit` where there is none,
    or where not every word of its name in the function is understood."""
    leaf = name_at(code, span.start)
    if leaf is None or (span.start < span.end and code.span(leaf) != span):
        raise Unfit("Put the cursor on the name of a variable.")
    return variable_of(code, leaf)


def name_at(code: Code, offset: int) -> Node | None:
    """The identifier that an offset lies in or directly behind."""
    for start in (offset, offset - 1):
        if 0 <= start < len(code.text):
            leaf = code.node(Span(start, start + 1))
            if not leaf.child_count and "identifier" in leaf.type:
                return leaf
    return None


def variable_of(code: Code, leaf: Node) -> Variable:
    """The same for the identifier itself."""
    module = roles(code.language_id)
    function = outermost_function(code, leaf)
    if function is None:
        raise Unfit("This is no function's own variable.")
    if function.has_error:
        raise Unfit("The function has mistakes in its syntax.")
    name = code.words_of(leaf)
    words = list(_words(code, function, name))
    own = next((each for each in words if each.leaf == leaf), None)
    if own is None:
        raise Unfit(f"{name} is not a variable here.")
    for each in module.DYNAMIC:
        for _, found in code.leaves(each, code.span(function)):
            if found.type in ("identifier", "with"):
                raise Unfit(f"The function uses {each}, which may look names up while it runs.")
    groups = _resolved(words, module)
    for bound, used in groups:
        if own in bound or own in used:
            scope = bound[0].role.scope
            assert scope is not None
            if code.language_id == "java" and any(_in_own_class(each.leaf, scope) for each in used):
                raise Unfit(f"A class within the function uses {name}, and may have a field of that name.")
            return Variable(name, function, scope, tuple(bound), tuple(used))
    raise Unfit(f"{name} belongs to what is around the function.")


def outermost_function(code: Code, node: Node) -> Node | None:
    found = None
    for each in (node, *up(node)):
        if each.type in roles(code.language_id).FUNCTIONS:
            found = each
    return found


def stands_in(code: Code, node: Node, name: str) -> bool:
    """Whether a word of this name below `node` is, or may be, a variable's."""
    module = roles(code.language_id)
    for span, leaf in code.leaves(name, code.span(node)):
        is_string = code.language_id == "rust" and leaf.type == "string_content"
        if code.span(leaf) != span and not is_string:
            continue
        try:
            role = _interpolated(code, span, leaf) if is_string else module.role(leaf)
            if role is not None:
                return True
        except Unfit:
            return True
        if leaf.type == "type_identifier":
            return True
    return False


def _words(code: Code, function: Node, name: str) -> Iterator[Word]:
    module = roles(code.language_id)
    for span, leaf in code.leaves(name, code.span(function)):
        if code.span(leaf) == span:
            role = module.role(leaf)
            if role is not None:
                yield Word(span, leaf, role)
        elif code.language_id == "rust" and leaf.type == "string_content":
            role = _interpolated(code, span, leaf)
            if role is not None:
                yield Word(span, leaf, role)


def _interpolated(code: Code, span: Span, leaf: Node) -> Role | None:
    """A variable in a formatted string: `{name}` or `{name:?}`; in another place of it, it is not certain."""
    if not any(each.type == "token_tree" for each in up(leaf)):
        return None
    before, after = code.text[max(0, span.start - 2) : span.start], code.text[span.end : span.end + 1]
    inside = code.text.rfind("{", code.span(leaf).start, span.start)
    if inside < 0 or "}" in code.text[inside : span.start]:
        return None
    if before == "{{":
        return None
    if before[-1:] == "{" and after in ("}", ":"):
        return Role(Kind.USES)
    raise unsure(leaf, "a string may be formatted with the name")


def _resolved(words: list[Word], module: ModuleType) -> list[tuple[list[Word], list[Word]]]:
    """Each variable of the name: the words that bind it, and those that use it."""
    groups: list[tuple[list[Word], list[Word]]] = []
    used = []
    for word in words:
        if word.role.kind is Kind.USES:
            used.append(word)
            continue
        if word.role.may_rebind and any(_is_same_block(group[0][0], word) for group in groups):
            used.append(word)
            continue
        for bound, _ in groups:
            if _key(bound[0]) == _key(word):
                bound.append(word)
                break
        else:
            groups.append(([word], []))
    for word in used:
        holding = [group for group in groups if _holds(group[0][0], word.leaf, module)]
        if holding:
            best = min(holding, key=lambda group: (_size(group[0][0]), -group[0][0].role.since))
            best[1].append(word)
    return groups


def _in_own_class(leaf: Node, scope: Node) -> bool:
    between = takewhile(lambda each: each.start_byte > scope.start_byte, up(leaf))
    return any(each.type == "class_body" for each in between)


def _key(word: Word) -> tuple[int, int, int]:
    scope = word.role.scope
    assert scope is not None
    return scope.start_byte, scope.end_byte, word.role.since


def _is_same_block(earlier: Word, word: Word) -> bool:
    one, other = earlier.role.scope, word.role.scope
    return one is not None and other is not None and one == other


def _size(word: Word) -> int:
    scope = word.role.scope
    assert scope is not None
    return scope.end_byte - scope.start_byte


def _holds(binding: Word, leaf: Node, module: ModuleType) -> bool:
    scope = binding.role.scope
    assert scope is not None
    inside = scope.start_byte <= leaf.start_byte and leaf.end_byte <= scope.end_byte
    return inside and binding.role.since <= leaf.start_byte and bool(module.reaches(scope, leaf))
