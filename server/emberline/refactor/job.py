"""One refactoring by a model: gather, decide, ask, land, check, and ask again where it does not hold.

Everything that costs time runs in threads; what goes on is told to the stage at every turn.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.completion.sentinels import restore
from emberline.privacy.labels import Label, strictest
from emberline.refactor import forms, plan, wording
from emberline.refactor.checks import check
from emberline.refactor.exact import tidied
from emberline.refactor.gather import gather
from emberline.refactor.index.view import View
from emberline.refactor.landing import land
from emberline.refactor.plan import Plan
from emberline.refactor.port import Outcome, Stage
from emberline.refactor.shelf import Shelf
from emberline.refactor.terrain import Terrain
from emberline.refactor.types import Assignment, Change, Dossier, Form, Proposal, Source, Unfit
from emberline.routing import estimate
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request, Structure
from emberline.routing.router import Answer, Router
from emberline.routing.structured import Unusable
from emberline.routing.tasks import request as usual
from emberline.syntax.occurrences import occurrences

T = TypeVar("T")

SECONDS = 600.0
"""Longest time for one question with all its attempts: the user sees what happens and can end it."""
INSTRUCTION_TOKENS = 600
"""About what the instructions take, beside the files."""
ALL_TOKENS = 10_000_000
"""Room without an end: to learn how much there is."""
SMALLEST_ROOM = 400
FITTINGS = 4
_OF_A_NAME = frozenset(("rename-concept", "change-signature", "inline-function", "convert-async"))
LABELLED = 1.25
"""What the files' names and fences may add to their texts."""
SHRUNK = 0.9
"""A little more is taken away than the count asks for, so that it is not asked for again."""
_STRUCTURES = {Form.EDITS: Structure.NESTED, Form.PROSE: Structure.FREE}
_WRITTEN = {Form.REGION: 1000, Form.DOCUMENTATION: 300, Form.NAME: 30}
"""The longest answer in tokens, where a form needs less than its task usually does."""


def request_for(assignment: Assignment, label: Label, tokens: int, files: int) -> Request:
    """The routing question of an assignment."""
    action = assignment.action
    request = usual(action.task, tokens, label, files=files)
    written = min(request.output_tokens, _WRITTEN.get(action.form, request.output_tokens))
    return replace(request, structure=_STRUCTURES.get(action.form, Structure.FLAT), output_tokens=written)


@dataclass(frozen=True, slots=True)
class Made:
    """What a change was made for and from: needed where it has to land anew."""

    assignment: Assignment
    dossier: Dossier
    change: Change


