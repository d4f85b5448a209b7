"""Rust: paths from the crate's root, from this module and the one above; other crates of the workspace."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118, PTH119, PTH120

from __future__ import annotations

import os.path
from collections.abc import Iterator

from emberline.refactor.index.packed import unpack_definitions
from emberline.refactor.index.places import Places, folders_above
from emberline.refactor.index.postings import File
from emberline.refactor.index.resolving.meaning import MODULE, Meaning
from emberline.syntax.types import Import, Sort

_ROOTS = ("lib.rs", "main.rs")


def meanings(places: Places, file: File, imported: Import) -> Iterator[Meaning]:
    parts = imported.module.split("::")
    if imported.name:
        parts.append(imported.name)
    for start, rest in _starts(places, file, parts, imported):
        found = list(_followed(places, start, rest))
        if found:
            yield from reversed(found)  # the deepest is the likeliest
            return


def _starts(
    places: Places, file: File, parts: list[str], imported: Import
) -> Iterator[tuple[str, list[str]]]:
    """The module files that the path may begin at, each with what is left of the path."""
    first, rest = parts[0], parts[1:]
    if first == "crate":
        root = _crate_root(places, file.path)
        if root is not None:
            yield root, rest
    elif first in ("self", "super"):
        inner = _modules_around(file, imported)
        at: str | None = file.path
        while parts and parts[0] in ("self", "super"):
            if parts[0] == "super":
                if inner:
                    inner -= 1
                else:
                    at = None if at is None else _parent(places, at)
            parts = parts[1:]
        if at is not None:
            yield at, parts
    elif first:
        if _child(places, file.path, first) is not None:
            yield file.path, parts
        for folder, project in places.projects("rust"):
            if project.name == first:
                for root in (os.path.join(folder, "src", "lib.rs"), os.path.join(folder, "lib.rs")):
                    if root in places.files:
                        yield root, rest


def _modules_around(file: File, imported: Import) -> int:
    """How many modules written in this file stand around the import: only they hold `use` among classes."""
    return sum(
        1
        for each in unpack_definitions(file.record.definitions)
        if each.sort is Sort.CLASS and each.body is not None and each.body.holds(imported.span)
    )


def _followed(places: Places, start: str, parts: list[str]) -> Iterator[Meaning]:
    """From module to module as far as the files go; the last one holds the rest. Also the step before it:
    `use crate::store` may mean a module, and a function of that name beside it."""
    at = start
    for number, part in enumerate(parts):
        inner = _child(places, at, part)
        if inner is None:
            yield Meaning(at, part)
            return
        if number == len(parts) - 1:
            yield Meaning(at, part)
        at = inner
    yield Meaning(at, MODULE)


def _child(places: Places, path: str, name: str) -> str | None:
    """The file of a module that the one at `path` declares."""
    if not name.isidentifier():
        return None
    base = os.path.join(_folder_of(path), name)
    for found in (f"{base}.rs", os.path.join(base, "mod.rs")):
        if found in places.files:
            return found
    return None


def _folder_of(path: str) -> str:
    """Where a module's own modules lie."""
    folder, name = os.path.split(path)
    if (
        name == "mod.rs"
        or name in _ROOTS
        or os.path.basename(folder) in ("bin", "tests", "examples", "benches")
    ):
        return folder
    return path.removesuffix(".rs")


def _parent(places: Places, path: str) -> str | None:
    """The module that this one lies in; None above the crate's root."""
    folder, name = os.path.split(path)
    if name in _ROOTS:
        return None
    above = os.path.dirname(folder) if name == "mod.rs" else folder
    own = os.path.basename(folder) if name == "mod.rs" else ""
    beside = f"{folder}.rs" if not own else f"{above}.rs"
    for found in (*(os.path.join(above, each) for each in ("mod.rs", *_ROOTS)), beside):
        if found in places.files:
            return found
    return None


def _crate_root(places: Places, path: str) -> str | None:
    for folder in folders_above(path):
        for name in _ROOTS:
            found = os.path.join(folder, name)
            if found in places.files:
                return found
    return None
