"""Words for the user; nothing is edited."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor import prompt
from emberline.refactor.forms import shown
from emberline.refactor.plan import Plan
from emberline.refactor.types import Assignment, Dossier, Proposal

_WORDS = "Answer in plain sentences, with Markdown where it helps. Be brief and concrete."
_TOKENS = 800


def words(assignment: Assignment, dossier: Dossier) -> str:
    return _WORDS


def tokens(assignment: Assignment, dossier: Dossier) -> int:
    return _TOKENS


def schema(assignment: Assignment, dossier: Dossier) -> None:
    return None


def parts(assignment: Assignment, dossier: Dossier, plan: Plan | None) -> Iterator[str]:
    yield from shown.around(dossier, shown.region(assignment))
    yield shown.code(assignment, shown.region(assignment))
    yield f"Task: {prompt.task(assignment)}"


def proposal(assignment: Assignment, dossier: Dossier, value: object) -> Proposal:
    return Proposal((), str(value).strip())
