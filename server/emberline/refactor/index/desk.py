"""The open documents, which stand in the index as they are in the editor and not as they are on disk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emberline.documents.store import Document
from emberline.refactor.index.postings import Layer, entries_of, layer_of
from emberline.refactor.index.record import read


@dataclass(slots=True)
class _Open:
    path: str
    document: Document
    read: Document | None = None
    """What the index holds of it; None: nothing yet."""
    is_changed: bool = False
    """By the user, since it was read: an answer without it would be about another text."""


class Desk:
    """Cheap to tell of every keystroke: a document is parsed when somebody asks, or `read_all` is called."""

    def __init__(self, put: Callable[[Layer], None]) -> None:
        """`put` enters a layer into the index."""
        self._put = put
        self._open: dict[str, _Open] = {}
        self._paths: dict[str, str] = {}
        self._changed: set[str] = set()
        """Addresses, so that a question need not look at all that is open."""

    def opened(self, document: Document, path: Path) -> None:
        """It is most likely what its file is: that serves until the document is read."""
        self._open[document.uri] = _Open(str(path), document)
        self._paths[str(path)] = document.uri

    def changed(self, document: Document) -> None:
        """A document that is not on the desk is none of ours."""
        known = self._open.get(document.uri)
        if known is not None:
            known.document = document
            self._changed.add(document.uri)

    def closed(self, uri: str) -> str | None:
        """The path of its file, which counts again now; None where it was not on the desk."""
        self._changed.discard(uri)
        known = self._open.pop(uri, None)
        if known is None:
            return None
        if self._paths.get(known.path) == uri:
            del self._paths[known.path]
        return known.path

    def holds(self, path: str) -> bool:
        return path in self._paths

    def read_changed(self) -> None:
        """Reads what the user has changed."""
        while self._changed:
            with suppress(KeyError):  # another thread was quicker
                self._read(self._changed.pop())

    def unread(self) -> list[str]:
        """The addresses of what has not been read as it is now."""
        return [uri for uri, each in self._open.items() if each.read is not each.document]

    def read_one(self, uri: str) -> None:
        """Reads one document; slow, and fit for a thread."""
        self._changed.discard(uri)
        self._read(uri)

    def _read(self, uri: str) -> None:
        known = self._open.get(uri)
        if known is None or known.read is known.document:
            return
        document = known.document
        reading = read(known.path, document.language_id, str(document.text))
        layer = layer_of([reading.record], entries_of([reading]))
        if self._open.get(uri) is known:
            self._put(layer)
            known.read = document
