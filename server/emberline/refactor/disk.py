"""Writes a change to disk, all of it or nothing: for the command line, where no editor does it.

Whoever reads a file to change it reads it with `text_of`: what is compared before writing is what was read.
"""

from __future__ import annotations

import codecs
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from emberline.errors import UserError
from emberline.refactor.lines import BOM
from emberline.refactor.types import Change, FileChange


class NotWritten(UserError):
    """Why nothing was written."""


def write(change: Change) -> None:
    """Every file of the change, as its `after` says. Raises `NotWritten`; then all is as it was before.

    A file that is not `before` any more, or that may not be written, is told before anything is touched.
    Encoding, byte order mark and permissions stay; a link stays one, and the file that it leads to changes.
    """
    steps = [_looked_at(file) for file in change.files]
    _distinct(steps)
    undo: list[Undo] = []
    kept: list[Path] = []
    try:
        for step, draft in [(step, _draft(step, undo)) for step in steps]:
            _put(step, draft, kept, undo)
    except BaseException as error:
        if not _undone(undo):
            there = ", ".join(str(each) for each in kept if each.exists())
            raise NotWritten(
                f"{error}; not all could be put back. The texts before are in: {there}"
            ) from error
        _removed(kept)
        if isinstance(error, OSError):
            raise NotWritten(f"{_words(error)}; nothing was changed") from error
        raise
    _removed(kept)


Undo = Callable[[], object]


class Encoding(NamedTuple):
    """How a text stands in a file."""

    codec: str
    mark: bytes = b""
    """The byte order mark before it."""


def text_of(content: bytes) -> tuple[str, Encoding]:
    """A text file's text, without its byte order mark, and how to write it back.

    UTF-8; UTF-16 where a mark says so; else one byte a character, of which every value comes back as it was.
    """
    for encoding in (*_MARKED, Encoding("utf-8")):
        if content.startswith(encoding.mark):
            with suppress(UnicodeDecodeError):
                return content[len(encoding.mark) :].decode(encoding.codec), encoding
    return content.decode("latin-1"), Encoding("latin-1")


_MARKED = (
    Encoding("utf-8", codecs.BOM_UTF8),
    Encoding("utf-16-le", codecs.BOM_UTF16_LE),
    Encoding("utf-16-be", codecs.BOM_UTF16_BE),
)


def _bytes_of(text: str, encoding: Encoding) -> bytes:
    """What `text_of` reads as this. Raises `UnicodeEncodeError`."""
    return encoding.mark + text.removeprefix(BOM).encode(encoding.codec)


@dataclass(frozen=True, slots=True)
class _Step:
    """One file, looked at."""

    name: str
    old: Path | None
    """The file that is there now, links resolved."""
    entry: Path | None
    """Its name in its folder: what goes when it is moved or deleted."""
    new: Path | None
    """Where the text goes; None: nowhere."""
    content: bytes
    seen: os.stat_result | None


def _looked_at(file: FileChange) -> _Step:
    """Raises `NotWritten` where the file on disk is not what the change begins with."""
    try:
        if file.before is None:
            return _new(file)
        return _known(file, file.before)
    except UnicodeEncodeError as error:
        raise NotWritten(
            f"{file.name} is written in {error.encoding}, which has no {error.object[error.start]!r}"
        ) from error
    except (OSError, ValueError) as error:
        raise NotWritten(f"{file.name}: {_words(error)}") from error


def _new(file: FileChange) -> _Step:
    if os.path.lexists(file.path):
        raise NotWritten(f"{file.name} exists meanwhile")
    _writable_folder(file.name, file.path)
    return _Step(file.name, None, None, file.path, _bytes_of(file.after or "", Encoding("utf-8")), None)


def _known(file: FileChange, before: str) -> _Step:
    old = Path(os.path.realpath(file.path))
    seen = old.stat()
    if not stat.S_ISREG(seen.st_mode):
        raise NotWritten(f"{file.name} is no ordinary file")
    text, encoding = text_of(old.read_bytes())
    if text.removeprefix(BOM) != before.removeprefix(BOM):
        raise NotWritten(f"{file.name} changed meanwhile")
    if not seen.st_mode & 0o222 or not os.access(old, os.W_OK):
        raise NotWritten(f"{file.name} is read-only")
    new = file.moved_to or (None if file.after is None else old)
    for each in {old, file.path, new or old}:
        _writable_folder(file.name, each)
    if file.moved_to is not None and os.path.lexists(file.moved_to) and not _is_renamed(file):
        raise NotWritten(f"{file.moved_to.name} exists meanwhile")
    content = b"" if file.after is None else _bytes_of(file.after, encoding)
    return _Step(file.name, old, file.path, new, content, seen)


def _is_renamed(file: FileChange) -> bool:
    """Whether the two names are one to this file system, as `a` and `A` can be."""
    assert file.moved_to is not None
    same_spelling = file.path.name.casefold() == file.moved_to.name.casefold()
    return same_spelling and file.moved_to.samefile(file.path)


