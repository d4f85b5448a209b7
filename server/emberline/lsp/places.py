"""The places in open documents that orders are about, found again when the documents have changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from lsprotocol import types

from emberline.documents.encoding import PositionEncoding
from emberline.documents.store import Document, Store
from emberline.lsp.convert import diagnostic_of, offsets_of, points_of
from emberline.lsp.moved import moved
from emberline.lsp.orders import Order
from emberline.refactor.types import Diagnostic, Unfit
from emberline.syntax.types import Span

_VERSIONS = 16
"""How many versions back a menu that is still open can be of, for each document."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document as it is now."""

    document: Document
    span: Span
    diagnostics: tuple[Diagnostic, ...]


class Places:
    """Remembers for which versions something was offered."""

    def __init__(self, store: Store, encoding: PositionEncoding) -> None:
        self._store = store
        self._encoding = encoding
        self._offered: dict[str, deque[Document]] = {}

    def offered(self, document: Document) -> None:
        """An order may come that is about this version."""
        versions = self._offered.setdefault(document.uri, deque(maxlen=_VERSIONS))
        if not versions or versions[-1] is not document:
            versions.append(document)

    def forget(self, uri: str) -> None:
        """The document was closed, or opened anew: its versions count from the beginning."""
        self._offered.pop(uri, None)

    def origin(self, order: Order) -> Document:
        """The document in the version that the order is about. Raises `Unfit` where nobody knows it."""
        now = self._now(order.uri)
        if order.version is None or order.version == now.version:
            return now
        for document in self._offered.get(order.uri, ()):
            if document.version == order.version:
                return document
        raise Unfit(f"{name_of(order.uri)} has changed since this was offered; open the menu once more")

    def find(self, order: Order, origin: Document) -> Place:
        """The order's place now. Raises `Unfit` where its lines have changed since."""
        now = self._now(order.uri)
        diagnostics = tuple(
            Diagnostic(self._span(each.range, origin, now), plain.message, plain.source, plain.code)
            for each in order.diagnostics
            for plain in (diagnostic_of(origin.text, each, self._encoding),)
        )
        return Place(now, self._span(order.range, origin, now), diagnostics)

    def _span(self, told: types.Range, origin: Document, now: Document) -> Span:
        found = moved(origin.text, now.text, *points_of(origin.text, told, self._encoding))
        if found is None:
            raise Unfit(f"this place in {name_of(now.uri)} has changed meanwhile; open the menu once more")
        return offsets_of(now.text, *found)

    def _now(self, uri: str) -> Document:
        document = self._store.get(uri)
        if document is None:
            raise Unfit(f"{name_of(uri)} is not open in your editor")
        return document


def name_of(uri: str) -> str:
    """The file's name, as a message shows it."""
    try:
        path = unquote(urlsplit(uri).path)
    except ValueError:
        path = uri
    return PurePosixPath(path).name or uri
