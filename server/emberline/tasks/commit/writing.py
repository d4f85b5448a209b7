"""A commit's message: facts first, the model's words where they hold, the facts' own where they do not."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emberline.backends.failure import Failure
from emberline.backends.messages import Chat
from emberline.completion.sentinels import restore
from emberline.privacy.labels import Label, Place, strictest
from emberline.routing import estimate
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.ranking import ABLE_BILLIONS
from emberline.routing.request import Request, Structure, Task
from emberline.routing.router import Answer, Router
from emberline.routing.structured import Unusable
from emberline.routing.tasks import request as usual
from emberline.routing.words import served
from emberline.tasks import wording
from emberline.tasks.commit import plain, prompt
from emberline.tasks.commit.change import Change, gathered
from emberline.tasks.commit.checking import complaints, names_in
from emberline.tasks.commit.dress import dressed, shortened, stripped
from emberline.tasks.commit.reading import Reading
from emberline.tasks.commit.style import ENGLISH
from emberline.tasks.types import Audience, Product

SECONDS = 120.0
"""Longest time for the words, all attempts together; the facts' own stand ready before."""
READ_SECONDS = 10.0
"""How long a local model may read: a difference that would take it longer is cut."""
UNMEASURED_TOKENS, FEWEST_TOKENS = 1200, 300
"""Read where nobody has measured the speed; and of a difference at the least."""
EXAMPLES = 5
WIDTH = 72
"""Characters of a body's line."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a model wrote and the checks let pass."""

    subject: str
    points: tuple[str, ...] = ()


async def message(router: Router, folder: Path, audience: Audience, seconds: float = SECONDS) -> Product:
    """The message for what is staged in the repository around `folder`, in the way of its earlier ones.

    Where no model may read the change, none is at hand, or none writes within `seconds` what holds, the
    message says the facts, and a note why. Raises `UserError` where nothing is staged.
    """
    audience.begin(3)
    audience.step("reading what is staged")
    change = await asyncio.to_thread(gathered, folder, router.boundaries)
    if change.proposed:
        return Product(change.proposed, notes=("Git's own message for what is under way.", wording.NO_MODEL))
    writing = _Writing(router, change, audience, seconds)
    words, why_not = None, ""
    try:
        async with asyncio.timeout(seconds):
            words = await writing.words()
    except TimeoutError:
        why_not = f"no model had answered after {seconds:.0f} s"
    except Failure as failure:
        why_not = str(failure)
    return await asyncio.to_thread(writing.product, words, why_not)


