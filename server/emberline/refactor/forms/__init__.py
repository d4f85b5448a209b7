"""How an answer is asked for and read: one file a form.

Each has `words` (what the model is told of the form), `schema`, `tokens` (the longest answer), `parts` (what
follows them: files, then the task) and `proposal` (what the answer comes to).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import TypeVar

from emberline.backends.messages import Chat
from emberline.completion.sentinels import restore
from emberline.refactor import prompt
from emberline.refactor.forms import documentation, edits, file, name, prose, region
from emberline.refactor.plan import Plan
from emberline.refactor.types import Assignment, Dossier, Form, Proposal

T = TypeVar("T")

_FORMS: dict[Form, ModuleType] = {
    Form.EDITS: edits,
    Form.REGION: region,
    Form.DOCUMENTATION: documentation,
    Form.FILE: file,
    Form.NAME: name,
    Form.PROSE: prose,
}


def ask(
    assignment: Assignment, dossier: Dossier, batch: tuple[int, ...] = (), plan: Plan | None = None
) -> Chat:
    """The question for all of the dossier, or for those excerpts of it that `batch` names; `plan` is what was
    planned for all of them. Its schema is set, but for prose."""
    form = _FORMS[assignment.action.form]
    part = _part(dossier, batch)
    return prompt.chat(
        form.words(assignment, part),
        form.parts(assignment, part, plan),
        form.tokens(assignment, part),
        form.schema(assignment, part),
    )


def proposal(
    assignment: Assignment, dossier: Dossier, value: object, batch: tuple[int, ...] = ()
) -> Proposal:
    """What an answer comes to that follows the schema (prose: the text itself). Raises `Unfit`."""
    form = _FORMS[assignment.action.form]
    read: Callable[[Assignment, Dossier, object], Proposal] = form.proposal
    return read(assignment, _part(dossier, batch), _restored(value))


def _part(dossier: Dossier, batch: tuple[int, ...]) -> Dossier:
    """The dossier of a batch alone."""
    if not batch:
        return dossier
    return replace(dossier, excerpts=tuple(dossier.excerpts[index] for index in batch), batches=())


def _restored(value: object) -> object:
    """With the user's own spellings of special tokens, in every text of it."""
    match value:
        case str():
            return restore(value)
        case list():
            return [_restored(each) for each in value]
        case dict():
            return {key: _restored(each) for key, each in value.items()}
    return value
