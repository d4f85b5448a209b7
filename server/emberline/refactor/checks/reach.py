"""Only what the action may change, and of a file only what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from emberline.documents.text import normalised
from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import BOM, Plain, line_at, split
from emberline.refactor.types import FileChange, Form, Reach, Replace
from emberline.syntax.types import Outline, Span

_FREE = frozenset(("own-words", "directive"))
"""Whoever says it in their own words may mean anything."""
_MAKE = _FREE | {"move-symbol", "split-file", "tests"}
_MOVE = _FREE | {"split-file", "rename-concept"}
_DELETE = _FREE | {"split-file"}


def reach(attempt: Attempt) -> Iterator[str]:
    action = attempt.assignment.action
    for file in attempt.change.files:
        complaint = _of_kind(attempt, file) or _of_file(attempt, file)
        if complaint:
            yield complaint
    if action.reach is Reach.REGION and action.form not in (Form.FILE, Form.PROSE):
        yield from _beyond_region(attempt)
    yield from _unseen(attempt)


def _of_kind(attempt: Attempt, file: FileChange) -> str:
    """Why this action makes, moves or deletes no file."""
    action = attempt.assignment.action.id
    if file.before is None and action not in _MAKE:
        return f"{file.name} is new, which this task does not need: edit the files that are there"
    if file.moved_to is not None and action not in _MOVE:
        return f"{file.name} would be moved, which this task does not need"
    if file.after is None and action not in _DELETE:
        return f"{file.name} would be deleted, which this task does not need"
    return ""


def _of_file(attempt: Attempt, file: FileChange) -> str:
    """Why this file is not to be changed."""
    assignment, dossier = attempt.assignment, attempt.dossier
    target = assignment.target.source.name
    if assignment.action.form is Form.FILE:
        wanted = dossier.destination
        is_meant = file.name == wanted if wanted else file.before is None
        return (
            "" if is_meant else f"{file.name} is not to be changed: only {wanted or 'a new file'} is written"
        )
    if assignment.action.reach is not Reach.WORKSPACE:
        return "" if file.name == target else f"{file.name} is not to be changed: the task is about {target}"
    if file.before is None:
        return _made_elsewhere(attempt, file)
    editable = {each.source.name for each in dossier.excerpts if each.editable}
    return "" if file.name in editable else f"{file.name} is only there to be understood, not to be changed"


def _made_elsewhere(attempt: Attempt, file: FileChange) -> str:
    """Whether a file comes to be that is not the one asked for."""
    assignment = attempt.assignment
    if assignment.action.id in _FREE:
        return ""
    target, made = PurePosixPath(assignment.target.source.name), PurePosixPath(file.name)
    if assignment.action.id == "move-symbol" and not (
        made == PurePosixPath(assignment.answer.strip().removeprefix("./"))
        or made.stem in ("__init__", "mod")
    ):
        return f"{file.name} is made, but it is {assignment.answer.strip()} that was asked for"
    if assignment.action.id == "split-file" and not (
        made.suffix == target.suffix and made.is_relative_to(target.parent)
    ):
        return f"{file.name} is made, but the parts belong beside {target}, in files of its kind"
    return ""


# -- the region ------------------------------------------------------------------------------------------


def _beyond_region(attempt: Attempt) -> Iterator[str]:
    """Around the region, all but imports and blank lines stays."""
    file = attempt.target
    if file is None or file.before is None or file.after is None:
        return
    region = _region(attempt)
    if region is None:
        return
    shape = attempt.before(file)
    head = _kept(file.before, shape, Span(0, region.start))
    tail = _kept(file.before, shape, Span(region.end, len(file.before)))
    now = _kept(file.after, attempt.after(file), Span(0, len(file.after)))
    if [line for _, line in now[: len(head)]] != [line for _, line in head]:
        first = next(
            (n for (n, a), (_, b) in zip(head, now, strict=False) if a != b), len(head) and head[-1][0]
        )
        yield f"line {first} of {file.name} lies before the code in question and must stay as it is"
    elif len(now) < len(head) + len(tail) or (
        tail and [line for _, line in now[-len(tail) :]] != [line for _, line in tail]
    ):
        yield (
            f"{file.name}: what stands behind the code in question (from line "
            f"{line_at(file.before, region.end)}) must stay as it is"
        )


def _region(attempt: Attempt) -> Span | None:
    """Whole lines of what is meant; None where it is the whole file."""
    target = attempt.assignment.target
    text = target.source.text
    span = target.region
    if target.symbol is not None and span.touches(target.symbol.core):
        inner = target.symbol.span if target.span.start == target.span.end else span
        span = Span(min(span.start, inner.start), max(span.end, inner.end))
    if attempt.assignment.action.form in (Form.NONE, Form.NAME):
        shape = attempt.shape(text, target.source.language_id)
        around = shape.at(span) if shape is not None else ()
        if not around:
            return None
        span = around[0].span
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    ends = [found for found in (text.find("\n", span.end), text.find("\r", span.end)) if found >= 0]
    is_line_end = span.end > span.start and text[span.end - 1] in "\r\n"
    return Span(start, span.end if is_line_end else min(ends, default=len(text)))


def _kept(text: str, shape: Outline | None, within: Span) -> list[tuple[int, str]]:
    """The lines of a part with their numbers, without imports and blank ones."""
    blanked = list(text)
    for each in shape.imports if shape is not None else ():
        blanked[each.span.start : each.span.end] = [
            character if character in "\r\n" else " " for character in each.span.of(text)
        ]
    found = []
    offset = 0
    for number, line in enumerate(split("".join(blanked)), 1):
        content = line.strip(" \t\r\n;").removeprefix(BOM)
        was_import = line != text[offset : offset + len(line)]
        idle = not content or (was_import and content.startswith(("#", "//", ")")))
        if within.start <= offset < within.end and not idle:
            found.append((number, line.rstrip()))
        offset += len(line)
    return found


# -- what was shown ----------------------------------------------------------------------------------------


def _unseen(attempt: Attempt) -> Iterator[str]:
    """An anchor that stands only where nothing was shown was guessed, and hits by chance."""
    shown = {each.source.name: each for each in attempt.dossier.excerpts}
    for operation in attempt.change.proposal.operations:
        if not isinstance(operation, Replace) or operation.at is not None:
            continue
        excerpt = shown.get(operation.file.removeprefix("./"))
        anchor = normalised(operation.anchor).removeprefix(BOM)
        if excerpt is None or not anchor:
            continue
        smooth = Plain(excerpt.source.text)
        for at in smooth.places(anchor):
            span = Span(smooth.back(at), smooth.back(at + len(anchor)))
            if not any(each.start <= span.start and span.end <= each.end + 2 for each in excerpt.spans):
                line = line_at(excerpt.source.text, span.start)
                yield f"line {line} of {excerpt.source.name} was not shown, and cannot be edited unseen"
