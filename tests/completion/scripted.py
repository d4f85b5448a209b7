"""A model that says what the test tells it to, when it is told to; and an editor that types at it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from emberline.backends.base import BackendUnavailable, Generation, Token, Usage
from emberline.backends.failure import Failure
from emberline.completion.recall.index import LineIndex
from emberline.completion.recall.library import Library
from emberline.completion.service import CompletionSession
from emberline.completion.types import CompletionRequest, SelectedCompletion, Status, Suggestion
from emberline.config.load import Loaded
from emberline.config.schema import Completion
from emberline.documents.store import Document, Edit, Store
from emberline.documents.text import Point, Text
from emberline.models.fim import QWEN
from emberline.observe.record import Fate
from emberline.privacy.labels import Label, Level, Manifest
from emberline.routing.lane import Connection, Spent, TypingLane

URI = "file:///project/a.py"
PATIENT = Completion(budget_ms=10_000, patience_ms=60_000)
"""Nothing in a test that waits for an answer hangs on the clock."""
HURRIED = Completion(budget_ms=9, patience_ms=60_000)
"""A refreshable client is answered after a millisecond, with what stands then."""


async def settled() -> None:
    """Lets everything run that waits for nothing from outside."""
    for _ in range(60):
        await asyncio.sleep(0)


@dataclass(slots=True)
class Stream:
    """One running generation."""

    request: Generation
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _items: asyncio.Queue[Token | Exception | None] = field(default_factory=asyncio.Queue)
    _begun: bool = False

    def write(self, *texts: str, probability: float = 0.99) -> None:
        """Tokens; the first one begins with what the answer was forced to begin with."""
        for text in texts:
            self.raw(text if self._begun else self.request.forced + text, probability)

    def raw(self, text: str, probability: float = 0.99) -> None:
        self._begun = True
        self._items.put_nowait(Token(text, probability))

    def end(self) -> None:
        self._items.put_nowait(None)

    def fail(self, error: Exception) -> None:
        self._items.put_nowait(error)

    async def tokens(self) -> AsyncIterator[Token]:
        try:
            while (item := await self._items.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.closed.set()


class Scripted:
    """A `FimBackend` whose generations wait for the test; prefills pass, or wait for it as well."""

    fim = QWEN
    slots = 2
    heals = True

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.prefills: list[tuple[str, int]] = []
        self.gate: asyncio.Semaphore | None = None
        """Where set, every prefill takes one permit."""
        self._changed = asyncio.Condition()

    async def generate(self, request: Generation) -> AsyncIterator[Token]:
        stream = Stream(request)
        self.streams.append(stream)
        await self._tell()
        async with contextlib.aclosing(stream.tokens()) as tokens:
            async for token in tokens:
                yield token

    async def prefill(self, prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
        self.prefills.append((prompt, slot))
        await self._tell()
        if self.gate is not None:
            await self.gate.acquire()
        return Usage(read=10, cached=0, written=0, busy_ms=10.0)

    async def count_tokens(self, text: str) -> int:
        return len(text) // 3

    async def stream(self, number: int) -> Stream:
        """The generation of this number (0 is the first), once it has begun."""
        await self.until(lambda: len(self.streams) > number)
        return self.streams[number]

    async def until(self, true: Callable[[], bool]) -> None:
        """Returns when a request to this backend has made it true."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(true)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class ScriptedLane:
    """Stands where `TypingLane` does."""

    unavailable = BackendUnavailable
    starts = 0
    pid = 4711
    ledger_waiting = 0

    def __init__(self, backend: Scripted | None) -> None:
        self.backend = backend
        self.speed = 0.0
        self.unread: set[str] = set()
        """Documents that no model may read."""
        self.connections = 0
        self.failures = 0
        self.keys = 0
        self.spent: list[Spent] = []
        self.answers: list[str] = []
        self.applied: list[Loaded] = []
        self.fates: list[Fate] = []

    served_by = ("scripted", "tiny")

    def note(self, fate: Fate) -> None:
        self.fates.append(fate)

    @property
    def heals(self) -> bool:
        return self.backend is None or self.backend.heals

    async def connect(self, uri: str | None) -> Connection:
        self.connections += 1
        if self.backend is None:
            raise BackendUnavailable("no model is here")
        sent = Manifest((Label(Level.STRICT, uri, "the test"),), "completion") if uri else None
        return Connection(self.backend, 0, self.speed, sent, self.spent.append)

    def may_read(self, uri: str) -> bool:
        return uri not in self.unread

    def keyed(self) -> None:
        self.keys += 1

    def memory(self) -> Mapping[str, object]:
        return {"fills": []}

    def on_memory(self, told: Callable[[], None]) -> None:
        self.memory_changed = told

    def answered(self, lane: str, milliseconds: float) -> None:
        self.answers.append(lane)

    def explain(self) -> Mapping[str, object]:
        return {"text": "scripted", "route": None}

    def privacy(self) -> Mapping[str, str]:
        return {"mode": "strict", "from": "default"}

    def apply(self, loaded: Loaded, input_tokens: int) -> None:
        self.applied.append(loaded)

    async def failed(self, failure: Failure) -> None:
        self.failures += 1

    is_ready = False

    def on_change(self, told: Callable[[], None]) -> None:
        self.changed = told

    async def warm(self) -> None:
        await self.connect(None)

    async def wants_model(self) -> None:
        return None

    def describe(self) -> str:
        return "scripted, warm"

    async def close(self) -> None:
        self.backend = None


