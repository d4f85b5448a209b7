"""Texts as vectors: one request to the model that was decided on, paid for and recorded as any other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Usage, Vectors
from emberline.backends.port import Backend
from emberline.observe.record import Record, Recorder
from emberline.privacy.labels import Label, Manifest, Place
from emberline.privacy.secrets import Vault
from emberline.routing.decision import Decision
from emberline.routing.execute import CANCELLED, Watcher, unsent
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request

EMBEDDING_SECONDS = 120.0
"""For all texts of a request; the server may have to load its model first."""


@dataclass(slots=True)
class _Attempt:
    """What is known of a request for its record."""

    at: float
    began: float
    read: int
    outcome: str = CANCELLED


@dataclass(frozen=True, slots=True)
class Embedder:
    """Asks for embeddings. All it needs of the world is given, as the executor's is."""

    backend: Callable[[str], Backend]
    health: Watcher
    recorder: Recorder
    put_aside: Callable[[Request, Candidate], Awaitable[Callable[[], None]]]
    cost: Callable[[Candidate, Usage], float]

    async def embed(self, decision: Decision, texts: tuple[str, ...], labels: tuple[Label, ...]) -> Vectors:
        """The vectors of `texts`, in their order. Before these leave the machine their secrets are replaced.
        Nobody stands in for the model that was chosen. Raises `Failure`."""
        candidate = decision.chosen
        if candidate is None:
            self.recorder.record(unsent(decision, decision.refusal))
            raise Failure(decision.refusal, Kind.FORBIDDEN)
        if candidate.place is not Place.MACHINE:
            texts = await asyncio.to_thread(_hidden, texts)
        give_back = await self.put_aside(decision.request, candidate)
        try:
            return await self._paid(decision, candidate, texts, labels)
        finally:
            give_back()

    async def _paid(
        self, decision: Decision, candidate: Candidate, texts: tuple[str, ...], labels: tuple[Label, ...]
    ) -> Vectors:
        sent = Manifest(labels, decision.request.task, candidate.model.name)
        attempt = _Attempt(time.time(), time.monotonic(), decision.request.input_tokens)
        self.health.begun(candidate.backend)
        try:
            vectors = await self._vectors(candidate, texts, sent)
            attempt.outcome, attempt.read = "ok", vectors.read or attempt.read
            self.health.succeeded(candidate.backend)
            return vectors
        except Failure as failure:
            attempt.outcome = failure.kind
            self.health.failed(candidate.backend, failure)
            raise
        finally:
            if attempt.outcome == CANCELLED:
                self.health.abandoned(candidate.backend)
            self.recorder.record(self._record(decision, candidate, attempt))

    async def _vectors(self, candidate: Candidate, texts: tuple[str, ...], sent: Manifest) -> Vectors:
        try:
            async with asyncio.timeout(EMBEDDING_SECONDS):
                return await self.backend(candidate.backend).embed(candidate.model.name, texts, sent)
        except TimeoutError:
            raise Failure(f"{candidate.key} made no embeddings in time", Kind.UNREACHABLE) from None

    def _record(self, decision: Decision, candidate: Candidate, attempt: _Attempt) -> Record:
        duration = (time.monotonic() - attempt.began) * 1000
        is_whole = attempt.outcome == "ok"
        return Record(
            at=attempt.at,
            task=decision.request.task,
            place=candidate.place,
            backend=candidate.backend,
            model=candidate.model.name,
            quantization=candidate.model.quantization,
            input_tokens=attempt.read,
            duration_ms=duration,
            reason=decision.nameless_reason,
            outcome=attempt.outcome,
            level=decision.request.label.level,
            cost_usd=self.cost(candidate, Usage(attempt.read, 0, 0, duration)) if is_whole else 0.0,
        )


def _hidden(texts: tuple[str, ...]) -> tuple[str, ...]:
    vault = Vault()
    return tuple(vault.hide(text) for text in texts)
