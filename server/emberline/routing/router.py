"""The router of one editor, or of one command: what there is, what may be done with it, and doing it.

It puts the parts together: the scout's fleet, the policy of the configuration, the pure decision, the
executor. Every decision is kept for whoever asks why, and every request leaves a record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from emberline.backends.base import FimBackend
from emberline.backends.failure import Failure
from emberline.backends.messages import (
    Called,
    Chat,
    Done,
    Event,
    Infill,
    ToolCall,
    Usage,
    Vectors,
    Written,
)
from emberline.config.load import Loaded
from emberline.config.schema import Settings
from emberline.models import machine
from emberline.models.info import Warmth
from emberline.observe.footprints import Footprints
from emberline.observe.ledger import open_ledger
from emberline.observe.memory import Watch
from emberline.observe.meter import SystemMeter
from emberline.observe.pressure import Held, Sample, Step
from emberline.observe.record import Fate, Record
from emberline.observe.till import open_till
from emberline.privacy.audit import Trail
from emberline.privacy.egress import Gate
from emberline.privacy.files import Boundaries
from emberline.privacy.labels import Label, Level, Manifest, Place, strictest
from emberline.routing import estimate, structured
from emberline.routing.decide import decide
from emberline.routing.decision import Decision
from emberline.routing.demand import PATIENCE_SECONDS, Demand, useful_room
from emberline.routing.embedding import Embedder
from emberline.routing.execute import Executor, Order
from emberline.routing.explain import as_json, explain
from emberline.routing.fleet import Candidate, Fleet, Health, Policy
from emberline.routing.holdings import holdings
from emberline.routing.local import LocalEngine
from emberline.routing.masked import Masked
from emberline.routing.purse import Purse
from emberline.routing.relief import PAUSE_SECONDS, Relief, Uses
from emberline.routing.request import Latency, Request, Task
from emberline.routing.scout import Scout
from emberline.routing.structured import Schema

T = TypeVar("T")

COUNTING_SECONDS = 0.3
"""Longest wait for one model's count of tokens; an estimate takes some milliseconds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, and the decision that it came by."""

    text: str
    calls: tuple[ToolCall, ...]
    done: Done
    decision: Decision
    served: Candidate
    """Who answered: what was chosen, or what it fell back to."""


@dataclass(frozen=True, slots=True)
class Formed(Generic[T]):
    """A structured answer that was accepted, and what led to it."""

    value: T
    answers: tuple[Answer, ...]
    """Every attempt; the last is the one that was accepted."""


class Audience(Protocol):
    """Who watches an answer come."""

    def asking(self, candidate: Candidate) -> None:
        """The text goes to this one now."""
        ...

    def wrote(self, characters: int) -> None:
        """So much of the answer has come since the last time."""
        ...


class Nobody:
    """No audience."""

    def asking(self, candidate: Candidate) -> None:
        pass

    def wrote(self, characters: int) -> None:
        pass