@dataclass(slots=True)
class Ears:
    """Keeps what the session tells the edge."""

    refreshed: list[str] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)

    def refresh(self, uri: str) -> None:
        self.refreshed.append(uri)

    def status_changed(self, status: Status) -> None:
        self.statuses.append(status)

    def say(self, message: str) -> None: ...

    def progress_begin(self, token: str, title: str) -> None: ...

    def progress_report(self, token: str, percentage: int | None, message: str) -> None: ...

    def progress_end(self, token: str, message: str) -> None: ...


class Desk:
    """A session, its scripted model, and an editor with one cursor in one document."""

    def __init__(self, settings: Completion = PATIENT, backend: Scripted | None = None) -> None:
        self.backend = backend or Scripted()
        self.lane = ScriptedLane(self.backend)
        self.ears = Ears()
        self.store = Store()
        self.cursor = Point(0, 0)
        library = Library(LineIndex(2_000_000), settings.recall_min_chars)
        self.session = CompletionSession(self.ears, settings, cast(TypingLane, self.lane), library)

    @property
    def document(self) -> Document:
        document = self.store.get(URI)
        assert document is not None
        return document

    @property
    def generations(self) -> int:
        return len(self.backend.streams)

    def open(self, marked: str, language_id: str = "python") -> None:
        """Opens a document; one `|` marks the cursor."""
        before, _, after = marked.partition("|") if marked.count("|") == 1 else ("", "", marked)
        text = Text.of(before + after)
        self.cursor = Text.of(before).end
        document = Document(URI, language_id, 1, text)
        self.store.open(document)
        self.session.document_opened(document)

    def type(self, text: str, ahead: int = 0) -> None:
        """Inserts at the cursor, which then stands behind the text, or `ahead` characters before its end."""
        self.replace(self.cursor, self.cursor, text)
        self.cursor = Point(self.cursor.line, self.cursor.column - ahead)

    def backspace(self, characters: int = 1) -> None:
        self.replace(Point(self.cursor.line, self.cursor.column - characters), self.cursor, "")

    def replace(self, start: Point, end: Point, text: str) -> None:
        edit = Edit(start, end, text)
        document = self.store.change(URI, self.document.version + 1, (edit,))
        self.cursor = Text.of(text).end
        self.cursor = (
            Point(start.line, start.column + self.cursor.column)
            if self.cursor.line == 0
            else Point(start.line + self.cursor.line, self.cursor.column)
        )
        self.session.document_changed(document, (edit,))

    def accept(self, suggestion: Suggestion) -> None:
        self.replace(suggestion.start, suggestion.end, suggestion.text)
        self.session.accepted(suggestion.id)

    def close(self) -> None:
        self.store.close(URI)
        self.session.document_closed(URI)

    async def ask(
        self, *, refreshable: bool = False, invoked: bool = False, selected: SelectedCompletion | None = None
    ) -> tuple[Suggestion, ...]:
        request = CompletionRequest(self.document, self.cursor, invoked, selected, refreshable)
        async with asyncio.timeout(5):
            return await self.session.complete(request)

    def asking(self, **how: bool) -> asyncio.Task[tuple[Suggestion, ...]]:
        """A request that is under way."""
        return asyncio.create_task(self.ask(**how))

    async def said(self, number: int, *texts: str, probability: float = 0.99) -> Stream:
        """Generation `number` writes these tokens, and they have arrived."""
        stream = await self.backend.stream(number)
        stream.write(*texts, probability=probability)
        await settled()
        return stream


@contextlib.asynccontextmanager
async def at_desk(settings: Completion = PATIENT, backend: Scripted | None = None) -> AsyncIterator[Desk]:
    """A desk whose session works until the block ends."""
    desk = Desk(settings, backend)
    await desk.session.start(())
    await settled()
    desk.backend.prefills.clear()  # what the warm-up read
    try:
        yield desk
    finally:
        await desk.session.stop()


def texts(suggestions: tuple[Suggestion, ...]) -> list[str]:
    return [suggestion.text for suggestion in suggestions]
