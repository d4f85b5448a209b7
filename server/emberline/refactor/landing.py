"""From what somebody wants done to the texts after it: every anchor found exactly once, or nothing at all.

Line ends are no part of an anchor: `\\n` in it matches whatever ends the line in the file, and what is put in
gets the file's own. All complaints about a proposal are told at once.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from pathlib import Path

from emberline.documents.text import normalised
from emberline.refactor.lines import BOM, Plain, end_of, ends, line_at, split, with_ends
from emberline.refactor.shelf import is_file
from emberline.refactor.terrain import Terrain, key
from emberline.refactor.types import (
    Change,
    Create,
    Delete,
    FileChange,
    Move,
    Operation,
    Proposal,
    Replace,
    Source,
    Unfit,
)
from emberline.syntax.types import Span


def land(proposal: Proposal, sources: Mapping[str, Source], terrain: Terrain) -> Change:
    """What the proposal makes of the sources. Raises `Unfit` with all that stands against it.

    The sources are what was sent: only they can be changed, moved or deleted. Nothing is written.
    """
    works = list(_numbered(proposal.operations))
    complaints = list(_clashes(works, sources, terrain))
    if not complaints:
        changed, complaints = _landed(works, sources, terrain)
    if complaints:
        raise Unfit(*dict.fromkeys(complaints))
    if not changed:
        raise Unfit("nothing would change")
    return Change(tuple(sorted(changed, key=lambda each: each.name)), proposal)


def rebase(change: Change, sources: Mapping[str, Source], terrain: Terrain) -> Change:
    """The same for the texts as they are now. Raises `Unfit` where one changed at a place that is edited.

    An anchor whose place we chose moves with the text around it; any other has to stand exactly once again.
    """
    before = {each.name: each.before for each in change.files if each.before is not None}
    moved, complaints = [], []
    for operation in change.proposal.operations:
        source = sources.get(_name(operation.file, sources))
        was = before.get(source.name) if source is not None else None
        if source is None or was is None or was == source.text:
            moved.append(operation)
        elif not isinstance(operation, Replace):
            if isinstance(operation, Delete):
                complaints.append(f"{source.name} changed meanwhile, and would be deleted")
            moved.append(operation)
        elif operation.at is not None:
            at = _shifted(operation.at, was, source.text)
            if at is None:
                complaints.append(f"{source.name} changed meanwhile at line {_line(was, operation.at)}")
            moved.append(replace(operation, at=at))
        else:
            moved.append(operation)
    if complaints:
        raise Unfit(*dict.fromkeys(complaints))
    return land(replace(change.proposal, operations=tuple(moved)), sources, terrain)


# -- which operations go together -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Work:
    """One operation, and what it is called in complaints."""

    number: int
    operation: Operation


def _numbered(operations: Iterable[Operation]) -> Iterator[_Work]:
    """Without those that are there twice or change nothing; numbers count from 1."""
    seen: set[Operation] = set()
    for number, operation in enumerate(operations, 1):
        is_idle = (
            isinstance(operation, Replace) and normalised(operation.anchor) == normalised(operation.text)
        ) or (isinstance(operation, Move) and operation.file == operation.to)
        if operation not in seen and not is_idle:
            seen.add(operation)
            yield _Work(number, operation)


def _name(file: str, sources: Mapping[str, Source]) -> str:
    """The source's own name for what a model calls it."""
    return file if file in sources else file.removeprefix("./")


def _clashes(works: Sequence[_Work], sources: Mapping[str, Source], terrain: Terrain) -> Iterator[str]:
    """What is wrong with the operations as such, whatever the texts are."""
    touched: dict[object, str] = {}
    gone: dict[str, str] = {}
    made: dict[str, str] = {}
    for work in works:
        operation = work.operation
        name = _name(operation.file, sources)
        if isinstance(operation, Create):
            yield from _made(name, sources, terrain, made)
            yield from _unwritable(name, operation.text)
            continue
        source = sources.get(name)
        if source is None:
            yield _unknown(work, name, sources, made)
            continue
        try:
            terrain.admit(source)
        except Unfit as unfit:
            yield from unfit.complaints
            continue
        other = touched.setdefault(terrain.identity(source.path), name)
        if other != name:
            yield f"{name} and {other} are the same file: edit it under one name"
        if isinstance(operation, Replace):
            yield from _unwritable(name, operation.text)
            continue
        if not is_file(source.uri):
            yield f"{name} is not a file of its own, and can only be edited"
        if name in gone:
            yield f"{name} is moved or deleted twice"
        gone[name] = "deleted" if isinstance(operation, Delete) else "moved"
        if isinstance(operation, Move):
            yield from _made(_name(operation.to, sources), sources, terrain, made, source)
    for work in works:
        name = _name(work.operation.file, sources)
        if isinstance(work.operation, Replace) and gone.get(name) == "deleted":
            yield f"{name} is edited and deleted: do one of them"


