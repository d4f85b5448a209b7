"""What the index keeps of a file, and how it is read off the file's text."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH119

from __future__ import annotations

import os
from dataclasses import dataclass

from emberline.refactor.index.hashes import hashed
from emberline.refactor.index.keys import keys_of_import
from emberline.refactor.index.packed import pack_definitions, pack_imports
from emberline.refactor.index.projects import Project, project
from emberline.syntax.outline import outline_and_exports
from emberline.syntax.words import words


@dataclass(frozen=True, slots=True)
class Record:
    """One file, as compact as it can be."""

    path: str
    language_id: str
    definitions: bytes = b""
    imports: bytes = b""
    exports: tuple[tuple[str, str], ...] = ()
    """What passes out of it under a name that is not defined there: the name outside, the name inside."""
    project: Project | None = None
    has_outline: bool = False
    has_star: bool = False
    """It brings in all names of some module."""
    written: int = 0
    """When the file had last been written as it was read, in nanoseconds; 0 for an editor's text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's record and what it is found by, hashed."""

    record: Record
    words: frozenset[int]
    defined: frozenset[int]
    brought: frozenset[int]
    """The last names of the modules that it imports: see keys.py."""


def read(path: str, language_id: str, text: str) -> Reading:
    """Pure, and as slow as parsing: about 4 MB a second."""
    found = frozenset(map(hashed, words(text)))
    described = project(os.path.basename(path), text)
    outlined = outline_and_exports(text, language_id)
    if outlined is None:
        return Reading(Record(path, language_id, project=described), found, frozenset(), frozenset())
    outline, exports = outlined
    record = Record(
        path,
        language_id,
        pack_definitions(outline.definitions),
        pack_imports(outline.imports),
        tuple(exports.items()),
        described,
        True,
        any(each.name == "*" for each in outline.imports),
    )
    keys = {key for each in outline.imports for key in keys_of_import(path, language_id, each)}
    return Reading(
        record,
        found,
        frozenset(hashed(each.name) for each in outline.definitions),
        frozenset(map(hashed, keys)),
    )


def is_made_by_machine(text: str) -> bool:
    """Long lines throughout: minified or generated, and nobody refactors it."""
    return len(text) > 5_000 and len(text) > 300 * (text.count("\n") + text.count("\r") + 1)
