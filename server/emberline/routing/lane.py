"""The typing lane: which warm model continues what the user types, decided anew for every piece of work.

It hands out connections to a model that fills in the middle. The embedded engine is one; a server that the
user runs is another, where the router prefers it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from emberline.backends.base import BackendUnavailable, FimBackend, Generation
from emberline.backends.failure import Failure, Kind
from emberline.config.load import Loaded
from emberline.models.catalogue import Model
from emberline.models.info import Warmth
from emberline.models.transfer import IsCancelled, Report
from emberline.observe.record import Fate, Record
from emberline.privacy.labels import Label, Manifest, Place
from emberline.routing.decision import Decision
from emberline.routing.fleet import EMBEDDED, Candidate
from emberline.routing.request import Latency, Request, Task
from emberline.routing.router import Router

OUTPUT_TOKENS = 160
LOOK_SECONDS = 1.0
"""How long the first key waits until it is known what there is."""
WRITTEN_TOKENS = 12
"""Written to measure how fast a model writes."""
MOST_WARMED = 3
"""Models that are tried at the start, if each turns out too slow."""
PROBE = "def probe(values):\n" + "".join(
    f"    item_{index} = values[{index}] * {index + 3} - {index * 7}\n" for index in range(12)
)
"""Some 200 tokens that nobody's code holds: the first thing a model reads, to measure it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one generation took. Tokens read and cached are estimated from characters: a stream that is cut
    off never tells its own count. `outcome` is "ok", "cancelled", or the kind of failure."""

    read: int
    cached: int
    written: int
    first_token_ms: float | None
    duration_ms: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A model that was decided for, and what goes with every request to it."""

    backend: FimBackend
    first_slot: int
    """The first of its KV caches that belong to this process."""
    prefill_speed: float
    """Tokens a second, as measured; 0.0 where nobody knows yet."""
    sent: Manifest | None
    spent: Callable[[Spent], None]
    """Told of each generation's end."""


