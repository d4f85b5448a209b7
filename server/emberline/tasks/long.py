"""Material of any length through one model: whole where it fits, else in parts whose answers are joined.

Where it goes is the router's decision about the whole of it: what a cloud model would hold better goes there
where every label allows it, and else it is read on the user's own machines, part after part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat
from emberline.completion.sentinels import neutralise, restore
from emberline.privacy.labels import Label, Place, strictest
from emberline.routing import estimate
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request, Task
from emberline.routing.router import Answer, Router
from emberline.routing.tasks import request as usual
from emberline.tasks import wording
from emberline.tasks.pieces import Titled, cut, packed
from emberline.tasks.types import Audience, Material, Product

SECONDS = 600.0
"""Longest time for one part: a small machine reads some hundred tokens a second, and the user sees how far it
is and can end it."""
COUNTED_CHARS = 200_000
"""Longer texts are estimated: a tokenizer would hold up whoever else asks it."""
SPARE_TOKENS = 64
"""Kept free in every part: what a chat's template adds to it."""
SMALLEST_PART = 200
READ_SECONDS = 30.0
"""How long a model on the user's own machines may read at one part: then the user sees how far it is, and a
small model keeps the thread."""
LEAST_READ, UNMEASURED = 1500, 3000
"""Tokens that are read at once however slow a model is, and where nobody has measured how fast it is."""
FITTINGS = 3

Ask = Callable[[str, int, int], Chat]
"""The question about one part of the text: the text, the part's number from 1, and how many there are."""
Join = Callable[[Sequence[str]], Chat]
"""The question that makes one answer of several, in the order of the text."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was answered about each part, in the order of the text."""

    answers: tuple[Answer, ...]
    texts: tuple[str, ...]
    """The parts that the answers are about."""
    notes: tuple[str, ...]
    """Where it was computed and why, first; then what the user should know of that."""


async def digest(
    router: Router, task: Task, material: Sequence[Material], ask: Ask, join: Join, audience: Audience
) -> Product:
    """One answer about all of the material. Its first note says where it was computed and why.

    Each text of several stands below its name. All labels together decide about every part, so nothing that
    was to be read here goes elsewhere for being short. Raises `Failure`.
    """
    work = await _begun(router, task, material, audience)
    texts, decision = await work.divided(material, ask)
    answers = await work.read(texts, decision, ask, steps=len(texts) + (len(texts) > 1))
    if len(answers) > 1:
        await work.joined(answers, decision, join)
    text = restore(work.answers[-1].text).strip()
    return Product(text, tuple(work.answers), len(texts), work.notes(decision, len(texts)))


async def read_through(
    router: Router, task: Task, material: Sequence[Material], ask: Ask, audience: Audience
) -> Read:
    """The same without making one of the answers. Raises `Failure`."""
    work = await _begun(router, task, material, audience)
    texts, decision = await work.divided(material, ask)
    answers = await work.read(texts, decision, ask, steps=len(texts))
    return Read(tuple(answers), tuple(texts), work.notes(decision, len(texts)))


async def _begun(router: Router, task: Task, material: Sequence[Material], audience: Audience) -> _Work:
    await router.surveyed()
    return _Work(router, task, tuple(each.label for each in material), audience)


def _in_one(texts: Sequence[Titled]) -> str:
    """All of it as one part."""
    everything = sum(estimate.tokens(each.text) + estimate.tokens(each.name) + 50 for each in texts)
    return "".join(packed(texts, everything * 2 + 1000))


