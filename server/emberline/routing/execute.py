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
from emberline.backends.messages import (
    Called,
    Chat,
    Done,
    Event,
    Infill,
    Message,
    ToolCall,
    Usage,
    Written,
)
from emberline.backends.port import Backend
from emberline.models.info import ModelInfo
from emberline.observe.record import Record, Recorder
from emberline.privacy.labels import Label, Manifest, Place
from emberline.privacy.secrets import Revealer, Vault, secrets_in
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.purse import OverBudget
from emberline.routing.request import Request

OF_A_MODEL = frozenset((Kind.NOT_FOUND, Kind.LOADING))
"""Failures that another model at the same place need not meet."""
STALL_SECONDS = 30.0
"""Longest silence between two pieces of an answer, once it has begun."""
ELSEWHERE = PASSING | {Kind.NOT_FOUND, Kind.DENIED, Kind.QUOTA}
"""Failures of a place, not of the request: another place may answer it."""
CANCELLED = "cancelled"
CHARS_A_TOKEN = 3
"""Rather too few, for an answer whose tokens nobody counted."""
OVER_BUDGET = "over budget"
LONGEST_TOKEN_CHARS = 40
"""No model writes longer tokens all along: an answer of more characters than that has no end."""


@dataclass(frozen=True, slots=True)
class Order:
    """One decided request with its text. `deadline` is a time of time.monotonic()."""

    decision: Decision
    text: Chat | Infill
    labels: tuple[Label, ...]
    deadline: float
    asking: Callable[[Candidate], None] = lambda candidate: None
    """Told whom the text goes to, before each attempt."""
    more_tokens: int = 0
    """What the chat holds beyond what was decided on: a model's last answer, and what is wrong with it."""


@dataclass(slots=True)
class Tally:
    """What is known of one attempt for its record."""

    began: float
    first: float | None = None
    usage: Usage = field(default_factory=lambda: Usage(0, 0, 0, 0.0))
    outcome: str = CANCELLED
    chars: int = 0
    is_kept_waiting: bool = False
    """It took the request and did not answer in time."""

    @property
    def may_be_billed(self) -> bool:
        """Nobody said what it came to, and the place has read what was sent, as far as anyone can tell."""
        begun = self.first is not None or self.is_kept_waiting or self.outcome in (CANCELLED, "ok")
        return begun and not (self.usage.read or self.usage.cached or self.usage.written)


