"""The port between the edge and the completion session: what is asked, what is answered, what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from emberline.documents.store import Document, Edit
from emberline.documents.text import Point


class Lane(StrEnum):
    """Where a suggestion came from."""

    RECALLED = "recalled"
    """The workspace holds the same text already."""
    TYPED_THROUGH = "typed through"
    """An earlier answer that the user's typing has confirmed so far."""
    GENERATED = "generated"
    """The model wrote it for this place."""


@dataclass(frozen=True, slots=True)
class SelectedCompletion:
    """The entry highlighted in the editor's completion menu; suggestions must extend its text."""

    start: Point
    end: Point
    text: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One question: what could follow at `cursor` in this snapshot?"""

    document: Document
    cursor: Point
    invoked: bool = False
    """The user asked by hand: it may take longer, and alternatives are welcome."""
    selected: SelectedCompletion | None = None
    refreshable: bool = False
    """The client asks again when told to, so an answer may be early rather than patient."""
    menu: bool = False
    """The answer goes into the client's completion menu, which the user can have left without it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Replace `start`..`end` (within one line) by `text`, which has the document's own line endings."""

    id: str
    text: str
    start: Point
    end: Point
    lane: Lane
    elapsed_ms: float
    """Milliseconds from the request's arrival to this answer."""


StatusKind = Literal["normal", "warning", "error", "inactive"]


@dataclass(frozen=True, slots=True)
class Status:
    kind: StatusKind
    busy: bool
    message: str


class Listener(Protocol):
    """What the completion session tells the edge."""

    def refresh(self, uri: str) -> None:
        """A better answer stands ready for the last position in this document."""

    def status_changed(self, status: Status) -> None: ...

    def say(self, message: str) -> None:
        """Tells the user something, once."""
        ...

    async def ask(self, message: str, actions: tuple[str, ...]) -> str | None:
        """Puts a question to the user; the chosen action, or None where it was dismissed or cannot be put."""
        ...

    def progress_begin(self, token: str, title: str, cancel: Callable[[], None] | None = None) -> None:
        """Shows that something takes a while; `cancel` is called if the user wants it to end."""
        ...

    def progress_report(self, token: str, percentage: int | None, message: str) -> None: ...

    def progress_end(self, token: str, message: str) -> None: ...


class Completer(Protocol):
    """What the edge asks of the completion session. None of these raise for engine trouble."""

    def document_opened(self, document: Document) -> None: ...

    def document_changed(self, document: Document, edits: tuple[Edit, ...]) -> None:
        """Starts work for the new cursor at once; returns quickly."""

    def document_closed(self, uri: str) -> None: ...

    async def complete(self, request: CompletionRequest) -> tuple[Suggestion, ...]: ...

    def shown(self, suggestion_id: str) -> None: ...

    def accepted(self, suggestion_id: str) -> None: ...

    def partially_accepted(self, suggestion_id: str, accepted_length: int) -> None:
        """`accepted_length`: UTF-16 units of the suggestion's text that the user took."""

    def rest(self) -> None:
        """Ends all work; the next change or request begins anew."""
        ...

    async def start(self, workspace_folders: tuple[Path, ...]) -> None: ...

    async def stop(self) -> None: ...

    def status(self) -> Status: ...

    def stats(self) -> Mapping[str, object]: ...

    def explain(self, uri: str | None) -> Mapping[str, object]:
        """Why the last request went where it went: `text` for a person, `route` for a program.

        `uri` is the document in front of the user: one that nothing is asked for says so instead.
        """
        ...

    def configure(self, options: Mapping[str, object]) -> None:
        """The editor's settings have changed; `options` is its whole `emberline` section."""
        ...
