"""What a model has to see: the target's file and what belongs to it, ranked, and cut to the model's room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emberline.privacy.files import lies_secret
from emberline.privacy.labels import Label, stricter
from emberline.refactor import prompt, testfiles
from emberline.refactor.excerpts import Breadth, relevant, whole
from emberline.refactor.index.view import View
from emberline.refactor.related import Rank, Related, places, related, root, test_files
from emberline.refactor.types import Assignment, Dossier, Excerpt, Form, Reach, Source, Target
from emberline.routing import estimate
from emberline.syntax.outline import outline
from emberline.syntax.types import Outline, Span

PLAN_TOKENS = 400
"""Kept free in every request that follows a plan, for the plan."""
_SHARE_OF_A_REGION = 4
"""Where one region is rewritten, the rest of its file is shown whole only if it takes at most one of so many
parts of the room: more of it makes answers slower, not better."""
_CONTEXT_SHARE = 4
"""The same for all that is there only to be understood, in a small room."""
_SMALL_ROOM = 8_000
_LACK_OF_ROOM = "did not fit"
_UNREADABLE = "may not be read by a model, or could not be read"


def gather(
    assignment: Assignment, view: View, read: Callable[[Path], Source | None], room_tokens: int
) -> Dossier:
    """What belongs together, within `room_tokens` (an estimate) for the files with their labels.

    `read` gives None for what is not there and for what no model may read. The same workspace gives the same
    dossier. It reads files, so not on the event loop.
    """
    target = assignment.target
    shape = outline(target.source.text, target.source.language_id)
    own = _own(assignment, shape)
    found = related(assignment, shape, view)
    kept, missing = _read(found, target, read)
    packed = _packed(assignment, own, kept, room_tokens)
    said = (*_unfinished(assignment, view), *_said(assignment, (*missing, *packed.missing)))
    destination = ""
    if assignment.action.form is Form.FILE:
        destination, test = _destination(assignment, view, read)
        if test is not None:
            packed = _with_destination(assignment, packed, test, room_tokens)
    return Dossier(packed.excerpts, said, packed.batches, destination)


# -- one file -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file, and how much of it could be shown: all of it first, then ever less."""

    source: Source
    rank: Rank
    editable: bool
    why: str
    widths: tuple[tuple[Span, ...], ...]

    def excerpt(self, width: int) -> Excerpt:
        return Excerpt(self.source, self.widths[min(width, len(self.widths) - 1)], self.editable, self.why)


@dataclass(frozen=True, slots=True)
class _Missing:
    """A file that is not sent."""

    name: str
    related: Related
    why: str


def _own(assignment: Assignment, shape: Outline | None) -> _Piece:
    """The target's file."""
    target = assignment.target
    text = target.source.text
    region = _meant(target, shape)
    used = _used_here(region, text, shape)
    names = (target.symbol.name,) if target.symbol is not None else (target.name,) if target.name else ()
    spans = list(used)
    if assignment.action.reach is not Reach.REGION and region != Span(0, len(text)):
        spans += places(text, shape, Related(target.source.path, Rank.MENTIONS, True, names))
    widths = [
        whole(text),
        relevant(text, shape, spans, Breadth.DEFINITIONS, (region,)),
        relevant(text, shape, spans, Breadth.LINES, (region,)),
        relevant(text, None, (), Breadth.LINES, (region,)),
    ]
    if assignment.action.form in (Form.DOCUMENTATION, Form.PROSE, Form.REGION):
        widths = [widths[0], widths[2], widths[3]]
    return _Piece(
        target.source,
        Rank.EDITED,
        assignment.action.form is not Form.PROSE,
        "the file in question",
        tuple(widths),
    )


def _meant(target: Target, shape: Outline | None) -> Span:
    """What has to be shown of the target's file: the selection with what it stands in, or the symbol."""
    region = target.region
    if target.symbol is not None and target.symbol.span.holds(region):
        return target.symbol.span
    around = shape.at(region) if shape is not None else ()
    return around[-1].span if around else region


def _used_here(region: Span, text: str, shape: Outline | None) -> Iterator[Span]:
    """The definitions of the same file that the region uses."""
    if shape is None or region == Span(0, len(text)):
        return
    words = prompt.words(region.of(text))
    for each in shape.definitions:
        if each.name in words and not each.span.holds(region) and not region.holds(each.span):
            yield each.header


def _piece(source: Source, each: Related) -> _Piece:
    text = source.text
    shape = outline(text, source.language_id)
    spans = places(text, shape, each)
    widths = [whole(text)]
    if not each.is_whole and spans:
        widths += [relevant(text, shape, spans, breadth) for breadth in (Breadth.DEFINITIONS, Breadth.LINES)]
    elif shape is not None:
        widths.append(relevant(text, shape, [one.header for one in shape.definitions], Breadth.LINES))
    return _Piece(source, each.rank, each.editable, _why(each, len(spans)), tuple(widths))


