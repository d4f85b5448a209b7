"""Go: a package is a folder, named from the module that go.mod gives."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118

from __future__ import annotations

import os.path
from collections.abc import Iterator

from emberline.refactor.index.places import Places
from emberline.refactor.index.resolving.meaning import Meaning
from emberline.syntax.types import Import


def meanings(places: Places, path: str, imported: Import) -> Iterator[Meaning]:
    module = imported.module
    for folder, project in places.projects("go"):
        if module == project.name or module.startswith(f"{project.name}/"):
            package = os.path.normpath(os.path.join(folder, module[len(project.name) + 1 :]))
            if main_file(places, package) is not None:
                yield Meaning(package, imported.name)
                return


def main_file(places: Places, folder: str) -> str | None:
    """One of the package's files, no test where there is another."""
    files = sorted(each for each in places.in_folder(folder) if each.endswith(".go"))
    return next((each for each in files if not each.endswith("_test.go")), files[0] if files else None)
