"""What a selection or a cursor is about."""

from __future__ import annotations

from tree_sitter import Node

from emberline.refactor.directive import directives
from emberline.refactor.exact.code import Code, child, field_of, line_end, line_start
from emberline.refactor.exact.variables import name_at, variable_of
from emberline.refactor.types import Diagnostic, Directive, Source, Target, Unfit
from emberline.syntax.types import Definition, Sort, Span

_SELF = frozenset(("self", "cls", "this", "super()"))


def target(source: Source, span: Span, diagnostics: tuple[Diagnostic, ...] = ()) -> Target:
    """The place in a file: `span` without white space around it, the definition that it names or else lies
    in, the identifier at it, and a directive on its lines.

    `symbol` is the definition around a name that this file does not define: who knows the index can look
    `name` up.
    """
    text = source.text
    span = _trimmed(text, span)
    code = Code.of(text, source.language_id)
    directive = _directive(source, span)
    near = tuple(each for each in diagnostics if each.span.touches(_lines(text, span)))
    if code is None:
        return Target(source, span, None, _word(text, span), near, directive)
    leaf = _named(code, span)
    name = code.words_of(leaf) if leaf is not None else ""
    inside = code.outline.at(span)
    symbol = inside[-1] if inside else None
    if leaf is not None:
        meant = _meant(code, leaf, name, symbol)
        symbol = meant if meant is not None else symbol
    elif directive is not None and span.start == span.end:
        symbol = _below(code, directive) or symbol
    return Target(source, span, symbol, name, near, directive)


def _trimmed(text: str, span: Span) -> Span:
    """Without white space at its edges; a selection of nothing else is a cursor at its start."""
    start, end = max(0, span.start), min(len(text), span.end)
    selected = text[start:end]
    if not selected.strip():
        return Span(min(start, len(text)), min(start, len(text)))
    end -= len(selected) - len(selected.rstrip())
    return Span(start + len(selected) - len(selected.lstrip()), end)


def _lines(text: str, span: Span) -> Span:
    return Span(line_start(text, span.start), line_end(text, span.end))


def _directive(source: Source, span: Span) -> Directive | None:
    lines = _lines(source.text, span)
    for each in directives(source.text, source.language_id):
        if each.span.touches(span) or (each.span.start < lines.end and lines.start < each.span.end):
            return each
    return None


def _named(code: Code, span: Span) -> Node | None:
    """The identifier that is selected, or that the cursor is in."""
    if span.start == span.end:
        return name_at(code, span.start)
    leaf = code.node(span)
    return leaf if code.span(leaf) == span and "identifier" in leaf.type else None


def _word(text: str, span: Span) -> str:
    """The same in a language without a grammar."""
    start, end = span
    if start == end:
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
    word = text[start:end]
    return word if word.isidentifier() else ""


def _meant(code: Code, leaf: Node, name: str, around: Definition | None) -> Definition | None:
    """The definition in this file that a name refers to, as far as that is plain."""
    place = code.span(leaf)
    known = [each for each in code.outline.definitions if each.name == name]
    own = next((each for each in known if each.name_span == place), None)
    if own is not None or not known:
        return own
    owner = _owner(code, leaf)
    if owner is None:
        try:
            variable_of(code, leaf)
        except Unfit:
            pass
        else:
            return None
        bare = code.language_id == "java"  # whose methods call each other by their names alone
        outer = [each for each in known if bare or each.sort is not Sort.METHOD]
        return outer[0] if outer else None
    if owner in _SELF and around is not None:
        container = around.container.split(".")[0] if around.container else around.name
        known = [each for each in known if each.container.split(".")[0] == container]
    members = [each for each in known if each.container] or known
    return members[0] if len(members) == 1 else None


def _owner(code: Code, leaf: Node) -> str | None:
    """What stands before the dot; None where the name stands by itself."""
    parent = leaf.parent
    if parent is None:
        return None
    if field_of(parent, leaf) in ("attribute", "property", "field", "name"):
        for field in ("object", "operand", "value", "path"):
            before = child(parent, field)
            if before is not None and before != leaf:
                return code.words_of(before)
    return None


def _below(code: Code, directive: Directive) -> Definition | None:
    """The definition that begins right after a directive: comments above a thing mean it."""
    text = code.text
    start = directive.span.end
    while start < len(text) and text[start].isspace():
        start += 1
    if text.count("\n", directive.span.end, start) > 1:
        return None
    for each in code.outline.definitions:
        if each.core.start == start or each.span.start == start:
            return each
    return None
