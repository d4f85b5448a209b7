"""Texts sorted into given classes: each gets one of the names that the user gave, or none and the reason."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.errors import UserError
from emberline.routing import estimate
from emberline.routing.decision import Decision
from emberline.routing.ranking import ABLE_BILLIONS, is_able
from emberline.routing.request import Request, Task
from emberline.routing.router import Answer, Formed, Router
from emberline.routing.tasks import request as usual
from emberline.tasks.types import Audience, Material

BATCH = 10
"""Texts in one request to a model that keeps them apart."""
BATCH_BILLIONS = ABLE_BILLIONS
"""Parameters from which a local model does; a smaller one is asked for each text."""
_BATCH_TOKENS = 4_000
_ITEM_TOKENS = 1_500
"""A longer text is cut: what it is about shows at its beginning and its end."""
_SMALLEST_ITEM = 100
_SMALLEST_CHARS = 50
_SPARE_TOKENS = 100
_AROUND_TOKENS = 12
"""Of an answer, around each name."""
_TURN_TOKENS = 6
_LONGEST_TOKEN = 10
"""Characters of a token, at most: more than so many times the room need not be counted."""
_STEPS = 20
"""In how many steps an audience sees it, whatever the number of texts."""
_PATIENCE = 3
"""Texts in a row without an answer after which the rest is not tried."""
_CUT = "\n[…]\n"


@dataclass(frozen=True, slots=True)
class Choice:
    """A class that texts may be in."""

    name: str
    meaning: str = ""
    """What belongs there, in words; empty where the name says it."""

    @staticmethod
    def parse(words: str) -> tuple[Choice, ...]:
        """Those of a list like "bug=something is broken,feature,question". Raises `UserError`."""
        found = []
        for part in words.split(","):
            name, _, meaning = (piece.strip() for piece in part.partition("="))
            if not name:
                raise UserError(
                    f"a label in {words!r} has no name: write them as bug,feature=a wish,question"
                )
            found.append(Choice(name, meaning))
        names = [each.name for each in found]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise UserError(f"the label {twice!r} is given twice")
        if len(found) < 2:
            raise UserError("give two labels at least, as in --labels bug,feature,question")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one text."""

    number: int
    """The text's, from 0."""
    label: str | None
    """One of the names that were given; None where no answer was usable."""
    why: str = ""
    """Why there is none."""
    is_cut: bool = False
    """Its middle was left out, for being too long."""
    answer: Answer | None = None
    """Where the label came from."""


async def classify(
    router: Router, items: Sequence[Material], choices: Sequence[Choice], audience: Audience
) -> AsyncGenerator[Verdict, None]:
    """One verdict a text, in their order, each as soon as it stands. Raises `Failure` where no model may or
    can serve any of them; what fails for one text alone is its verdict's reason.
    """
    await router.surveyed()
    steps = min(_STEPS, len(items))
    audience.begin(steps)
    is_alike = len({each.label.level for each in items}) == 1
    work = _Work(router, choices, is_alike)
    at = told = 0
    while at < len(items):
        decision = work.considered(items[at])
        batch = items[at : at + work.size(decision, items[at:])]
        if at * steps >= told * len(items):
            audience.step(_words(at, len(batch), len(items)))
            told += 1
        for verdict in await work.verdicts(decision, batch, at):
            yield verdict
        at += len(batch)


def _words(at: int, count: int, of: int) -> str:
    """ "21 of 300", "21 to 30 of 300"."""
    return f"{at + 1:,} of {of:,}" if count == 1 else f"{at + 1:,} to {at + count:,} of {of:,}"


