"""A log told in words: read and counted without a model, worded by one, checked against what it was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.privacy.labels import Label, strictest
from emberline.routing import estimate
from emberline.routing.ranking import ABLE_BILLIONS, is_able
from emberline.routing.request import Task
from emberline.routing.router import Formed, Router
from emberline.routing.tasks import request as usual
from emberline.tasks import wording
from emberline.tasks.logs.apart import read_apart
from emberline.tasks.logs.faithful import Verified, verified
from emberline.tasks.logs.glossing import composed, picked, question, schema
from emberline.tasks.logs.markdown import markdown
from emberline.tasks.logs.reading import in_order, read, read_text
from emberline.tasks.logs.sheet import Sheet, plain, sheet
from emberline.tasks.logs.sources import Log
from emberline.tasks.logs.types import Overview
from emberline.tasks.long import digest
from emberline.tasks.types import Audience, Material, Product

ANSWER_TOKENS = 300
WEAK = "What the model wrote does not hold against the log, or adds nothing: the figures are all there is."
_UNREAD = "No model may read {}, so the figures are all there is."
_SYSTEM = "You explain logs to the engineer who runs the program. You are exact and brief."
_QUESTION = """\
These are the figures of a log. Every row names the line of the log that it tells of.

{}

Write one paragraph of three to five sentences: what happened, what failed first, what repeats. Name the line
of the log for all that you say, as in "(line {})". Take lines, numbers and names from the rows, no others."""
_AGAIN = "That does not hold: {}. Write the paragraph again, only with what stands in the rows."
_JOIN = """\
These are descriptions of parts of one log, in order.

{}

Write one paragraph of three to five sentences of all of it: what happened, what failed first, what repeats.
Keep the line numbers."""
_COMPLAINTS = 3
_SECONDS = 600.0
_SMALL_BYTES = 512 << 10
"""Read in a thread within some tens of milliseconds; what is larger has a process of its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """A log's figures, and a paragraph about them."""

    overview: Overview
    product: Product
    """Its text is the model's paragraph, or plain sentences of the figures where none was asked or none held;
    its notes say which."""
    cited: tuple[int, ...] = ()
    """The lines that a model's paragraph points at, each of which it was shown."""

    @property
    def is_worded(self) -> bool:
        """Whether the words are a model's."""
        return bool(self.cited)

    @property
    def markdown(self) -> str:
        """The paragraph and the table, for an editor. How it was made is told beside it."""
        return markdown(self.overview, self.product.text)


async def summary(router: Router, logs: Sequence[Path | Material], audience: Audience) -> Told:
    """What stands in these logs: files of any size, packed or not, or texts that are at hand.

    Where no model may read one of them, or none serves, the figures are told in plain sentences and a note
    says why. Raises `BadLog` where a file cannot be read.
    """
    audience.begin(2)
    audience.step("reading the log")
    texts = [each for each in logs if isinstance(each, Material)]
    if texts:
        overview = await asyncio.to_thread(read_text, texts[0].name, texts[0].text)
        return await worded(router, overview, [texts[0].label], audience)
    files = [Log.of(each) for each in logs if isinstance(each, Path)]
    if sum(each.size for each in files) > _SMALL_BYTES:
        overview = await read_apart([each for each in logs if isinstance(each, Path)])
    else:
        overview = await asyncio.to_thread(lambda: read(in_order(files)))
    labels = [router.boundaries.label(Path(name)) for name in overview.sources]
    return await worded(router, overview, labels, audience)


