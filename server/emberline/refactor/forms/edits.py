"""Anchored edits in the files that were sent; files made, moved and deleted where the action may need it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emberline.documents.text import normalised
from emberline.refactor import prompt
from emberline.refactor.forms.anchors import Shown
from emberline.refactor.forms.reading import unfenced
from emberline.refactor.plan import Plan
from emberline.refactor.types import (
    Assignment,
    Create,
    Delete,
    Dossier,
    Excerpt,
    Move,
    Operation,
    Proposal,
    Reach,
    Replace,
    Source,
    Unfit,
)
from emberline.syntax.types import Span

_WORDS = """\
Answer with one JSON object: a summary in one sentence, and edits. Each edit replaces one piece of a file:
- "anchor" is that piece, copied from the file exactly, with its indentation. It must stand in the file once \
only: if it stands there more often, copy the lines around it too.
- "replacement" is what stands there afterwards: the whole piece anew. What you leave out is deleted.
Edit only what changes, few lines at a time; anchors do not overlap. To insert lines, take the line beside \
them as the anchor and repeat it in the replacement.
Example: {"summary": "Adds a default.", "edits": [{"file": "a.py", "anchor": "def area(r):", \
"replacement": "def area(r=1):"}]}"""
_EXTRAS = {
    "create": '"create" makes new files: name and whole content.',
    "move": '"move" gives files another path.',
    "delete": '"delete" lists files that go.',
}
_NEEDED = {
    "move-symbol": ("create",),
    "split-file": ("create", "delete"),
    "own-words": ("create", "move", "delete"),
    "directive": ("create", "move", "delete"),
}
"""What an action may do with files, beyond editing them."""
_TOKENS = 2_000
_SHORTER = {Reach.FILE: 1_500, Reach.REGION: 1_000}
"""The longest answer where one file alone is edited."""


def words(assignment: Assignment, dossier: Dossier) -> str:
    extras = [_EXTRAS[each] for each in _extras(assignment)]
    return "\n".join(
        (_WORDS, *extras, *(("Leave those lists empty unless the task needs them.",) * bool(extras)))
    )


def tokens(assignment: Assignment, dossier: Dossier) -> int:
    return _SHORTER.get(assignment.action.reach, _TOKENS)


def schema(assignment: Assignment, dossier: Dossier) -> dict[str, Any]:
    names = [each.source.name for each in _editable(dossier)]
    file, text = {"type": "string", "enum": names}, {"type": "string"}
    extras = {
        "create": _list_of({"file": text, "content": text}),
        "move": _list_of({"from": file, "to": text}),
        "delete": {"type": "array", "items": file},
    }
    return closed(
        {
            "summary": text,
            "edits": _list_of({"file": file, "anchor": text, "replacement": text}),
            **{key: extras[key] for key in _extras(assignment)},
        }
    )


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object with these properties, each required, and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": closed(properties)}


def parts(assignment: Assignment, dossier: Dossier, plan: Plan | None) -> Iterator[str]:
    for excerpt in dossier.excerpts:
        yield prompt.block(excerpt, prompt.removed(assignment, excerpt))
    if any(each.source.path == assignment.target.source.path for each in dossier.excerpts):
        yield prompt.place(assignment)
    if plan is None:
        yield f"Task: {prompt.task(assignment)}"
        return
    files = [each.source.name for each in _editable(dossier)]
    yield f"Task: {prompt.task(assignment)}\n{plan.words(files)}"
    yield f"Now edit {_listed(files)} as planned, and no other file. Give no edits if nothing changes there."


def _listed(files: list[str]) -> str:
    return ", ".join(map(prompt.name, files))


def proposal(assignment: Assignment, dossier: Dossier, value: Any) -> Proposal:
    sources = {each.source.name: each for each in _editable(dossier)}
    complaints: list[str] = []
    operations: list[Operation] = []
    shown: dict[str, Shown] = {}
    cut = _cut(assignment, dossier)
    for number, edit in enumerate(value["edits"], start=1):
        excerpt = sources.get(edit["file"])
        if excerpt is None:
            complaints.append(_not_editable(edit["file"], sources))
            continue
        source, anchor, text = excerpt.source, normalised(edit["anchor"]), normalised(edit["replacement"])
        without = prompt.removed(assignment, excerpt)
        seen = shown.setdefault(source.name, Shown(source, without))
        if anchor not in seen.text and unfenced(anchor) in seen.text:
            anchor = unfenced(anchor)
        if not _has_fence(anchor):
            text = unfenced(text)
        if not anchor and not seen.text.strip():
            operations.append(_filled(source, text))
            cut = None if without is not None else cut
            continue
        if not anchor.strip():
            complaints.append(
                f"the anchor of edit {number} in {source.name} is empty: copy the line beside which it goes"
            )
            continue
        if anchor == text:
            continue
        found = seen.find(anchor, text)
        if found.takes_the_directive:
            cut = None
        operations.append(found.edit)
    for extra in value.get("create", ()):
        operations.append(Create(extra["file"], unfenced(normalised(extra["content"]))))
    for extra in value.get("move", ()):
        operations.append(Move(extra["from"], extra["to"]))
    operations += [Delete(extra) for extra in value.get("delete", ())]
    if complaints:
        raise Unfit(*complaints)
    if cut is not None:
        operations.append(cut)
    return Proposal(tuple(operations), value["summary"].strip())


def _cut(assignment: Assignment, dossier: Dossier) -> Replace | None:
    """What takes the directive away; None where there is none in these files."""
    for excerpt in dossier.excerpts:
        span = prompt.removed(assignment, excerpt)
        if span is not None:
            return Replace(excerpt.source.name, span.of(excerpt.source.text), "", span)
    return None


def _filled(source: Source, text: str) -> Replace:
    """The first text of a file in which nothing stands but white space or the directive."""
    return Replace(source.name, source.text, text, Span(0, len(source.text)))


def _has_fence(text: str) -> bool:
    return "```" in text or "~~~" in text


def _not_editable(name: str, sources: Mapping[str, Excerpt]) -> str:
    return f"{name} is not one of the files to be edited: {', '.join(sources)}"


def _editable(dossier: Dossier) -> list[Excerpt]:
    return [each for each in dossier.excerpts if each.editable]


def _extras(assignment: Assignment) -> tuple[str, ...]:
    action = assignment.action
    return _NEEDED.get(action.id, ()) if action.reach is Reach.WORKSPACE else ()
