"""One name for what has one already; every place of it in its region is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emberline.refactor import prompt
from emberline.refactor.forms import shown
from emberline.refactor.forms.edits import closed
from emberline.refactor.plan import Plan
from emberline.refactor.types import Assignment, Dossier, Proposal, Replace, Unfit
from emberline.syntax.occurrences import occurrences

_WORDS = 'Answer with one JSON object: {"name": "the name"}. It is one identifier in the style of the code.'
_TOKENS = 30
_IDENTIFIER = re.compile(r"[^\W\d]\w*")


def words(assignment: Assignment, dossier: Dossier) -> str:
    return _WORDS


def tokens(assignment: Assignment, dossier: Dossier) -> int:
    return _TOKENS


def schema(assignment: Assignment, dossier: Dossier) -> dict[str, Any]:
    return closed({"name": {"type": "string"}})


def parts(assignment: Assignment, dossier: Dossier, plan: Plan | None) -> Iterator[str]:
    span = shown.region(assignment)
    yield from shown.around(dossier, span)
    yield shown.code(assignment, span)
    yield f"Task: {prompt.task(assignment)}"


def proposal(assignment: Assignment, dossier: Dossier, value: Any) -> Proposal:
    target = assignment.target
    old, new = target.name, value["name"].strip().strip("`'\"")
    if _IDENTIFIER.fullmatch(new) is None:
        raise Unfit("the name must be one identifier")
    source, region = target.source, shown.region(assignment)
    places = occurrences(source.text, source.language_id, old)
    if occurrences(region.of(source.text), source.language_id, new):
        raise Unfit(f"{new} is taken already: choose another name")
    return Proposal(tuple(Replace(source.name, old, new, place) for place in places if region.holds(place)))
