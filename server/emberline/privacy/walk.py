"""Which files of a workspace folder are read to be known, and reading them.

Not those that ignore files, the configuration or the usual names of secret files keep from models, nor what
is somebody else's code or a machine's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from emberline.config.places import all_spellings
from emberline.privacy.files import Patterns, lies_secret
from emberline.privacy.ignores import Ground, Verdict, excludes_file, ground

_SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__", "venv", "site-packages"))
"""Code of others or of machines, even where no ignore file says so."""
_SKIPPED_SUFFIXES = (".min.js", ".min.css", ".lock", ".map", ".csv", ".svg", ".ipynb", ".log")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a walk goes."""

    visited: int = 50_000
    """Folder entries looked at, files or not."""
    file_bytes: int = 512_000


def walk(
    folder: Path, bounds: Bounds, exclude: Sequence[str] = (), opened: Sequence[Path] = ()
) -> Iterator[Path | None]:
    """The files of `folder` that may be indexed, in a stable order, nearest to the root first.

    Lazy; a None stands for a step that found no file, so that the caller can pause. Ignore files (those
    above `folder`, too) and `exclude` apply as in privacy/files.py, by its name and by where it really lies.
    `opened` are all folders of the workspace. Links are not followed. Unreadable folders are passed over.
    """
    everywhere, around = excludes_file(), (*opened, folder)
    excluded = Patterns(exclude, around)
    spelt = all_spellings(around)
    folders = [tuple(ground(each, spelt, everywhere) for each in all_spellings((folder,)))]
    visited = 0
    while folders:
        here = folders.pop(0)
        if any(each.said is not Verdict.READ for each in here):
            continue
        try:
            with os.scandir(here[0].folder) as entries:
                found = sorted(islice(entries, bounds.visited - visited), key=lambda entry: entry.name)
        except OSError:
            continue
        yield None
        for entry in found:
            visited += 1
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            is_folder = entry.is_dir()
            if any(excluded.cover(each.folder / entry.name, is_folder) for each in here):
                yield None  # final: no ignore file takes it back
            elif is_folder:
                if entry.name not in _SKIPPED_FOLDERS:
                    folders.append(tuple(each.below(entry.name) for each in here))
                yield None
            elif _eligible(entry, bounds) and all(_may_read(each, entry.name) for each in here):
                yield Path(entry.path)
            else:
                yield None
        if visited >= bounds.visited:
            return


def reachable(path: Path, folder: Path, exclude: Sequence[str] = (), opened: Sequence[Path] = ()) -> bool:
    """Whether a walk of `folder` comes to the file or folder at `path`, were it small enough."""
    if path == folder:
        return True
    if not path.is_relative_to(folder):
        return False
    names = path.relative_to(folder).parts
    steps = [folder.joinpath(*names[: count + 1]) for count in range(len(names))]
    is_folder = path.is_dir()
    above = names if is_folder else names[:-1]
    if any(name.startswith(".") for name in names) or not _SKIPPED_FOLDERS.isdisjoint(above):
        return False
    if any(step.is_symlink() for step in steps) or (not is_folder and path.name.endswith(_SKIPPED_SUFFIXES)):
        return False
    around = (*opened, folder)
    excluded, spelt, everywhere = Patterns(exclude, around), all_spellings(around), excludes_file()
    if any(excluded.cover(step, True) for step in steps[:-1]):
        return False  # as in a walk, which does not enter them
    for parent in all_spellings((path.parent,)):
        spelling = parent / path.name
        if excluded.cover(spelling, is_folder) or lies_secret(spelling):
            return False
        here = ground(parent, spelt, everywhere)
        if here.said is not Verdict.READ or here.verdict(path.name, is_folder) is not Verdict.READ:
            return False
    return True


def read_text(path: Path) -> str | None:
    """The file's text, or None if it is binary, not UTF-8, or cannot be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if b"\0" in content[:8192]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _may_read(here: Ground, name: str) -> bool:
    return here.verdict(name, False) is Verdict.READ and not lies_secret(here.folder / name)


def _eligible(entry: os.DirEntry[str], bounds: Bounds) -> bool:
    if entry.name.endswith(_SKIPPED_SUFFIXES):
        return False
    try:
        return entry.is_file() and 0 < entry.stat().st_size <= bounds.file_bytes
    except OSError:
        return False
