"""Where a folder is: by its names and by what is there, for links count. Nothing heavy is imported for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

from emberline.config.rules import MODES


def all_spellings(folders: Iterable[Path]) -> tuple[Path, ...]:
    """By their names and where they really lie: a link may lead into a stricter place, or out of one."""
    both = ((folder.absolute(), Path(os.path.realpath(folder))) for folder in folders)
    return tuple(dict.fromkeys(chain.from_iterable(both)))


def entry_above(path: Path, modes: Mapping[str, str]) -> str | None:
    """The strictest entry for `path`, or else for the nearest folder above it that has any; else None."""
    if not modes:
        return None
    known = {entry: identities(Path(entry).expanduser()) for entry in modes}
    for folder in (path, *path.parents):
        there = identities(folder)
        here = [entry for entry, entrys in known.items() if not there.isdisjoint(entrys)]
        if here:
            return min(here, key=lambda entry: MODES.index(modes[entry]))
    return None


def identities(path: Path) -> set[object]:
    """Its name, and what is there: a link, or another spelling where the file system knows no case."""
    name = os.path.normcase(path)
    try:
        found = path.stat()
    except (OSError, ValueError):
        return {name}
    return {name, (found.st_dev, found.st_ino)}
