"""Execution does what was decided: among servers that misbehave, within the level, once elsewhere at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr

from emberline.backends.build import build
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Done, Event, Message, Usage, Written
from emberline.backends.port import Backend
from emberline.models.info import ModelInfo, Warmth
from emberline.observe.record import Record
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Label, Level, Manifest, Place
from emberline.privacy.secrets import Vault
from emberline.routing.decide import decide
from emberline.routing.decision import Decision
from emberline.routing.execute import Executor, Order
from emberline.routing.fleet import Candidate, Health, Policy
from emberline.routing.request import Request, Task
from tests.routing.fleets import fleet
from tests.servers import Served, serving
from tests.servers.faults import FORMS, steps
from tests.servers.talking import KEY

STRICT = Label(Level.STRICT, "a.py", "privacy.mode")
OPEN = Label(Level.OPEN, "a.py", "privacy.mode")
ANSWER = "Hello from a fake model."
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def candidate(backend: str, model: str, place: Place = Place.MACHINE) -> Candidate:
    return Candidate(
        backend,
        "",
        "",
        place,
        ModelInfo(model, warmth=Warmth.HOSTED),
        Health.UP,
        metered=place is Place.CLOUD,
    )


FIRST = candidate("first", "llama3.1:8b")
SECOND = candidate("second", "gpt-4o")


@dataclass
class Desk:
    """An executor in front of two real servers, and what it told."""

    backends: dict[str, Backend]
    resting: set[str] = field(default_factory=set)
    events: list[tuple[str, str]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.executor = Executor(
            backend=self.backends.__getitem__,
            ready=self.ready,
            health=self,
            recorder=self,
            cost=lambda candidate, usage: 0.25 if candidate.metered else 0.0,
        )

    async def ready(self, candidate: Candidate, tokens: int) -> None: ...

    def admits(self, name: str) -> bool:
        return name not in self.resting

    def begun(self, name: str) -> None: ...

    def succeeded(self, name: str) -> None:
        self.events.append((name, "ok"))

    def failed(self, name: str, failure: Failure) -> None:
        self.events.append((name, failure.kind.value))

    def abandoned(self, name: str) -> None:
        self.events.append((name, "abandoned"))

    def record(self, record: Record) -> None:
        self.records.append(record)

    async def ask(
        self,
        *fallbacks: Candidate,
        chosen: Candidate = FIRST,
        label: Label = STRICT,
        seconds: float = 20.0,
        text: str = "hello",
    ) -> str:
        """The answer's text."""
        decision = Decision(
            Request(Task.EXPLAIN, label, 10, 10), chosen, ("it is warm",), fallbacks=fallbacks
        )
        order = Order(decision, Chat((Message("user", text),), 10), (label,), time.monotonic() + seconds)
        async with aclosing(self.executor.stream(order)) as events:
            return "".join([event.text async for event in events if isinstance(event, Written)])


@pytest.fixture(scope="module")
def ollama() -> Iterator[Served]:
    with serving(*FORMS["ollama"].arguments) as served:
        yield served


@pytest.fixture(scope="module")
def openai() -> Iterator[Served]:
    with serving(*FORMS["openai"].arguments) as served:
        yield served


@pytest.fixture
async def desk(ollama: Served, openai: Served) -> AsyncIterator[Desk]:
    ollama.script(path=FORMS["ollama"].path, steps=[])
    openai.script(path=FORMS["openai"].path, steps=[])
    backends = {
        "first": build("ollama", "first", ollama.url, None, Gate(), 30),
        "second": build("openai-compatible", "second", f"{openai.url}/v1", SecretStr(KEY), Gate(), 30),
    }
    yield Desk(backends)
    for backend in backends.values():
        await backend.close()


FAULTS = [
    "closed",
    "cut",
    "ended early",
    "error inside",
    "429 with a delay",
    "429",
    "500",
    "503 loading",
    "529",
    "malformed JSON",
    "wrong content type",
    "endless",
    "wrong encoding",
    "redirect",
]
"""Of tests/servers/faults.py; silence has tests of its own."""
BEFORE_THE_FIRST_WORD = {
    "closed",
    "429 with a delay",
    "429",
    "500",
    "503 loading",
    "529",
    "wrong content type",
    "wrong encoding",
    "redirect",
}


