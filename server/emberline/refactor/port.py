"""The port between the edge and refactoring: what is offered, what is asked for, what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emberline.documents.store import Document
from emberline.refactor.types import Assignment, Change, Diagnostic, Offer, Question
from emberline.routing.decision import Decision
from emberline.syntax.types import Span


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the editor's menu."""

    offer: Offer
    title: str
    """Whole: what, in how many files, where it would run, what it costs."""
    disabled: str = ""
    is_exact: bool = False
    """Its edit needs no model, and can be computed when the entry is looked at."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a refactoring came to."""

    change: Change | None
    """None where nothing is edited: the answer is `words`."""
    words: str
    """What changed and where it was computed, for the user; or the explanation that was asked for."""
    decision: Decision | None = None
    """None where no model was asked."""
    left_out: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    """For programs: attempts, tokens, milliseconds of ours and of the model."""

    @property
    def told(self) -> str:
        """All that the user is to know, in one line."""
        return " ".join((self.words, *(f"Mind: {each}." for each in self.left_out)))


class Stage(Protocol):
    """Where a refactoring is watched."""

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        """What happens now: "reading 7 files", "checking the edits", 3 of 7."""
        ...


class Refactorer(Protocol):
    """What the edge asks. Offsets are of the document that is handed in."""

    async def menu(
        self, document: Document, span: Span, diagnostics: tuple[Diagnostic, ...], only: tuple[str, ...]
    ) -> tuple[Item, ...]:
        """What can be done here, without a model. `only`: LSP kinds with all below them; empty: any."""
        ...

    async def assignment(
        self,
        document: Document,
        span: Span,
        action: str,
        answer: str = "",
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> Assignment:
        """The action of this id at this place. Raises `Unfit` where it does not apply."""
        ...

    def question(self, assignment: Assignment) -> Question | None:
        """What the user has to say before it can be done; None: nothing."""
        ...

    async def run(self, assignment: Assignment, stage: Stage) -> Outcome:
        """Does it, up to a change that passed every check; nothing is written. Cancelled as any task is.
        Raises `Unfit` and `Failure`, whose words are for the user."""
        ...

    async def settled(self, change: Change) -> Change:
        """The same change for the texts as they are now. Raises `Unfit` where it no longer holds."""
        ...

    def document_opened(self, document: Document) -> None: ...

    def document_changed(self, document: Document) -> None: ...

    def document_closed(self, uri: str) -> None: ...

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """These files came, went or were written, says the editor."""
        ...

    async def close(self) -> None:
        """Ends what runs by itself."""
        ...
