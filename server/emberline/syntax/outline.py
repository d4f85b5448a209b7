"""What a file defines and brings in, read off its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from tree_sitter import Node

from emberline.syntax.outlines import go, java, javascript, python, rust
from emberline.syntax.outlines.found import Brought, Found, Scope
from emberline.syntax.prose import comments_of
from emberline.syntax.tree import Tree, parse
from emberline.syntax.types import Definition, Import, Outline, Sort, Span


@dataclass(frozen=True, slots=True)
class _Rules:
    query: str
    definitions: Callable[[Node, Tree], Iterator[Found | Scope]]
    imports: Callable[[Node, Tree], Iterator[Brought]]


_SCRIPT = _Rules(javascript.QUERY, javascript.definitions, javascript.imports)
_TYPED = _Rules(javascript.QUERY_TYPED, javascript.definitions, javascript.imports)
_RULES = MappingProxyType(
    {
        "python": _Rules(python.QUERY, python.definitions, python.imports),
        "javascript": _SCRIPT,
        "javascriptreact": _SCRIPT,
        "typescript": _TYPED,
        "typescriptreact": _TYPED,
        "go": _Rules(go.QUERY, go.definitions, go.imports),
        "rust": _Rules(rust.QUERY, rust.definitions, rust.imports),
        "java": _Rules(java.QUERY, java.definitions, java.imports),
    }
)
_FUNCTIONS = (Sort.FUNCTION, Sort.METHOD)


def outline(text: str, language_id: str) -> Outline | None:
    """The text's shape, of broken code as far as it can be told; None where no grammar is installed.

    Functions in functions are in it; a function's own variables are not. Whether an import is passed on is
    told from the text alone: for Python by `__all__` or `as` with the same name.
    """
    rules = _RULES.get(language_id)
    tree = None if rules is None else parse(text, language_id)
    return None if rules is None or tree is None else outline_of(tree, language_id)


def outline_of(tree: Tree, language_id: str) -> Outline:
    """The same of a tree, in a language with rules here."""
    rules = _RULES[language_id]
    captured = tree.captures(rules.query)
    found = {
        (each.start, each.end, each.name if isinstance(each, Scope) else each.name.start_byte): each
        for node in captured.get("definition", [])
        for each in rules.definitions(node, tree)
    }
    brought = [each for node in captured.get("import", []) for each in rules.imports(node, tree)]
    brought.sort(key=lambda each: each.start)  # stable: the names of one statement stay in order
    definitions = _nested(sorted(found.values(), key=lambda each: (each.start, -each.end)), tree)
    return Outline(language_id, tuple(definitions), _imports(brought, tree, language_id))


def exports(tree: Tree, language_id: str) -> dict[str, str]:
    """What passes out of the file: the name outside → the name inside. Python: what `__all__` names;
    JavaScript: what an export clause, `export default` or `module.exports` names; else nothing."""
    if language_id == "python":
        return {name: name for name in python.exported(tree)}
    return javascript.exported(tree) if language_id.startswith(("javascript", "typescript")) else {}


def _imports(brought: list[Brought], tree: Tree, language_id: str) -> tuple[Import, ...]:
    passed_on = frozenset(exports(tree, language_id).values()) if brought else frozenset()
    return tuple(
        Import(
            each.module,
            each.name,
            each.alias,
            _trimmed(tree.span(each.start, each.end), tree.text),
            each.is_exported or (each.alias != "" and each.alias in passed_on),
        )
        for each in brought
    )


@dataclass(frozen=True, slots=True)
class _Open:
    """A definition or scope that the next ones may lie in."""

    start: int
    end: int
    name: str
    holds: Sort
    is_function: bool


def _nested(found: list[Found | Scope], tree: Tree) -> Iterator[Definition]:
    """Definitions with what they lie in. `found` is in the order of the text, the outer ones first."""
    above = _Comments(tree)
    around: list[_Open] = []
    for each in found:
        while around and (
            each.end > around[-1].end or (around[-1].start, around[-1].end) == (each.start, each.end)
        ):
            around.pop()
        if isinstance(each, Scope):
            around.append(_Open(each.start, each.end, each.name, each.holds, False))
            continue
        in_function = any(outer.is_function for outer in around)
        if each.sort is Sort.VARIABLE and in_function:
            continue
        sort = each.sort
        if sort in _FUNCTIONS and around:
            sort = around[-1].holds if not each.owner else sort
        name = tree.of(each.name)
        container = ".".join(filter(None, (*(outer.name for outer in around), each.owner)))
        is_function = sort in _FUNCTIONS
        around.append(_Open(each.start, each.end, name, each.holds, is_function))
        if name:
            yield _definition(each, name, sort, container, tree, above)


def _definition(
    each: Found, name: str, sort: Sort, container: str, tree: Tree, above: _Comments
) -> Definition:
    text = tree.text
    core = _trimmed(tree.span(each.start, each.end), text)
    body = None
    header_end = each.end
    if each.body is not None:
        starts_at = each.body_start if each.body_start >= 0 else each.body.start_byte
        body = _trimmed(tree.span(starts_at, max(starts_at, each.body.end_byte)), text)
        header_end = each.header_end if each.header_end >= 0 else starts_at
    header = _trimmed(tree.span(each.keyword, max(each.keyword, header_end)), text)
    return Definition(
        name,
        sort,
        container,
        Span(above.start_above(core.start), core.end),
        core,
        tree.span(each.name.start_byte, each.name.end_byte),
        header,
        body,
    )


def _trimmed(span: Span, text: str) -> Span:
    """Without white space at its end: some nodes take the line's end with them."""
    end = span.end
    while end > span.start and text[end - 1] in " \t\r\n":
        end -= 1
    return Span(span.start, end)


_NO_DOCUMENTATION = re.compile(r"#!|#.*?coding[:=]|//!|/\*!")
"""A shebang, an encoding; what documents the file and not the next thing in it."""


class _Comments:
    """The comments of a text that stand on lines of their own."""

    def __init__(self, tree: Tree) -> None:
        self._text = tree.text
        self._by_end: dict[int, Span] = {}
        for comment in comments_of(tree):
            self._by_end[_trimmed(comment, tree.text).end] = comment

    def start_above(self, start: int) -> int:
        """Where the comments begin that stand directly above, with no blank line between."""
        text = self._text
        while True:
            line_start = self._line_start(start)
            if line_start is None or line_start == 0:
                return start
            end = line_start - 1  # a line's end is behind it: "\n", "\r" or both
            if text[end] == "\n" and end > 0 and text[end - 1] == "\r":
                end -= 1
            while end > 0 and text[end - 1] in " \t":
                end -= 1
            comment = self._by_end.get(end)
            if comment is None or self._line_start(comment.start) is None:
                return start
            if _NO_DOCUMENTATION.match(text, comment.start):
                return start
            start = comment.start

    def _line_start(self, place: int) -> int | None:
        """Where the line of a place begins, if nothing but white space stands before it."""
        while place > 0 and self._text[place - 1] in " \t":
            place -= 1
        if place == 0 or self._text[place - 1] in "\r\n":
            return place
        return 0 if place == 1 and self._text[0] == "\ufeff" else None