@pytest.mark.parametrize("mode", FAULTS)
async def test_what_the_user_gets_of_a_fault_and_that_the_next_request_works(
    desk: Desk, ollama: Served, mode: str
) -> None:
    form = FORMS["ollama"]
    ollama.script(path=form.path, steps=steps(mode, form))
    if mode in BEFORE_THE_FIRST_WORD:  # nothing was shown yet: the next place answers
        assert await desk.ask(SECOND) == ANSWER
        first, second = desk.records
        assert (first.backend, second.backend, second.outcome) == ("first", "second", "ok")
        assert (second.fallback_from, second.fallback_why) == (FIRST.backend, first.outcome)
    else:
        with pytest.raises(Failure) as caught:
            await desk.ask(SECOND)
        assert str(caught.value).startswith("first")
        assert [record.backend for record in desk.records] == ["first"]
    assert desk.records[0].outcome not in ("ok", "cancelled")
    ollama.script(path=form.path, steps=[])
    assert await desk.ask(SECOND) == ANSWER
    assert (desk.records[-1].backend, desk.records[-1].outcome) == ("first", "ok")
    assert desk.events[-1] == ("first", "ok")


@pytest.mark.parametrize("mode", ["closed", "500", "429"])
async def test_without_another_place_the_failure_says_why_there_is_none(
    desk: Desk, ollama: Served, mode: str
) -> None:
    form = FORMS["ollama"]
    ollama.script(path=form.path, steps=steps(mode, form))
    with pytest.raises(Failure, match=r"strict, because of privacy\.mode"):
        await desk.ask()
    assert len(desk.records) == 1


async def test_silence_leaves_the_next_place_half_of_the_time(desk: Desk, ollama: Served) -> None:
    form = FORMS["ollama"]
    ollama.script(path=form.path, steps=steps("slow headers", form))
    assert await desk.ask(SECOND, seconds=4.0) == ANSWER
    assert [record.outcome for record in desk.records] == [Kind.UNREACHABLE, "ok"]


async def test_the_deadline_holds_for_all_attempts_together(
    desk: Desk, ollama: Served, openai: Served
) -> None:
    ollama.script(path=FORMS["ollama"].path, steps=steps("slow headers", FORMS["ollama"]))
    openai.script(path=FORMS["openai"].path, steps=steps("slow headers", FORMS["openai"]))
    with pytest.raises(Failure, match=r"second/gpt-4o did not begin to answer"):
        await desk.ask(SECOND, seconds=1.0)
    assert [record.backend for record in desk.records] == ["first", "second"]


async def test_there_is_one_fallback_and_no_more(desk: Desk, ollama: Served, openai: Served) -> None:
    ollama.script(path=FORMS["ollama"].path, steps=steps("500", FORMS["ollama"]))
    openai.script(path=FORMS["openai"].path, steps=steps("500", FORMS["openai"]))
    with pytest.raises(Failure, match="second"):
        await desk.ask(SECOND, candidate("first", "qwen2.5-coder:7b"))
    assert [record.backend for record in desk.records] == ["first", "second"]


async def test_a_place_that_rests_is_passed_over(desk: Desk, ollama: Served) -> None:
    ollama.script(path=FORMS["ollama"].path, steps=steps("500", FORMS["ollama"]))
    desk.resting = {"resting"}
    assert await desk.ask(candidate("resting", "gpt-4o"), SECOND) == ANSWER


async def test_a_place_that_asks_for_a_delay_gets_it_where_there_is_time(desk: Desk, ollama: Served) -> None:
    form = FORMS["ollama"]
    delayed = steps("429 with a delay", form)
    delayed = [{**step, "send": step["send"].replace("Retry-After: 7", "Retry-After: 1")} for step in delayed]
    ollama.script(path=form.path, steps=delayed)

    async def recover() -> None:
        while not desk.records:
            await asyncio.sleep(0.01)
        ollama.script(path=form.path, steps=[])

    recovery = asyncio.create_task(recover())
    assert await desk.ask(seconds=20.0) == ANSWER
    await recovery
    assert [(record.backend, record.outcome) for record in desk.records] == [
        ("first", Kind.RATE_LIMITED),
        ("first", "ok"),
    ]
    assert desk.records[-1].fallback_from == desk.records[-1].fallback_why == ""  # nobody stood in for it


async def test_of_a_refusal_no_path_is_kept(desk: Desk) -> None:
    label = Label(Level.STRICT, "/home/ann/secret/a.py", "privacy.local_only")
    heavy = replace(candidate("first", "/home/ann/models/coder.gguf"), fits=False)
    policy = Policy(mode=Level.OPEN, mode_from="/home/ann/.emberline.yaml:3")
    decision = decide(Request(Task.EXPLAIN, label, 10, 10), policy, fleet(heavy))
    assert decision.refusal.count("/home/ann/models") == 1
    order = Order(decision, Chat((Message("user", "hello"),), 10), (label,), time.monotonic() + 5)
    with pytest.raises(Failure, match=r"/home/ann/models/coder\.gguf"):
        await anext(desk.executor.stream(order))
    (record,) = desk.records
    assert "coder.gguf is out" in record.reason and "/home" not in record.reason


