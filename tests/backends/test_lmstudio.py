"""LM Studio's protocol against a fake that runs as a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import jsonschema_rs
import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.lmstudio import LmStudio
from emberline.backends.messages import Called, Chat, Event, Infill, Message, Tool, Written
from emberline.models.fim import QWEN
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Label, Level, Manifest
from tests.backends.hosted import done_of, text_of
from tests.servers import Served, serving

CODER, CHATTY = "qwen2.5-coder-7b-instruct", "meta-llama-3.1-8b-instruct"
SENT = Manifest((Label(Level.STRICT, "/home/a.py", "privacy.mode"),), "test")


@pytest.fixture
def fake() -> Iterator[Served]:
    with serving("tests.servers.lmstudio") as served:
        yield served


@pytest.fixture
async def studio(fake: Served) -> AsyncIterator[LmStudio]:
    backend = LmStudio("lmstudio", fake.url, connect(fake.url, Gate(), {}), 30)
    yield backend
    await backend.close()


@pytest.fixture
async def older() -> AsyncIterator[LmStudio]:
    with serving("tests.servers.lmstudio", "v0") as served:
        backend = LmStudio("lmstudio", served.url, connect(served.url, Gate(), {}), 30)
        yield backend
        await backend.close()


def asked(text: str = "Hello?", **more: Any) -> Chat:
    return Chat((Message("user", text),), **{"max_tokens": 50} | more)


async def events(studio: LmStudio, chat: Chat, model: str = CHATTY) -> list[Event]:
    return [event async for event in studio.chat(model, chat, SENT)]


def last(fake: Served, path: str) -> dict[str, Any]:
    body: dict[str, Any] = fake.requests(path)[-1]["json"]
    return body


def loads(fake: Served) -> list[tuple[str, int, bool]]:
    return [(load["model"], load["context"], load["on_demand"]) for load in fake.get("/fake/loads")]


async def test_what_it_offers(studio: LmStudio) -> None:
    coder, chatty, embedder = await studio.models(SENT)
    assert coder == ModelInfo(
        name=CODER,
        capabilities=frozenset((Capability.CHAT, Capability.SCHEMA, Capability.TOOLS, Capability.INFILL)),
        context_tokens=32768,
        warmth=Warmth.COLD,
        quantization="Q4_K_M",
        parameters=7.0,
        family="qwen2",
        size_bytes=4_683_073_536,
        fim=QWEN,
    )
    assert chatty.capabilities == {Capability.CHAT, Capability.SCHEMA}
    assert embedder.capabilities == {Capability.EMBED}
    assert (await studio.probe(SENT)).state == "up"
    assert studio.keeps_one_model


async def test_an_older_one_tells_less(older: LmStudio) -> None:
    coder, chatty, embedder = await older.models(SENT)
    assert (coder.name, coder.quantization, coder.fim, coder.context_tokens) == (CODER, "Q4_K_M", QWEN, 32768)
    assert Capability.TOOLS in coder.capabilities
    assert (chatty.warmth, embedder.capabilities) == (Warmth.COLD, {Capability.EMBED})
    await older.load(CHATTY, None, SENT)
    assert ((await older.models(SENT))[1].warmth, (await older.models(SENT))[1].loaded_context) == (
        Warmth.WARM,
        4096,
    )
    with pytest.raises(Failure, match="this version of LM Studio") as raised:
        await older.load(CHATTY, 9000, SENT)
    assert raised.value.kind is Kind.NOT_FOUND
    await older.unload(CHATTY, SENT)


@pytest.mark.parametrize("text", ["Hello there!", "grüße\u2028a\x85b 🎉", "a\nb\r\n\tc"])
async def test_an_answer_comes_as_it_was_written(studio: LmStudio, fake: Served, text: str) -> None:
    fake.script(text=text)
    found = await events(studio, asked())
    assert text_of(found) == text
    done = done_of(found)
    assert (done.ending, done.model, done.usage.written) == ("stop", CHATTY, len(found) - 1)
    assert done.usage.read > 0
    assert last(fake, "/v1/chat/completions")["ttl"] == 1800


async def test_schema_tools_and_limits(studio: LmStudio, fake: Served) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    jsonschema_rs.validate(schema, json.loads(text_of(await events(studio, asked(schema=schema)))))
    found = await events(studio, asked(max_tokens=2))
    assert (text_of(found), done_of(found).ending) == ("Hello from", "length")
    fake.script(calls=[{"name": "read", "arguments": {"path": "ä.py"}}])
    tool = Tool("read", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
    found = await events(studio, asked(tools=(tool,)), CODER)
    (call,) = [event.call for event in found if isinstance(event, Called)]
    assert (call.name, json.loads(call.arguments)) == ("read", {"path": "ä.py"})
    assert done_of(found).ending == "tools"


@pytest.mark.parametrize(
    ("model", "prompt"),
    [(ModelInfo(CODER, fim=QWEN), QWEN.prompt("a(", ")\n")), (ModelInfo(CHATTY), "a(")],
)
async def test_a_gap_is_filled_by_a_raw_prompt(
    studio: LmStudio, fake: Served, model: ModelInfo, prompt: str
) -> None:
    fake.script(text="self, b")
    gap = Infill("a(", ")\n", 20, stop=("\n",))
    assert text_of([event async for event in studio.infill(model, gap, SENT)]) == "self, b"
    body = last(fake, "/v1/completions")
    assert (body["prompt"], body["stop"], "suffix" in body) == (prompt, ["\n"], False)


# -- loading ---------------------------------------------------------------------------------------------


async def test_it_is_loaded_once_however_many_ask(studio: LmStudio, fake: Served) -> None:
    fake.script(load_seconds=0.2)
    await asyncio.gather(*(events(studio, asked(str(at))) for at in range(5)))
    assert loads(fake) == [(CHATTY, 4096, True)]


async def test_the_fake_loads_copies_as_the_real_one_does(fake: Served) -> None:
    """What loading it once is for."""
    fake.script(load_seconds=1.0)
    body = {"model": CHATTY, "prompt": "a", "max_tokens": 1}
    async with connect(fake.url, Gate(), {}) as client:
        await asyncio.gather(*(client.post("/v1/completions", json=body) for _ in range(3)))
    assert len(loads(fake)) == 3


async def test_using_another_model_evicts_the_one_that_is_loaded(studio: LmStudio, fake: Served) -> None:
    await studio.load(CODER, None, SENT)
    await studio.load(CHATTY, None, SENT)
    coder, chatty, _ = await studio.models(SENT)
    assert (coder.warmth, chatty.warmth) == (Warmth.COLD, Warmth.WARM)
    await studio.load(CODER, None, SENT)
    assert [model for model, _, _ in loads(fake)] == [CODER, CHATTY, CODER]


async def test_a_context_that_is_too_small_is_made_larger(studio: LmStudio, fake: Served) -> None:
    await events(studio, asked())
    assert text_of(await events(studio, asked("x" * 24_000, context_tokens=8000)))
    assert loads(fake) == [(CHATTY, 4096, True), (CHATTY, 8000, False)]
    assert len(fake.requests("/v1/completions")) == 1
    chatty = (await studio.models(SENT))[1]
    assert (chatty.name, chatty.loaded_context) == (CHATTY, 8000)


async def test_a_list_from_before_a_load_does_not_have_it_loaded_again(
    studio: LmStudio, fake: Served
) -> None:
    await events(studio, asked())
    steps = [{"pause": 1.0}, *answer(200, fake.get("/api/v1/models"))]
    fake.script(path="/api/v1/models", steps=steps, times=1)
    before = len(fake.requests("/api/v1/models"))
    listing = asyncio.create_task(studio.models(SENT))
    async with asyncio.timeout(20):
        while len(await asyncio.to_thread(fake.requests, "/api/v1/models")) == before:
            await asyncio.sleep(0.01)
    await studio.load(CHATTY, 8000, SENT)
    await listing
    await events(studio, asked(context_tokens=8000))
    assert loads(fake) == [(CHATTY, 4096, True), (CHATTY, 8000, False)]


async def test_where_nothing_is_loaded_on_demand_it_is_ordered(studio: LmStudio, fake: Served) -> None:
    fake.script(demands=False)
    assert text_of(await events(studio, asked()))
    assert loads(fake) == [(CHATTY, 4096, False)]


async def test_a_load_outlives_whoever_asked_for_it(studio: LmStudio, fake: Served) -> None:
    fake.script(load_seconds=0.3)
    waiting = asyncio.create_task(studio.load(CODER, None, SENT))
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(loads, fake):
            await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await studio.load(CODER, None, SENT)
    assert loads(fake) == [(CODER, 4096, True)]


async def test_what_is_unloaded_is_cold(studio: LmStudio) -> None:
    await studio.load(CODER, None, SENT)
    await studio.unload(CODER, SENT)
    assert (await studio.models(SENT))[0].warmth is Warmth.COLD


async def test_a_model_is_asked_by_the_name_that_it_was_loaded_under(studio: LmStudio, fake: Served) -> None:
    listed = fake.get("/api/v1/models")
    listed["models"][0]["loaded_instances"] = [{"id": "mine", "config": {"context_length": 9000}}]
    fake.script(path="/api/v1/models", steps=answer(200, listed))
    coder = (await studio.models(SENT))[0]
    assert (coder.name, coder.loaded_context, coder.fim) == ("mine", 9000, QWEN)


# -- what goes wrong -------------------------------------------------------------------------------------


def answer(status: int, body: object, kind: str = "application/json") -> list[dict[str, Any]]:
    content = body if isinstance(body, str) else json.dumps(body)
    head = (
        f"HTTP/1.1 {status} Some\r\nContent-Type: {kind}\r\nContent-Length: {len(content.encode())}\r\n\r\n"
    )
    return [{"send": head + content}]


PIECE = "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": "a"}}]}) + "\n\n"
UNLOADED = 'event: error\ndata: {"error": {"message": "Model unloaded."}}\n\n'
STREAM = "text/event-stream"


@pytest.mark.parametrize(
    ("steps", "kind", "words"),
    [
        (answer(200, {"error": "Unexpected endpoint or method."}), Kind.BROKEN, "application/json"),
        (answer(200, PIECE, STREAM), Kind.BROKEN, "broke off"),
        (answer(200, PIECE + UNLOADED, STREAM), Kind.LOADING, "Model unloaded"),
        (answer(400, {"error": {"message": "Context size exceeded."}}), Kind.BAD_REQUEST, "longer than"),
        (answer(401, {"error": {"message": "Malformed API token"}}), Kind.DENIED, "key"),
        (answer(500, {"error": "Channel error"}), Kind.OVERLOADED, "Channel error"),
    ],
)
async def test_what_fails_is_told_for_what_it_is(
    studio: LmStudio, fake: Served, steps: list[dict[str, Any]], kind: Kind, words: str
) -> None:
    fake.script(path="/v1/chat/completions", steps=steps)
    with pytest.raises(Failure, match=words) as raised:
        await events(studio, asked())
    assert raised.value.kind is kind


@pytest.mark.parametrize(
    ("overflows", "kind", "words"),
    [("error", Kind.BAD_REQUEST, "longer than"), ("nothing", Kind.BROKEN, "answered nothing")],
)
async def test_a_text_that_does_not_fit_is_told(
    studio: LmStudio, fake: Served, overflows: str, kind: Kind, words: str
) -> None:
    fake.script(overflows=overflows)
    with pytest.raises(Failure, match=words) as raised:
        await events(studio, asked("x" * 40_000))
    assert raised.value.kind is kind


async def test_a_model_that_nobody_has(studio: LmStudio) -> None:
    with pytest.raises(Failure, match="lms get") as raised:
        await events(studio, asked(), "nobody")
    assert raised.value.kind is Kind.NOT_FOUND


async def test_a_machine_that_is_full(studio: LmStudio, fake: Served) -> None:
    fake.script(full=True)
    with pytest.raises(Failure, match="resources") as raised:
        await events(studio, asked())
    assert raised.value.kind is Kind.OVERLOADED


async def test_a_server_that_is_none(studio: LmStudio, fake: Served) -> None:
    for path in ("/api/v1/models", "/api/v0/models"):
        fake.script(path=path, steps=answer(404, "Not found", "text/plain"))
    with pytest.raises(Failure, match="not LM Studio") as raised:
        await studio.models(SENT)
    assert raised.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize("listed", [{"models": 3}, {"models": [{}]}, {"data": ["a"]}, {"models": None}])
async def test_a_list_of_another_form_is_a_broken_answer(
    studio: LmStudio, fake: Served, listed: object
) -> None:
    fake.script(path="/api/v1/models", steps=answer(200, listed))
    with pytest.raises(Failure, match="form") as raised:
        await studio.models(SENT)
    assert raised.value.kind is Kind.BROKEN


async def test_closing_the_answer_closes_the_connection(studio: LmStudio, fake: Served) -> None:
    fake.script(text="word " * 1000, delay=0.02)
    async with aclosing(studio.chat(CHATTY, asked(max_tokens=2000), SENT)) as answering:
        assert isinstance(await anext(answering), Written)
    await asyncio.to_thread(fake.until_gone, "/v1/chat/completions")


async def test_many_at_once(studio: LmStudio, fake: Served) -> None:
    fake.script(text="a b c d", delay=0.01)
    found = await asyncio.gather(*(events(studio, asked(str(at))) for at in range(20)))
    assert [text_of(each) for each in found] == ["a b c d"] * 20
