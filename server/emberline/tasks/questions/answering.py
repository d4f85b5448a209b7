"""A question about the workspace, from its words to an answer with places."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emberline.backends.failure import Failure, Kind
from emberline.completion.sentinels import restore
from emberline.errors import UserError
from emberline.privacy.labels import Level, Place, strictest
from emberline.routing import estimate
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Task
from emberline.routing.router import Answer, Router
from emberline.routing.tasks import request as usual
from emberline.tasks import wording
from emberline.tasks.questions import prompt
from emberline.tasks.questions.excerpts import excerpt, narrowed
from emberline.tasks.questions.findings import Findings, Hit
from emberline.tasks.questions.index import Index
from emberline.tasks.questions.meaning import Labelled, Memory, reordered
from emberline.tasks.questions.question import query
from emberline.tasks.questions.support import Checked, checked, renumbered
from emberline.tasks.questions.types import Citation, Reply
from emberline.tasks.types import Audience

LEAST_COVERAGE = 0.35
"""Below this no passage has enough of the question to answer it. Calibrated by benchmarks/questions.py."""
SOUGHT = 24
"""Passages that are sought; as many as fit are read."""
MOST_PASSAGES = 12
LOCAL_PASSAGES = 5
"""A small model loses the thread in more."""
LOCAL_LINES = 30
"""Of a longer passage a local model reads those with most of the question's words."""
READING_SECONDS = 15.0
"""A local model is given no more than it reads in this time, at the speed measured."""
LEAST_TOKENS = 600
_UNMEASURED_TOKENS = 1_200
"""For a local model whose speed nobody has measured."""
_CLOUD_TOKENS = 8_000
PLACES = 5
LONGEST_QUESTION = 2_000
SMALL_BILLIONS = 3.0
NOT_HERE = "Not found here"
_MEMORY = Memory()


async def answer(router: Router, index: Index, question: str, audience: Audience) -> Reply:
    """What the workspace says to a question, with the places that say it.

    Where no model can or may answer, the places stand alone. Raises `UserError` for what is no question, and
    where the workspace cannot be read.
    """
    question = " ".join(question.split())
    if not question:
        raise UserError("no question was asked")
    if len(question) > LONGEST_QUESTION:
        raise UserError(f"the question is longer than {LONGEST_QUESTION} characters")
    work = _Work(router, question, audience)
    return await work.run(index)


