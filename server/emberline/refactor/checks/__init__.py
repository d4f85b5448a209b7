"""What must hold of every change before it is offered: small pure checks, each with its complaints.

A complaint is for the model, which may mend what it did, and for the user: it names file and line, and of the
code at most a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.elisions import elisions
from emberline.refactor.checks.fences import fences
from emberline.refactor.checks.layout import layout
from emberline.refactor.checks.lost import lost
from emberline.refactor.checks.parses import parses
from emberline.refactor.checks.promises import promises
from emberline.refactor.checks.reach import reach
from emberline.refactor.checks.secrets import secrets
from emberline.refactor.checks.still_used import still_used
from emberline.refactor.checks.unbound import unbound
from emberline.refactor.checks.undefined import undefined
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Change, Dossier, Unfit

Check = Callable[[Attempt], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    reach,
    secrets,
    fences,
    elisions,
    parses,
    layout,
    lost,
    still_used,
    undefined,
    unbound,
    promises,
)
"""The first to complain are those without which the others have nothing to look at."""

OF_THE_PLACE = frozenset((reach, lost, promises))
"""They compare with the place that was meant, by offsets in the text that was sent."""

MOST_COMPLAINTS = 12


def check(assignment: Assignment, dossier: Dossier, change: Change, view: View) -> None:
    """Raises `Unfit` with all complaints, the first `MOST_COMPLAINTS` of them."""
    _hold(CHECKS, Attempt(assignment, dossier, change, view))


def recheck(assignment: Assignment, dossier: Dossier, change: Change, view: View) -> None:
    """The same for a change that passed and landed anew, in texts that have changed since: whether it still
    fits into what is around it. What it does at its place is as it was."""
    _hold((each for each in CHECKS if each not in OF_THE_PLACE), Attempt(assignment, dossier, change, view))


def _hold(checks: Iterable[Check], attempt: Attempt) -> None:
    complaints: list[str] = []
    for each in checks:
        found = list(each(attempt))
        complaints += found
        if found and each is parses:  # of names in broken code no word would help
            break
    complaints = list(dict.fromkeys(complaints))
    if complaints:
        raise Unfit(*complaints[:MOST_COMPLAINTS])