def _made(
    name: str,
    sources: Mapping[str, Source],
    terrain: Terrain,
    made: dict[str, str],
    moved: Source | None = None,
) -> Iterator[str]:
    """Why no file of this name can come to be; `made` holds those that do, by their keys."""
    own = key(name)
    for other_key, other in made.items():
        if other_key == own:
            yield (
                f"{name} is made twice"
                if other == name
                else f"{other} and {name} are one name on many systems"
            )
        elif other_key.startswith(f"{own}/") or own.startswith(f"{other_key}/"):
            yield f"of {other} and {name} one would be a file and a folder as well"
    made[own] = name
    same_file = moved is not None and key(moved.name) == own
    existing = next((each for each in sources if key(each) == own), None)
    if existing is not None and not same_file:
        yield f"{existing} exists already: edit it instead of making it anew"
        return
    try:
        path = terrain.path_of(name)
    except Unfit as unfit:
        yield from unfit.complaints
        return
    if terrain.taken(path) and not same_file:
        yield f"{name} exists already, and was not sent: it cannot be written over"


def _unwritable(name: str, text: str) -> Iterator[str]:
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        yield f"{name}: the new text holds characters that no text file can hold"


def _unknown(work: _Work, name: str, sources: Mapping[str, Source], made: Mapping[str, str]) -> str:
    what = type(work.operation).__name__.lower()
    if name in made.values():
        return f"{name} is new in the same answer: put its whole text there, or edit it as it was called"
    alike = difflib.get_close_matches(name, sources, 1, 0.75)
    hint = f"; did you mean {alike[0]}?" if alike else ""
    return f"{what} {work.number}: no file {name} was sent{hint}"


# -- what they make of the texts -----------------------------------------------------------------------


def _landed(
    works: Sequence[_Work], sources: Mapping[str, Source], terrain: Terrain
) -> tuple[list[FileChange], list[str]]:
    edits: dict[str, list[_Work]] = defaultdict(list)
    moves: dict[str, Path] = {}
    deleted: set[str] = set()
    changed: list[FileChange] = []
    complaints: list[str] = []
    for work in works:
        operation = work.operation
        name = _name(operation.file, sources)
        match operation:
            case Replace():
                edits[name].append(work)
            case Move():
                moves[name] = terrain.path_of(_name(operation.to, sources))
            case Delete():
                deleted.add(name)
            case Create():
                path = terrain.path_of(name)
                text = _fresh(operation.text, sources)
                changed.append(FileChange(name, path, path.as_uri(), None, text))
    for name in {*edits, *moves, *deleted}:
        source = sources[name]
        after, found = _edited(source, edits[name], sources) if name in edits else (source.text, [])
        complaints += found
        if name in deleted or after != source.text or moves.get(name, source.path) != source.path:
            changed.append(
                FileChange(
                    name,
                    source.path,
                    source.uri,
                    source.text,
                    None if name in deleted else after,
                    moves.get(name),
                    source.version,
                )
            )
    return changed, complaints


def _fresh(text: str, sources: Mapping[str, Source]) -> str:
    """A new file's text, with the line ends of the files around it and one at its end."""
    end = end_of(next((each.text for each in sources.values() if ends(each.text)), ""))
    text = with_ends(text.removeprefix(BOM), end)
    return text if not text or text.endswith(end) else text + end


@dataclass(frozen=True, slots=True)
class _Placed:
    """An edit and where it goes, in offsets of the source."""

    number: int
    span: Span
    text: str


def _edited(source: Source, works: Sequence[_Work], sources: Mapping[str, Source]) -> tuple[str, list[str]]:
    """The text after all edits; or complaints."""
    smooth, end = Plain(source.text), end_of(source.text, _usual(sources))
    placed: list[_Placed] = []
    complaints: list[str] = []
    for work in works:
        operation = work.operation
        assert isinstance(operation, Replace)
        try:
            span = _place(work.number, operation, source, smooth, sources)
        except Unfit as unfit:
            complaints += unfit.complaints
        else:
            text = _fitted(span.of(source.text), operation.text.removeprefix(BOM), end)
            placed.append(_Placed(work.number, span, text))
    placed.sort(key=lambda each: (each.span, each.number))
    for one, other in pairwise(placed):
        if other.span.start < one.span.end or one.span.start == other.span.start:
            complaints.append(
                f"the edits {one.number} and {other.number} of {source.name} meet in line "
                f"{line_at(source.text, other.span.start)}: make one edit of them"
            )
    return ("", complaints) if complaints else (_spliced(source.text, placed, end), [])


def _usual(sources: Mapping[str, Source]) -> str:
    return end_of(next((each.text for each in sources.values() if ends(each.text)), ""))


def _spliced(text: str, placed: Sequence[_Placed], end: str) -> str:
    """The file has an end of line at its end afterwards exactly if it had one before, or was empty."""
    parts: list[str] = []
    done = 0
    for each in placed:
        parts += (text[done : each.span.start], each.text)
        done = each.span.end
    after = "".join((*parts, text[done:]))
    if not text.removeprefix(BOM) or not after.removeprefix(BOM):
        return after
    was, now = text.endswith(("\n", "\r")), after.endswith(("\n", "\r"))
    if was and not now:
        return after + end
    if now and not was:
        return after[: -2 if after.endswith("\r\n") else -1]
    return after