async def worded(
    router: Router, overview: Overview, labels: Sequence[Label | None], audience: Audience
) -> Told:
    """The paragraph about logs that were read. `labels`: how far each may travel; None: no model reads it."""
    if None in labels:
        unread = next(name for name, label in zip(overview.sources, labels, strict=True) if label is None)
        return unworded(overview, _UNREAD.format(unread))
    if not overview.records:
        return unworded(overview, wording.NO_MODEL)
    allowed = tuple(label for label in labels if label is not None)
    try:
        shown = await asyncio.to_thread(sheet, overview)
        await router.surveyed()
        tokens = estimate.tokens(shown.text) + estimate.tokens(_QUESTION)
        decision = router.consider(usual(Task.LOG_SUMMARY, tokens, strictest(allowed)))
        if decision.chosen is None or is_able(decision.chosen, ABLE_BILLIONS):
            return await _told(router, overview, shown, allowed, audience)
        return await _glossed(router, overview, allowed, audience)
    except Failure as failure:
        return unworded(overview, f"No model worded it: {failure}")


def unworded(overview: Overview, *notes: str) -> Told:
    """The figures in plain sentences."""
    return Told(overview, Product(plain(overview), notes=notes))


async def _glossed(router: Router, overview: Overview, labels: tuple[Label, ...], audience: Audience) -> Told:
    """With the help of a small model. Raises `Failure`, but not for an answer that is not usable."""
    groups = await asyncio.to_thread(picked, overview)
    chat = question(groups)
    audience.step("asking what the messages mean")
    request = replace(usual(Task.LOG_SUMMARY, 0), output_tokens=chat.max_tokens)
    try:
        formed: Formed[dict[str, str]] = await router.structured(
            request, chat, labels, schema(groups), _SECONDS
        )
    except Failure as failure:
        if failure.kind is not Kind.BROKEN:
            raise
        return unworded(overview, WEAK)
    answer = formed.answers[-1]
    found = composed(overview, groups, formed.value)
    where = wording.where((answer,), answer.decision.reasons, 1, router.spent(answer))
    return _checked(overview, Product(found.text, formed.answers, notes=(where,)), found)


async def _told(
    router: Router, overview: Overview, shown: Sheet, labels: tuple[Label, ...], audience: Audience
) -> Told:
    """By a model that writes prose. Asked once more where nothing held. Raises `Failure`."""
    line = min((place.line for row in shown.rows for place in row.places), default=1)
    material = [Material(overview.sources[0], shown.text, labels[0])]
    material += [
        Material(name, "", label) for name, label in zip(overview.sources[1:], labels[1:], strict=True)
    ]

    def ask(text: str, part: int, parts: int) -> Chat:
        return _chat(_QUESTION.format(text, line))

    product = await digest(router, Task.LOG_SUMMARY, material, ask, _join, audience)
    found = verified(product.text, shown)
    if not found.is_enough:
        wrong = "; ".join(found.complaints[:_COMPLAINTS]) or "it names no line of the log"
        turns = (Message("assistant", product.text), Message("user", _AGAIN.format(wrong)))

        def ask_again(text: str, part: int, parts: int) -> Chat:
            chat = ask(text, part, parts)
            return replace(chat, messages=(*chat.messages, *turns), temperature=0.0)

        second = await digest(router, Task.LOG_SUMMARY, material, ask_again, _join, audience)
        product = replace(second, answers=(*product.answers, *second.answers))
        found = verified(product.text, shown)
    return _checked(overview, product, found)


def _checked(overview: Overview, product: Product, found: Verified) -> Told:
    """What holds of the words, or the figures where nothing does."""
    if not found.is_enough:
        return Told(overview, replace(product, text=plain(overview), notes=(*product.notes, WEAK)))
    notes = (*product.notes, *_left_out(found))
    return Told(overview, replace(product, text=found.text, notes=notes), found.cited)


def _left_out(found: Verified) -> tuple[str, ...]:
    count = len(found.complaints)
    if not count:
        return ()
    what = "One kind of claim" if count == 1 else f"{count} kinds of claims"
    return (
        f"{what} of the model's did not hold and was left out: {'; '.join(found.complaints[:_COMPLAINTS])}.",
    )


def _chat(question: str) -> Chat:
    return Chat((Message("system", _SYSTEM), Message("user", question)), ANSWER_TOKENS, temperature=0.1)


def _join(answers: Sequence[str]) -> Chat:
    return _chat(_JOIN.format("\n\n".join(answers)))
