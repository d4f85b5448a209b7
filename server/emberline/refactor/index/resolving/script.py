"""JavaScript and TypeScript: relative paths, `baseUrl` and `paths`, packages of the same workspace."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118, PTH119, PTH120

from __future__ import annotations

import os.path
from collections.abc import Iterator

from emberline.refactor.index.keys import SCRIPT_SUFFIXES, script_stem
from emberline.refactor.index.places import Places
from emberline.refactor.index.resolving.meaning import Meaning
from emberline.syntax.types import Import


def meanings(places: Places, path: str, imported: Import) -> Iterator[Meaning]:
    for base in _bases(places, path, imported.module):
        file = _file(places, base)
        if file is not None:
            yield Meaning(file, imported.name)
            return


def exact_aliases(places: Places, path: str) -> Iterator[str]:
    """The names under which `paths` has this very file, without a pattern."""
    for folder, project in places.projects_above(path, "typescript"):
        for pattern, targets in project.paths:
            if "*" in pattern:
                continue
            base = os.path.join(folder, project.base)
            if any(_file(places, os.path.normpath(os.path.join(base, each))) == path for each in targets):
                yield pattern


def _bases(places: Places, path: str, module: str) -> Iterator[str]:
    """Where the module may lie, without its suffix."""
    if module.startswith("."):
        yield os.path.normpath(os.path.join(os.path.dirname(path), module))
        return
    for folder, project in places.projects_above(path, "typescript"):
        base = os.path.normpath(os.path.join(folder, project.base))
        for pattern, targets in sorted(project.paths, key=lambda each: -len(each[0])):
            head, star, tail = pattern.partition("*")
            middle = module[len(head) : len(module) - len(tail)]
            fits = module.startswith(head) and module.endswith(tail) and len(module) >= len(head) + len(tail)
            if (star and fits) or module == pattern:
                for target in targets:
                    yield os.path.normpath(os.path.join(base, target.replace("*", middle, 1)))
        if project.base:
            yield os.path.normpath(os.path.join(base, module))
    for folder, project in places.projects("npm"):
        if module == project.name or module.startswith(f"{project.name}/"):
            inner = module[len(project.name) + 1 :]
            yield os.path.normpath(os.path.join(folder, inner))
            yield os.path.normpath(os.path.join(folder, "src", inner))


def _file(places: Places, base: str) -> str | None:
    if base in places.files:
        return base
    plain = os.path.join(os.path.dirname(base), script_stem(os.path.basename(base)))
    for start in dict.fromkeys((base, plain)):  # "./util.js" is how TypeScript's own files are imported, too
        for suffix in SCRIPT_SUFFIXES:
            if start + suffix in places.files:
                return start + suffix
    for suffix in SCRIPT_SUFFIXES:
        index = os.path.join(base, f"index{suffix}")
        if index in places.files:
            return index
    return None