@dataclass(slots=True)
class _Work:
    router: Router
    task: Task
    labels: tuple[Label, ...]
    audience: Audience
    answers: list[Answer] = field(default_factory=list)

    async def measured(self, chat: Chat) -> Request:
        """The routing question of a chat; its label is the strictest."""
        tokens = await self._size("\n".join(each.content for each in chat.messages))
        request = usual(self.task, tokens + SPARE_TOKENS, strictest(self.labels))
        return replace(request, output_tokens=chat.max_tokens)

    async def _size(self, text: str) -> int:
        if len(text) > COUNTED_CHARS:
            return await asyncio.to_thread(estimate.tokens, text)
        return await self.router.count_tokens(text)

    async def divided(self, material: Sequence[Material], ask: Ask) -> tuple[list[str], Decision]:
        """The parts to ask about, and the decision about the whole. Raises `Failure` where nobody can."""
        texts = await asyncio.to_thread(_safe, material)
        whole = await asyncio.to_thread(_in_one, texts)
        decision = self.router.decide(await self.measured(ask(whole, 1, 1)))
        if decision.chosen is None:
            raise Failure(decision.refusal, Kind.FORBIDDEN)
        most = read_at_once(decision.chosen)
        if decision.parts == 1 and (most is None or decision.request.input_tokens <= most):
            return [whole], decision
        return await self.cut(texts, decision, ask), decision

    async def cut(self, texts: Sequence[Titled], decision: Decision, ask: Ask) -> list[str]:
        """The parts for the chosen model, none longer than it holds by its own tokenizer."""
        assert decision.chosen is not None
        around = (await self.measured(ask("", 1, max(2, decision.parts)))).tokens
        left = self._room(decision) - around
        at_once = read_at_once(decision.chosen)
        size = most = max(SMALLEST_PART, left if at_once is None else min(left, at_once))
        for _ in range(FITTINGS):
            parts = await asyncio.to_thread(packed, texts, size)
            longest = max([await self._size(each) for each in parts], default=0)
            if longest <= most or size == SMALLEST_PART:
                break
            size = max(SMALLEST_PART, size * most // longest * 9 // 10)
        return parts

    def _room(self, decision: Decision) -> int:
        """Tokens that one request may take, input and answer."""
        return self.router.room(decision) or decision.request.tokens

    async def read(self, texts: Sequence[str], decision: Decision, ask: Ask, steps: int) -> list[Answer]:
        """Each part's answer, one after the other: a machine that needs parts reads no two at a time."""
        count, answers = len(texts), []
        self.audience.begin(steps)
        for number, text in enumerate(texts, start=1):
            where = wording.route(decision, count)
            words = f"part {number} of {count}" if count > 1 else "reading it"
            self.audience.step(f"{words}: {where}" if number == 1 else words)
            answers.append(await self.answer(ask(text, number, count)))
        return answers

    async def joined(self, answers: Sequence[Answer], decision: Decision, join: Join) -> None:
        """One answer of all, in as many rounds as the model's room makes necessary."""
        texts = [each.text.strip() for each in answers]
        room = self._room(decision)
        while True:
            around = (await self.measured(join(("", "")))).tokens
            groups = await asyncio.to_thread(grouped, texts, max(SMALLEST_PART, room - around))
            if len(groups) == 1:
                self.audience.step("joining the parts")
                await self.answer(join(groups[0]))
                return
            self.audience.begin(len(answers) + len(groups) + 1)
            texts = []
            for number, group in enumerate(groups, start=1):
                self.audience.step(f"joining the parts, {number} of {len(groups)}")
                alone = len(group) == 1
                texts.append(group[0] if alone else (await self.answer(join(group))).text.strip())

    async def answer(self, chat: Chat) -> Answer:
        request = replace(usual(self.task, 0), output_tokens=chat.max_tokens)
        answer = await self.router.answer(request, chat, self.labels, SECONDS)
        self.answers.append(answer)
        return answer

    def notes(self, decision: Decision, parts: int) -> tuple[str, ...]:
        dollars = sum(self.router.spent(each) for each in self.answers)
        where = wording.where(self.answers, decision.reasons, parts, dollars)
        return (where, *(f"{each[:1].upper()}{each[1:]}." for each in decision.warnings))


def _safe(material: Sequence[Material]) -> list[Titled]:
    """What is not empty, with no words in it that a model would take for commands."""
    return [Titled(each.name, neutralise(each.text)) for each in material if each.text.strip()]


def read_at_once(candidate: Candidate) -> int | None:
    """How many tokens a model is given at a time; None where that is no question: a cloud reads as quickly as
    it is sent to."""
    if candidate.place is Place.CLOUD:
        return None
    if candidate.speed is None or not candidate.speed.prefill:
        return UNMEASURED
    return max(LEAST_READ, round(candidate.speed.prefill * READ_SECONDS))


def grouped(texts: Sequence[str], most_tokens: int) -> list[list[str]]:
    """The texts in order, in groups that fit. Two at least in each but the last, cut where need be, so that
    every round leaves fewer."""
    half = max(1, most_tokens // 2 - 10)
    groups: list[list[str]] = []
    left = 0
    for text in texts:
        short = text if estimate.tokens(text) <= half else cut(text, half)[0]
        cost = estimate.tokens(short) + 10
        if not groups or (cost > left and len(groups[-1]) > 1):
            groups.append([])
            left = most_tokens
        groups[-1].append(short)
        left -= cost
    return groups
