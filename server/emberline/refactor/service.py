"""Refactoring for one editor or one command: the menu, the work, landing it in the texts as they are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from emberline.documents.store import Document
from emberline.privacy.files import path_of
from emberline.refactor import exact, menu, wording
from emberline.refactor.actions import ACTIONS
from emberline.refactor.checks import check, recheck
from emberline.refactor.exact import tidied
from emberline.refactor.index.workspace import WorkspaceIndex
from emberline.refactor.job import INSTRUCTION_TOKENS, Job, Made, request_for
from emberline.refactor.landing import land, rebase
from emberline.refactor.port import Item, Outcome, Stage
from emberline.refactor.shelf import Shelf
from emberline.refactor.target import target
from emberline.refactor.terrain import Terrain
from emberline.refactor.types import (
    Assignment,
    Change,
    Diagnostic,
    Dossier,
    Excerpt,
    Form,
    Offer,
    Question,
    Reach,
    Source,
    Unfit,
)
from emberline.routing.decision import Decision
from emberline.routing.router import Router
from emberline.syntax.types import Span

REMEMBERED = 8
"""Changes that can still be landed anew."""


class Refactoring:
    """Implements `port.Refactorer` on a router."""

    def __init__(self, router: Router, folders: Sequence[Path]) -> None:
        self._router = router
        self._folders = tuple(folders)
        self._shelf = Shelf(self._name_of, lambda file: router.boundaries.label(file))
        exclude = router.settings.privacy.exclude
        self._index = WorkspaceIndex(folders, exclude, lambda path: router.boundaries.label(path) is not None)
        self._starting: asyncio.Task[None] | None = None
        self._boundaries = router.boundaries
        self._made: deque[Made] = deque(maxlen=REMEMBERED)

    def _terrain(self, path: Path) -> Terrain:
        """Where a refactoring of the file at `path` may write: the opened folders; where none is open, the
        file's own."""
        return Terrain(self._folders or (path.parent,), self._router.boundaries)

    def _name_of(self, path: Path) -> str:
        try:
            return self._terrain(path).name_of(path)
        except Unfit:  # a document without a file, or one from elsewhere: it can be read and explained
            return path.name

    # -- documents ------------------------------------------------------------------------------------

    def document_opened(self, document: Document) -> None:
        self._shelf.put(document)
        self._index.opened(document)

    def document_changed(self, document: Document) -> None:
        self._shelf.put(document)
        self._index.changed(document)

    def document_closed(self, uri: str) -> None:
        self._shelf.take(uri)
        self._index.closed(uri)

    def files_changed(self, uris: Iterable[str]) -> None:
        paths: list[Path] = []
        for uri in uris:
            with suppress(ValueError):  # it names nothing that this system knows
                paths.append(path_of(uri))
        self._index.files_changed(tuple(paths))

    async def indexed(self) -> None:
        """Returns once the workspace has been read."""
        self._begin_index()
        await self._index.ready()

    async def close(self) -> None:
        """Ends the index; nothing else runs by itself."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._index.close()

    def _begin_index(self) -> None:
        """From the first question on: who never refactors pays nothing. Where the policy has changed since,
        what may be read is looked through anew."""
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._index.start())
        elif self._router.boundaries is not self._boundaries:
            self._index.read_again()
        self._boundaries = self._router.boundaries

    # -- the menu -------------------------------------------------------------------------------------

    async def menu(
        self, document: Document, span: Span, diagnostics: tuple[Diagnostic, ...], only: tuple[str, ...]
    ) -> tuple[Item, ...]:
        if not self._router.settings.refactor.enabled:
            return ()
        self._begin_index()
        await self._index.fresh()
        offers = await asyncio.to_thread(self._offers, document, span, diagnostics, only)
        decisions: dict[object, Decision] = {}
        return tuple(self._item(offer, decisions) for offer in offers)

    def _offers(
        self, document: Document, span: Span, diagnostics: tuple[Diagnostic, ...], only: tuple[str, ...]
    ) -> tuple[Offer, ...]:
        source = self._shelf.source(document)
        if source is None:
            return ()
        offers = menu.offers(target(source, span, diagnostics), self._index.view)
        unwanted = self._router.settings.refactor.disabled_actions
        why_not = self._obstacle(source)
        return tuple(
            each if each.action.form is Form.PROSE else replace(each, disabled=each.disabled or why_not)
            for each in offers
            if each.action.id not in unwanted and _is_wanted(each.action.kind, only)
        )

    def _obstacle(self, source: Source) -> str:
        """Why this file may not be edited: better known before a model is asked."""
        try:
            self._terrain(source.path).admit(source)
        except Unfit as unfit:
            return str(unfit)
        return ""

    def _item(self, offer: Offer, decisions: dict[object, Decision]) -> Item:
        """With where it would run. One decision serves all entries that ask alike."""
        words = menu.wording(offer)
        if offer.action.form is Form.NONE:
            return Item(offer, wording.entry(words, None), offer.disabled, is_exact=offer.question is None)
        if not self._router.has_looked:  # where it would run is not known yet
            return Item(offer, words, offer.disabled)
        label = offer.target.source.label
        tokens = offer.input_tokens + INSTRUCTION_TOKENS
        asked = request_for(Assignment(offer.action, offer.target), label, tokens, offer.files)
        decision = decisions.get(asked)
        if decision is None:
            decision = decisions[asked] = self._router.consider(asked)
        return Item(
            offer, wording.entry(words, decision), offer.disabled or wording.in_short(decision.refusal)
        )

    async def assignment(
        self,
        document: Document,
        span: Span,
        action: str,
        answer: str = "",
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> Assignment:
        await self._index.fresh()
        return await asyncio.to_thread(self._assignment, document, span, action, answer, diagnostics)

    def _assignment(
        self, document: Document, span: Span, action: str, answer: str, diagnostics: tuple[Diagnostic, ...]
    ) -> Assignment:
        if action not in ACTIONS:
            raise Unfit(f"there is no action {action[:40]!r}; there are {', '.join(ACTIONS)}")
        settings = self._router.settings.refactor
        if not settings.enabled:
            raise Unfit("refactoring is switched off (refactor.enabled)")
        if action in settings.disabled_actions:
            raise Unfit(f"{action} is switched off (refactor.disabled_actions)")
        source = self._shelf.source(document)
        if source is None:
            raise Unfit(self._unread(document))
        offer = menu.offer(action, target(source, span, diagnostics), self._index.view, answer)
        why_not = "" if offer.action.form is Form.PROSE else self._obstacle(source)
        if offer.disabled or why_not:
            raise Unfit(offer.disabled or why_not)
        return Assignment(offer.action, offer.target, answer or offer.answer)

    def _unread(self, document: Document) -> str:
        try:
            name = path_of(document.uri).name
        except ValueError:
            return "no model may read a document of this name"
        if self._router.boundaries.label(document.uri) is None:
            return f"no model may read {name}"
        return f"{name} is too long to be refactored"

    def question(self, assignment: Assignment) -> Question | None:
        if assignment.answer:
            return None
        return menu.question(assignment.action, assignment.target, self._index.view)

    # -- the work -------------------------------------------------------------------------------------

    async def run(self, assignment: Assignment, stage: Stage) -> Outcome:
        self._begin_index()
        if assignment.action.reach is Reach.WORKSPACE:
            if not self._index.view.is_complete:
                stage.step("reading the workspace")
            self._index.read_again()  # not every editor tells of what others write
            await self._index.ready()
        if assignment.action.form is Form.NONE:
            made = await asyncio.to_thread(self._exactly, assignment)
            outcome = Outcome(made.change, wording.done(made.change, (), 0.0))
        else:
            job = Job(
                self._router, self._index.view, self._shelf, self._terrain_of(assignment), assignment, stage
            )
            outcome, done = await job.run()
            if done is None:
                return outcome
            made = done
        self._made.append(made)
        return outcome

    def _exactly(self, assignment: Assignment) -> Made:
        """What syntax alone suffices for; it passes the same checks."""
        proposal = exact.propose(assignment, self._index.view)
        source = assignment.target.source
        dossier = Dossier((Excerpt(source, (Span(0, len(source.text)),), True, "the file itself"),))
        sources = {source.name: source}
        change = tidied(land(proposal, sources, self._terrain_of(assignment)), sources, self._index.view)
        check(assignment, dossier, change, self._index.view)
        return Made(assignment, dossier, change)

    def _terrain_of(self, assignment: Assignment) -> Terrain:
        return self._terrain(assignment.target.source.path)

    # -- landing it anew ------------------------------------------------------------------------------

    async def settled(self, change: Change) -> Change:
        return await asyncio.to_thread(self._settled, change)

    def _settled(self, change: Change) -> Change:
        # A copy: this runs in a thread, and others finish meanwhile.
        made = next((each for each in tuple(self._made) if each.change is change), None)
        if made is None:
            raise Unfit("this was worked out too long ago: ask for it again")
        now = tuple(self._shelf.now(each.source) for each in made.dossier.excerpts)
        changed = {each.name for each in change.files}
        for excerpt, source in zip(made.dossier.excerpts, now, strict=True):
            if source is None and excerpt.source.name in changed:
                raise Unfit(f"{excerpt.source.name} is not there any more")
        sources = {each.name: each for each in now if each is not None}
        landed = rebase(change, sources, self._terrain_of(made.assignment))
        landed = tidied(landed, sources, self._index.view)
        excerpts = tuple(
            replace(excerpt, source=sources.get(excerpt.source.name, excerpt.source))
            for excerpt in made.dossier.excerpts
        )
        dossier = replace(made.dossier, excerpts=excerpts)
        if _texts(landed) != _texts(change):
            recheck(made.assignment, dossier, landed, self._index.view)
        self._made.append(Made(made.assignment, dossier, landed))
        return landed


def _texts(change: Change) -> list[tuple[str | None, str | None]]:
    return [(each.before, each.after) for each in change.files]


def _is_wanted(kind: str, only: tuple[str, ...]) -> bool:
    """Whether a kind is one of these, or lies below one."""
    return not only or any(kind == each or kind.startswith(f"{each}.") or not each for each in only)