def _fitted(old: str, text: str, end: str) -> str:
    """The text with the file's line ends; lines that stay keep theirs."""
    if len(ends(old)) < 2 and (not ends(old) or end in ends(old)):
        return with_ends(text, end)
    before, after = split(old), [with_ends(line, end) for line in split(text)]
    matcher = difflib.SequenceMatcher(
        None, [normalised(each) for each in before], [normalised(each) for each in after]
    )
    fitted: list[str] = []
    for tag, start, stop, first, last in matcher.get_opcodes():
        fitted += before[start:stop] if tag == "equal" else after[first:last]
    return "".join(fitted)


# -- where an anchor stands ----------------------------------------------------------------------------


def _place(
    number: int, operation: Replace, source: Source, smooth: Plain, sources: Mapping[str, Source]
) -> Span:
    """Where the anchor stands in the source. Raises `Unfit`."""
    start_of_text = len(BOM) if source.text.startswith(BOM) else 0
    anchor = normalised(operation.anchor).removeprefix(BOM)
    if not anchor:
        if len(source.text) == start_of_text:
            return Span(start_of_text, start_of_text)
        raise Unfit(f"the anchor of edit {number} in {source.name} is empty: copy the lines to be replaced")
    if operation.at is not None:
        at = Span(max(operation.at.start, start_of_text), operation.at.end)
        if (
            at.end <= len(source.text)
            and normalised(at.of(source.text)) == anchor
            and _is_whole(at, source.text)
        ):
            return at
    places = smooth.places(anchor)
    if len(places) == 1:
        return Span(smooth.back(places[0]), smooth.back(places[0] + len(anchor)))
    if not places:
        raise Unfit(
            f"the anchor of edit {number} does not stand in {source.name}; "
            f"{_hint(anchor, source, smooth, sources)}"
        )
    lines = [smooth.text.count("\n", 0, at) + 1 for at in places[:_LINES_TOLD]]
    more = ", …" if len(places) > _LINES_TOLD else ""
    raise Unfit(
        f"the anchor of edit {number} stands {len(places)} times in {source.name} "
        f"(lines {', '.join(map(str, lines))}{more}): add a neighbouring line"
    )


_LINES_TOLD = 8


def _is_whole(span: Span, text: str) -> bool:
    """Whether no edge lies within a line end of two characters."""
    return all(text[edge - 1 : edge + 1] != "\r\n" for edge in span if edge > 0)


def _hint(anchor: str, source: Source, smooth: Plain, sources: Mapping[str, Source]) -> str:
    """What was probably meant, in words."""
    line = _but_for_spaces(anchor, smooth.text)
    if line:
        return f"only white space differs at line {line}: copy it exactly, with its indentation"
    holders = [
        each.name for each in sources.values() if each.name != source.name and anchor in normalised(each.text)
    ]
    if holders:
        return f"it stands in {holders[0]}"
    line = _nearest(anchor, smooth.text)
    return f"the nearest is line {line}: copy it exactly" if line else "nothing there is like it"


def _but_for_spaces(anchor: str, text: str) -> int:
    """The line, from 1, at which the anchor stands apart from white space; 0: nowhere."""
    sought = "".join(anchor.split())
    if not sought:
        return 0
    squeezed = "".join(text.split())
    at = squeezed.find(sought)
    if at < 0:
        return 0
    for number, line in enumerate(text.split("\n"), 1):
        length = len("".join(line.split()))
        if at < length:
            return number
        at -= length
    return 0


_MOST_COMPARED = 3_000


def _nearest(anchor: str, text: str) -> int:
    """The line, from 1, that is most like the anchor's most telling one; 0: none is."""
    telling = max((line.strip() for line in anchor.split("\n")), key=len)
    lines = [line.strip() for line in text.split("\n")]
    words = set(re.findall(r"\w{3,}", telling))
    alike = [line for line in dict.fromkeys(lines) if words.intersection(re.findall(r"\w{3,}", line))]
    found = difflib.get_close_matches(telling, alike[:_MOST_COMPARED], 1, 0.6)
    return lines.index(found[0]) + 1 if found else 0


# -- what moved meanwhile ------------------------------------------------------------------------------


def _shifted(at: Span, was: str, now: str) -> Span | None:
    """Where `was[at]` went; None where it may have been touched.

    It is sure only of the lines before the first and after the last that changed: between them, what looks
    the same may be another place.
    """
    before, after = split(was), split(now)
    shorter = min(len(before), len(after))
    same = sum(1 for _ in takewhile(_are_same, zip(before, after, strict=False)))
    tail = sum(1 for _ in takewhile(_are_same, zip(reversed(before), reversed(after), strict=False)))
    tail = min(tail, shorter - same)
    if at.end <= sum(map(len, before[:same])):
        return at
    if at.start >= len(was) - sum(map(len, before[len(before) - tail :])):
        moved = len(now) - len(was)
        return Span(at.start + moved, at.end + moved)
    return None


def _are_same(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _line(text: str, at: Span) -> int:
    return line_at(text, at.start)