@dataclass(slots=True)
class _Work:
    router: Router
    question: str
    audience: Audience
    answers: list[Answer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tenths: int = -1
    """How much of the workspace is known to have been read."""

    async def run(self, index: Index) -> Reply:
        self.audience.begin(2)
        self.audience.step("reading the workspace")
        looking = asyncio.ensure_future(self.router.surveyed())
        try:
            exclude = self.router.settings.privacy.exclude
            findings = await index.search(self.question, SOUGHT, exclude, self._watch)
            await looking
        finally:
            looking.cancel()
        if not findings.is_whole:
            self.notes.append("The workspace is too large: a part of it was not read.")
        shelf = await asyncio.to_thread(self._labelled, findings)
        if not _is_likely(shelf):
            return self._not_here(shelf, findings)
        shelf, by = await reordered(self.router, self.question, shelf, _MEMORY)
        if by:
            self.notes.append(f"Found by words, and by meaning with {by}.")
        return await self._answered(shelf)

    def _watch(self, done: int, of: int) -> None:
        """Tells each tenth once, of what takes long enough to be told at all."""
        if self.tenths < 0:
            self.audience.begin(2 + 10)
        if (tenths := done * 10 // of) > self.tenths:
            self.tenths = tenths
            self.audience.step(f"reading the workspace: {done} of {of} files")

    def _labelled(self, findings: Findings) -> list[Labelled]:
        """Those that a model may read, by the policy of this very moment."""
        labelled = ((hit, self.router.label(Path(hit.path).as_uri())) for hit in findings.hits)
        return [(hit, label) for hit, label in labelled if label is not None]

    # -- answering ------------------------------------------------------------------------------------

    async def _answered(self, shelf: Sequence[Labelled]) -> Reply:
        try:
            decision, chosen = await self._chosen(shelf)
            self.audience.step(f"asking {wording.route(decision)}")
            stands = await self._asked(chosen)
        except Failure as failure:
            self.notes.append(f"No model has answered: {failure}.")
            return self._places("These places have most of what was asked for:", shelf)
        self.notes[:0] = [self._where(decision), *self._warnings(decision)]
        if stands.says_none:
            return self._places(
                f"{NOT_HERE}: the model finds no answer in the places that have most of "
                "the question's words.",
                shelf,
                found=False,
            )
        if not stands.sentences:
            return self._places(
                "What the model wrote is not borne out by what it read, so only the places are told:", shelf
            )
        new = {old: number for number, old in enumerate(stands.cited, 1)}
        text = "\n".join(renumbered(each, new) for each in stands.sentences)
        cited = [chosen[old - 1] for old in stands.cited]
        known = [hit for hit, _ in cited]
        others = [each for each in shelf if not any(_overlap(each[0], hit) for hit in known)][
            : max(0, PLACES - len(cited))
        ]
        if stands.complaints:
            count = len(stands.complaints)
            self.notes.append(f"Left out, because no passage bears it out: {_sentences(count)}.")
        return self._reply(text, True, cited, others)

    async def _chosen(self, shelf: Sequence[Labelled]) -> tuple[Decision, list[Labelled]]:
        """Where the question goes, and the passages that it takes along: as many as who answers there reads
        well. Raises `Failure` where nobody may or can."""
        near = [(narrowed(self.question, hit, LOCAL_LINES), label) for hit, label in shelf[:LOCAL_PASSAGES]]
        decision = await self._decided(_fitting(near, LEAST_TOKENS))
        if decision.chosen is None:
            raise Failure(decision.refusal, Kind.FORBIDDEN)
        is_cloud = decision.chosen.place is Place.CLOUD
        read = shelf[:MOST_PASSAGES] if is_cloud else near
        tokens = _CLOUD_TOKENS if is_cloud else _readable(decision.chosen)
        room = self.router.room(decision)
        if room is not None:
            tokens = min(tokens, room - prompt.ANSWER_TOKENS - prompt.AROUND_TOKENS)
        return decision, _fitting(read, tokens) or [_shortened(read[0], tokens)]

    async def _decided(self, chosen: Sequence[Labelled]) -> Decision:
        asked = prompt.chat(self.question, [hit for hit, _ in chosen])
        tokens = estimate.tokens("\n".join(each.content for each in asked.messages))
        label = strictest([self.router.textless, *(label for _, label in chosen)])
        request = replace(usual(Task.QUESTION, tokens, label), output_tokens=prompt.ANSWER_TOKENS)
        return await self.router.directed(request, lambda candidate: True)

    async def _asked(self, chosen: Sequence[Labelled]) -> Checked:
        """What of the answer stands; asked once more where nothing does."""
        hits = [hit for hit, _ in chosen]
        labels = (self.router.textless, *(label for _, label in chosen))
        asked = prompt.chat(self.question, hits)
        # The file's name and the symbol count: the model is shown them with the passage.
        passages = [prompt.shown(number, hit) for number, hit in enumerate(hits, 1)]
        request = replace(usual(Task.QUESTION, 0), output_tokens=prompt.ANSWER_TOKENS)
        for attempt in range(2):
            answer = await self.router.answer(request, asked, labels)
            self.answers.append(answer)
            written = restore(answer.text)
            stands = checked(written, passages)
            if stands.sentences or stands.says_none or attempt:
                break
            complaint = stands.complaints[0] if stands.complaints else "There was no sentence."
            self.audience.step("asking again: no sentence was borne out by the passages")
            asked = prompt.again(asked, written, complaint)
        return stands

    # -- telling --------------------------------------------------------------------------------------

    def _where(self, decision: Decision) -> str:
        dollars = sum(self.router.spent(each) for each in self.answers)
        reasons = self.answers[-1].decision.reasons if self.answers else decision.reasons
        return wording.where(self.answers, reasons, 1, dollars)

    def _warnings(self, decision: Decision) -> list[str]:
        found = [f"{each[:1].upper()}{each[1:]}." for each in decision.warnings]
        served = self.answers[-1].served if self.answers else decision.chosen
        size = None if served is None else served.model.parameters
        if served is not None and size is not None and size < SMALL_BILLIONS:
            found.append(f"{served.model.name} is a small model: trust the places more than its words.")
        return found

    def _not_here(self, shelf: Sequence[Labelled], findings: Findings) -> Reply:
        self.notes.insert(0, wording.NO_MODEL)
        if findings.files == 0:
            return Reply(f"{NOT_HERE}: there is no file that may be read.", False, (), tuple(self.notes))
        if not query(self.question).wanted:
            return Reply(
                "The question names nothing that could be sought: say it with a word or a name "
                "from the code.",
                False,
                (),
                tuple(self.notes),
            )
        near = " The nearest places:" if shelf else ""
        words = f"{NOT_HERE}: nothing in {findings.files} files has enough of what was asked for.{near}"
        return self._places(words, shelf, found=False)

    def _places(self, words: str, shelf: Sequence[Labelled], found: bool = True) -> Reply:
        return self._reply(words, found, (), shelf[:PLACES])

    def _reply(self, text: str, found: bool, cited: Sequence[Labelled], others: Sequence[Labelled]) -> Reply:
        local = next((label for _, label in cited if label.level is Level.STRICT), None)
        if local is not None and self.router.textless.level is not Level.STRICT:
            self.notes.append(f"It stays on this machine because of {local.why} ({local.source}).")
        places = [
            self._citation(number, hit, number <= len(cited))
            for number, (hit, _) in enumerate((*cited, *others), 1)
        ]
        return Reply(text, found, tuple(places), tuple(self.notes), tuple(self.answers))

    def _citation(self, number: int, hit: Hit, is_cited: bool) -> Citation:
        passage = hit.passage
        line, lines = excerpt(self.question, hit)
        return Citation(
            number,
            Path(hit.path),
            hit.name,
            passage.first,
            passage.last,
            passage.symbol,
            lines,
            line,
            is_cited,
        )


def _overlap(one: Hit, other: Hit) -> bool:
    here, there = one.passage, other.passage
    return one.path == other.path and here.first <= there.last and there.first <= here.last


def _is_likely(shelf: Sequence[Labelled]) -> bool:
    """Whether one of the best passages has enough of the question."""
    return max((hit.coverage for hit, _ in shelf[:PLACES]), default=0.0) >= LEAST_COVERAGE


def _readable(candidate: Candidate) -> int:
    """Tokens of passages that a local model reads while the user waits."""
    if candidate.speed is None or candidate.speed.prefill <= 0:
        return _UNMEASURED_TOKENS
    return max(LEAST_TOKENS, round(candidate.speed.prefill * READING_SECONDS))


def _fitting(shelf: Sequence[Labelled], tokens: int) -> list[Labelled]:
    taken = prompt.fitting([hit for hit, _ in shelf], tokens)
    return [each for each in shelf if each[0] in taken]


def _shortened(labelled: Labelled, tokens: int) -> Labelled:
    """The passage's first lines, where not even one fits."""
    hit, label = labelled
    text = hit.text[: max(200, tokens * 2)]
    last = hit.passage.first + text.count("\n")
    return replace(hit, text=text, passage=replace(hit.passage, last=last)), label


def _sentences(count: int) -> str:
    return "one sentence" if count == 1 else f"{count} sentences"
