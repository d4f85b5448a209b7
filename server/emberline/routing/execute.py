"""Execution does exactly what was decided: the chosen model, and at most once the next one that is allowed.

The text goes out with the labels it came with. Before it leaves this machine its secrets are replaced, and
put back in what returns. Nothing is sent twice to the same place but after a delay that the place asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from emberline.backends.failure import PASSING, Failure, Kind
from emberline.backends.messages import Called, Chat, Done, Event, Message, ToolCall, Usage, Written
from emberline.backends.port import Backend
from emberline.observe.record import Record, Recorder
from emberline.privacy.labels import Label, Manifest, Place
from emberline.privacy.secrets import Revealer, Vault
from emberline.routing.decision import Decision, nameless
from emberline.routing.fleet import Candidate

OF_A_MODEL = frozenset((Kind.NOT_FOUND, Kind.LOADING))
"""Failures that another model at the same place need not meet."""
STALL_SECONDS = 30.0
"""Longest silence between two pieces of an answer, once it has begun."""
ELSEWHERE = PASSING | {Kind.NOT_FOUND, Kind.DENIED, Kind.QUOTA}
"""Failures of a place, not of the request: another place may answer it."""
CANCELLED = "cancelled"
LONGEST_TOKEN_CHARS = 40
"""No model writes longer tokens all along: an answer of more characters than that has no end."""


@dataclass(frozen=True, slots=True)
class Order:
    """One decided request with its text. `deadline` is a time of time.monotonic()."""

    decision: Decision
    chat: Chat
    labels: tuple[Label, ...]
    deadline: float
    asking: Callable[[Candidate], None] = lambda candidate: None
    """Told whom the text goes to, before each attempt."""


@dataclass(slots=True)
class Tally:
    """What is known of one attempt for its record."""

    began: float
    first: float | None = None
    usage: Usage = field(default_factory=lambda: Usage(0, 0, 0, 0.0))
    outcome: str = CANCELLED
    chars: int = 0


class Watcher(Protocol):
    """Who hears how the backends fare, and knows which is worth a request (backends/health.py)."""

    def admits(self, name: str) -> bool: ...

    def begun(self, name: str) -> None: ...

    def succeeded(self, name: str) -> None: ...

    def failed(self, name: str, failure: Failure) -> None: ...

    def abandoned(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Executor:
    """Sends what was decided. All it needs of the world is given."""

    backend: Callable[[str], Backend]
    """The backend of this name."""
    ready: Callable[[Candidate, int], Awaitable[None]]
    """Has the model loaded with room for so many tokens; who stops waiting does not stop the loading."""
    health: Watcher
    recorder: Recorder
    cost: Callable[[Candidate, Usage], float]
    """What an answer came to, in US dollars."""

    async def stream(self, order: Order) -> AsyncGenerator[Event, None]:
        """The answer's events, the last a `Done`. Closing it cancels the request.

        Another place is tried only while nothing has been handed out. Raises `Failure`.
        """
        decision = order.decision
        if decision.chosen is None:
            self.recorder.record(_refused(decision))
            raise Failure(decision.refusal, Kind.FORBIDDEN)
        candidate, origin, why = decision.chosen, "", ""
        while True:
            begun = False
            order.asking(candidate)
            try:
                async with aclosing(self._attempt(order, candidate, origin, why)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except Failure as failure:
                if begun:
                    raise
                following = self._following(order, candidate, failure, bool(origin))
                if following is None:
                    raise _explained(failure, decision) from failure
                wait = failure.retry_after or 0.0 if following is candidate else 0.0
                if wait:
                    await asyncio.sleep(wait)
                candidate, origin, why = following, candidate.backend, failure.kind

    def _following(
        self, order: Order, candidate: Candidate, failure: Failure, second: bool
    ) -> Candidate | None:
        """Where to go after this: to the next allowed place, to the same one after its delay, or nowhere."""
        if second or failure.kind not in ELSEWHERE:
            return None
        for other in order.decision.fallbacks:
            elsewhere = other.backend != candidate.backend or failure.kind in OF_A_MODEL
            if elsewhere and self.health.admits(other.backend):
                return other
        left = order.deadline - time.monotonic()
        if failure.retry_after is not None and failure.kind in PASSING and failure.retry_after < left:
            return candidate
        return None

    async def _attempt(
        self, order: Order, candidate: Candidate, origin: str, why: str
    ) -> AsyncGenerator[Event, None]:
        tally = Tally(time.monotonic())
        at = time.time()
        # Whoever does not begin in half of the time leaves the other half to the next one.
        others = order.decision.fallbacks if not origin else ()
        limit = (tally.began + order.deadline) / 2 if others else order.deadline
        self.health.begun(candidate.backend)
        try:
            async with aclosing(self._guarded(order, candidate, tally, limit)) as events:
                async for event in events:
                    yield event
            tally.outcome = "ok"
            self.health.succeeded(candidate.backend)
        except Failure as failure:
            tally.outcome = failure.kind
            self.health.failed(candidate.backend, failure)
            raise
        finally:
            if tally.outcome == CANCELLED:
                self.health.abandoned(candidate.backend)
            self.recorder.record(self._record(order, candidate, tally, at, origin, why))

    async def _guarded(
        self, order: Order, candidate: Candidate, tally: Tally, limit: float
    ) -> AsyncGenerator[Event, None]:
        """The backend's events within the deadline, with secrets kept at home and put back."""
        vault = Vault() if candidate.place is not Place.MACHINE else None
        chat = order.chat
        revealer: Revealer | None = None
        if vault is not None:
            chat = await asyncio.to_thread(hidden, chat, vault)
            revealer = vault.revealer() if chat.schema is None else vault.json_revealer()
        chat = replace(chat, context_tokens=chat.context_tokens or order.decision.request.tokens or None)
        sent = Manifest(order.labels, order.decision.request.task, candidate.model.name)
        most = (chat.max_tokens + 100) * LONGEST_TOKEN_CHARS
        try:
            async with asyncio.timeout_at(_loop_time(limit)):
                await self.ready(candidate, order.decision.request.tokens)
        except TimeoutError:
            words = f"{candidate.key} is still being loaded; it goes on, and is asked next time"
            raise Failure(words, Kind.LOADING) from None
        backend = self.backend(candidate.backend)
        async with aclosing(backend.chat(candidate.model.name, chat, sent)) as events:
            while True:
                if tally.first is not None:
                    limit = min(time.monotonic() + STALL_SECONDS, order.deadline)
                try:
                    async with asyncio.timeout_at(_loop_time(limit)):
                        event = await anext(events, None)
                except TimeoutError:
                    raise _late(candidate, tally) from None
                if event is None:
                    raise Failure(f"{candidate.key}: the answer broke off", Kind.BROKEN)
                if tally.first is None and not isinstance(event, Done):
                    tally.first = time.monotonic()
                match event:
                    case Written(text):
                        tally.chars += len(text)
                        if tally.chars > most:
                            raise Failure(f"{candidate.key}: the answer did not end", Kind.BROKEN)
                        text = revealer.feed(text) if revealer is not None else text
                        if text:
                            yield Written(text)
                    case Called(call):
                        yield (
                            Called(replace(call, arguments=vault.reveal_json(call.arguments)))
                            if vault
                            else event
                        )
                    case Done(usage=usage):
                        tally.usage = usage
                        if revealer is not None and (rest := revealer.flush()):
                            yield Written(rest)
                        yield event
                        return

    def _record(
        self, order: Order, candidate: Candidate, tally: Tally, at: float, origin: str, why: str
    ) -> Record:
        request, usage = order.decision.request, tally.usage
        now = time.monotonic()
        return Record(
            at=at,
            task=request.task,
            place=candidate.place,
            backend=candidate.backend,
            model=candidate.model.name,
            quantization=candidate.model.quantization,
            input_tokens=usage.read or request.input_tokens,
            cached_tokens=usage.cached,
            output_tokens=usage.written,
            first_token_ms=None if tally.first is None else (tally.first - tally.began) * 1000,
            duration_ms=(now - tally.began) * 1000,
            reason=order.decision.nameless_reason,
            fallback_from=origin,
            fallback_why=why,
            outcome=tally.outcome,
            level=request.label.level,
            cost_usd=self.cost(candidate, usage),
        )


