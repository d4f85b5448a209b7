"""An index in memory, made from a few texts; what every test here needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from emberline.refactor.index.known import Known
from emberline.refactor.index.postings import entries_of, layer_of
from emberline.refactor.index.record import Reading, read
from emberline.refactor.index.view import View
from emberline.syntax.languages import language_of

ROOT = Path("/w").absolute()


def reading(name: str, text: str) -> Reading:
    return read(str(ROOT / name), language_of(name), text)


def put(known: Known, files: Mapping[str, str]) -> None:
    """All of them as one batch."""
    readings = [reading(name, text) for name, text in files.items()]
    known.put(layer_of([each.record for each in readings], entries_of(readings)))


def known_of(files: Mapping[str, str]) -> Known:
    known = Known((ROOT,))
    put(known, files)
    return known


def names(paths: Iterable[Path]) -> list[str]:
    """Relative to the workspace."""
    return [path.relative_to(ROOT).as_posix() for path in paths]


def resolved(view: View, name: str) -> dict[str, str]:
    """What each import of a file means, by how it is written."""
    outline = view.outline(ROOT / name)
    assert outline is not None
    found = {}
    for each in outline.imports:
        path = view.resolve(ROOT / name, each)
        found[f"{each.module} {each.name}".strip()] = "" if path is None else names((path,))[0]
    return found
