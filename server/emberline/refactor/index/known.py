"""What the index knows, and every question to it: kept in memory, changed a batch at a time."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH120

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from emberline.refactor.index.hashes import hashed
from emberline.refactor.index.keys import CRATE, SCRIPTS, keys_of_file
from emberline.refactor.index.packed import unpack_definitions, unpack_imports
from emberline.refactor.index.places import Places
from emberline.refactor.index.postings import By, File, Layer, adopt, merging
from emberline.refactor.index.resolving import meanings
from emberline.refactor.index.resolving.go import main_file
from emberline.refactor.index.resolving.meaning import MODULE, STAR, Meaning
from emberline.refactor.index.resolving.script import exact_aliases
from emberline.refactor.index.view import Found
from emberline.syntax.types import Import, Outline
from emberline.syntax.words import words

_MANY_LAYERS = 64


class _Wanted(NamedTuple):
    """A name that somebody may import: from this file, by this name; and only who says `member` uses it."""

    path: str
    name: str
    member: str


class Known:
    """A `View`. May be asked in any thread; is changed in one."""

    def __init__(self, folders: Iterable[Path], refresh: Callable[[], None] = lambda: None) -> None:
        """`refresh` is called before every answer: it takes in what has changed and is cheap to take in."""
        self.is_complete = False
        self._places = Places(map(str, folders))
        self._layers: list[Layer] = []
        self._refresh = refresh
        self._lock = RLock()

    # -- questions ------------------------------------------------------------------------------------

    @property
    def files(self) -> int:
        return len(self._places.files)

    def outline(self, path: Path) -> Outline | None:
        self._refresh()
        file = self._places.files.get(str(path))
        if file is None or not file.record.has_outline:
            return None
        record = file.record
        return Outline(
            record.language_id, tuple(unpack_definitions(record.definitions)), unpack_imports(record.imports)
        )

    def definitions(self, name: str) -> tuple[Found, ...]:
        self._refresh()
        return tuple(
            Found(file.as_path, definition)
            for file in self._sorted(self._holding(By.DEFINED, name))
            for definition in unpack_definitions(file.record.definitions, name)
        )

    def mentions(self, name: str) -> tuple[Path, ...]:
        self._refresh()
        longest = max(words(name), key=len, default="")
        files = self._holding(By.WORD, longest) if longest else []
        if len(_parts(name)) > 1:
            files = [file for file in files if self._says(file, name)]
        return tuple(file.as_path for file in self._sorted(files))

    def resolve(self, path: Path, imported: Import) -> Path | None:
        self._refresh()
        with self._lock:
            file = self._places.files.get(str(path))
            if file is None:
                return None
            for meaning in meanings(self._places, file, imported):
                target = meaning.target
                if target not in self._places.files:  # a package's folder
                    inside = sorted(self._places.in_folder(target))
                    target = main_file(self._places, target) or (inside[0] if inside else "")
                found = self._places.files.get(target)
                if found is not None:
                    return found.as_path
        return None

    def importers(self, path: Path, name: str = "") -> tuple[Path, ...]:
        self._refresh()
        with self._lock:
            target = self._places.files.get(str(path))
            if target is None:
                return ()
            files = self._users(target, name) if name else (file for file, _, _ in self._imports_of(target))
            found = {file.path: file for file in files}
            found.pop(target.path, None)
        return tuple(file.as_path for file in self._sorted(found.values()))

    # -- changes --------------------------------------------------------------------------------------

    def take(self, layer: Layer, may_take: Callable[[str], bool] = lambda path: True) -> Iterator[None]:
        """Enters a layer's files, in the place of earlier ones at their paths; one a step."""
        with self._lock:
            self._layers.append(layer)
        for file in layer.files:
            if may_take(file.path):
                with self._lock:
                    self._replace(file, layer)
            yield

    def put(self, layer: Layer) -> None:
        """The same, at once: for a layer of few files."""
        for _ in self.take(layer):
            pass

    def remove(self, path: str) -> None:
        """Forgets the file at this path, or all that lie below it."""
        with self._lock:
            for each in (path,) if path in self._places.files else self._places.below(path):
                file = self._places.remove(each)
                if file is not None:
                    file.layer = None

    def written(self, path: str) -> int:
        """When the file had been written that is known; -1 where none is."""
        file = self._places.files.get(path)
        return -1 if file is None else file.record.written

    def paths(self) -> tuple[str, ...]:
        return tuple(self._places.files)

    @property
    def layers(self) -> int:
        """Every question looks through all of them."""
        return len(self._layers)

    def tidying(self, most: int = _MANY_LAYERS) -> Iterator[None]:
        """Makes few layers of more than `most`, the smallest first, in small steps."""
        with self._lock:
            self._layers = [layer for layer in self._layers if any(f.layer is layer for f in layer.files)]
            if len(self._layers) <= most:
                return
            old = sorted(self._layers, key=lambda layer: layer.entries)
            old = old[: max(2, len(old) * 3 // 4)] if most else old
        for merged in merging(old):
            if merged is not None:
                with self._lock:
                    adopt(merged, old)
                    gone = set(map(id, old))
                    self._layers = [*(each for each in self._layers if id(each) not in gone), merged]
            yield

    def _replace(self, file: File, layer: Layer) -> None:
        before = self._places.files.get(file.path)
        if before is not None:
            before.layer = None
        self._places.add(file)
        file.layer = layer

    # -- looking up -----------------------------------------------------------------------------------

    def _holding(self, by: By, name: str) -> list[File]:
        number = hashed(name)
        with self._lock:
            return [file for layer in self._layers for file in layer.holding(by, number)]

    @staticmethod
    def _says(file: File, name: str) -> bool:
        """Whether the words of the name stand in it: `$element` is one without its mark."""
        layer = file.layer
        return layer is not None and all(layer.holds(file, By.WORD, each) for each in _parts(name))

    @staticmethod
    def _sorted(files: Iterable[File]) -> list[File]:
        return sorted(files, key=attrgetter("path"))

    def _imports_of(
        self, target: File, names: frozenset[str] = frozenset()
    ) -> Iterator[tuple[File, Import, Meaning]]:
        """Every import in the workspace that means this file or its package; where `names` are given, not
        those of files that can have nothing to do with any of them."""
        folder = os.path.dirname(target.path)
        keys = self._keys(target)
        named = names and "default" not in names
        seen: set[str] = set()
        for key in keys:
            for file in self._holding(By.BROUGHT, key):
                if file.path in seen:
                    continue
                seen.add(file.path)
                if named and not file.record.has_star and not any(self._says(file, name) for name in names):
                    continue
                for imported in unpack_imports(file.record.imports, keys, names):
                    for meaning in meanings(self._places, file, imported):
                        if meaning.target == target.path or meaning.target == folder:
                            yield file, imported, meaning

    def _keys(self, target: File) -> dict[str, None]:
        """The keys of a file, also those that its project gives it."""
        keys = dict.fromkeys(keys_of_file(target.path))
        language_id = target.record.language_id
        if language_id == "go":
            names = [each.name for _, each in self._places.projects_above(target.path, "go")][:1]
            keys |= dict.fromkeys(name.rpartition("/")[2] for name in names)
        elif language_id == "rust" and CRATE in keys:
            keys |= dict.fromkeys(each.name for _, each in self._places.projects_above(target.path, "rust"))
        elif language_id in SCRIPTS:
            names = [*exact_aliases(self._places, target.path)]
            names += [each.name for _, each in self._places.projects_above(target.path, "npm")][:1]
            keys |= dict.fromkeys(name.rpartition("/")[2] for name in names)
        return keys

    def _users(self, target: File, name: str) -> Iterator[File]:
        """Who imports this name of the target's, also by way of files that pass it on."""
        waiting = [_Wanted(target.path, name, "")]
        seen: set[_Wanted] = set()
        yield from self._neighbours(target, name)
        while waiting:
            wanted = waiting.pop()
            if wanted in seen:
                continue
            seen.add(wanted)
            source = self._places.files[wanted.path]
            names = _names_outside(source, wanted.name)
            for file, imported, meaning in self._imports_of(source, names):
                if file.path == wanted.path:
                    continue
                by_name = meaning.name in names
                by_module = meaning.name == MODULE or (
                    meaning.name == "default" and "default" not in dict(source.record.exports)
                )
                by_star = meaning.name == STAR and _star_brings(source, wanted.name)
                if not (by_name or by_module or by_star):
                    continue
                said = (*((wanted.name,) if not by_name else ()), wanted.member)
                if all(self._says(file, each) for each in said):
                    yield file
                if by_star:
                    onward = _Wanted(file.path, wanted.name, wanted.member)
                elif by_name:
                    onward = _Wanted(file.path, imported.alias, wanted.member)
                elif not wanted.member:
                    onward = _Wanted(file.path, imported.alias, wanted.name)
                else:
                    continue
                if onward.name and _passes_on(file, imported):
                    waiting.append(onward)

    def _neighbours(self, target: File, name: str) -> Iterator[File]:
        """In Go and Java the files of a package need no import."""
        if target.record.language_id not in ("go", "java"):
            return
        for path in self._places.in_folder(os.path.dirname(target.path)):
            file = self._places.files[path]
            if file.record.language_id == target.record.language_id and self._says(file, name):
                yield file


@lru_cache(maxsize=256)
def _parts(name: str) -> tuple[int, ...]:
    return tuple(map(hashed, words(name)))


def _names_outside(source: File, name: str) -> frozenset[str]:
    """The names by which others can import what the file calls `name`."""
    return frozenset((name, *(outside for outside, inside in source.record.exports if inside == name)))


def _star_brings(source: File, name: str) -> bool:
    if source.record.language_id != "python":
        return name != "default"
    listed = dict(source.record.exports)
    return name in listed if listed else not name.startswith("_")


def _passes_on(file: File, imported: Import) -> bool:
    """In Python every imported name can be imported from the importing file."""
    return imported.is_exported or file.record.language_id == "python"