@dataclass(slots=True)
class _Work:
    """What all texts of one run share."""

    router: Router
    choices: Sequence[Choice]
    is_alike: bool
    """All texts have one level: where one is refused, all are."""
    failed: int = 0
    """Texts in a row for which nobody answered."""

    def considered(self, item: Material) -> Decision:
        """Where one text alone would go."""
        tokens = min(estimate.tokens(item.text), _ITEM_TOKENS) + self._around()
        return self.router.consider(usual(Task.CLASSIFICATION, tokens, item.label))

    def size(self, decision: Decision, items: Sequence[Material]) -> int:
        """How many of these go together: several to a model that keeps them apart, as long as one level holds
        for all and they are short."""
        if decision.chosen is None or not is_able(decision.chosen, BATCH_BILLIONS):
            return 1
        count, left = 0, _BATCH_TOKENS
        for each in items[:BATCH]:
            left -= min(estimate.tokens(each.text), _ITEM_TOKENS)
            if count and (left < 0 or each.label.level is not items[0].label.level):
                break
            count += 1
        return count

    async def verdicts(self, decision: Decision, batch: Sequence[Material], at: int) -> list[Verdict]:
        """Those of one request; each text by itself where the answer for all of them was not usable."""
        if decision.chosen is None:
            if self.is_alike:
                raise Failure(decision.refusal, Kind.FORBIDDEN)
            return [Verdict(at + number, None, decision.refusal) for number in range(len(batch))]
        texts = [shortened(each.text, self._room(decision)) for each in batch]
        if len(batch) > 1:
            try:
                return await self._together(batch, texts, at)
            except Failure as failure:
                if failure.kind is not Kind.BROKEN:
                    raise
        return [
            await self._alone(each, *text, at + number)
            for number, (each, text) in enumerate(zip(batch, texts, strict=True))
        ]

    def _room(self, decision: Decision) -> int:
        """Tokens that one text may take."""
        room = self.router.room(decision)
        return _ITEM_TOKENS if room is None else max(_SMALLEST_ITEM, min(_ITEM_TOKENS, room - self._around()))

    def _around(self) -> int:
        """Tokens of everything but the text."""
        chat = one("", self.choices)
        words = sum(estimate.tokens(each.content) + _TURN_TOKENS for each in chat.messages)
        return words + chat.max_tokens + _SPARE_TOKENS

    async def _alone(self, item: Material, text: str, is_cut: bool, number: int) -> Verdict:
        chat = one(text, self.choices)
        try:
            formed: Formed[dict[str, str]] = await self.router.structured(
                self._request(chat), chat, (item.label,), schema_of_one(self.choices)
            )
        except Failure as failure:
            self.failed = 0 if failure.kind is Kind.BROKEN else self.failed + 1
            if self.failed >= _PATIENCE:
                raise
            return Verdict(number, None, str(failure), is_cut)
        self.failed = 0
        return Verdict(number, formed.value["label"], "", is_cut, formed.answers[-1])

    async def _together(
        self, batch: Sequence[Material], texts: Sequence[tuple[str, bool]], at: int
    ) -> list[Verdict]:
        chat = several([text for text, _ in texts], self.choices)
        labels = tuple(each.label for each in batch)
        form = schema_of_several(len(batch), self.choices)
        formed: Formed[dict[str, str]] = await self.router.structured(self._request(chat), chat, labels, form)
        answer = formed.answers[-1]
        return [
            Verdict(at + number, formed.value[str(number + 1)], "", is_cut, answer)
            for number, (_, is_cut) in enumerate(texts)
        ]

    def _request(self, chat: Chat) -> Request:
        return replace(usual(Task.CLASSIFICATION, 0), output_tokens=chat.max_tokens)


def instructions(choices: Sequence[Choice]) -> str:
    """What a request about several texts begins with."""
    kinds = "\n".join(
        f"- {each.name}: {each.meaning}" if each.meaning else f"- {each.name}" for each in choices
    )
    return f"You sort texts into classes. The classes are:\n{kinds}"


def one(text: str, choices: Sequence[Choice]) -> Chat:
    """The question about one text.

    Each label with its meaning is shown as an example of it: of the forms that were tried a small model does
    best with this one (docs/tasks.md). All but the text is the same for every text, so that it is read once.
    """
    names = ", ".join(each.name for each in choices)
    messages = [Message("system", f"You sort texts into classes. Answer with one of: {names}.")]
    for each in choices:
        example = f"{each.name}: {each.meaning}" if each.meaning else each.name
        messages.append(Message("user", f"Text: {example}"))
        messages.append(Message("assistant", json.dumps({"label": each.name}, ensure_ascii=False)))
    return _chat((*messages, Message("user", f"Text: {text}")), choices, 1)


def several(texts: Sequence[str], choices: Sequence[Choice]) -> Chat:
    """The question about several texts, which are numbered from 1."""
    listed = "\n\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))
    asked = f"{listed}\n\nWhich class is each text in? Answer as JSON: the text's number and its class."
    return _chat((Message("system", instructions(choices)), Message("user", asked)), choices, len(texts))


def _chat(messages: Sequence[Message], choices: Sequence[Choice], count: int) -> Chat:
    longest = max(estimate.tokens(json.dumps(each.name)) for each in choices)
    return Chat(tuple(messages), count * (longest + _AROUND_TOKENS), temperature=0.0)


def schema_of_one(choices: Sequence[Choice]) -> Mapping[str, Any]:
    """{"label": one of the names}."""
    return _object(("label",), choices)


def schema_of_several(count: int, choices: Sequence[Choice]) -> Mapping[str, Any]:
    """{"1": one of the names, "2": …}: a number before each name keeps a model from losing its place."""
    return _object([str(number) for number in range(1, count + 1)], choices)


def _object(keys: Sequence[str], choices: Sequence[Choice]) -> Mapping[str, Any]:
    names = {"type": "string", "enum": [each.name for each in choices]}
    return {
        "type": "object",
        "properties": dict.fromkeys(keys, names),
        "required": list(keys),
        "additionalProperties": False,
    }


def shortened(text: str, most_tokens: int) -> tuple[str, bool]:
    """The text in at most so many tokens by the estimate, and whether its middle was left out for that."""
    text = text.strip()
    if len(text) <= most_tokens * _LONGEST_TOKEN and estimate.tokens(text) <= most_tokens:
        return text, False
    characters = min(len(text), most_tokens * _LONGEST_TOKEN)
    while True:
        head, tail = characters * 2 // 3, characters // 3
        cut = f"{text[:head].rstrip()}{_CUT}{text[len(text) - tail :].lstrip()}"
        if estimate.tokens(cut) <= most_tokens or characters < _SMALLEST_CHARS:
            return cut, True
        characters = characters * 4 // 5
