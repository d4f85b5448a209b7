"""Which files there are, as import resolution looks for them."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118, PTH119, PTH120

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator

from emberline.refactor.index.postings import File
from emberline.refactor.index.projects import Project


class Places:
    """The current files, by path, by folder and by the last part of either."""

    def __init__(self, folders: Iterable[str] = ()) -> None:
        """`folders`: the workspace's."""
        self.roots = tuple(folders)
        self.files: dict[str, File] = {}
        self._in_folder: dict[str, list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        self._folders_by_name: dict[str, list[str]] = {}
        self._projects: dict[str, dict[str, Project]] = {}
        self.resolved: dict[tuple[str, str], str | None] = {}
        """For resolution: what was found from a folder for a module, as long as no file comes or goes."""

    def add(self, file: File) -> None:
        """Enters a file, in the place of an earlier one at its path."""
        path = file.path
        before = self.files.get(path)
        self.files[path] = file
        if before is None:
            self.resolved.clear()
            folder, name = os.path.split(path)
            self._by_name.setdefault(name, []).append(path)
            siblings = self._in_folder.get(folder)
            if siblings is None:
                self._in_folder[folder] = siblings = []
                self._folders_by_name.setdefault(os.path.basename(folder), []).append(folder)
            siblings.append(path)
        if file.record.project is not None or (before is not None and before.record.project is not None):
            self._describe(path, file.record.project)

    def remove(self, path: str) -> File | None:
        """Takes a file out, if it is there."""
        file = self.files.pop(path, None)
        if file is None:
            return None
        self.resolved.clear()
        folder, name = os.path.split(path)
        _drop(self._by_name, name, path)
        if _drop(self._in_folder, folder, path):
            _drop(self._folders_by_name, os.path.basename(folder), folder)
        if file.record.project is not None:
            self._describe(path, None)
        return file

    def below(self, folder: str) -> list[str]:
        """The files in this folder and in those below it."""
        head = os.path.join(folder, "")
        within = [each for each in self._in_folder if each == folder or each.startswith(head)]
        return [path for each in within for path in self._in_folder[each]]

    def in_folder(self, folder: str) -> list[str]:
        """The files that lie directly in this folder."""
        return self._in_folder.get(folder, [])

    def named(self, name: str) -> list[str]:
        """The files of this name, in any folder."""
        return self._by_name.get(name, [])

    def folders_named(self, name: str) -> list[str]:
        """The folders of this name that hold a file."""
        return self._folders_by_name.get(name, [])

    def projects(self, kind: str) -> Iterator[tuple[str, Project]]:
        """All of a kind, each with its folder, the deepest first."""
        found = [(folder, each[kind]) for folder, each in self._projects.items() if kind in each]
        return iter(sorted(found, key=lambda each: -len(each[0])))

    def projects_above(self, path: str, kind: str) -> Iterator[tuple[str, Project]]:
        """Those of a kind around a file, the nearest first."""
        if not self._projects:
            return
        for folder in folders_above(path):
            found = self._projects.get(folder, {}).get(kind)
            if found is not None:
                yield folder, found

    def _describe(self, path: str, project: Project | None) -> None:
        folder, name = os.path.split(path)
        here = self._projects.setdefault(folder, {})
        kind = _KINDS[name]
        here.pop(kind, None)
        if project is not None:
            here[kind] = project
        if not here:
            del self._projects[folder]


_KINDS = {
    "go.mod": "go",
    "Cargo.toml": "rust",
    "package.json": "npm",
    "tsconfig.json": "typescript",
    "jsconfig.json": "typescript",
}


def folders_above(path: str) -> Iterator[str]:
    """The folders around a path, the nearest first."""
    folder = os.path.dirname(path)
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _drop(lists: dict[str, list[str]], key: str, value: str) -> bool:
    """Whether the list is empty now, and gone."""
    lists[key].remove(value)
    if lists[key]:
        return False
    del lists[key]
    return True
