"""What an import means in the workspace, one file a language.

Packages of others are not known here: what means none of the workspace's files means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor.index.keys import SCRIPTS
from emberline.refactor.index.places import Places
from emberline.refactor.index.postings import File
from emberline.refactor.index.resolving import go, java, python, rust, script
from emberline.refactor.index.resolving.meaning import Meaning
from emberline.syntax.types import Import


def meanings(places: Places, file: File, imported: Import) -> Iterator[Meaning]:
    """What the import of this file may mean, the likeliest first."""
    language_id = file.record.language_id
    if language_id == "python":
        yield from python.meanings(places, file.path, imported)
    elif language_id in SCRIPTS:
        yield from script.meanings(places, file.path, imported)
    elif language_id == "go":
        yield from go.meanings(places, file.path, imported)
    elif language_id == "rust":
        yield from rust.meanings(places, file, imported)
    elif language_id == "java":
        yield from java.meanings(places, file.path, imported)
