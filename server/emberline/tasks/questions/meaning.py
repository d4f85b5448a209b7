"""A second ranking by meaning, where a model on the user's own machines makes embeddings."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from emberline.backends.failure import Failure
from emberline.backends.messages import Vectors
from emberline.privacy.labels import Label, Place, strictest
from emberline.routing import estimate
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request, Task
from emberline.routing.tasks import request as usual
from emberline.tasks.questions.findings import Hit
from emberline.tasks.questions.ranking import fused

SECONDS = 10.0
"""Longest wait for all embeddings; what has come by then is kept for the next question."""
_TOGETHER = 8
_CHARS = 2_400
"""Of a passage: what most of these models hold."""
_KEPT = 2_000
"""Of a model with 1000 numbers a text: 8 MB."""

Labelled = tuple[Hit, Label]


class Embeds(Protocol):
    """What of the router is needed."""

    @property
    def textless(self) -> Label: ...

    async def directed(self, request: Request, admits: Callable[[Candidate], bool]) -> Decision: ...

    async def embed(
        self, decision: Decision, texts: tuple[str, ...], labels: tuple[Label, ...]
    ) -> Vectors: ...


@dataclass(slots=True)
class Memory:
    """The last embeddings of passages, in memory alone, by model and text."""

    vectors: dict[tuple[str, str], array[float]] = field(default_factory=dict)

    def keep(self, key: tuple[str, str], vector: Sequence[float]) -> array[float]:
        """The vector as it is kept."""
        while len(self.vectors) >= _KEPT:
            del self.vectors[next(iter(self.vectors))]
        kept = self.vectors[key] = array("f", vector)
        return kept


async def reordered(
    router: Embeds, question: str, shelf: Sequence[Labelled], memory: Memory
) -> tuple[list[Labelled], str]:
    """The passages by words and by meaning together, and which model told the meaning.

    As they came, and "", where no model on the user's own machines makes embeddings, or it takes too long.
    """
    labels = (router.textless, *(label for _, label in shelf))
    tokens = estimate.tokens(question)
    asked = usual(Task.EMBEDDING, tokens, strictest(labels))
    decision = await router.directed(asked, _is_near)
    if decision.chosen is None or len(shelf) < 2:
        return list(shelf), ""
    name = decision.chosen.key
    texts = [_text(hit) for hit, _ in shelf]
    try:
        async with asyncio.timeout(SECONDS):
            wanted = dict.fromkeys((question, *texts))
            known = {each: kept for each in wanted if (kept := memory.vectors.get((name, each))) is not None}
            missing = [each for each in wanted if each not in known]
            for start in range(0, len(missing), _TOGETHER):
                some = tuple(missing[start : start + _TOGETHER])
                found = await router.embed(decision, some, labels)
                for text, vector in zip(some, found.values, strict=True):
                    known[text] = memory.keep((name, text), vector)
    except (Failure, TimeoutError):
        return list(shelf), ""
    near = await asyncio.to_thread(lambda: [_cosine(known[question], known[each]) for each in texts])
    by_meaning = sorted(range(len(shelf)), key=lambda each: (-near[each], each))
    return [shelf[each] for each in fused((range(len(shelf)), by_meaning))], decision.chosen.model.name


def _is_near(candidate: Candidate) -> bool:
    return candidate.place is not Place.CLOUD


def _text(hit: Hit) -> str:
    return f"{hit.name} {hit.passage.symbol}\n{hit.text}"[:_CHARS]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """-1..1; 0 where one has no length, or they are not of one kind."""
    if len(one) != len(other):
        return 0.0
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0