def _why(each: Related, count: int) -> str:
    names = _listed(each.names)
    if each.is_whole or not names:
        return "named in the task" if each.is_whole else "belongs to it"
    if each.rank is Rank.DEFINES:
        return f"defines {names}"
    verb = "tests" if each.rank is Rank.TESTS else "uses"
    return f"{verb} {names}" + (f" in {count} places" if count > 1 else "")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


# -- what may be sent ---------------------------------------------------------------------------------


def _read(
    found: Iterable[Related], target: Target, read: Callable[[Path], Source | None]
) -> tuple[list[_Piece], list[_Missing]]:
    """The files as they are now, and those that stay away. Optional ones never make a request stricter."""
    kept: list[_Piece] = []
    missing: list[_Missing] = []
    names = {target.source.name}
    for each in found:
        source = read(each.path)
        if source is None:
            is_said = each.is_whole and any(one.name == each.path.name for one in missing)
            # A path in the words may be no file at all, and is tried in two folders.
            if not each.is_whole or (lies_secret(each.path) and not is_said):
                missing.append(_Missing(each.path.name, each, _UNREADABLE))
        elif source.name in names:
            continue
        elif each.rank is not Rank.EDITED and _is_stricter(source.label, target.source.label):
            why = f"may not travel as far as {target.source.name} ({source.label.why})"
            missing.append(_Missing(source.name, each, why))
        else:
            names.add(source.name)
            kept.append(_piece(source, each))
    return kept, missing


def _is_stricter(one: Label, other: Label) -> bool:
    return one.level is not other.level and stricter(one.level, other.level) is one.level


def _unfinished(assignment: Assignment, view: View) -> Iterator[str]:
    if assignment.action.reach is Reach.WORKSPACE and not view.is_complete:
        yield "the workspace is still being read: files that belong to this may be missing"


def _said(assignment: Assignment, missing: Iterable[_Missing]) -> Iterator[str]:
    """Those that are left out, in words; alike ones together."""
    groups: dict[tuple[str, str], list[_Missing]] = defaultdict(list)
    for each in missing:
        groups[_verb(each.related), each.why].append(each)
    for (verb, why), files in groups.items():
        names = _listed(tuple(dict.fromkeys(name for each in files for name in each.related.names)))
        if len(files) == 1:
            clause = f", which {verb}s {names}," if names else ""
            yield f"{files[0].name}{clause} was left out: it {why}"
        else:
            clause = f" that {verb} {names}" if names else ""
            yield f"{len(files)} files{clause} were left out ({_listed([f.name for f in files])}): they {why}"


def _verb(each: Related) -> str:
    return "define" if each.rank is Rank.DEFINES else "mention"


# -- what fits ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Packed:
    excerpts: tuple[Excerpt, ...]
    batches: tuple[tuple[int, ...], ...] = ()
    missing: tuple[_Missing, ...] = ()


