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
from emberline.privacy.labels import Label, strictest
from emberline.routing import estimate
from emberline.routing.decision import Decision
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
FITTINGS = 3

Ask = Callable[[str, int, int], Chat]
"""The question about one part of the text: the text, the part's number from 1, and how many there are."""
Join = Callable[[Sequence[str]], Chat]
"""The question that makes one answer of several, in the order of the text."""


async def digest(
    router: Router, task: Task, material: Sequence[Material], ask: Ask, join: Join, audience: Audience
) -> Product:
    """One answer about all of the material. Its first note says where it was computed and why.

    Each text of several stands below its name. All labels together decide about every part, so nothing that
    was to be read here goes elsewhere for being short. Raises `Failure`.
    """
    await router.surveyed()
    work = _Work(router, task, tuple(each.label for each in material), audience)
    texts = [Titled(each.name, each.text) for each in material if each.text.strip()]
    whole = await asyncio.to_thread(_joined, texts)
    request = await work.measured(ask(whole, 1, 1))
    decision = router.decide(request)
    if decision.chosen is None:
        raise Failure(decision.refusal, Kind.FORBIDDEN)
    parts = [whole] if decision.parts == 1 else await work.cut(texts, decision, ask)
    if len(parts) == 1:
        audience.begin(1)
        audience.step(f"reading it: {wording.route(decision)}")
        answers = [await work.answer(ask(parts[0], 1, 1))]
    else:
        answers = await work.read(parts, decision, ask)
        await work.joined(answers, decision, join)
    return work.product(decision, len(parts))


def _joined(texts: Sequence[Titled]) -> str:
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

    async def cut(self, texts: Sequence[Titled], decision: Decision, ask: Ask) -> list[str]:
        """The parts for the chosen model, none longer than it holds by its own tokenizer."""
        room = self._room(decision)
        around = (await self.measured(ask("", 1, decision.parts))).tokens
        size = most = max(SMALLEST_PART, room - around)
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

    async def read(self, parts: Sequence[str], decision: Decision, ask: Ask) -> list[Answer]:
        """Each part's answer, one after the other: a machine that needs parts reads no two at a time."""
        count = len(parts)
        self.audience.begin(count + 1)
        answers = []
        for number, text in enumerate(parts, start=1):
            where = f": {wording.route(decision, count)}" if number == 1 else ""
            self.audience.step(f"part {number} of {count}{where}")
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

    def product(self, decision: Decision, parts: int) -> Product:
        dollars = sum(self.router.spent(each) for each in self.answers)
        where = wording.where(self.answers, decision.reasons, parts, dollars)
        warnings = [f"{each[:1].upper()}{each[1:]}." for each in decision.warnings]
        return Product(self.answers[-1].text.strip(), tuple(self.answers), parts, (where, *warnings))


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
