"""A workspace on disk, and sources of it, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emberline.privacy.files import Boundaries
from emberline.privacy.labels import Label, Level
from emberline.refactor.terrain import Terrain
from emberline.refactor.types import Source
from emberline.syntax.languages import language_of


def written(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def source(folder: Path, name: str, text: str, version: int | None = None) -> Source:
    path = folder / name
    label = Label(Level.STRICT, str(path), "test")
    return Source(name, path, path.as_uri(), language_of(path), text, label, version)


def sources(folder: Path, files: Mapping[str, str]) -> dict[str, Source]:
    """The files, written to disk and read."""
    written(folder, files)
    return {name: source(folder, name, text) for name, text in files.items()}


def terrain(*folders: Path, exclude: tuple[str, ...] = ()) -> Terrain:
    return Terrain(folders, Boundaries(folders, exclude=exclude))