@dataclass(slots=True)
class Job:
    """Runs once."""

    router: Router
    view: View
    shelf: Shelf
    terrain: Terrain
    assignment: Assignment
    stage: Stage
    answers: list[Answer] = field(default_factory=list)
    model_seconds: float = 0.0
    _asked: str = ""
    _written: int = 0

    async def run(self) -> tuple[Outcome, Made | None]:
        """The outcome; nothing is written anywhere. Raises `Unfit` and `Failure`."""
        began = time.perf_counter()
        decision, dossier = await self._gathered()
        if self.assignment.action.form is Form.PROSE:
            words = await self._told(dossier)
            return self._outcome(None, words, dossier, decision, began), None
        if dossier.batches:
            change = await self._after_a_plan(dossier)
        else:
            change = await self._at_once(dossier)
        spent = sum(self.router.spent(each) for each in self.answers)
        words = wording.done(change, [each.served for each in self.answers], spent)
        return self._outcome(change, words, dossier, decision, began), Made(self.assignment, dossier, change)

    # -- gathering ------------------------------------------------------------------------------------

    async def _gathered(self) -> tuple[Decision, Dossier]:
        """What is sent, cut to the room of the model that it would go to. Raises `Failure`."""
        self.stage.step("reading what belongs to it")
        await self.router.surveyed()
        whole = await asyncio.to_thread(self._gather, ALL_TOKENS)
        decision = self._considered(whole, await asyncio.to_thread(_tokens, whole))
        if decision.chosen is None:  # the whole is too much for anyone, or nobody may have it
            decision = self._considered(whole, SMALLEST_ROOM)
        if decision.chosen is None:
            raise Failure(decision.refusal, Kind.FORBIDDEN)
        room = self.router.room(decision)
        if room is None:
            return decision, whole
        return decision, await self._fitted(whole, room - decision.request.output_tokens)

    async def _fitted(self, whole: Dossier, most_tokens: int) -> Dossier:
        """A dossier whose question is no longer than that, by the model's own tokenizer where one is at hand:
        estimates are off by a fifth, and for some vocabularies by more."""
        left = most_tokens - INSTRUCTION_TOKENS
        dossier = whole
        for attempt in range(FITTINGS):
            left = max(SMALLEST_ROOM, left)
            if attempt or await asyncio.to_thread(_tokens, whole) * LABELLED > left:
                dossier = await asyncio.to_thread(self._gather, left)
            first = dossier.batches[0] if dossier.batches else ()
            chat = await asyncio.to_thread(forms.ask, self.assignment, dossier, first)
            tokens = await self.router.count_tokens("\n".join(each.content for each in chat.messages))
            if tokens <= most_tokens or left == SMALLEST_ROOM:
                break
            left = round(left * SHRUNK * most_tokens / tokens)
        return dossier

    def _gather(self, room_tokens: int) -> Dossier:
        return gather(self.assignment, self.view, self.shelf.read, room_tokens)

    def _considered(self, dossier: Dossier, tokens: int) -> Decision:
        files = sum(each.editable for each in dossier.excerpts)
        label = strictest(_labels(dossier))
        asked = request_for(self.assignment, label, tokens + INSTRUCTION_TOKENS, max(1, files))
        return self.router.consider(asked)

    # -- asking ---------------------------------------------------------------------------------------

    async def _told(self, dossier: Dossier) -> str:
        """Words for the user."""
        chat = forms.ask(self.assignment, dossier)
        began = time.perf_counter()
        answer = await self.router.answer(self._request(dossier), chat, _labels(dossier), SECONDS, self)
        self.model_seconds += time.perf_counter() - began
        self.answers.append(answer)
        return restore(answer.text).strip()

    async def _at_once(self, dossier: Dossier) -> Change:
        sources = _sources(dossier)

        def landed(value: Any) -> Change:
            return self._checked(forms.proposal(self.assignment, dossier, value), dossier, sources)

        return await self._ask(forms.ask(self.assignment, dossier), dossier, landed)

    async def _after_a_plan(self, dossier: Dossier) -> Change:
        """A plan over the outlines of all files first, then their edits, some files at a time."""
        self.stage.step(f"planning the changes in {len(dossier.excerpts)} files")
        made = await self._ask(
            plan.ask(self.assignment, dossier), dossier, lambda value: plan.read(value, dossier)
        )
        proposals: list[Proposal] = []
        for number, batch in enumerate(dossier.batches, start=1):
            self.stage.step("writing the edits", number - 1, len(dossier.batches))
            proposals.append(await self._batch(dossier, batch, made))
        sources = _sources(dossier)
        for _ in range(self.router.settings.router.validation.max_retries_on_failure):
            try:
                return await asyncio.to_thread(self._checked, _joined(proposals), dossier, sources)
            except Unfit as unfit:
                again = _blamed(unfit, dossier)
                for index in again:
                    self.stage.step("mending the edits", again.index(index), len(again))
                    complaints = "; ".join(unfit.complaints)
                    proposals[index] = await self._batch(dossier, dossier.batches[index], made, complaints)
        return await asyncio.to_thread(self._checked, _joined(proposals), dossier, sources)

    async def _batch(
        self, dossier: Dossier, batch: tuple[int, ...], made: Plan, complaints: str = ""
    ) -> Proposal:
        """The edits of some files; each lands by itself, what holds for all of them is checked later."""
        chat = forms.ask(self.assignment, dossier, batch, made)
        if complaints:
            told = Message("user", f"Earlier edits did not hold together: {complaints}. Mind that.")
            chat = replace(chat, messages=(*chat.messages, told))
        sources = _sources(dossier)

        def proposed(value: Any) -> Proposal:
            proposal = forms.proposal(self.assignment, dossier, value, batch)
            if proposal.operations:  # a file of the plan may turn out to need nothing
                land(proposal, sources, self.terrain)
            return proposal

        return await self._ask(chat, dossier, proposed)

    async def _ask(self, chat: Chat, dossier: Dossier, read: Callable[[Any], T]) -> T:
        """What `read` makes of the first answer that it does not find unfit."""
        assert chat.schema is not None
        reading = 0.0

        async def accept(value: Any) -> T:
            nonlocal reading
            self.stage.step("checking the edits")
            began = time.perf_counter()
            try:
                return await asyncio.to_thread(read, value)
            except Unfit as unfit:
                self.stage.step(f"asking again: {unfit.complaints[0]}")
                raise Unusable("; ".join(unfit.complaints)) from unfit
            finally:
                reading += time.perf_counter() - began

        began = time.perf_counter()
        try:
            formed = await self.router.structured(
                self._request(dossier), chat, _labels(dossier), chat.schema, SECONDS, accept, self
            )
        finally:
            self.model_seconds += time.perf_counter() - began - reading
        self.answers.extend(formed.answers)
        return formed.value

    def _request(self, dossier: Dossier) -> Request:
        """Its length is counted by the router, once the text is whole."""
        files = sum(each.editable for each in dossier.excerpts)
        return request_for(self.assignment, strictest(_labels(dossier)), 0, max(1, files))

    def _checked(self, proposal: Proposal, dossier: Dossier, sources: Mapping[str, Source]) -> Change:
        change = tidied(land(proposal, sources, self.terrain), sources, self.view)
        check(self.assignment, dossier, change, self.view)
        return change

    # -- what is told ---------------------------------------------------------------------------------

    def asking(self, candidate: Candidate) -> None:
        """`Audience`: the text goes to this one now."""
        self._asked, self._written = candidate.model.name, 0
        self.stage.step(f"waiting for {wording.place(candidate)}")

    def wrote(self, characters: int) -> None:
        """`Audience`: more of the answer has come."""
        before, self._written = self._written, self._written + characters
        if self._written // 200 > before // 200 or not before:
            self.stage.step(f"{self._asked} writes ({self._written} characters)")

    def _outcome(
        self, change: Change | None, words: str, dossier: Dossier, decision: Decision, began: float
    ) -> Outcome:
        took = time.perf_counter() - began
        last = self.answers[-1].decision if self.answers else decision
        details = {
            "attempts": len(self.answers),
            "tokensRead": sum(each.done.usage.read for each in self.answers),
            "tokensWritten": sum(each.done.usage.written for each in self.answers),
            "costUsd": sum(self.router.spent(each) for each in self.answers),
            "modelMs": round(self.model_seconds * 1000),
            "ownMs": round((took - self.model_seconds) * 1000),
        }
        unchanged = () if change is None else _as_they_were(self.assignment, dossier, change)
        return Outcome(change, words, last, (*dossier.left_out, *unchanged), details)


