"""The documents that the editor has open, each a snapshot that stays valid while the store moves on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emberline.documents.text import Point, Text


class UnknownDocument(LookupError):
    """A document that is not open was changed or closed."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"no open document {uri}")
        self.uri = uri


@dataclass(frozen=True, slots=True)
class Document:
    """An open document at one version."""

    uri: str
    language_id: str
    version: int
    text: Text


@dataclass(frozen=True, slots=True)
class Edit:
    """`start`..`end` becomes `text`, in coordinates of the text that the edit applies to."""

    start: Point
    end: Point
    text: str


class Store:
    """What is open now. Opening an open document again replaces it, as editors do after a reload."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    def open(self, document: Document) -> None:
        """Puts a document into the store."""
        self._documents[document.uri] = document

    def change(self, uri: str, version: int, change: Sequence[Edit] | str) -> Document:
        """Applies edits one after the other, or a whole new text. Raises `UnknownDocument` if not open."""
        document = self._known(uri)
        if isinstance(change, str):
            text = Text.of(change)
        else:
            text = document.text
            for edit in change:
                text = text.replace(edit.start, edit.end, edit.text)
        changed = replace(document, version=version, text=text)
        self._documents[uri] = changed
        return changed

    def close(self, uri: str) -> None:
        """Forgets a document. Raises `UnknownDocument` if it is not open."""
        self._known(uri)
        del self._documents[uri]

    def get(self, uri: str) -> Document | None:
        """The document as it stands, or None if it is not open."""
        return self._documents.get(uri)

    def all(self) -> tuple[Document, ...]:
        """Every open document, in the order in which they were opened."""
        return tuple(self._documents.values())

    def _known(self, uri: str) -> Document:
        document = self._documents.get(uri)
        if document is None:
            raise UnknownDocument(uri)
        return document