class TypingLane:
    """Connections for the completion session."""

    unavailable = BackendUnavailable

    def __init__(self, router: Router, input_tokens: int) -> None:
        self._router = router
        self._engine = router.engine
        self._input_tokens = input_tokens
        self._tokens = input_tokens + OUTPUT_TOKENS
        self._chosen: Candidate | None = None
        self._backend: FimBackend | None = None
        self._has_waited = False
        """For the first look around: later ones are taken up when they come."""

    @property
    def heals(self) -> bool:
        """Whether the connected model can be made to begin with given text."""
        return self._backend is None or self._backend.heals

    @property
    def starts(self) -> int:
        """How many embedded engines this process has started."""
        return self._engine.starts

    @property
    def pid(self) -> int | None:
        """The embedded engine's process, once it runs."""
        return self._engine.pid

    @property
    def served_by(self) -> tuple[str, str]:
        """Backend and model of the last connection; empty before the first."""
        chosen = self._chosen
        return ("", "") if chosen is None else (chosen.backend, chosen.model.name)

    def note(self, fate: Fate) -> None:
        """What became of a suggestion."""
        self._router.note(fate)

    async def connect(self, uri: str | None) -> Connection:
        """A warm model that may read the document at `uri` (None: no text of the user's yet).

        Raises `BackendUnavailable` with what is missing and what mends it.
        """
        if not self._has_waited:
            self._has_waited = True
            with contextlib.suppress(TimeoutError):  # whoever answers late is taken up when they do
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._router.surveyed()
        label = self._router.label(uri) if uri is not None else self._router.textless
        if label is None:
            raise BackendUnavailable("no model may read this file (privacy.exclude)", Kind.FORBIDDEN)
        decide = self._router.consider if uri is None else self._router.decide
        decision = decide(self._request(label))
        if decision.chosen is None:
            raise BackendUnavailable(decision.refusal)
        first = decision.chosen
        why = ""
        for candidate in (first, *decision.fallbacks[:1]):
            try:
                backend = await self._router.fim(candidate, self._tokens)
            except Failure as failure:
                self._router.failed(candidate, failure)
                if candidate is first and decision.fallbacks:
                    why = failure.kind
                    continue
                raise BackendUnavailable(str(failure), failure.kind) from failure
            if uri is not None and self._router.label(uri) != label:
                return await self.connect(uri)  # it was tightened while a model was loaded
            self._chosen, self._backend = candidate, backend
            return self._connection(candidate, backend, decision, label, why)
        raise AssertionError("the loop returns or raises")

    async def failed(self, failure: Failure) -> None:
        """A request broke: whoever served it is looked at."""
        if self._chosen is None or self._chosen.backend == EMBEDDED:
            await self._engine.failed()
        else:
            self._router.failed(self._chosen, failure)

    async def warm(self) -> None:
        """Has the best model for typing loaded and measured, before the first key.

        One that fails, or turns out too slow, is passed over for the next one. Raises `BackendUnavailable`.
        """
        await self._router.surveyed()
        self._router.watch()
        trouble: Failure | None = None
        for _ in range(2 * MOST_WARMED):  # each is measured once, and then stays or is passed over
            decision = self._router.consider(self._request(self._router.textless, Latency.BACKGROUND))
            chosen = decision.chosen
            if chosen is None:
                raise BackendUnavailable(decision.refusal)
            try:
                backend = await self._router.fim(chosen, self._tokens)
                if chosen.speed is not None:
                    self._chosen, self._backend = chosen, backend  # this one stays
                    return
                label = decision.request.label
                await self._measure(chosen, self._connection(chosen, backend, decision, label))
            except Failure as failure:
                self._router.failed(chosen, failure)
                trouble = failure
        if trouble is not None:
            raise BackendUnavailable(str(trouble), trouble.kind) from trouble

    async def _measure(self, chosen: Candidate, connection: Connection) -> None:
        """Reading speed by some 200 tokens that no cache holds; of a server that is not ours, how fast it
        writes as well, because nobody has chosen its model for this machine."""
        backend = connection.backend
        prompt = backend.fim.prompt(PROBE, "\n")
        last = connection.first_slot + max(backend.slots, 1) - 1
        usage = await backend.prefill(prompt, last, connection.sent)
        reads = usage.read / usage.busy_ms * 1000 if usage.busy_ms > 0 and usage.read > 50 else 0.0
        writes = 0.0 if chosen.backend == EMBEDDED else await _writing_speed(connection, prompt, last)
        self._router.measured(chosen, reads, writes)

    def on_change(self, told: Callable[[], None]) -> None:
        """Has `told` called when other models can be used than before."""
        self._router.scout.changed = told

    def on_memory(self, told: Callable[[], None]) -> None:
        """Has `told` called when `describe` says something else of the memory, or of the engine, which may be
        a new one that has read nothing."""
        self._router.on_memory = told

    @property
    def is_ready(self) -> bool:
        """Whether the best model for typing is loaded and measured."""
        best = self._router.consider(self._request(self._router.textless, Latency.BACKGROUND)).chosen
        return best is not None and best.speed is not None and best.model.warmth is Warmth.WARM

    async def wants_model(self) -> Model | None:
        """The catalogue's model that typing would need and that has not been fetched; None where another
        model serves. Raises `ModelError` for a name that is not in the catalogue."""
        await self._router.surveyed()
        decision = self._router.consider(self._request(self._router.textless))
        if decision.chosen is not None:
            return None
        return self._engine.missing_model()

    def download(self, model: Model, report: Report, is_cancelled: IsCancelled) -> None:
        """Fetches and verifies `model`; blocks for minutes, for a thread. Raises `ModelError`."""
        self._engine.download(model, report, is_cancelled)

    def describe(self) -> str:
        """Model and state in a few words, and what is wrong with the memory."""
        chosen = self._chosen
        if chosen is None or chosen.backend == EMBEDDED:
            model = self._engine.describe()
        else:
            model = f"{chosen.model.name} on {chosen.backend}, warm"
        return "; ".join(filter(None, (model, self._router.memory_in_words)))

    def keyed(self) -> None:
        """The user has typed."""
        self._router.keyed()

    @property
    def ledger_waiting(self) -> int:
        """How much of what was recorded is not in the ledger's file yet."""
        return self._router.ledger_waiting

    def memory(self) -> Mapping[str, object]:
        """How full each memory is and who holds what, when it was last looked at."""
        return self._router.memory.as_json()

    def may_read(self, uri: str) -> bool:
        """Whether any model may read the document at `uri`."""
        return self._router.label(uri) is not None

    def answered(self, lane: str, milliseconds: float) -> None:
        """An answer that needed no model."""
        self._router.record(
            Record(
                at=time.time(),
                task=Task.COMPLETION,
                place=Place.MACHINE,
                first_token_ms=milliseconds,
                duration_ms=milliseconds,
                lane=lane,
                reason="what stands in the workspace, or was written before, needs no model",
            )
        )

    def explain(self) -> Mapping[str, object]:
        return self._router.explain()

    def privacy(self) -> Mapping[str, str]:
        return self._router.privacy()

    def apply(self, loaded: Loaded, input_tokens: int) -> None:
        """Goes on with these settings; `input_tokens` is what a full window comes to."""
        self._input_tokens, self._tokens = input_tokens, input_tokens + OUTPUT_TOKENS
        self._router.apply(loaded)

    async def close(self) -> None:
        await self._router.close()

    def _request(self, label: Label, latency: Latency = Latency.TYPING) -> Request:
        return Request(
            Task.COMPLETION,
            label,
            input_tokens=self._input_tokens,
            output_tokens=OUTPUT_TOKENS,
            latency=latency,
        )

    def _connection(
        self, candidate: Candidate, backend: FimBackend, decision: Decision, label: Label, why: str = ""
    ) -> Connection:
        """`why` the decision's first choice did not do, where this is the next one."""
        sent = Manifest((label,), "completion", candidate.model.name)
        at = time.time()
        first = decision.chosen

        def spent(what: Spent) -> None:
            if what.outcome == "ok":
                self._router.succeeded(candidate)
            self._router.record(
                Record(
                    at=at,
                    task=Task.COMPLETION,
                    place=candidate.place,
                    backend=candidate.backend,
                    model=candidate.model.name,
                    quantization=candidate.model.quantization,
                    input_tokens=what.read,
                    cached_tokens=what.cached,
                    output_tokens=what.written,
                    first_token_ms=what.first_token_ms,
                    duration_ms=what.duration_ms,
                    lane="generated",
                    reason=decision.nameless_reason,
                    fallback_from=first.backend if first is not None and first is not candidate else "",
                    fallback_why=why,
                    outcome=what.outcome,
                    level=decision.request.label.level,
                )
            )

        slot = self._engine.first_slot() if candidate.backend == EMBEDDED else 0
        return Connection(backend, slot, candidate.speed.prefill if candidate.speed else 0.0, sent, spent)


async def _writing_speed(connection: Connection, prompt: str, slot: int) -> float:
    """Tokens a second; 0.0 where too few came to tell."""
    times = []
    request = Generation(prompt, WRITTEN_TOKENS, temperature=0.0, slot=slot, sent=connection.sent)
    async with aclosing(connection.backend.generate(request)) as tokens:
        async for _ in tokens:
            times.append(time.monotonic())
    elapsed = times[-1] - times[0] if len(times) > 2 else 0.0
    return (len(times) - 1) / elapsed if elapsed > 0 else 0.0