def _labels(dossier: Dossier) -> tuple[Label, ...]:
    return tuple(each.source.label for each in dossier.excerpts)


def _sources(dossier: Dossier) -> dict[str, Source]:
    return {each.source.name: each.source for each in dossier.excerpts}


def _tokens(dossier: Dossier) -> int:
    return sum(estimate.tokens(span.of(each.source.text)) for each in dossier.excerpts for span in each.spans)


def _as_they_were(assignment: Assignment, dossier: Dossier, change: Change) -> tuple[str, ...]:
    """Files that could have been edited, still hold the name, and were left as they are: perhaps another's
    method of that name, perhaps forgotten. No index of words can tell, so the user is told."""
    target = assignment.target
    name = target.symbol.name if target.symbol is not None else target.name
    if assignment.action.id not in _OF_A_NAME or not name:
        return ()
    changed = {each.name for each in change.files}
    left = [
        each.source.name
        for each in dossier.excerpts
        if each.editable
        and each.source.name not in changed
        and occurrences(each.source.text, each.source.language_id, name)
    ]
    if not left:
        return ()
    verb = "holds" if len(left) == 1 else "hold"
    return (f"{wording.listed(left)} still {verb} {name}, unchanged: look whether it is the same",)


def _joined(proposals: list[Proposal]) -> Proposal:
    """One proposal of all; what two of them say alike is said once."""
    operations = dict.fromkeys(each for proposal in proposals for each in proposal.operations)
    summary = next((proposal.summary for proposal in proposals if proposal.summary), "")
    return Proposal(tuple(operations), summary)


def _blamed(unfit: Unfit, dossier: Dossier) -> list[int]:
    """The batches whose files the complaints name; all where they name none."""
    said = "; ".join(unfit.complaints)
    named = [
        index
        for index, batch in enumerate(dossier.batches)
        if any(Path(dossier.excerpts[each].source.name).name in said for each in batch)
    ]
    return named or list(range(len(dossier.batches)))
