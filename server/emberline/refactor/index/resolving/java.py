"""Java: packages are folders, below whatever root; a class is its file."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118

from __future__ import annotations

import os.path
from collections.abc import Iterator

from emberline.refactor.index.places import Places
from emberline.refactor.index.resolving.meaning import MODULE, STAR, Meaning
from emberline.syntax.types import Import


def meanings(places: Places, path: str, imported: Import) -> Iterator[Meaning]:
    parts = imported.module.split(".") if imported.module else []
    if imported.name == STAR:
        package = _folder(places, path, parts)
        if package is not None:
            yield Meaning(package, STAR)
        else:
            outer = _class(places, path, parts)
            if outer is not None:
                yield Meaning(outer, MODULE)
        return
    own = _class(places, path, [*parts, imported.name])
    if own is not None:
        yield Meaning(own, MODULE)  # its members come with it
        return
    outer = _class(places, path, parts)
    if outer is not None:
        yield Meaning(outer, imported.name)
        yield Meaning(outer, MODULE)  # the import names the class as well


def _class(places: Places, path: str, parts: list[str]) -> str | None:
    """The file of a class: of several the one nearest to the importing file."""
    if not parts:
        return None
    ending = os.sep + os.path.join(*parts) + ".java"
    return _nearest(path, [each for each in places.named(f"{parts[-1]}.java") if each.endswith(ending)])


def _folder(places: Places, path: str, parts: list[str]) -> str | None:
    if not parts:
        return None
    ending = os.sep + os.path.join(*parts)
    named = [each for each in places.folders_named(parts[-1]) if each.endswith(ending)]
    return _nearest(
        path, [each for each in named if any(f.endswith(".java") for f in places.in_folder(each))]
    )


def _nearest(path: str, found: list[str]) -> str | None:
    return max(found, key=lambda each: (len(os.path.commonpath((each, path))), each), default=None)
