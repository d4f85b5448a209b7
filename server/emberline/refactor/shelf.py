"""The files as they are now: the editor's text where one is open, else the disk's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from emberline.documents.store import Document
from emberline.privacy.files import path_of
from emberline.privacy.labels import Label
from emberline.refactor.types import Source
from emberline.syntax.languages import language_of

LARGEST_BYTES = 1_000_000
"""A longer file is data, or a machine's; no refactoring reads it. Of what an editor has open, characters."""


class Shelf:
    """Sources by path. `named` gives the name that model and user see, `labelled` how far a text may travel
    (None: no model may read it)."""

    def __init__(self, named: Callable[[Path], str], labelled: Callable[[str | Path], Label | None]) -> None:
        self._named = named
        self._labelled = labelled
        self._open: dict[str, Document] = {}
        self._uris: dict[Path, str] = {}
        """Of the files that are open, by their paths as the editor spells them and with links resolved. A
        diff's or a notebook's document names a file, too, and is not its text."""

    def put(self, document: Document) -> None:
        """The editor's text of a document, from now on."""
        uri = document.uri
        if uri not in self._open and is_file(uri):
            self._uris.update(dict.fromkeys(_spellings(uri), uri))
        self._open[uri] = document

    def take(self, uri: str) -> None:
        """The editor has closed it."""
        if self._open.pop(uri, None) is not None:
            self._uris = {path: each for path, each in self._uris.items() if each != uri}

    def source(self, document: Document) -> Source | None:
        """An open document; None where no model may read it, or it is too long."""
        label = self._labelled(document.uri)
        text = str(document.text)
        if label is None or len(text) > LARGEST_BYTES:
            return None
        path = path_of(document.uri)
        return Source(
            self._named(path),
            path,
            document.uri,
            document.language_id,
            text,
            label,
            document.version,
        )

    def read(self, path: Path) -> Source | None:
        """The file at `path`; None where there is no text, or no model may read it. Reads the disk."""
        uris = (self._uris.get(each, "") for each in _spellings(path))
        document = next((self._open[uri] for uri in uris if uri in self._open), None)
        if document is not None:
            return self.source(document)
        label = self._labelled(path)
        text = None if label is None else text_of(path)
        if label is None or text is None:
            return None
        return Source(self._named(path), path, path.as_uri(), language_of(path), text, label)

    def now(self, source: Source) -> Source | None:
        """The same source as it is now; None where it is there no more."""
        document = self._open.get(source.uri)
        if document is not None:
            return self.source(document)
        return self.read(source.path) if is_file(source.uri) else None


def is_file(uri: str) -> bool:
    """Whether it names a file; else the text is the editor's alone, or not what the file holds."""
    return uri[:5].lower() == "file:"


def _spellings(file: str | Path) -> tuple[Path, ...]:
    """Its path, and where it really lies; none where no system understands it."""
    try:
        path = path_of(file)
        return tuple(dict.fromkeys((path, Path(os.path.realpath(path)))))
    except (OSError, ValueError):
        return ()


def text_of(path: Path) -> str | None:
    """The text of a file, byte order mark and line ends included; None where it is none, or too long."""
    try:
        if path.stat().st_size > LARGEST_BYTES or not path.is_file():
            return None
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
