"""A change as the protocol writes it: one edit over all files, in an order that can be carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import attrs
from lsprotocol import types

from emberline.documents.encoding import PositionEncoding
from emberline.documents.text import Text
from emberline.lsp.client import Edits
from emberline.lsp.convert import ranges_of
from emberline.refactor.differences import edits
from emberline.refactor.lines import BOM
from emberline.refactor.types import Change, Deed, FileChange, Unfit

Entry = types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile


_OPERATIONS = {Deed.CREATE: "create", Deed.MOVE: "rename", Deed.DELETE: "delete"}
_VERBS = {Deed.EDIT: "change", Deed.CREATE: "make", Deed.MOVE: "move", Deed.DELETE: "delete"}
_ORDER = (Deed.CREATE, Deed.MOVE, Deed.DELETE, Deed.EDIT)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of `documentChanges`."""

    deed: Deed
    file: FileChange
    entry: Entry


@dataclass(frozen=True, slots=True)
class Sheet:
    """An edit that is ready to be sent."""

    edit: types.WorkspaceEdit
    steps: tuple[Step, ...]
    """What it does one after the other; its indices are those of `failedChange`."""


def is_wide(change: Change) -> bool:
    """Whether it is more than one file's text: then the user looks at it first."""
    return len(change.files) != 1 or change.files[0].deed is not Deed.EDIT


def obstacle(change: Change, can: Edits) -> str:
    """Why the client cannot take this change as a whole; empty where it can."""
    missing = [
        f"{_VERBS[deed]} {file.name}"
        for file in change.files
        if (deed := file.deed) is not Deed.EDIT and _OPERATIONS[deed] not in can.operations
    ]
    if not missing:
        return ""
    return (
        f"it would {' and '.join(missing)}, which your editor does not let a server do; "
        "`emberline refactor` does it from a shell"
    )


def sheet(change: Change, versions: Mapping[str, int], can: Edits, encoding: PositionEncoding) -> Sheet:
    """The edit for this client. `versions`: of the documents that are open, by URI.

    Raises `Unfit` where the client cannot be told all of it, or no order carries it out.
    """
    if why := obstacle(change, can):
        raise Unfit(why)
    files = [file if file.uri in versions else _as_loaded(file) for file in change.files]
    written = [file for file in files if _is_written(file)]
    # Texts first and by their old names, so that the client checks the versions of what is open.
    steps = [_written(Deed.EDIT, file, versions.get(file.uri), encoding) for file in written]
    if not can.versioned:
        plain = {file.uri: _texts(file, encoding) for file in written}
        return Sheet(types.WorkspaceEdit(changes=plain), tuple(steps))
    steps += _in_order([file for file in files if file.deed is not Deed.EDIT], encoding)
    return Sheet(types.WorkspaceEdit(document_changes=[step.entry for step in steps]), tuple(steps))


def to_confirm(plain: Sheet) -> Sheet:
    """The same for a client whose user is to look at it first: every file can be turned down."""
    names = list(dict.fromkeys(step.file.name for step in plain.steps))
    marks = {name: f"emberline-{number}" for number, name in enumerate(names, start=1)}
    steps = [replace(step, entry=_marked(step.entry, marks[step.file.name])) for step in plain.steps]
    annotations = {
        marks[step.file.name]: types.ChangeAnnotation(
            label="Emberline", needs_confirmation=True, description=described(step.file)
        )
        for step in steps
    }
    edit = types.WorkspaceEdit(
        document_changes=[step.entry for step in steps], change_annotations=annotations
    )
    return Sheet(edit, tuple(steps))


def described(file: FileChange) -> str:
    """ "move a.py to b.py"."""
    where = "" if file.moved_to is None else f" to {file.moved_to.name}"
    return f"{_VERBS[file.deed]} {file.name}{where}"


def new_uri(file: FileChange) -> str:
    """Where it is afterwards."""
    return file.uri if file.moved_to is None else file.moved_to.as_uri()


def _is_written(file: FileChange) -> bool:
    """Whether a file that is there before and after gets another text."""
    return file.before is not None and file.after is not None and file.before != file.after


def _as_loaded(file: FileChange) -> FileChange:
    """A file that is not open: editors keep its byte order mark apart from its text and its positions."""
    if file.before is None or not file.before.startswith(BOM):
        return file
    after = None if file.after is None else file.after.removeprefix(BOM)
    return replace(file, before=file.before.removeprefix(BOM), after=after)


def _written(deed: Deed, file: FileChange, version: int | None, encoding: PositionEncoding) -> Step:
    document = types.OptionalVersionedTextDocumentIdentifier(uri=file.uri, version=version)
    return Step(deed, file, types.TextDocumentEdit(document, _texts(file, encoding)))


def _texts(file: FileChange, encoding: PositionEncoding) -> list[types.TextEdit]:
    before = file.before or ""
    found = edits(before, file.after or "")
    ranges = ranges_of(Text.of(before), [edit.span for edit in found], encoding)
    return [types.TextEdit(place, edit.text) for place, edit in zip(ranges, found, strict=True)]


def _in_order(files: Sequence[FileChange], encoding: PositionEncoding) -> list[Step]:
    """Files made, moved and deleted: what takes a path comes after what leaves it."""
    waiting = sorted(files, key=lambda file: _ORDER.index(file.deed))
    steps: list[Step] = []
    while waiting:
        taken = [file for file in waiting if file.before is not None]
        free = next((file for file in waiting if not _is_blocked(file, taken)), None)
        if free is None:
            names = ", ".join(file.name for file in waiting)
            raise Unfit(f"{names} would change places with each other, which no order of moves can do")
        waiting.remove(free)
        steps += _operation(free, encoding)
    return steps


def _is_blocked(file: FileChange, taken: Sequence[FileChange]) -> bool:
    if file.after is None:
        return False
    target = file.moved_to or file.path
    return any(
        other is not file and (other.path == target or other.path in target.parents) for other in taken
    )


def _operation(file: FileChange, encoding: PositionEncoding) -> list[Step]:
    match file.deed:
        case Deed.CREATE:
            options = types.CreateFileOptions(overwrite=False, ignore_if_exists=False)
            made = Step(Deed.CREATE, file, types.CreateFile(file.uri, options=options))
            return [made, _written(Deed.CREATE, file, None, encoding)] if file.after else [made]
        case Deed.MOVE:
            moving = types.RenameFileOptions(overwrite=False, ignore_if_exists=False)
            return [Step(Deed.MOVE, file, types.RenameFile(file.uri, new_uri(file), options=moving))]
        case _:
            going = types.DeleteFileOptions(recursive=False, ignore_if_not_exists=False)
            return [Step(Deed.DELETE, file, types.DeleteFile(file.uri, options=going))]


def _marked(entry: Entry, mark: str) -> Entry:
    if not isinstance(entry, types.TextDocumentEdit):
        return attrs.evolve(entry, annotation_id=mark)
    marked = [
        types.AnnotatedTextEdit(mark, edit.range, edit.new_text)
        for edit in entry.edits
        if isinstance(edit, types.TextEdit)
    ]
    return types.TextDocumentEdit(entry.text_document, marked)