class Router:
    """Decides and executes. `say` tells the user something, once."""

    def __init__(
        self, loaded: Loaded, folders: tuple[Path, ...], say: Callable[[str], None] = lambda message: None
    ) -> None:
        self._folders = folders
        self._say = say
        self._trail = Trail()
        self._last: Decision | None = None
        self._masked: tuple[FimBackend, Masked] | None = None
        self._ledger = open_ledger(loaded.settings.observe, say)
        self._uses = Uses(self._ledger)
        self._purse = Purse(loaded.settings.budget, open_till(loaded.settings.observe, self._ledger, say))
        self._take(loaded)
        self.engine = LocalEngine(loaded.settings.engine, self._gate)
        self.scout = Scout(loaded.settings, self._level, self._gate, self.engine)
        self._executor = Executor(
            backend=self.scout.backend,
            ready=self.scout.ready,
            health=self.scout.monitor,
            recorder=self._uses,
            put_aside=self._purse.put_aside,
            cost=self._purse.cost,
        )
        self._embedder = Embedder(
            self.scout.backend, self.scout.monitor, self._uses, self._purse.put_aside, self._purse.cost
        )
        self._keyed_at = 0.0
        self._relief = Relief(
            self.scout, self.engine, self._uses, self._forget, self._pauses, self._memory_changed
        )
        self.memory = Watch(
            loaded.settings.memory.limit_percent,
            {
                Step.FLUSH: self._relief.flush,
                Step.UNLOAD: self._relief.unload,
                Step.RESTART: self._relief.restart,
            },
            say,
            SystemMeter(),
            lambda: self.engine.now,
            self._models_held,
        )
        """Samples from `watch` on."""
        self.memory.changed = self._memory_changed
        self.memory.sampled = self._keep
        self._footprints = Footprints()
        self.on_memory: Callable[[], None] = lambda: None
        """Called when `memory_in_words` has changed."""
        self._watching = False
        self._closing: asyncio.Future[None] | None = None

    def _take(self, loaded: Loaded) -> None:
        """What follows from the settings without asking anybody."""
        settings = loaded.settings
        self._settings = settings
        self._level = Level(settings.privacy.mode)
        self._mode_from = str(loaded.origins["privacy.mode"])
        self.boundaries = Boundaries(
            self._folders,
            exclude=settings.privacy.exclude,
            local_only=settings.privacy.local_only,
            mode=self._level,
            mode_from=self._mode_from,
            enforced=settings.router.thresholds.privacy_enforced,
            by_folder=settings.privacy.folders,
            elsewhere=Level(loaded.elsewhere),
        )
        self._gate = Gate(settings.privacy.trusted_hosts, self._trail)

    def apply(self, loaded: Loaded) -> None:
        """Goes on with these settings. Requests under way end by the old ones."""
        before = self._settings
        self._take(loaded)
        self._purse.budget = loaded.settings.budget
        if loaded.settings.observe != before.observe:
            leaving, self._ledger = self._ledger, open_ledger(loaded.settings.observe, self._say)
            self._uses.recorder = self._ledger
            self._purse.till = open_till(loaded.settings.observe, self._ledger, self._say)
            self._closing = asyncio.ensure_future(asyncio.to_thread(leaving.close))
        if loaded.settings.engine != before.engine:
            self.engine.reconfigure(loaded.settings.engine)
        self.scout.apply(loaded.settings, self._level, self._gate)
        self.memory.limit_percent = loaded.settings.memory.limit_percent

    @property
    def has_looked(self) -> bool:
        """Whether it is known what there is."""
        return self.scout.fleet.painted_at > 0

    async def surveyed(self) -> None:
        """Returns once it is known what there is; begins to look, if nobody has."""
        await self.scout.surveyed()

    def watch(self) -> None:
        """Watches the machine's memory from now on, until `close`."""
        if not self._watching:
            self._watching = True
            self.memory.start()

    def _forget(self) -> None:
        self.boundaries.invalidate()

    def keyed(self) -> None:
        """The user has typed: for a second nothing is done that typing would have to wait for."""
        self._keyed_at = time.monotonic()

    @property
    def ledger_waiting(self) -> int:
        """How much of what was recorded is not in the ledger's file yet."""
        return self._ledger.waiting

    @property
    def memory_in_words(self) -> str:
        """What is wrong with the memory and what is about to be done, for the status; empty in good times."""
        due = "the engine is started anew at the next pause" if self._relief.is_due else ""
        return "; ".join(filter(None, (self.memory.trouble, due)))

    def _pauses(self) -> bool:
        return time.monotonic() - self._keyed_at >= PAUSE_SECONDS

    def _memory_changed(self) -> None:
        self.on_memory()

    def _models_held(self) -> tuple[Held, ...]:
        return holdings(self.scout.fleet.candidates, self._uses.is_ours, machine.UNIFIED)

    async def close(self) -> None:
        """Ends all work; what was recorded is written."""
        await self.memory.close()
        await self._relief.close()
        await self.scout.close()
        await self.engine.close()
        await asyncio.to_thread(self._ledger.close)
        self._trail.close()

    # -- deciding -------------------------------------------------------------------------------------

    def policy(self, fleet: Fleet, latency: Latency) -> Policy:
        """What the configuration lets the router do now.

        What was spent is looked up only where money is asked for at all: the ledger is a file, and a
        keystroke must not wait for it.
        """
        thresholds = self._settings.router.thresholds
        counts = latency is not Latency.TYPING and any(each.metered for each in fleet.candidates)
        return Policy(
            mode=self._level,
            mode_from=self._mode_from,
            max_local_tokens=thresholds.max_local_context_tokens,
            max_tool_chain=thresholds.max_tool_chain_length,
            quantization=self._settings.router.model_routing.local.quantization,
            ceilings=self._purse.ceilings() if counts else self._purse.limits(),
        )

    def label(self, uri: str) -> Label | None:
        """How far the text of this document may travel; None where no model may read it."""
        return self.boundaries.label(uri)

    @property
    def textless(self) -> Label:
        """Of what holds no text of the user's: the mode alone decides."""
        return Label(self._level, "no text", "privacy.mode")

    def decide(self, request: Request) -> Decision:
        """Where this goes, and why. The decision is kept for `explain`."""
        self._last = self.consider(request)
        return self._last

    def consider(self, request: Request) -> Decision:
        """Where this would go, and why, for ourselves: nobody asked yet."""
        fleet = self.fleet(request.task)
        if request.task is not Task.COMPLETION:  # which no cloud is asked for
            fleet = self._purse.priced(fleet, request)
        return self._on(fleet, request)

    async def directed(self, request: Request, admits: Callable[[Candidate], bool]) -> Decision:
        """As `decide`, among those that `admits` lets in: the one that the user named, those that can do
        what only some can. Never waits for a backend, and looks up prices where they count, in a thread."""
        fleet = self.fleet(request.task)
        fleet = replace(fleet, candidates=tuple(filter(admits, fleet.candidates)))
        level = request.label.level
        if any(each.metered and level.allows(each.place) for each in fleet.candidates):
            fleet = await asyncio.to_thread(self._purse.priced, fleet, request)
        self._last = self._on(fleet, request)
        return self._last

    def fleet(self, task: Task) -> Fleet:
        """Who is asked for such a task."""
        return self.scout.embedders if task is Task.EMBEDDING else self.scout.fleet

    def _on(self, fleet: Fleet, request: Request) -> Decision:
        """The decision on a fleet whose prices are known."""
        return decide(request, self.policy(fleet, request.latency), fleet)

    async def count_tokens(self, text: str) -> int:
        """By the tokenizer of a warm model on this machine, where one offers it; else a calibrated estimate.

        The text goes no further than this machine, whatever its label.
        """
        sent = Manifest((Label(Level.STRICT, "text to be counted", "that it is only counted"),), "counting")
        for candidate in self.scout.fleet.candidates:
            is_warm = candidate.health is Health.UP and candidate.model.warmth is Warmth.WARM
            if is_warm and candidate.place is Place.MACHINE:
                with suppress(Failure, TimeoutError):
                    backend = self.scout.backend(candidate.backend)
                    async with asyncio.timeout(COUNTING_SECONDS):
                        counted = await backend.count_tokens(candidate.model.name, text, sent)
                    if counted is not None:
                        return counted
        return await asyncio.to_thread(estimate.tokens, text)

    def explain(self) -> Mapping[str, object]:
        """The last decision: `text` for a person, `route` for a program."""
        if self._last is None:
            return {"text": "Nothing was asked yet.", "route": None}
        return {"text": explain(self._last), "route": as_json(self._last)}

    def room(self, decision: Decision) -> int | None:
        """How many tokens, input and answer, the chosen model holds well; None where nobody says."""
        if decision.chosen is None:
            return None
        demand = Demand.of(decision.request, self.policy(self.scout.fleet, decision.request.latency))
        return useful_room(demand, decision.chosen)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those of the workspace."""
        return self._folders

    @property
    def settings(self) -> Settings:
        """Those in effect now."""
        return self._settings

    def spent(self, answer: Answer) -> float:
        """What an answer came to, in US dollars; 0.0 where nobody knows a price."""
        return self._purse.cost(answer.served, answer.done.usage)

    def privacy(self) -> Mapping[str, str]:
        return {"mode": self._level.value, "from": self._mode_from}

    # -- doing ----------------------------------------------------------------------------------------

    async def stream(
        self, request: Request, chat: Chat, labels: tuple[Label, ...], deadline_seconds: float | None = None
    ) -> AsyncGenerator[Event, None]:
        """Decides by the strictest of `labels` and streams the answer. Raises `Failure`."""
        deadline = _deadline(request, deadline_seconds)
        decision = await self._decided(request, chat, labels)
        async with aclosing(self._executor.stream(Order(decision, chat, labels, deadline))) as events:
            async for event in events:
                yield event

    def execute(
        self,
        decision: Decision,
        text: Chat | Infill,
        labels: tuple[Label, ...],
        deadline_seconds: float | None = None,
        audience: Audience | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Streams the answer to what was decided already, e.g. shown to the user first. The audience is told
        whom the text goes to; what is written it sees itself."""
        deadline = _deadline(decision.request, deadline_seconds)
        asking = (audience or Nobody()).asking
        return self._executor.stream(Order(decision, text, labels, deadline, asking))

    async def embed(self, decision: Decision, texts: tuple[str, ...], labels: tuple[Label, ...]) -> Vectors:
        """The texts as vectors, by the model that was decided on for `Task.EMBEDDING`, and by no other:
        another's vectors mean something else. Raises `Failure`."""
        return await self._embedder.embed(decision, texts, labels)

    async def answer(
        self,
        request: Request,
        chat: Chat,
        labels: tuple[Label, ...],
        deadline_seconds: float | None = None,
        audience: Audience | None = None,
    ) -> Answer:
        """The whole answer at once. Raises `Failure`."""
        deadline = _deadline(request, deadline_seconds)
        decision = await self._decided(request, chat, labels)
        return await self._whole(Order(decision, chat, labels, deadline), audience or Nobody())

    async def formed(
        self,
        decision: Decision,
        chat: Chat,
        labels: tuple[Label, ...],
        schema: Schema,
        deadline_seconds: float | None = None,
        accept: Callable[[Any], Awaitable[T]] = structured.as_it_is,
        audience: Audience | None = None,
    ) -> Formed[T]:
        """As `structured`, by a decision that stands already."""
        deadline = _deadline(decision.request, deadline_seconds)
        answers: list[Answer] = []

        async def call(asked: Chat) -> str:
            order = Order(decision, asked, labels, deadline, more_tokens=_beyond(chat, asked))
            answers.append(await self._whole(order, audience or Nobody()))
            return answers[-1].text

        validation, room = self._settings.router.validation, self.room(decision)
        chat = replace(chat, schema=schema)
        value = await structured.ask(call, chat, schema, validation, accept, room)
        return Formed(value, tuple(answers))

    async def structured(
        self,
        request: Request,
        chat: Chat,
        labels: tuple[Label, ...],
        schema: Schema,
        deadline_seconds: float | None = None,
        accept: Callable[[Any], Awaitable[T]] = structured.as_it_is,
        audience: Audience | None = None,
    ) -> Formed[T]:
        """An answer of the form that `schema` gives: asked for natively where the backend can, validated
        always, asked for again as `router.validation` says, all by one decision and within one deadline.

        What follows the schema is handed to `accept`, which may turn it down by raising
        `structured.Unusable`. Raises `Failure`."""
        deadline = _deadline(request, deadline_seconds)
        decision = await self._decided(request, chat, labels)
        left = deadline - time.monotonic()
        return await self.formed(decision, chat, labels, schema, left, accept, audience)

    async def _decided(self, request: Request, chat: Chat, labels: tuple[Label, ...]) -> Decision:
        """The decision by the strictest label and, where the request names no length, by the text's own."""
        tokens = request.input_tokens or await self.count_tokens("\n".join(m.content for m in chat.messages))
        longest = request.output_tokens or chat.max_tokens
        request = replace(request, label=strictest(labels), input_tokens=tokens, output_tokens=longest)
        # In a thread: the price data takes 0.1 s to load, and every key waits for this loop.
        fleet = await asyncio.to_thread(self._purse.priced, self.scout.fleet, request)
        self._last = self._on(fleet, request)
        return self._last

    async def _whole(self, order: Order, audience: Audience) -> Answer:
        texts: list[str] = []
        calls: list[ToolCall] = []
        done = Done("stop", Usage(0, 0, 0, 0.0))
        served: list[Candidate] = []

        def asking(candidate: Candidate) -> None:
            served.append(candidate)
            audience.asking(candidate)

        async with aclosing(self._executor.stream(replace(order, asking=asking))) as events:
            async for event in events:
                match event:
                    case Written(text):
                        texts.append(text)
                        audience.wrote(len(text))
                    case Called(call):
                        calls.append(call)
                    case Done():
                        done = event
        return Answer("".join(texts), tuple(calls), done, order.decision, served[-1])

    # -- for the typing lane --------------------------------------------------------------------------

    async def fim(self, candidate: Candidate, tokens: int) -> FimBackend:
        """A warm connection that continues prompts of so many tokens. Raises `Failure`.

        To another host no secret goes along.
        """
        backend = await self.scout.fim(candidate, tokens)
        if candidate.place is Place.MACHINE:
            return backend
        if self._masked is None or self._masked[0] is not backend:
            self._masked = (backend, Masked(backend))  # kept: a new one would seem a new engine
        return self._masked[1]

    def succeeded(self, candidate: Candidate) -> None:
        """A place served well outside of the executor."""
        self.scout.monitor.succeeded(candidate.backend)

    def failed(self, candidate: Candidate, failure: Failure) -> None:
        """A place failed outside of the executor."""
        self.scout.monitor.failed(candidate.backend, failure)

    def measured(self, candidate: Candidate, prefill: float, generation: float) -> None:
        """A model's speeds in tokens a second; 0.0 where unknown."""
        self.scout.measured(candidate, prefill, generation)

    def record(self, record: Record) -> None:
        self._uses.record(record)

    def note(self, fate: Fate) -> None:
        """What became of a suggestion."""
        self._ledger.note(fate)

    def flush(self) -> None:
        """Waits until what was recorded so far is in the ledger's file, or cannot be. For a thread."""
        self._ledger.flush()

    def _keep(self, sample: Sample) -> None:
        for footprint in self._footprints.due(sample):
            self._ledger.note(footprint)


def _beyond(chat: Chat, asked: Chat) -> int:
    """The tokens that `asked` has beyond `chat`."""
    return sum(estimate.tokens(message.content) for message in asked.messages[len(chat.messages) :])


def _deadline(request: Request, seconds: float | None) -> float:
    """When the answer must be whole, in time.monotonic(): in so many seconds, or as this latency has it."""
    return time.monotonic() + (seconds or PATIENCE_SECONDS[request.latency])