class Remembers:
    """A backend that holds the whole prompt already."""

    async def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        yield Written("yes")
        yield Done("stop", Usage(0, 9, 1, 1.0))

    async def close(self) -> None: ...


async def test_what_a_cache_held_is_not_counted_as_read_too(desk: Desk) -> None:
    desk.backends["remembers"] = cast(Backend, Remembers())
    assert await desk.ask(chosen=candidate("remembers", "tiny")) == "yes"
    (record,) = desk.records
    assert (record.input_tokens, record.cached_tokens, record.output_tokens) == (0, 9, 1)


async def test_a_wrong_request_is_not_asked_elsewhere(desk: Desk) -> None:
    with pytest.raises(Failure) as caught:
        await desk.ask(SECOND, text="x " * 400_000)
    assert caught.value.kind is Kind.BAD_REQUEST
    assert [record.backend for record in desk.records] == ["first"]


async def test_what_may_not_leave_is_refused_by_the_egress_point_whatever_was_decided(tmp_path: Path) -> None:
    """Even a decision that is wrong cannot send strict text away."""
    away = build("openai-compatible", "away", "https://203.0.113.7/v1", SecretStr(KEY), Gate(), 30)
    desk = Desk({"away": away})
    with pytest.raises(Failure, match=r"must stay on this machine") as caught:
        await desk.ask(chosen=candidate("away", "gpt-4o", Place.CLOUD))
    assert caught.value.kind is Kind.FORBIDDEN
    await away.close()


async def test_nothing_is_sent_where_nothing_was_chosen(desk: Desk) -> None:
    refusal = "strict: no model of this machine holds so much"
    decision = Decision(Request(Task.EXPLAIN), None, (), refusal=refusal)
    order = Order(decision, Chat((Message("user", "x"),), 5), (STRICT,), time.monotonic() + 5)
    with pytest.raises(Failure, match=refusal):
        async with aclosing(desk.executor.stream(order)) as events:
            await anext(events)
    (record,) = desk.records
    assert (record.backend, record.place, record.outcome) == ("", "", Kind.FORBIDDEN)
    assert record.reason == refusal


async def test_a_secret_stays_at_home_and_comes_back_in_the_answer(desk: Desk, openai: Served) -> None:
    placeholder = Vault().hide(TOKEN)
    assert placeholder != TOKEN
    half = len(placeholder) // 2
    openai.script(answers=[{"text": ["It is ", placeholder[:half], placeholder[half:], "."]}])
    away = replace(SECOND, place=Place.CLOUD)
    told = await desk.ask(chosen=away, label=OPEN, text=f'token = "{TOKEN}"')
    assert told == f"It is {TOKEN}."
    assert TOKEN not in str(openai.requests(FORMS["openai"].path)[-1]["json"])


async def test_on_this_machine_nothing_is_replaced(desk: Desk, ollama: Served) -> None:
    await desk.ask(text=f'token = "{TOKEN}"')
    assert TOKEN in str(ollama.requests(FORMS["ollama"].path)[-1]["json"])


async def test_a_cancelled_request_is_recorded_and_says_nothing_against_the_place(
    desk: Desk, ollama: Served
) -> None:
    form = FORMS["ollama"]
    ollama.script(path=form.path, steps=steps("stall", form))
    asking = asyncio.create_task(desk.ask(SECOND))
    while not any(request["path"] == form.path for request in ollama.requests()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert desk.records[-1].outcome == "cancelled"
    assert desk.events[-1] == ("first", "abandoned")


async def test_a_record_holds_what_it_cost_and_how_long_it_took(desk: Desk) -> None:
    away = replace(SECOND, place=Place.CLOUD, metered=True)
    await desk.ask(chosen=away, label=OPEN)
    record = desk.records[-1]
    assert (record.task, record.place, record.model, record.level) == ("explain", "cloud", "gpt-4o", "open")
    assert record.cost_usd == 0.25
    assert record.first_token_ms is not None and 0 < record.first_token_ms <= record.duration_ms
    assert record.input_tokens > 0 and record.output_tokens > 0
    assert record.reason == "it is warm"


async def test_the_answers_last_event_is_its_end(desk: Desk) -> None:
    decision = Decision(Request(Task.EXPLAIN, STRICT), FIRST, ())
    order = Order(decision, Chat((Message("user", "hi"),), 10), (STRICT,), time.monotonic() + 20)
    async with aclosing(desk.executor.stream(order)) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], Done) and isinstance(seen[-1].usage, Usage)
