"""Answers to questions: who is asked, what of the answer stands, and what is told instead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Vectors
from emberline.errors import UserError
from emberline.models.info import ModelInfo
from emberline.privacy.labels import Label, Level
from emberline.privacy.labels import Place as Whereabouts
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request, Task
from emberline.routing.router import Router
from emberline.tasks.questions import meaning
from emberline.tasks.questions.answering import NOT_HERE, answer
from emberline.tasks.questions.findings import Findings, Hit
from emberline.tasks.questions.index import QuestionIndex, Watch
from emberline.tasks.questions.meaning import Memory, reordered
from emberline.tasks.questions.passages import Passage
from emberline.tasks.questions.types import Reply
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving
from tests.servers.talking import KEY

STORE = """\
class Store:
    def shut(self):
        'Closes every session and forgets it.'
        self.sessions.clear()
"""
MONEY = """\
def price_of(basket):
    'What a basket costs, discounts deducted.'
    return sum(basket)
"""
QUESTION = "How are sessions closed?"
GOOD = "`shut` closes every session and forgets it [1]."


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path, monkeypatch)
    place.write("store.py", STORE)
    place.write("money.py", MONEY)
    place.configure(ALONE)
    return place


@pytest.fixture
def cloud(place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        open_to(place, served)
        yield served


def open_to(place: Place, served: Served, privacy: str = "mode: open") -> None:
    router = f"{{cloud_endpoint: '{served.url}/v1', cloud_api_key: {KEY}}}"
    place.configure(f"privacy: {{{privacy}}}\nrouter: {router}\n{ALONE}")


class Steps:
    def __init__(self) -> None:
        self.words: list[str] = []

    def begin(self, steps: int) -> None:
        self.words.append(f"{steps} steps")

    def step(self, words: str) -> None:
        self.words.append(words)


@asynccontextmanager
async def asking(place: Place) -> AsyncIterator[tuple[Router, QuestionIndex]]:
    async with place.router() as router:
        index = QuestionIndex((place.folder,))
        try:
            yield router, index
        finally:
            await index.close()


async def asked(place: Place, question: str = QUESTION, steps: Steps | None = None) -> Reply:
    async with asking(place) as (router, index):
        return await answer(router, index, question, steps or Steps())


def told(served: Served) -> list[list[dict[str, Any]]]:
    return [each["json"]["messages"] for each in served.requests("/v1/chat/completions")]


async def test_an_answer_comes_with_the_places_that_say_it(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": GOOD}])
    steps = Steps()
    reply = await asked(place, steps=steps)
    assert reply.found and reply.text == GOOD
    first = reply.citations[0]
    assert first.is_cited and first.number == 1 and first.path == place.folder / "store.py"
    assert (first.name, first.first, first.last, first.symbol) == ("store.py", 1, 4, "Store")
    assert first.line == 1 and first.excerpt == STORE.rstrip("\n")
    assert "gpt-4o in the cloud" in reply.notes[0]
    assert steps.words[:2] == ["2 steps", "reading the workspace"] and "gpt-4o" in steps.words[-1]
    (messages,) = told(cloud)
    assert "[1] store.py (Store)" in messages[-1]["content"] and QUESTION in messages[-1]["content"]


async def test_reading_for_long_is_told_by_tenths(place: Place) -> None:
    steps = Steps()

    class Slow:
        async def search(self, question: str, most: int, exclude: Sequence[str], watch: Watch) -> Findings:
            for done in range(101):
                watch(done, 100)
            return Findings((), 100, True)

    async with place.router() as router:
        await answer(router, Slow(), QUESTION, steps)
    assert steps.words[:3] == ["2 steps", "reading the workspace", "12 steps"]
    assert steps.words[3:] == [f"reading the workspace: {n} of 100 files" for n in range(0, 101, 10)]


async def test_citations_are_numbered_as_they_are_named(place: Place, cloud: Served) -> None:
    cloud.script(
        answers=[{"text": "It sums the basket, discounts deducted [2]. It closes every session [1]."}]
    )
    reply = await asked(place, "how are sessions closed and what does a basket cost?")
    assert (
        reply.text.split("\n")
        == [
            "It sums the basket, discounts deducted [1].",
            "It closes every session [2].",
        ]
        or reply.text.count("[1]") == reply.text.count("[2]") == 1
    )
    assert {each.name for each in reply.citations if each.is_cited} == {"store.py", "money.py"}


async def test_what_no_passage_bears_out_is_left_out_and_said(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": f"{GOOD} Passwords are hashed with bcrypt and salted twice [1]."}])
    reply = await asked(place)
    assert reply.text == GOOD
    assert any("Left out" in each and "one sentence" in each for each in reply.notes)


async def test_where_nothing_stands_it_is_asked_once_more_and_told_why(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": "`shut_down` closes every session [1]."}, {"text": GOOD}])
    reply = await asked(place)
    assert reply.text == GOOD and len(reply.answers) == 2
    first, second = told(cloud)
    assert len(second) == len(first) + 2 and "`shut_down` stands in none" in second[-1]["content"]


async def test_where_still_nothing_stands_the_places_are_told_alone(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": "Passwords are hashed with bcrypt and salted twice."}] * 2)
    reply = await asked(place)
    assert reply.found and "not borne out" in reply.text and "bcrypt" not in reply.text
    assert reply.citations[0].name == "store.py" and not reply.citations[0].is_cited
    assert len(told(cloud)) == 2


async def test_what_the_model_does_not_find_is_not_found_here(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": "NOT FOUND"}])
    reply = await asked(place)
    assert not reply.found and reply.text.startswith(NOT_HERE)
    assert reply.citations[0].name == "store.py" and len(told(cloud)) == 1


async def test_what_the_workspace_does_not_have_no_model_is_asked_for(place: Place, cloud: Served) -> None:
    reply = await asked(place, "Which Kubernetes ingress terminates TLS for the customer's basket?")
    assert not reply.found and reply.text.startswith(NOT_HERE) and told(cloud) == []
    assert reply.citations[0].name == "money.py" and not reply.citations[0].is_cited
    assert reply.answers == ()
    assert reply.notes == ("No model was asked.",)


@pytest.mark.parametrize("question", ["What is it?", "???"])
async def test_a_question_without_a_word_to_seek_is_told_so(place: Place, question: str) -> None:
    reply = await asked(place, question)
    assert not reply.found and "names nothing" in reply.text and reply.citations == ()


@pytest.mark.parametrize("question", ["", "  \n", "why " * 1000])
async def test_what_is_no_question_is_refused(place: Place, question: str) -> None:
    with pytest.raises(UserError):
        await asked(place, question)


async def test_without_a_model_the_places_stand_alone(place: Place) -> None:
    reply = await asked(place)
    assert reply.found and reply.citations[0].name == "store.py" and reply.answers == ()
    assert reply.notes[0].startswith("No model has answered")


async def test_a_model_that_fails_leaves_the_places(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"status": 500, "body": {}}] * 4)
    reply = await asked(place)
    assert reply.citations[0].name == "store.py" and "No model has answered" in reply.notes[0]


async def test_one_passage_that_must_stay_keeps_the_answer_on_this_machine(
    place: Place, cloud: Served
) -> None:
    open_to(place, cloud, "mode: open, local_only: ['store.py']")
    reply = await asked(place)
    assert told(cloud) == [] and reply.citations[0].name == "store.py"
    assert "local_only" in " ".join(reply.notes)
    cloud.script(answers=[{"text": "A basket costs what `price_of` says, discounts deducted [1]."}])
    assert (await asked(place, "what does a basket cost, discounts deducted?")).answers != ()


async def test_what_may_not_be_read_any_more_is_not_told(place: Place, cloud: Served) -> None:
    async with asking(place) as (router, index):
        place.write(".emberlineignore", "store.py\n")
        router.boundaries.invalidate()
        reply = await answer(router, index, QUESTION, Steps())
    assert not reply.found and told(cloud) == []


async def test_an_empty_workspace_says_so(place: Place) -> None:
    for name in ("a.py", "store.py", "money.py"):
        (place.folder / name).unlink()
    reply = await asked(place)
    assert not reply.found and "no file" in reply.text


async def test_embeddings_of_a_local_server_count_too(place: Place) -> None:
    with serving("tests.servers.ollama") as served:
        place.runs_ollama(served)
        place.configure("engine: {embedded: false}\n")
        reply = await asked(place, "how are sessions closed and what does a basket cost?")
        asked_for = [each["json"] for each in served.requests("/api/embed")]
    assert asked_for and all(each["model"].startswith("nomic-embed-text") for each in asked_for)
    assert any("by meaning with nomic-embed-text" in each for each in reply.notes)


# -- by meaning ---------------------------------------------------------------------------------------


@dataclass
class Embedding:
    """A router that embeds a text as what `means` says of it."""

    means: Callable[[str], tuple[float, ...]]
    is_there: bool = True
    fails: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)
    admitted: list[Whereabouts] = field(default_factory=list)
    labels: tuple[Label, ...] = ()

    @property
    def textless(self) -> Label:
        return Label(Level.OPEN, "no text", "privacy.mode")

    async def directed(self, request: Request, admits: Callable[[Candidate], bool]) -> Decision:
        assert request.task is Task.EMBEDDING and request.label.level is Level.STRICT
        candidates = [
            Candidate("ollama", "ollama", "http://127.0.0.1", where, ModelInfo("nomic"))
            for where in Whereabouts
        ]
        self.admitted = [each.place for each in candidates if admits(each)]
        return Decision(request, candidates[0] if self.is_there else None, ())

    async def embed(self, decision: Decision, texts: tuple[str, ...], labels: tuple[Label, ...]) -> Vectors:
        if self.fails:
            raise Failure("out of order", Kind.UNREACHABLE)
        self.asked.append(texts)
        self.labels = labels
        return Vectors(tuple(map(self.means, texts)), 0)


def shelf(*names: str) -> list[tuple[Hit, Label]]:
    return [
        (
            Hit(f"/w/{name}", name, Passage(1, 1, ""), name, 1.0, 1.0),
            Label(Level.STRICT, name, "privacy.local_only"),
        )
        for name in names
    ]


def means(text: str) -> tuple[float, ...]:
    return (1.0, 0.0) if "question" in text or "d.py" in text else (0.0, 1.0)


async def test_what_means_the_same_moves_up(tmp_path: Path) -> None:
    router, memory = Embedding(means), Memory()
    found, by = await reordered(router, "question", shelf("a.py", "b.py", "c.py", "d.py"), memory)
    names = [hit.name for hit, _ in found]
    assert by == "nomic" and names.index("d.py") < 3 and set(names) == {"a.py", "b.py", "c.py", "d.py"}
    assert Whereabouts.CLOUD not in router.admitted and Whereabouts.MACHINE in router.admitted
    assert {label.level for label in router.labels} == {Level.STRICT, Level.OPEN}


async def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    router, memory = Embedding(means), Memory()
    await reordered(router, "question", shelf("a.py", "b.py"), memory)
    await reordered(router, "question", shelf("a.py", "b.py", "c.py"), memory)
    texts = [text for some in router.asked for text in some]
    assert len(texts) == len(set(texts)) == 4


async def test_only_the_last_embeddings_are_kept_and_the_questions_own_suffice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(meaning, "_KEPT", 3)
    router, memory = Embedding(means), Memory()
    for _ in range(2):
        found, by = await reordered(router, "question", shelf("a.py", "b.py", "c.py", "d.py"), memory)
        assert by == "nomic" and [hit.name for hit, _ in found].index("d.py") < 3
        assert len(memory.vectors) == 3


@pytest.mark.parametrize("router", [Embedding(means, is_there=False), Embedding(means, fails=True)])
async def test_without_embeddings_the_order_of_words_stands(router: Embedding) -> None:
    before = shelf("a.py", "d.py")
    assert await reordered(router, "question", before, Memory()) == (before, "")
