"""New code for one region of one file; syntax and the file's own look put it into place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emberline.refactor import prompt
from emberline.refactor.forms import imports, shown
from emberline.refactor.forms.edits import closed
from emberline.refactor.forms.reading import indented_like, leading, rebased, trimmed, unfenced
from emberline.refactor.lines import plain
from emberline.refactor.plan import Plan
from emberline.refactor.types import Assignment, Dossier, Proposal, Replace, Unfit
from emberline.routing import estimate
from emberline.syntax.outline import outline
from emberline.syntax.types import Sort

_WORDS = """\
Answer with one JSON object whose only key "code" holds the new code itself, no words about it. It takes the \
place of the code in question: write all of it, also the lines that stay as they are, and nothing that stands \
around it. Imports that are missing may stand on its first lines.
Example: {"code": "def area(radius):\\n    return PI * radius**2"}"""
_SPARE_TOKENS = 300


def words(assignment: Assignment, dossier: Dossier) -> str:
    return _WORDS


def tokens(assignment: Assignment, dossier: Dossier) -> int:
    code = shown.region(assignment).of(assignment.target.source.text)
    return _SPARE_TOKENS + 3 * estimate.tokens(code) // 2


def schema(assignment: Assignment, dossier: Dossier) -> dict[str, Any]:
    return closed({"code": {"type": "string"}})


def parts(assignment: Assignment, dossier: Dossier, plan: Plan | None) -> Iterator[str]:
    span = shown.region(assignment)
    yield from shown.around(dossier, span)
    yield shown.code(assignment, span)
    if assignment.action.id in shown.ENCLOSING:
        yield prompt.place(assignment)
    yield f"Task: {prompt.task(assignment)}\n{_first_words(assignment, span.of(assignment.target.source.text))}"


def _first_words(assignment: Assignment, old: str) -> str:
    """What the code begins with in any case: a small model keeps to it."""
    return f"Give the new code of all that stands in the code in question, from `{old.split()[0]}` on."


def proposal(assignment: Assignment, dossier: Dossier, value: Any) -> Proposal:
    source, span = assignment.target.source, shown.region(assignment)
    text, old = plain(source.text), plain(span.of(source.text))
    new = trimmed(unfenced(plain(value["code"])))
    if not new:
        raise Unfit("the code is empty")
    new, statements = imports.parted(new, old, source)
    new = indented_like(new, text)
    if span.start == 0 or source.text[span.start - 1] in "\r\n":
        new = rebased(new, leading(old), old.split("\n"))
    _still_defines(assignment, old, new)
    operations = [Replace(source.name, span.of(source.text), new, span)]
    return Proposal(tuple(imports.brought(operations, source, statements)))


def _still_defines(assignment: Assignment, old: str, new: str) -> None:
    """Raises `Unfit` where what the old code defines is missing: the answer is a part, or another thing."""
    language = assignment.target.source.language_id
    before, after = (outline(_dedented(code), language) for code in (old, new))
    if before is None or after is None:
        return
    lost = [
        each.name
        for each in before.definitions
        if each.sort is not Sort.VARIABLE
        and not each.container
        and all(each.name != other.name for other in after.definitions)
    ]
    if lost:
        raise Unfit(f"the code must still define {', '.join(dict.fromkeys(lost))}: write all of it")


def _dedented(code: str) -> str:
    white = leading(code)
    return "\n".join(line.removeprefix(white) for line in code.split("\n"))
