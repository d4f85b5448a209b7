"""Imports that nothing uses are removed."""

from __future__ import annotations

from emberline.refactor.exact.code import Code, code_of
from emberline.refactor.exact.edits import proposal
from emberline.refactor.exact.imports.brought import Brought
from emberline.refactor.exact.imports.cut import cut
from emberline.refactor.exact.imports.used import unused
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Proposal, Source, Unfit


def propose(assignment: Assignment, view: View) -> Proposal:
    source = assignment.target.source
    code = code_of(source.text, source.language_id)
    return proposal(source, cut(code, check(code, source, view)))


def check(code: Code, source: Source, view: View) -> tuple[Brought, ...]:
    """The names that can be removed for certain. Raises `Unfit` where there are none."""
    found = unused(code, source, view)
    if not found:
        raise Unfit("No import is certainly unused.")
    cut(code, found)
    return found
