"""What a file defines and brings in, read off its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from tree_sitter import Node

from emberline.syntax.outlines import go, java, javascript, python, rust
from emberline.syntax.outlines.found import Brought, Found, Scope
from emberline.syntax.tree import KEPT_CHARS, Tree, parse
from emberline.syntax.types import Definition, Import, Outline, Sort, Span


@dataclass(frozen=True, slots=True)
class _Rules:
    query: str
    definitions: Callable[[Node, Tree], Iterator[Found | Scope]]
    imports: Callable[[Node, Tree], Iterator[Brought]]
    exported: Callable[[Mapping[str, list[Node]], Tree], dict[str, str]] = lambda captured, tree: {}


_SCRIPT = _Rules(javascript.QUERY, javascript.definitions, javascript.imports, javascript.exported)
_TYPED = _Rules(javascript.QUERY_TYPED, javascript.definitions, javascript.imports, javascript.exported)
_RULES = MappingProxyType(
    {
        "python": _Rules(python.QUERY, python.definitions, python.imports, python.exported),
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
    found = outline_and_exports(text, language_id)
    return None if found is None else found[0]


def outline_and_exports(text: str, language_id: str) -> tuple[Outline, Mapping[str, str]] | None:
    """Both at once; None where no grammar is installed.

    Those of the latest texts are kept: a refactoring gathers, lands, tidies and checks the same ones.
    """
    return (_latest if len(text) <= KEPT_CHARS else _outlined)(text, language_id)


def outline_of(tree: Tree, language_id: str) -> Outline:
    """The outline of a tree, in a language with a grammar."""
    kept = _latest(tree.text, language_id) if len(tree.text) <= KEPT_CHARS else None
    return kept[0] if kept is not None else _read(tree, language_id)[0]


def _outlined(text: str, language_id: str) -> tuple[Outline, Mapping[str, str]] | None:
    tree = parse(text, language_id) if language_id in _RULES else None
    return None if tree is None else _read(tree, language_id)


@lru_cache(maxsize=128)
def _latest(text: str, language_id: str) -> tuple[Outline, Mapping[str, str]] | None:
    return _outlined(text, language_id)


def exports(tree: Tree, language_id: str) -> dict[str, str]:
    """What passes out of the file: the name outside → the name inside. In Python that is what `__all__`
    names, in JavaScript what an export clause, `export default` or `module.exports` names; elsewhere nothing.
    """
    rules = _RULES.get(language_id)
    return {} if rules is None else rules.exported(tree.captures(rules.query), tree)


def _read(tree: Tree, language_id: str) -> tuple[Outline, Mapping[str, str]]:
    rules = _RULES[language_id]
    captured = tree.captures(rules.query)
    found = {
        (each.start, each.end, each.name if isinstance(each, Scope) else each.name.start_byte): each
        for node in captured.get("definition", [])
        for each in rules.definitions(node, tree)
    }
    brought = [each for node in captured.get("import", []) for each in rules.imports(node, tree)]
    brought.sort(key=lambda each: each.start)  # stable: the names of one statement stay in order
    above = _Comments(tree, captured.get("comment", []))
    definitions = _nested(sorted(found.values(), key=lambda each: (each.start, -each.end)), tree, above)
    passed_on = rules.exported(captured, tree)
    return Outline(language_id, tuple(definitions), _imports(brought, tree, passed_on.values())), passed_on


def _imports(brought: list[Brought], tree: Tree, passed_on: Iterable[str]) -> tuple[Import, ...]:
    names = frozenset(passed_on)
    return tuple(
        Import(
            each.module,
            each.name,
            each.alias,
            _trimmed(tree.span(each.start, each.end), tree.text),
            each.is_exported or (each.alias != "" and each.alias in names),
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


def _nested(found: list[Found | Scope], tree: Tree, above: _Comments) -> Iterator[Definition]:
    """Definitions with what they lie in. `found` is in the order of the text, the outer ones first."""
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

    def __init__(self, tree: Tree, comments: list[Node]) -> None:
        self._text = tree.text
        spans = (_trimmed(tree.span(each.start_byte, each.end_byte), tree.text) for each in comments)
        self._by_end = {span.end: span for span in spans}

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
