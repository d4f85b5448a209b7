"""The folder of fetched models: what is there, what of it is sound, and how it goes away.

A model file gets its final name only after its hash was checked. A stamp beside it records size and time of
the checked file, so that an engine start does not read half a gigabyte again, yet notices a changed file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from emberline.models.catalogue import CATALOGUE, Model
from emberline.models.errors import HashMismatch, ModelError, ModelMissing


class State(StrEnum):
    """How a model of the catalogue stands in the folder."""

    READY = "ready"
    UNCHECKED = "unchecked"  # the file is there, but its hash was not checked since it last changed
    PARTIAL = "partial"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue and its file; `bytes` is what of it lies on the disk."""

    model: Model
    path: Path
    state: State
    bytes: int


def default_folder() -> Path:
    """$EMBERLINE_MODELS, or `models` in the platform's cache folder. It need not exist yet."""
    named = os.environ.get("EMBERLINE_MODELS")
    if named:
        return Path(named).expanduser()
    return platformdirs.user_cache_path("emberline", appauthor=False) / "models"


def path_of(model: Model, folder: Path) -> Path:
    """Where the whole, checked file lies once it is there."""
    return folder / model.file


def partial_of(model: Model, folder: Path) -> Path:
    """Where a fetch gathers the bytes: always a prefix of the file, whichever source gave them."""
    return folder / f"{model.file}.partial"


def workplace_prefix(model: Model, folder: Path) -> str:
    """How the names of temporary folders of a fetch begin; while nobody holds the lock they are litter."""
    return f".{partial_of(model, folder).name}-"


def sweep(model: Model, folder: Path) -> None:
    """Delete what killed fetches left in temporary folders. The caller holds the lock."""
    for left in folder.glob(f"{workplace_prefix(model, folder)}*"):
        shutil.rmtree(left, ignore_errors=True)


def lock_of(model: Model, folder: Path) -> FileLock:
    """Held by whoever fetches or removes the model; the system frees it when its holder dies."""
    return FileLock(folder / f".{model.file}.lock")


def look(model: Model, folder: Path) -> Entry:
    """How the model stands; reads no more than file sizes and times."""
    path = path_of(model, folder)
    size = _size(path)
    if size is not None:
        state = State.READY if _stamp_holds(model, path) else State.UNCHECKED
        return Entry(model, path, state, size)
    fetched = _size(partial_of(model, folder))
    return Entry(model, path, State.MISSING if fetched is None else State.PARTIAL, fetched or 0)


def listing(folder: Path) -> tuple[Entry, ...]:
    """Every model of the catalogue, as it stands in the folder."""
    return tuple(look(model, folder) for model in CATALOGUE)


def locate(model: Model, folder: Path) -> Path:
    """The path of the sound file, for the engine to load.

    Instant for a file checked before; otherwise hashes it (about a second per gigabyte on current machines).
    Raises ModelMissing or HashMismatch.
    """
    entry = look(model, folder)
    if entry.state is State.READY:
        return entry.path
    if entry.state is State.UNCHECKED:
        verify(model, entry.path)
        stamp(model, entry.path)
        return entry.path
    raise ModelMissing(f"the model {model.name} is not here: `emberline models pull {model.name}` fetches it")


def verify(model: Model, path: Path) -> None:
    """Hash the whole file. Raises HashMismatch, which names both hashes."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissing(f"{path} cannot be read: {error.strerror}") from error
    if found != model.sha256:
        raise HashMismatch(
            f"{path.name} is not the model {model.name}: expected SHA-256 {model.sha256}, found {found}. "
            "It will not be loaded"
        )


def stamp(model: Model, path: Path) -> None:
    """Record that this very file was checked. Where the folder is read-only the next start checks again."""
    try:
        _stamp_path(path).write_text(_fingerprint(model, path), encoding="ascii")
    except OSError:
        return


def remove(model: Model, folder: Path) -> int:
    """Delete the model, or what a broken-off fetch left of it, and return the bytes freed.

    Raises ModelError while another process fetches it, or when the folder does not let go of it.
    """
    if not folder.is_dir():
        return 0
    lock = lock_of(model, folder)
    try:
        with lock.acquire(timeout=0):
            freed = 0
            for path in (path_of(model, folder), partial_of(model, folder)):
                freed += _size(path) or 0
                path.unlink(missing_ok=True)
            _stamp_path(path_of(model, folder)).unlink(missing_ok=True)
            sweep(model, folder)
            return freed
    except Timeout as error:
        raise ModelError(f"{model.name} is just being fetched by another process: stop that first") from error
    except OSError as error:
        raise ModelError(f"{model.name} cannot be removed from {folder}: {error.strerror}") from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _stamp_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.checked")


def _fingerprint(model: Model, path: Path) -> str:
    facts = path.stat()
    return f"{model.sha256} {facts.st_size} {facts.st_mtime_ns}"


def _stamp_holds(model: Model, path: Path) -> bool:
    try:
        return _stamp_path(path).read_text(encoding="ascii") == _fingerprint(model, path)
    except (OSError, UnicodeDecodeError):
        return False
