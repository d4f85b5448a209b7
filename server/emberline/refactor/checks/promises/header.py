"""A definition's header, compared without its spelling."""

from __future__ import annotations

import re

from emberline.refactor.checks.attempt import Attempt
from emberline.syntax.types import Definition, Sort, Span

_FUNCTIONS = (Sort.FUNCTION, Sort.METHOD)


def header(definition: Definition, text: str) -> str:
    """Without white space and without the comma behind the last parameter."""
    return re.sub(r",(?=[)\]>])", "", "".join(definition.header.of(text).split()))


def within(attempt: Attempt, span: Span) -> tuple[Definition, ...]:
    """The definitions of the target's file that lie in the span, or that it lies in as a whole line."""
    source = attempt.assignment.target.source
    shape = attempt.shape(source.text, source.language_id)
    return () if shape is None else tuple(each for each in shape.definitions if span.holds(each.core))


def is_member(text: str, place: Span) -> bool:
    """Whether the name there stands behind a dot. Three of them (`...rest`) are none."""
    before = text[max(place.start - 40, 0) : place.start].rstrip()
    return before.endswith(".") and not before.endswith("..")


def enclosing(attempt: Attempt) -> Definition | None:
    """The outermost function, or the method, that the selection lies in."""
    target = attempt.assignment.target
    shape = attempt.shape(target.source.text, target.source.language_id)
    around = shape.at(target.region) if shape is not None else ()
    return next((each for each in around if each.sort in _FUNCTIONS), None)