def _packed(assignment: Assignment, own: _Piece, others: Sequence[_Piece], room: int) -> _Packed:
    needed = [each for each in others if each.rank is Rank.EDITED]
    optional = [each for each in others if each.rank is not Rank.EDITED]
    first = _own_width(assignment, own, room)
    chosen = _widths([own, *needed], [first, *([0] * len(needed))], assignment, room)
    if chosen is None:
        return _batched(assignment, own, needed, optional, room)
    pieces = [own, *needed]
    excerpts = [piece.excerpt(width) for piece, width in zip(pieces, chosen, strict=True)]
    left = room - sum(_tokens(each, assignment) for each in excerpts)
    if room < _SMALL_ROOM and assignment.action.reach is Reach.REGION:
        left = min(left, room // _CONTEXT_SHARE)
    missing = []
    for piece in optional:
        excerpt = _fitting(piece, assignment, left)
        if excerpt is None:
            missing.append(_missed(piece))
        else:
            left -= _tokens(excerpt, assignment)
            excerpts.append(excerpt)
    return _Packed(tuple(excerpts), missing=tuple(missing))


def _own_width(assignment: Assignment, own: _Piece, room: int) -> int:
    if assignment.action.reach is not Reach.REGION:
        return 0
    return 0 if _tokens(own.excerpt(0), assignment) <= room // _SHARE_OF_A_REGION else 1


def _widths(
    pieces: Sequence[_Piece], widest: Sequence[int], assignment: Assignment, room: int
) -> list[int] | None:
    """How much is shown of each: as much as fits together, the first ones whole before the others; None where
    not even the least does."""
    costs = [
        [_tokens(piece.excerpt(width), assignment) for width in range(len(piece.widths))] for piece in pieces
    ]
    widths = list(widest)
    for index in range(len(pieces) - 1, -1, -1):
        if sum(cost[width] for cost, width in zip(costs, widths, strict=True)) <= room:
            break
        widths[index] = max(widths[index], min(1, len(costs[index]) - 1))
    for index in range(len(pieces) - 1, -1, -1):
        while (
            sum(cost[width] for cost, width in zip(costs, widths, strict=True)) > room
            and widths[index] < len(costs[index]) - 1
        ):
            widths[index] += 1
    total = sum(cost[width] for cost, width in zip(costs, widths, strict=True))
    # The target's file goes alone as it is, whatever it takes: without it there is nothing to ask.
    return widths if total <= room or len(pieces) == 1 else None


def _fitting(piece: _Piece, assignment: Assignment, left: int) -> Excerpt | None:
    """Whole if that is little, else the parts that matter; None where these do not fit."""
    for width in range(len(piece.widths)):
        excerpt = piece.excerpt(width)
        if _tokens(excerpt, assignment) <= left:
            return excerpt
    return None


def _batched(
    assignment: Assignment, own: _Piece, needed: Sequence[_Piece], optional: Sequence[_Piece], room: int
) -> _Packed:
    """Some files at a time, each time as many as fit beside a plan, in order of weight."""
    room = max(room - PLAN_TOKENS, room // 2)
    excerpts: list[Excerpt] = []
    batches: list[list[int]] = []
    missing: list[_Missing] = []
    left = 0
    for index, piece in enumerate((own, *needed)):
        excerpt = _fitting(piece, assignment, room)
        if excerpt is None and index:
            missing.append(_missed(piece))
            continue
        excerpt = excerpt or piece.excerpt(len(piece.widths))
        narrow = _fitting(piece, assignment, left)
        if batches and narrow is not None:
            excerpt = narrow
        else:
            batches.append([])
            left = room
        batches[-1].append(len(excerpts))
        left -= _tokens(excerpt, assignment)
        excerpts.append(excerpt)
    missing += [_missed(piece) for piece in optional]
    if len(batches) < 2:
        return _Packed(tuple(excerpts), missing=tuple(missing))
    return _Packed(tuple(excerpts), tuple(map(tuple, batches)), tuple(missing))


def _missed(piece: _Piece) -> _Missing:
    each = Related(piece.source.path, piece.rank, piece.editable, _names_of(piece))
    return _Missing(piece.source.name, each, _LACK_OF_ROOM)


def _names_of(piece: _Piece) -> tuple[str, ...]:
    for verb in ("defines ", "tests ", "uses "):
        if piece.why.startswith(verb):
            return (piece.why.removeprefix(verb).partition(" in ")[0],)
    return ()


def _tokens(excerpt: Excerpt, assignment: Assignment) -> int:
    return estimate.tokens(prompt.block(excerpt, prompt.removed(assignment, excerpt)))


# -- where tests go -----------------------------------------------------------------------------------


def _destination(
    assignment: Assignment, view: View, read: Callable[[Path], Source | None]
) -> tuple[str, Source | None]:
    """The test file's name, and the file itself where it is there."""
    target = assignment.target
    folder = root(target.source)
    tests = [source for path in test_files(target, view) if (source := read(path)) is not None]
    name = testfiles.destination(
        target.source.name,
        target.symbol.name if target.symbol is not None else "",
        target.source.language_id,
        [each.name for each in tests],
        lambda wanted: read(folder.file(wanted)) is not None,
    )
    if name == target.source.name:
        return name, None
    return name, next((each for each in tests if each.name == name), None)


def _with_destination(assignment: Assignment, packed: _Packed, test: Source, room: int) -> _Packed:
    """With the test file that goes on: all of it, or its imports and its end."""
    excerpts = [each for each in packed.excerpts if each.source.name != test.name]
    left = room - sum(_tokens(each, assignment) for each in excerpts)
    shape = outline(test.text, test.language_id)
    last = [one.span for one in (shape.definitions if shape is not None else ())[-1:]]
    for spans in (whole(test.text), relevant(test.text, shape, last, Breadth.DEFINITIONS)):
        excerpt = Excerpt(test, spans, True, "the tests that there are")
        if _tokens(excerpt, assignment) <= left:
            break
    else:
        excerpt = Excerpt(test, relevant(test.text, shape, (), Breadth.LINES), True, excerpt.why)
    return _Packed((*excerpts, excerpt), packed.batches, packed.missing)