def _writable_folder(name: str, path: Path) -> None:
    above = next(each for each in path.parents if os.path.lexists(each))
    if not above.is_dir():
        raise NotWritten(f"{name}: {above.name} is no folder")
    mode = above.stat().st_mode
    if not mode & 0o222 or not os.access(above, os.W_OK):
        raise NotWritten(f"{name} lies in a folder that is read-only")


def _distinct(steps: Sequence[_Step]) -> None:
    touched = [each for step in steps for each in {step.old, step.new} if each is not None]
    for path in touched:
        if touched.count(path) > 1:
            raise NotWritten(f"{path.name} would be changed twice")


# -- doing and undoing ---------------------------------------------------------------------------------


def _draft(step: _Step, undo: list[Undo]) -> Path | None:
    """The new text in a file beside its place, with the permissions that it will have."""
    if step.new is None:
        return None
    _folders(step.new.parent, undo)
    descriptor, name = tempfile.mkstemp(dir=step.new.parent, prefix=_PREFIX)
    draft = Path(name)
    undo.append(lambda: draft.unlink(missing_ok=True))
    with os.fdopen(descriptor, "wb") as file:
        file.write(step.content)
        file.flush()
        os.fsync(file.fileno())
    if step.old is not None and step.seen is not None:
        shutil.copystat(step.old, draft)
        _owned_alike(draft, step.seen)
        os.utime(draft)
    else:
        draft.chmod(0o666 & ~_umask())
    return draft


_PREFIX = ".emberline-"


def _folders(folder: Path, undo: list[Undo]) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    for each in reversed(missing):
        undo.append(partial(_empty_taken_away, each))
        try:
            each.mkdir()
        except FileExistsError:  # somebody else's
            undo.pop()


def _empty_taken_away(folder: Path) -> None:
    if folder.is_dir():
        folder.rmdir()


def _owned_alike(draft: Path, seen: os.stat_result) -> None:
    """As far as the system allows: only root gives files away."""
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(draft, seen.st_uid, seen.st_gid)
            draft.chmod(stat.S_IMODE(seen.st_mode))  # a change of owner takes set-user bits away


def _umask() -> int:
    """The process's own; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _put(step: _Step, draft: Path | None, kept: list[Path], undo: list[Undo]) -> None:
    """The draft becomes the file, and what was there is kept beside until all is done.

    Every way back is known before the step that it takes back, and does nothing where that was not done.
    """
    if step.old is not None and step.entry is not None:
        _unchanged(step, step.old)
        if step.old == step.new and draft is not None:
            _replaced(step.old, draft, kept, undo)
            return
        spare, entry = _spare(step.entry, kept), step.entry
        undo.append(lambda: os.path.lexists(spare) and spare.replace(entry))
        entry.replace(spare)
    if draft is not None and step.new is not None:
        new = step.new
        undo.append(lambda: _taken_back(new, draft))
        _named_anew(draft, new)


def _replaced(path: Path, draft: Path, kept: list[Path], undo: list[Undo]) -> None:
    spare = _spare(path, kept)
    try:
        os.link(path, spare)
    except OSError:  # the file system knows no second name for a file
        shutil.copy2(path, spare)
    undo.append(lambda: spare.replace(path))
    draft.replace(path)


def _spare(path: Path, kept: list[Path]) -> Path:
    """A name beside it that is free."""
    spare = Path(tempfile.mktemp(dir=path.parent, prefix=_PREFIX))
    kept.append(spare)
    return spare


def _taken_back(new: Path, draft: Path) -> None:
    """Only if it is ours: somebody else may have made it meanwhile."""
    if os.path.lexists(new) and (not draft.exists() or new.samefile(draft)):
        new.unlink()


def _named_anew(draft: Path, new: Path) -> None:
    """A rename that never writes over what came meanwhile, where the file system can tell."""
    try:
        os.link(draft, new)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(new):
            raise FileExistsError(f"{new.name} exists meanwhile") from None
        draft.rename(new)
    else:
        draft.unlink()


def _unchanged(step: _Step, path: Path) -> None:
    """Raises `OSError` where somebody wrote it since it was looked at."""
    now, was = path.stat(), step.seen
    if was is None or (now.st_mtime_ns, now.st_size, now.st_ino) != (
        was.st_mtime_ns,
        was.st_size,
        was.st_ino,
    ):
        raise OSError(f"{step.name} changed meanwhile")


def _undone(undo: Sequence[Undo]) -> bool:
    """Puts everything back, last first. Whether all of it worked."""
    worked = True
    for each in reversed(undo):
        try:
            each()
        except OSError:
            worked = False
    return worked


def _removed(paths: Sequence[Path]) -> None:
    for each in paths:
        with suppress(OSError):
            each.unlink(missing_ok=True)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{Path(str(error.filename)).name}: {error.strerror}"
    return str(error)
