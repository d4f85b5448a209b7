"""What must hold of every change before it is offered: small pure checks, each with its complaints.

A complaint is for the model, which may mend what it did, and for the user: it names file and line, and of the
code at most a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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

MOST_COMPLAINTS = 12


def check(assignment: Assignment, dossier: Dossier, change: Change, view: View) -> None:
    """Raises `Unfit` with all complaints, the first `MOST_COMPLAINTS` of them."""
    attempt = Attempt(assignment, dossier, change, view)
    complaints = list(dict.fromkeys(words for each in CHECKS for words in each(attempt)))
    if complaints:
        raise Unfit(*complaints[:MOST_COMPLAINTS])
