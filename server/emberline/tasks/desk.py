"""All everyday tasks of one editor, over one router and one index: what its commands call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emberline.documents.store import Document
from emberline.errors import UserError
from emberline.privacy.files import path_of
from emberline.privacy.labels import Label, strictest
from emberline.routing.decision import Decision
from emberline.routing.router import Answer, Router
from emberline.tasks import commit, documents, labels, logs, wording
from emberline.tasks.questions.answering import answer
from emberline.tasks.questions.index import QuestionIndex
from emberline.tasks.questions.types import Citation
from emberline.tasks.types import Audience, Material

MOST_ITEMS = 1000
"""Texts that are classified at a time."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a task, for an editor."""

    text: str
    """A message, or Markdown."""
    words: str
    """Where it was computed and why, and what the user should know of it."""
    decision: Decision | None = None
    found: bool = True
    citations: tuple[Citation, ...] = ()
    labels: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A document, or a part of it, as its editor has it; `text` None: as it lies on the disk."""

    uri: str
    text: str | None = None


class Chores(Protocol):
    """What an editor can order. Each raises `UserError` and `Failure`, both in words for the user."""

    async def commit_message(self, folder: Path | None, audience: Audience) -> Told:
        """`folder` None: the workspace's first."""
        ...

    async def summarize(self, excerpt: Excerpt, audience: Audience) -> Told: ...

    async def summarize_log(self, excerpt: Excerpt, audience: Audience) -> Told: ...

    async def ask(self, question: str, audience: Audience) -> Told: ...

    async def classify(self, items: Sequence[str], names: Sequence[str], audience: Audience) -> Told: ...

    def document_opened(self, document: Document) -> None: ...

    def document_changed(self, document: Document) -> None: ...

    def document_closed(self, uri: str) -> None: ...

    def files_changed(self, uris: Iterable[str]) -> None: ...

    async def close(self) -> None: ...


class Desk:
    """`Chores` by this package's own tasks."""

    def __init__(self, router: Router, folders: Sequence[Path]) -> None:
        self._router = router
        self._folders = tuple(folders)
        self._index = QuestionIndex(folders)

    async def commit_message(self, folder: Path | None, audience: Audience) -> Told:
        where = folder or next(iter(self._folders), None)
        if where is None:
            raise UserError("no folder is open, so there is nothing to commit")
        product = await commit.message(self._router, where, audience)
        return _told(product.text, product.notes, product.answers)

    async def summarize(self, excerpt: Excerpt, audience: Audience) -> Told:
        if excerpt.text is None:
            product = await documents.summary(self._router, [_path(excerpt.uri)], audience)
        else:
            if not excerpt.text.strip():
                raise UserError("there is nothing in it to summarize")
            product = await documents.summary_of(self._router, [self._material(excerpt)], audience)
        return _told(product.text, product.notes, product.answers)

    async def summarize_log(self, excerpt: Excerpt, audience: Audience) -> Told:
        log = _path(excerpt.uri) if excerpt.text is None else self._material(excerpt)
        told = await logs.summary(self._router, [log], audience)
        markdown = await asyncio.to_thread(lambda: told.markdown)
        return _told(markdown, told.product.notes, told.product.answers)

    async def ask(self, question: str, audience: Audience) -> Told:
        if not self._folders:
            raise UserError("no folder is open that could be asked about")
        reply = await answer(self._router, self._index, question, audience)
        decision = reply.answers[-1].decision if reply.answers else None
        return Told(reply.text, " ".join(reply.notes), decision, reply.found, reply.citations)

    async def classify(self, items: Sequence[str], names: Sequence[str], audience: Audience) -> Told:
        if len(items) > MOST_ITEMS:
            raise UserError(f"no more than {MOST_ITEMS} texts are classified at a time")
        label = self._workspaces()
        choices = tuple(labels.Choice(name) for name in names)
        material = [Material(f"text {number}", item, label) for number, item in enumerate(items, start=1)]
        given: list[str | None] = []
        answers: list[Answer] = []
        unknown: list[str] = []
        async for verdict in labels.classify(self._router, material, choices, audience):
            given.append(verdict.label)
            if verdict.answer is not None:
                answers.append(verdict.answer)
            if verdict.label is None:
                unknown.append(f"No label for text {verdict.number + 1}: {verdict.why.rstrip('.')}.")
        reasons = answers[0].decision.reasons if answers else ()
        dollars = sum(self._router.spent(each) for each in dict.fromkeys(answers))
        words = " ".join((wording.where(answers, reasons, 1, dollars), *unknown[:3]))
        return Told("", words, answers[-1].decision if answers else None, labels=tuple(given))

    def _material(self, excerpt: Excerpt) -> Material:
        name = path_of(excerpt.uri).name
        label = self._router.boundaries.label(excerpt.uri)
        if label is None:
            raise UserError(f"no model may read {name}: its name, an ignore file or privacy.exclude keeps it")
        return Material(name, excerpt.text or "", label)

    def _workspaces(self) -> Label:
        """How far a text may travel that comes from no file: no further than any of the open folders' own."""
        found = (self._router.boundaries.label(each / "text") for each in self._folders)
        return strictest(each for each in found if each is not None)

    # -- documents ------------------------------------------------------------------------------------

    def document_opened(self, document: Document) -> None:
        self._index.document_opened(document)

    def document_changed(self, document: Document) -> None:
        self._index.document_changed(document)

    def document_closed(self, uri: str) -> None:
        self._index.document_closed(uri)

    def files_changed(self, uris: Iterable[str]) -> None:
        self._index.files_changed(uris)

    async def close(self) -> None:
        await self._index.close()


def _path(uri: str) -> Path:
    if not uri.startswith("file:"):
        raise UserError(f"{uri} is not open, and no file on the disk")
    return path_of(uri)


def _told(text: str, notes: Sequence[str], answers: Sequence[Answer]) -> Told:
    return Told(text, " ".join(notes), answers[-1].decision if answers else None)
