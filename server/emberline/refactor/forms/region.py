"""New code for one region of one file; syntax and the file's own look put it into place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emberline.documents.text import normalised
from emberline.refactor import prompt
from emberline.refactor.forms import imports, shown
from emberline.refactor.forms.edits import closed
from emberline.refactor.forms.reading import indented_like, leading, rebased, trimmed, unfenced
from emberline.refactor.plan import Plan
from emberline.refactor.types import Assignment, Dossier, Proposal, Replace, Unfit
from emberline.routing import estimate
from emberline.syntax.mistakes import mistakes
from emberline.syntax.outline import outline
from emberline.syntax.types import Sort

_WORDS = """\
You are given code and a task. Answer with the whole code after the task is done, as one JSON object with \
the only key "code". It takes the place of the code in question: lines that stay are written too, what \
stands around it is not. Imports that are missing may stand on its first lines.
Example: for the task "Rename n to count." on the code
def double(n):
    return 2 * n
the answer is {"code": "def double(count):\\n    return 2 * count"}"""
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
    yield f"Task: {prompt.task(assignment)}\nWrite the whole code."


def proposal(assignment: Assignment, dossier: Dossier, value: Any) -> Proposal:
    source, span = assignment.target.source, shown.region(assignment)
    text, old = normalised(source.text), normalised(span.of(source.text))
    new = trimmed(unfenced(normalised(value["code"])))
    if not new:
        raise Unfit("the code is empty")
    new, statements = imports.parted(new, old, source)
    new = indented_like(_whole(new, source.language_id), text)
    if span.start == 0 or source.text[span.start - 1] in "\r\n":
        new = rebased(new, leading(old), old.split("\n"))
    _still_defines(assignment, old, new)
    operations = [Replace(source.name, span.of(source.text), new, span)]
    return Proposal(tuple(imports.brought(operations, source, statements)))


def _whole(code: str, language_id: str) -> str:
    """The code without the end of the JSON around it, which small models write into it too: certain where it
    is code only without that."""
    found = re.search(r"\"?\s*\}\s*\Z", code)
    if found is None or not mistakes(_dedented(code), language_id):
        return code
    bare = code[: found.start()].rstrip()
    return bare if bare and not mistakes(_dedented(bare), language_id) else code


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
