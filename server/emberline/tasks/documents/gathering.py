"""The files that a summary is about, read as far as a model may read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emberline.errors import UserError
from emberline.privacy.files import Boundaries
from emberline.privacy.walk import Bounds, read_text, walk
from emberline.tasks.documents.cards import card
from emberline.tasks.types import Material

MOST_BYTES = 8_000_000
"""Of one document."""
MOST_FILES = 4000
"""Of a folder; the nearest to its root."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The texts, by the names that their reader knows them by, and what was left out."""

    material: tuple[Material, ...]
    left_out: tuple[str, ...] = ()
    """In words."""


def documents(paths: Sequence[Path], boundaries: Boundaries) -> Gathered:
    """Files that the user named: one that cannot be read is an error, so that none seems to have been. Raises
    `UserError`."""
    found = []
    for path in dict.fromkeys(paths):
        label = boundaries.label(path)
        if label is None:
            raise UserError(f"no model may read {path}: its name, an ignore file or privacy.exclude keeps it")
        found.append(Material(_named(path, paths), _text(path), label))
    if not any(each.text.strip() for each in found):
        raise UserError("there is nothing in it to summarize" if len(found) == 1 else "these files are empty")
    return Gathered(tuple(found))


def folder(root: Path, boundaries: Boundaries, exclude: Sequence[str], opened: Sequence[Path]) -> Gathered:
    """The files of a folder, as the workspace's index walks it. Raises `UserError` where there are none."""
    found: list[Material] = []
    kept_out = 0
    for path in walk(root, Bounds(), exclude, opened):
        if path is None:
            continue
        if len(found) == MOST_FILES:
            return Gathered(tuple(found), (f"only the first {MOST_FILES} files were read",))
        label = boundaries.label(path)
        if label is None:
            kept_out += 1
        elif (text := read_text(path)) is not None and text.strip():
            found.append(Material(path.relative_to(root).as_posix(), text, label))
    if not found:
        raise UserError(f"{root} holds no text that a model may read")
    said = f"{kept_out} {'file is' if kept_out == 1 else 'files are'} kept from models"
    return Gathered(tuple(found), (said,) if kept_out else ())


def project(root: Path, boundaries: Boundaries, opened: Sequence[Path]) -> tuple[Material, ...]:
    """What the project says of itself that a folder lies in, by the nearest README above it within the
    workspace; nothing where there is none. A folder of it alone does not tell what it belongs to."""
    for folder in root.parents:
        if not any(folder.is_relative_to(each) for each in opened):
            return ()
        for name in ("README.md", "README.rst", "README.txt", "README"):
            path = folder / name
            label = boundaries.label(path) if path.is_file() else None
            text = read_text(path) if label is not None else None
            if label is not None and text and (words := card(name, text[:20_000]).words):
                return (Material(f"{folder.name}, the whole project", words, label),)
    return ()


def _named(path: Path, all_of: Sequence[Path]) -> str:
    """The name alone, unless another file has the same."""
    return path.name if sum(each.name == path.name for each in all_of) == 1 else path.as_posix()


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if not path.is_file():
        raise UserError(f"{path} is no regular file")
    if size > MOST_BYTES:
        raise UserError(f"{path} is longer than {MOST_BYTES // 1_000_000} MB: summarize a part of it")
    text = read_text(path)
    if text is None:
        raise UserError(f"{path} is not UTF-8 text, or cannot be read")
    return text