async def nothing_to_pay(request: Request, candidate: Candidate) -> Callable[[], None]:
    """For who has no budget to keep."""
    return lambda: None


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
    put_aside: Callable[[Request, Candidate], Awaitable[Callable[[], None]]] = nothing_to_pay
    """Puts aside the most that a request may cost there, before it is sent; what it returns is called once
    the record is there. Raises `OverBudget`."""

    async def stream(self, order: Order) -> AsyncGenerator[Event, None]:
        """The answer's events, the last a `Done`. Closing it cancels the request.

        Another place is tried only while nothing has been handed out. Raises `Failure`.
        """
        decision = order.decision
        if decision.chosen is None:
            self.recorder.record(unsent(decision, decision.refusal))
            raise Failure(decision.refusal, Kind.FORBIDDEN)
        candidate: Candidate = decision.chosen
        before: Candidate | None = None
        why = ""
        failed: Failure | None = None
        while True:
            begun = False
            try:
                async with aclosing(self._attempt(order, candidate, before, why)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except OverBudget as dear:
                standing_by = self._standing_by(order, candidate)
                if standing_by is None:
                    if failed is not None:
                        raise Failure(f"{failed}; and {dear}", failed.kind) from dear
                    self.recorder.record(unsent(decision, str(dear)))
                    raise
                if failed is None:
                    before, why = candidate, OVER_BUDGET
                candidate = standing_by
            except Failure as failure:
                if begun:
                    raise
                following = self._following(order, candidate, failure, failed is not None)
                if following is None:
                    raise _explained(failure, decision) from failure
                wait = failure.retry_after or 0.0 if following is candidate else 0.0
                if wait:
                    await asyncio.sleep(wait)
                failed, candidate, before, why = failure, following, candidate, failure.kind

    def _standing_by(self, order: Order, candidate: Candidate) -> Candidate | None:
        """The next of those that may serve this, after one that is too dear now."""
        others = order.decision.fallbacks
        after = others[others.index(candidate) + 1 :] if candidate in others else others
        return next((other for other in after if self.health.admits(other.backend)), None)

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
        self, order: Order, candidate: Candidate, before: Candidate | None, why: str
    ) -> AsyncGenerator[Event, None]:
        request = order.decision.request
        whole = replace(
            request,
            input_tokens=request.input_tokens + order.more_tokens,
            output_tokens=max(request.output_tokens, order.text.max_tokens),
        )
        give_back = await self.put_aside(whole, candidate)
        try:
            order.asking(candidate)
            async with aclosing(self._paid(order, candidate, before, why)) as events:
                async for event in events:
                    yield event
        finally:
            give_back()

    async def _paid(
        self, order: Order, candidate: Candidate, before: Candidate | None, why: str
    ) -> AsyncGenerator[Event, None]:
        """One attempt whose price is put aside."""
        tally = Tally(time.monotonic())
        at = time.time()
        # Whoever does not begin in half of the time leaves the other half to the next one.
        others = order.decision.fallbacks if before is None else ()
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
            self.recorder.record(self._record(order, candidate, tally, at, before, why))

    async def _guarded(
        self, order: Order, candidate: Candidate, tally: Tally, limit: float
    ) -> AsyncGenerator[Event, None]:
        """The backend's events within the deadline, with secrets kept at home and put back."""
        vault = Vault() if candidate.place is not Place.MACHINE else None
        text = order.text
        revealer: Revealer | None = None
        if vault is not None:
            text = await asyncio.to_thread(hidden, text, vault)
            is_json = isinstance(text, Chat) and text.schema is not None
            revealer = vault.json_revealer() if is_json else vault.revealer()
        text = replace(text, context_tokens=text.context_tokens or order.decision.request.tokens or None)
        sent = Manifest(order.labels, order.decision.request.task, candidate.model.name)
        most = (text.max_tokens + 100) * LONGEST_TOKEN_CHARS
        try:
            async with asyncio.timeout_at(_loop_time(limit)):
                await self.ready(candidate, order.decision.request.tokens)
        except TimeoutError:
            words = f"{candidate.key} is still being loaded; it goes on, and is asked next time"
            raise Failure(words, Kind.LOADING) from None
        backend = self.backend(candidate.backend)
        async with aclosing(_asked(backend, candidate.model, text, sent)) as events:
            while True:
                if tally.first is not None:
                    limit = min(time.monotonic() + STALL_SECONDS, order.deadline)
                try:
                    async with asyncio.timeout_at(_loop_time(limit)):
                        event = await anext(events, None)
                except TimeoutError:
                    tally.is_kept_waiting = True
                    raise _late(candidate, tally) from None
                if event is None:
                    raise Failure(f"{candidate.key}: the answer broke off", Kind.BROKEN)
                if tally.first is None and not isinstance(event, Done):
                    tally.first = time.monotonic()
                match event:
                    case Written(piece):
                        tally.chars += len(piece)
                        if tally.chars > most:
                            raise Failure(f"{candidate.key}: the answer did not end", Kind.BROKEN)
                        piece = revealer.feed(piece) if revealer is not None else piece
                        if piece:
                            yield Written(piece)
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
        self,
        order: Order,
        candidate: Candidate,
        tally: Tally,
        at: float,
        before: Candidate | None,
        why: str,
    ) -> Record:
        request, usage = order.decision.request, tally.usage
        now = time.monotonic()
        failed = before if before is not candidate else None  # asked once more, nobody stands in
        return Record(
            at=at,
            task=request.task,
            place=candidate.place,
            backend=candidate.backend,
            model=candidate.model.name,
            quantization=candidate.model.quantization,
            input_tokens=usage.read if usage.read or usage.cached else request.input_tokens,
            cached_tokens=usage.cached,
            output_tokens=usage.written,
            first_token_ms=None if tally.first is None else (tally.first - tally.began) * 1000,
            duration_ms=(now - tally.began) * 1000,
            reason=order.decision.nameless_reason,
            fallback_from="" if failed is None else failed.backend,
            fallback_why="" if failed is None else why,
            outcome=tally.outcome,
            level=request.label.level,
            cost_usd=self.cost(candidate, _assumed(order, tally) if tally.may_be_billed else usage),
        )


def _assumed(order: Order, tally: Tally) -> Usage:
    """What an answer whose tokens nobody told is billed for, most likely: all that was sent and what came."""
    read = order.decision.request.input_tokens + order.more_tokens
    return Usage(read, 0, -(-tally.chars // CHARS_A_TOKEN), 0.0)


def _asked(
    backend: Backend, model: ModelInfo, text: Chat | Infill, sent: Manifest
) -> AsyncGenerator[Event, None]:
    match text:
        case Chat():
            return backend.chat(model.name, text, sent)
        case Infill(suffix=""):  # nothing to be seen behind it: the text goes on as it is
            return backend.infill(replace(model, fim=None), text, sent)
        case Infill():
            return backend.infill(model, text, sent)


def hidden(text: Chat | Infill, vault: Vault) -> Chat | Infill:
    """The text with placeholders where its secrets stood. Raises `Failure` where the gap cuts one in two."""
    match text:
        case Chat():
            return _hidden_chat(text, vault)
        case Infill(prefix=prefix, suffix=suffix):
            if any(start < len(prefix) < end for start, end in secrets_in(prefix + suffix)):
                raise Failure("a part of a secret stands here, and it stays on this machine", Kind.FORBIDDEN)
            return replace(text, prefix=vault.hide(prefix), suffix=vault.hide(suffix))


def _hidden_chat(chat: Chat, vault: Vault) -> Chat:
    def calls(message: Message) -> Iterator[ToolCall]:
        for call in message.tool_calls:
            yield replace(call, arguments=vault.hide(call.arguments))

    messages = tuple(
        replace(message, content=vault.hide(message.content), tool_calls=tuple(calls(message)))
        for message in chat.messages
    )
    return replace(chat, messages=messages)


def unsent(decision: Decision, words: str) -> Record:
    """What is kept of a request that went nowhere, for the reason that `words` give."""
    request = decision.request
    return Record(
        at=time.time(),
        task=request.task,
        reason=decision.nameless(words),
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