@dataclass(slots=True)
class _Writing:
    router: Router
    change: Change
    audience: Audience
    seconds: float
    answers: tuple[Answer, ...] = ()
    decision: Decision | None = None
    asked: list[Candidate] = field(default_factory=list)
    is_whole: bool = True
    """Whether the model is shown all of the difference."""

    async def words(self) -> Words | None:
        """The model's, checked; None where there is nothing that one could read. Raises `Failure`."""
        labels = tuple(each.label for each in self.change.files if each.label is not None and each.patch)
        if not labels:
            return None
        await self.router.surveyed()
        whole, _ = await asyncio.to_thread(prompt.difference, self.change.files, 10**9)
        self.decision = decision = self.router.decide(self._request(labels, await self._tokens(whole)))
        if decision.chosen is None:
            raise Failure(decision.refusal)
        self.audience.step(f"asking {served(decision.chosen)}")
        shown, self.is_whole = await asyncio.to_thread(
            prompt.difference, self.change.files, self._most_tokens(decision, decision.chosen)
        )
        is_able = _is_able(decision.chosen)
        with_points = is_able and self.change.style.body_is_usual
        examples = self.change.earlier[:EXAMPLES] if is_able else ()  # a small model copies what it is shown
        chat = prompt.chat(self.change, shown, self._words_chars(), with_points, examples)
        evidence = (
            chat.messages[-1].content if not examples else f"{prompt.facts(self.change.files)}\n{shown}"
        )
        return await self._asked(chat, labels, evidence, with_points)

    async def _asked(self, chat: Chat, labels: tuple[Label, ...], evidence: str, with_points: bool) -> Words:
        evidence = restore(evidence)
        others = [stripped(each) for each in self.change.earlier]

        async def accept(value: Any) -> Words:
            words = shortened(stripped(restore(value["subject"])), self._words_chars())
            if not words:
                raise Unusable(f"the subject must have at most {self._words_chars()} characters")
            if wrong := list(complaints(words, evidence, self.change.facts, others)):
                self.audience.step("asking again")
                raise Unusable("; ".join(wrong))
            return Words(words, tuple(_held(value.get("points", ()), evidence)))

        request = replace(self._request(labels, 0), output_tokens=chat.max_tokens)
        formed = await self.router.structured(
            request, chat, labels, prompt.schema(with_points), self.seconds, accept, self
        )
        self.answers = formed.answers
        return formed.value

    def asking(self, candidate: Candidate) -> None:
        """`Audience` of the router."""
        self.asked.append(candidate)

    def wrote(self, characters: int) -> None:
        """`Audience` of the router."""

    def _request(self, labels: Sequence[Label], tokens: int) -> Request:
        return replace(usual(Task.COMMIT_MESSAGE, tokens, strictest(labels)), structure=Structure.FLAT)

    async def _tokens(self, text: str) -> int:
        facts = prompt.facts(self.change.files)
        return 300 + await asyncio.to_thread(lambda: estimate.tokens(text) + estimate.tokens(facts))

    def _most_tokens(self, decision: Decision, chosen: Candidate) -> int:
        """Of the difference: as much as the model holds, and a local one reads while somebody waits."""
        room = self.router.room(decision) or decision.request.tokens
        facts = estimate.tokens(prompt.facts(self.change.files))
        most = room - facts - prompt.POINTS_TOKENS * 3 - 300
        if chosen.place is Place.CLOUD:
            return max(FEWEST_TOKENS, most)
        read = (
            chosen.speed.prefill * READ_SECONDS
            if chosen.speed and chosen.speed.prefill
            else UNMEASURED_TOKENS
        )
        return max(FEWEST_TOKENS, min(most, round(read) - facts))

    def _words_chars(self) -> int:
        """What the words of a subject may take, beside its prefix."""
        style, facts = self.change.style, self.change.facts
        prefix = len(dressed("x", style, facts, self.change.ticket)) - 1
        return max(30, style.most_chars - prefix)

    # -- what comes of it -----------------------------------------------------------------------------

    def product(self, words: Words | None, why_not: str) -> Product:
        change, style = self.change, self.change.style
        own = plain.subject(change.facts)
        subject = words.subject if words is not None else own.inflected(style.mood)
        whole = dressed(subject, style, change.facts, change.ticket)
        body = self._body(words) if style.body_is_usual else ""
        return Product(
            f"{whole}\n\n{body}" if body else whole, self.answers, 1, tuple(self._notes(words, why_not))
        )

    def _body(self, words: Words | None) -> str:
        points = list(words.points) if words is not None else []
        if not points and (len(self.change.files) > 1 or len(self.change.facts[0].symbols) > 1):
            mood = self.change.style.mood
            points = [each.inflected(mood) for each in plain.points(self.change.facts)]
            points = [f"{each[:1].upper()}{each[1:]}" for each in points]
        if self.change.style.bullets or len(points) > 1:
            return "\n".join(_wrapped(each, "- ", "  ") for each in points)
        return "\n".join(_wrapped(f"{each.rstrip('.')}.", "", "") for each in points)

    def _notes(self, words: Words | None, why_not: str) -> list[str]:
        notes = []
        if self.answers and self.decision is not None:
            dollars = sum(self.router.spent(each) for each in self.answers)
            notes.append(wording.where(self.answers, self.decision.reasons, 1, dollars))
        elif self.asked:
            names = " and ".join(dict.fromkeys(served(each) for each in self.asked))
            notes.append(f"Asked {names}.")
        else:
            notes.append(wording.NO_MODEL)
        if words is None:
            notes.append(f"The subject says the facts alone: {why_not or _unread(self.change)}.")
            if self.change.style.language != ENGLISH:
                notes.append(f"Earlier messages are {self.change.style.language}; what facts say is English.")
        elif not self.is_whole:
            notes.append("The difference is long: the model saw a part of each file's; the facts are of all.")
        if left := [each.facts for each in self.change.files if each.facts.reading is Reading.PRIVATE]:
            notes.append(
                f"Named, not read: {', '.join(each.path for each in left[:3])}{_more(len(left) - 3)}."
            )
        if self.change.style.projects and not self.change.ticket:
            notes.append("Earlier subjects begin with a ticket; this branch's name holds none.")
        return notes


def _is_able(candidate: Candidate) -> bool:
    """Whether it can be trusted with examples and more than a line."""
    return candidate.place is Place.CLOUD or (candidate.model.parameters or 0) >= ABLE_BILLIONS


def _held(points: Sequence[str], evidence: str) -> list[str]:
    """The points that name nothing which the change does not hold."""
    lower = evidence.lower()
    told = (stripped(restore(each)) for each in points)
    return [each for each in told if each and all(name.lower() in lower for name in names_in(each))][:5]


def _unread(change: Change) -> str:
    readings = {each.facts.reading for each in change.files}
    if readings == {Reading.WHOLE}:
        return "no line of text changes"
    return "nothing in it is for a model to read"


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def _wrapped(text: str, first: str, others: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)
