"""Refactorings that syntax and the index do exactly. Where they are not certain, they do nothing."""

from __future__ import annotations

from emberline.refactor.exact import (
    add_import,
    extract_variable,
    inline_variable,
    organise_imports,
    rename_local,
)
from emberline.refactor.exact.tidying import tidied
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Proposal, Unfit

__all__ = ["propose", "tidied"]

_BY_ACTION = {
    "extract-variable": extract_variable.propose,
    "inline-variable": inline_variable.propose,
    "rename-local": rename_local.propose,
    "add-import": add_import.propose,
    "organise-imports": organise_imports.propose,
}


def propose(assignment: Assignment, view: View) -> Proposal:
    """What the action makes of the target's file. Raises `Unfit` where syntax does not tell for certain."""
    work = _BY_ACTION.get(assignment.action.id)
    if work is None:
        raise Unfit(f"{assignment.action.id} is not done without a model.")
    return work(assignment, view)
