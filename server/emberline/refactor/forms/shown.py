"""The region that a task is about, and what is shown around it."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor import prompt
from emberline.refactor.types import Assignment, Dossier
from emberline.syntax.outline import outline
from emberline.syntax.types import Sort, Span

ENCLOSING = frozenset(("extract-function",))
"""Actions on a selection that rewrite the function around it."""


def region(assignment: Assignment) -> Span:
    """What is meant, from its first line's beginning on where only white space stands before it, and without
    the blank end."""
    target = assignment.target
    text, span = target.source.text, target.region
    if assignment.action.id in ENCLOSING:
        shape = outline(text, target.source.language_id)
        around = [
            each for each in (shape.at(span) if shape is not None else ()) if each.sort is not Sort.CLASS
        ]
        span = around[0].core if around else span
    start, end = span
    begin = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if not text[begin:start].strip():
        start = begin
    kept = text[start:end].rstrip()
    return Span(start, start + len(kept)) if kept else span


def around(dossier: Dossier, hole: Span) -> Iterator[str]:
    """The files, with a word where the region stands; nothing of a file in which nothing else does."""
    for index, excerpt in enumerate(dossier.excerpts):
        if index:
            yield prompt.block(excerpt)
            continue
        text = excerpt.source.text
        if (text[: hole.start] + text[hole.end :]).strip():
            name = prompt.name(excerpt.source.name)
            yield prompt.block(excerpt, hole=hole, title=f"File {name}, for context:")


def code(assignment: Assignment, span: Span) -> str:
    """The code in question."""
    source = assignment.target.source
    name = prompt.name(source.name)
    return f"The code in question, from {name}:\n{prompt.fenced(span.of(source.text), source.language_id)}"
