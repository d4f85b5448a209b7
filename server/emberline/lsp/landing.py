"""Whether an edit really arrived in the documents that are open."""

from __future__ import annotations

from collections.abc import Iterable

from emberline.documents.store import Document
from emberline.documents.text import normalised
from emberline.refactor.types import FileChange


class Landing:
    """Watches documents while a client applies an edit: some clients leave out a document that changed at
    that very moment, and say that all is well."""

    def __init__(self, files: Iterable[FileChange]) -> None:
        self._wanted = {
            file.uri: normalised(file.after)
            for file in files
            if file.after is not None and file.before != file.after
        }
        self._strayed: dict[str, None] = {}
        self._arrived: set[str] = set()

    def changed(self, document: Document) -> None:
        """The client tells of a change; what comes after the edit has arrived is the user's typing."""
        wanted = self._wanted.get(document.uri)
        if wanted is None or document.uri in self._arrived:
            return
        # Editors may have line ends of their own.
        if normalised(str(document.text)) == wanted:
            self._arrived.add(document.uri)
            self._strayed.pop(document.uri, None)
        else:
            self._strayed[document.uri] = None

    def strayed(self) -> tuple[str, ...]:
        """The documents that changed, but never into what was wanted; by their URIs."""
        return tuple(self._strayed)