def hidden(chat: Chat, vault: Vault) -> Chat:
    """The conversation with placeholders where its secrets stood."""

    def calls(message: Message) -> Iterator[ToolCall]:
        for call in message.tool_calls:
            yield replace(call, arguments=vault.hide(call.arguments))

    messages = tuple(
        replace(message, content=vault.hide(message.content), tool_calls=tuple(calls(message)))
        for message in chat.messages
    )
    return replace(chat, messages=messages)


def _refused(decision: Decision) -> Record:
    """What is kept of a request that went nowhere."""
    request = decision.request
    return Record(
        at=time.time(),
        task=request.task,
        reason=nameless(decision.refusal, request),
        outcome=Kind.FORBIDDEN,
        level=request.label.level,
    )


def _loop_time(moment: float) -> float:
    """`moment` of time.monotonic() on the event loop's own clock."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()


def _late(candidate: Candidate, tally: Tally) -> Failure:
    seconds = time.monotonic() - tally.began
    if tally.first is None:
        return Failure(f"{candidate.key} did not begin to answer within {seconds:.0f} s", Kind.UNREACHABLE)
    return Failure(f"{candidate.key} fell silent in the middle of its answer", Kind.BROKEN)


def _explained(failure: Failure, decision: Decision) -> Failure:
    """The failure in words that also say why nobody else was asked."""
    words = str(failure)
    if failure.kind in ELSEWHERE and not decision.fallbacks:
        level = decision.request.label.level
        words += f"; nothing else may or can serve this ({level}, because of {decision.request.label.why})"
    return Failure(words, failure.kind, failure.retry_after)
