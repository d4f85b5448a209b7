"""What the instant lane knows: the open documents as they stand, and the workspace's files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from emberline.completion.context import Context
from emberline.completion.recall.confidence import confidence
from emberline.completion.recall.index import LineIndex
from emberline.completion.recall.workspace import scan
from emberline.documents.store import Document, Edit
from emberline.documents.text import normalised

_AT_ONCE_LINES = 400
"""Longer documents are entered in the background, in steps."""
_LONGEST_LINES = 60_000
"""Documents beyond this are data; they are not recalled from."""
_PAUSE_SECONDS = 0.002
_SLICE_SECONDS = 0.001
"""The event loop's share before a pause."""
_ABOVE = 4


@dataclass(frozen=True, slots=True)
class Recalled:
    """The predicted rest of the cursor's line, and the probability (0..1) that it is right."""

    text: str
    confidence: float


@dataclass(slots=True)
class Library:
    """Open documents take precedence over their files."""

    index: LineIndex
    min_chars: int
    may_read: Callable[[str], bool] = lambda uri: True
    """Whether the document at this address may be recalled from."""
    exclude: tuple[str, ...] = ()
    """`privacy.exclude`: what no scan reads."""
    _entering: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _files: int = 0

    def opened(self, document: Document) -> None:
        """Enters a document, or what it was replaced by."""
        self._cancel(document.uri)
        if not self.may_read(document.uri):
            return
        lines = document.text.line_count
        if lines > _LONGEST_LINES:
            self.index.remove(document.uri)
        elif lines <= _AT_ONCE_LINES:
            self.index.add(document.uri, _contents(document, 0, lines))
        else:
            self._entering[document.uri] = asyncio.create_task(self._enter(document))

    def changed(self, document: Document, edits: tuple[Edit, ...]) -> None:
        """Enters what `edits` left in the document."""
        if len(edits) != 1 or document.uri in self._entering:
            self.opened(document)
            return
        edit = edits[0]
        start, stop = sorted((edit.start.line, edit.end.line))
        fresh = start + len(normalised(edit.text).split("\n"))
        self.index.replace(document.uri, start, stop + 1, _contents(document, start, fresh))

    def closed(self, uri: str) -> None:
        """The document's text stays known, as a file of the workspace would."""
        self._cancel(uri)

    def recall(self, uri: str, context: Context, line: int) -> Recalled | None:
        """What usually follows, by the longest match; None where nothing long enough is known.

        A text that may not be read any more is forgotten when it is found, and nothing is recalled then.
        """
        above = context.before.split("\n")[-1 - _ABOVE : -1]
        found = self.index.match(context.line_before, above, source=uri, line=line, min_chars=self.min_chars)
        if found is None:
            return None
        if not self.may_read(found.source):
            self.index.remove(found.source)
            return None
        return Recalled(found.text, confidence(found))

    async def scan(self, folders: tuple[Path, ...]) -> None:
        """Enters the folders' files, in the background."""
        async for progress in scan(self.index, folders, exclude=self.exclude, may_read=self.may_read):
            self._files = progress.files

    async def forget_unreadable(self) -> None:
        """Drops what may not be recalled from any more, in the background."""
        until = time.perf_counter() + _SLICE_SECONDS
        for source in self.index.sources:
            if not self.may_read(source):
                self.index.remove(source)
            if time.perf_counter() >= until:
                await asyncio.sleep(_PAUSE_SECONDS)
                until = time.perf_counter() + _SLICE_SECONDS

    def stats(self) -> dict[str, int]:
        return {"files": self._files, "sources": len(self.index.sources), "bytes": self.index.size}

    def _cancel(self, uri: str) -> None:
        task = self._entering.pop(uri, None)
        if task is not None:
            task.cancel()

    async def _enter(self, document: Document) -> None:
        lines = _contents(document, 0, document.text.line_count)
        for _ in self.index.adding(document.uri, lines):
            await asyncio.sleep(_PAUSE_SECONDS)
        self._entering.pop(document.uri, None)


def _contents(document: Document, start: int, stop: int) -> list[str]:
    return [line.rstrip("\r\n") for line in document.text.lines(start, stop)]
