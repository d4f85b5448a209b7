"""Python: relative imports, and absolute ones from whatever folder makes the dotted path fit."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118, PTH120

from __future__ import annotations

import os.path
import sys
from collections.abc import Iterator

from emberline.refactor.index.places import Places, folders_above
from emberline.refactor.index.resolving.meaning import MODULE, Meaning
from emberline.syntax.types import Import

_SUFFIXES = (".py", ".pyi")


def meanings(places: Places, path: str, imported: Import) -> Iterator[Meaning]:
    module, name = imported.module, imported.name
    rest = module.lstrip(".")
    dots = len(module) - len(rest)
    if dots:
        folder = path
        for _ in range(dots):
            folder = os.path.dirname(folder)
        base = os.path.join(folder, *rest.split(".")) if rest else folder
    else:
        asked = (os.path.dirname(path), rest)
        if asked not in places.resolved:
            places.resolved[asked] = _absolute(places, path, rest.split("."))
        found = places.resolved[asked]
        if found is None:
            return
        base = found
    file = _file(places, base)
    if name == MODULE or name == "*":
        if file is not None:
            yield Meaning(file, name)
        return
    inner = _file(places, os.path.join(base, name))
    if inner is not None:
        yield Meaning(inner, MODULE)  # `from . import store`: the package may also define it
    if file is not None:
        yield Meaning(file, name)


def _file(places: Places, base: str) -> str | None:
    """The module's file, or its package's; without both it may still be a folder with modules in it."""
    for suffix in _SUFFIXES:
        if base + suffix in places.files:
            return base + suffix
    for suffix in _SUFFIXES:
        init = os.path.join(base, f"__init__{suffix}")
        if init in places.files:
            return init
    return None


def _absolute(places: Places, path: str, parts: list[str]) -> str | None:
    """The module's path without its suffix, from the root nearest to the importing file."""
    if not parts[-1]:
        return None
    tail = os.path.join(*parts)
    for root in folders_above(path):
        base = os.path.join(root, tail)
        if _exists(places, base) and not _is_package(places, root):
            return base
    if len(parts) == 1 and parts[0] in sys.stdlib_module_names:
        return None
    bases = [
        base for base in _ending_with(places, parts, tail) if not _is_package(places, _root(base, parts))
    ]
    return max(bases, key=lambda base: (len(os.path.commonpath((base, path))), -len(base)), default=None)


def _exists(places: Places, base: str) -> bool:
    """Such a module, package or folder of modules."""
    return _file(places, base) is not None or any(each.endswith(_SUFFIXES) for each in places.in_folder(base))


def _ending_with(places: Places, parts: list[str], tail: str) -> Iterator[str]:
    ending = os.sep + tail
    for suffix in _SUFFIXES:
        for file in places.named(parts[-1] + suffix):
            if file.endswith(ending + suffix):
                yield file.removesuffix(suffix)
    for folder in places.folders_named(parts[-1]):
        if folder.endswith(ending) and _exists(places, folder):
            yield folder


def _root(base: str, parts: list[str]) -> str:
    for _ in parts:
        base = os.path.dirname(base)
    return base


def _is_package(places: Places, folder: str) -> bool:
    return any(os.path.join(folder, f"__init__{suffix}") in places.files for suffix in _SUFFIXES)
