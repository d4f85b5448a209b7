"""The files as they are now: the editor's text where one is open, else the disk's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emberline.documents.store import Document
from emberline.privacy.files import path_of
from emberline.privacy.labels import Label
from emberline.refactor.types import Source
from emberline.syntax.languages import language_of

LARGEST_BYTES = 1_000_000
"""A longer file is data, or a machine's; no refactoring reads it."""


class Shelf:
    """Sources by path. `named` gives the name that model and user see, `labelled` how far a text may travel
    (None: no model may read it)."""

    def __init__(self, named: Callable[[Path], str], labelled: Callable[[str | Path], Label | None]) -> None:
        self._named = named
        self._labelled = labelled
        self._open: dict[Path, Document] = {}

    def put(self, document: Document) -> None:
        """The editor's text of a file, from now on."""
        self._open[path_of(document.uri)] = document

    def take(self, uri: str) -> None:
        """The editor has closed it."""
        self._open.pop(path_of(uri), None)

    def source(self, document: Document) -> Source | None:
        """An open document; None where no model may read it."""
        label = self._labelled(document.uri)
        if label is None:
            return None
        path = path_of(document.uri)
        return Source(
            self._named(path),
            path,
            document.uri,
            document.language_id,
            str(document.text),
            label,
            document.version,
        )

    def read(self, path: Path) -> Source | None:
        """The file at `path`; None where there is no text, or no model may read it. Reads the disk."""
        document = self._open.get(path)
        if document is not None:
            return self.source(document)
        label = self._labelled(path)
        text = None if label is None else text_of(path)
        if label is None or text is None:
            return None
        return Source(self._named(path), path, path.as_uri(), language_of(path), text, label)


def text_of(path: Path) -> str | None:
    """The text of a file, byte order mark and line ends included; None where it is none, or too long."""
    try:
        if path.stat().st_size > LARGEST_BYTES or not path.is_file():
            return None
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
