"""A llama.cpp server as a backend: the real one (the embedded engine is one), and a fake for the rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from emberline.backends.base import Generation
from emberline.backends.engine import Engine, EngineSettings
from emberline.backends.failure import Failure, Kind
from emberline.backends.llamacpp import LlamaCppServer, quantization
from emberline.backends.messages import Called, Chat, Event, Infill, Message, Tool, Written
from emberline.models.fim import PLAIN, QWEN
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Label, Level, Manifest
from tests.backends.hosted import done_of, text_of
from tests.servers import Served, serving

SENT = Manifest((Label(Level.STRICT, "/home/a.py", "privacy.mode"),), "test")
GAP = Infill("def add(a, b):\n    return", "\n\nprint(add(1, 2))\n", 12, stop=("\n",))
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": ["fix", "feature"]}, "size": {"type": "integer"}},
    "required": ["kind", "size"],
    "additionalProperties": False,
}


@pytest.fixture
def fake() -> Iterator[Served]:
    with serving("tests.servers.llamacpp") as served:
        yield served


@pytest.fixture
def router() -> Iterator[Served]:
    with serving("tests.servers.llamacpp", "router") as served:
        yield served


def backend_of(url: str, key: str = "") -> LlamaCppServer:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return LlamaCppServer("gpu", url, connect(url, Gate(), headers, keep_alive=False))


@pytest.fixture
async def server(fake: Served) -> AsyncIterator[LlamaCppServer]:
    backend = backend_of(fake.url)
    yield backend
    await backend.close()


def asked(text: str = "Hello?", **more: Any) -> Chat:
    return Chat((Message("user", text),), **{"max_tokens": 50} | more)


async def collected(answer: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in answer]


# -- the real server -------------------------------------------------------------------------------------


@pytest.mark.model
async def test_the_real_server(runtime: Path, settings: EngineSettings) -> None:
    engine = Engine(settings)
    await engine.connect()
    running = engine.running
    assert running is not None
    real = backend_of(running.address, running.key)
    try:
        assert (await real.probe(SENT)).state == "up"
        (model,) = await real.models(SENT)
        assert model.fim == QWEN
        assert model.capabilities == {
            Capability.CHAT,
            Capability.SCHEMA,
            Capability.TOOLS,
            Capability.INFILL,
        }
        assert (model.quantization, model.loaded_context, model.warmth) == ("Q4_K_M", 2048, Warmth.WARM)
        assert model.parameters == pytest.approx(0.63, abs=0.01)

        # A gap, natively and as the typing lane does it.
        found = await collected(real.infill(model, GAP, SENT))
        assert "a + b" in text_of(found)
        assert done_of(found).usage.read > 0
        typing = real.typing(model)
        request = Generation(QWEN.prompt(GAP.prefix, GAP.suffix), 12, ("\n",), " a", sent=SENT)
        assert "".join([token.text async for token in typing.generate(request)]).startswith(" a + b")

        # A conversation, with a schema that holds the answer.
        found = await collected(real.chat(model.name, asked("Classify: crash on start", schema=SCHEMA), SENT))
        jsonschema_rs.validate(SCHEMA, json.loads(text_of(found)))
        assert done_of(found).usage.written > 5
        limited = await collected(real.chat(model.name, asked("Count to a hundred.", max_tokens=5), SENT))
        assert done_of(limited).ending == "length"

        assert await real.count_tokens(model.name, "hello world", SENT) == 2
        await real.load(model.name, None, SENT)
        await real.unload(model.name, SENT)

        with pytest.raises(Failure) as raised:
            await collected(real.chat(model.name, asked("word " * 5000), SENT))
        assert raised.value.kind is Kind.BAD_REQUEST

        stranger = backend_of(running.address, "another key")
        with pytest.raises(Failure) as raised:
            await stranger.models(SENT)
        assert raised.value.kind is Kind.DENIED
        await stranger.close()
    finally:
        await real.close()
        await engine.close()


# -- what it offers --------------------------------------------------------------------------------------


async def test_what_it_offers(server: LlamaCppServer, fake: Served) -> None:
    (model,) = await server.models(SENT)
    assert model == ModelInfo(
        name="coder",
        capabilities=frozenset((Capability.CHAT, Capability.SCHEMA, Capability.TOOLS, Capability.INFILL)),
        context_tokens=4096,
        loaded_context=4096,
        warmth=Warmth.WARM,
        quantization="Q4_K_M",
        parameters=0.630167424,
        size_bytes=485_452_288,
        fim=QWEN,
    )
    assert (server.typing(model).slots, server.typing(model).fim) == (2, QWEN)
    await server.models(SENT)
    assert len(fake.requests("/tokenize")) == 1


async def test_a_proxy_that_knows_less_offers_less(server: LlamaCppServer, fake: Served) -> None:
    for path in ("/props", "/tokenize"):
        fake.script(path=path, steps=[{"send": "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}])
    (model,) = await server.models(SENT)
    assert (model.fim, model.loaded_context, model.quantization) == (None, 4096, "Q4_K_M")


async def test_a_server_that_loads_is_not_down(server: LlamaCppServer, fake: Served) -> None:
    assert (await server.probe(SENT)).state == "up"
    fake.script(loading=True)
    assert (await server.probe(SENT)).state == "loading"
    with pytest.raises(Failure) as raised:
        await collected(server.chat("coder", asked(), SENT))
    assert raised.value.kind is Kind.LOADING


async def test_an_address_with_the_apis_path_is_the_same_server(fake: Served) -> None:
    backend = backend_of(f"{fake.url}/v1")
    (model,) = await backend.models(SENT)
    assert text_of(await collected(backend.infill(model, GAP, SENT)))
    request = Generation("a", 5, sent=SENT)
    assert [token async for token in backend.typing(model).generate(request)]
    await backend.close()


@pytest.mark.parametrize(
    ("ftype", "short"),
    [
        ("Q4_K - Medium", "Q4_K_M"),
        ("Q3_K - Small", "Q3_K_S"),
        ("Q8_0", "Q8_0"),
        ("all F32", "F32"),
        ("IQ2_XXS - 2.0625 bpw", "IQ2_XXS"),
        ("Q6_K (guessed)", "Q6_K"),
        ("", ""),
    ],
)
def test_quantizations(ftype: str, short: str) -> None:
    assert quantization(ftype) == short


# -- answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a + b", "grüße\u2028a\x85b 🎉", ""])
async def test_a_gap_is_filled_natively(server: LlamaCppServer, fake: Served, text: str) -> None:
    fake.script(text=text)
    (model,) = await server.models(SENT)
    found = await collected(server.infill(model, GAP, SENT))
    assert text_of(found) == text
    usage = done_of(found).usage
    assert (usage.cached, usage.written, usage.busy_ms) == (3, len(found) - 1, 30.0)
    body = fake.requests("/infill")[-1]["json"]
    assert (body["input_prefix"], body["input_suffix"], body["stop"]) == (GAP.prefix, GAP.suffix, ["\n"])


async def test_a_model_that_fills_no_gaps_goes_on_from_the_prefix(
    server: LlamaCppServer, fake: Served
) -> None:
    fake.script(fills=False)
    (model,) = await server.models(SENT)
    assert (model.fim, Capability.INFILL in model.capabilities) == (None, False)
    assert server.typing(model).fim is PLAIN
    for _ in range(2):
        assert text_of(await collected(server.infill(model, GAP, SENT)))
    assert [request["json"]["prompt"] for request in fake.requests("/completion")] == [GAP.prefix] * 2
    assert len(fake.requests("/infill")) == 1


async def test_an_answer_ends_at_its_limit(server: LlamaCppServer, fake: Served) -> None:
    fake.script(text="one two three")
    (model,) = await server.models(SENT)
    found = await collected(server.infill(model, Infill("a", "b", 2), SENT))
    assert (text_of(found), done_of(found).ending) == ("one two", "length")


async def test_a_conversation_with_schema_and_tools(server: LlamaCppServer, fake: Served) -> None:
    found = await collected(server.chat("coder", asked(schema=SCHEMA), SENT))
    jsonschema_rs.validate(SCHEMA, json.loads(text_of(found)))
    fake.script(calls=[{"name": "read", "arguments": {"path": "ä.py"}}])
    tool = Tool("read", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
    found = await collected(server.chat("coder", asked(tools=(tool,)), SENT))
    (call,) = [event.call for event in found if isinstance(event, Called)]
    assert (call.name, json.loads(call.arguments)) == ("read", {"path": "ä.py"})
    assert done_of(found).ending == "tools"
    assert fake.requests("/v1/chat/completions")[-1]["json"]["return_progress"] is True


async def test_closing_the_answer_closes_the_connection(server: LlamaCppServer, fake: Served) -> None:
    fake.script(text="word " * 1000, delay=0.02)
    (model,) = await server.models(SENT)
    for path, answering in (
        ("/infill", server.infill(model, Infill("a", "b", 2000), SENT)),
        ("/v1/chat/completions", server.chat("coder", asked(max_tokens=2000), SENT)),
    ):
        async with aclosing(answering):
            assert isinstance(await anext(answering), Written)
        await asyncio.to_thread(fake.until_gone, path)


async def test_many_at_once(server: LlamaCppServer, fake: Served) -> None:
    fake.script(text="a b c d", delay=0.01)
    found = await asyncio.gather(*(collected(server.chat("coder", asked(), SENT)) for _ in range(20)))
    assert [text_of(each) for each in found] == ["a b c d"] * 20


async def test_tokens_are_counted_by_the_server(server: LlamaCppServer) -> None:
    assert await server.count_tokens("coder", "one two three", SENT) == 3


# -- what goes wrong -------------------------------------------------------------------------------------


def stream(*events: object) -> list[dict[str, Any]]:
    content = "".join(
        event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n" for event in events
    )
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(content)}\r\n\r\n"
    return [{"send": head + content}]


PIECE = {"content": "a", "stop": False}


@pytest.mark.parametrize(
    ("steps", "kind", "words"),
    [
        (
            stream(PIECE, {"error": {"code": 500, "message": "out of memory"}}),
            Kind.OVERLOADED,
            "out of memory",
        ),
        (stream(PIECE, 'error: {"message": "out of memory"}\n\n'), Kind.BROKEN, "out of memory"),
        (stream(PIECE), Kind.BROKEN, "broke off"),
        (stream(PIECE, "data: [1]\n\n"), Kind.BROKEN, "object"),
        (stream(PIECE, "data: {broken\n\n"), Kind.BROKEN, "JSON"),
        (stream({"content": "a", "stop": True, "timings": 3}), Kind.BROKEN, "form"),
    ],
)
async def test_what_fails_is_told_for_what_it_is(
    server: LlamaCppServer, fake: Served, steps: list[dict[str, Any]], kind: Kind, words: str
) -> None:
    fake.script(path="/infill", steps=steps)
    with pytest.raises(Failure, match=words) as raised:
        await collected(server.infill(ModelInfo("coder"), GAP, SENT))
    assert raised.value.kind is kind


async def test_a_text_that_does_not_fit_is_refused(server: LlamaCppServer) -> None:
    with pytest.raises(Failure, match="available context size") as raised:
        await collected(server.chat("coder", asked("x" * 40_000), SENT))
    assert raised.value.kind is Kind.BAD_REQUEST


async def test_a_key_is_asked_for(fake: Served) -> None:
    fake.script(key="the right one")
    for key, wrong in (("the right one", False), ("another", True)):
        backend = backend_of(fake.url, key)
        if wrong:
            with pytest.raises(Failure) as raised:
                await backend.models(SENT)
            assert raised.value.kind is Kind.DENIED
        else:
            assert await backend.models(SENT)
        await backend.close()


# -- router mode: several models -------------------------------------------------------------------------


async def test_a_server_with_several_models(router: Served) -> None:
    backend = backend_of(router.url)
    cold, warm, asleep = await backend.models(SENT)
    assert [each.warmth for each in (cold, warm, asleep)] == [Warmth.COLD, Warmth.WARM, Warmth.COLD]
    assert (cold.fim, cold.loaded_context, warm.fim) == (None, None, QWEN)
    # Whoever asks about a model that is not loaded would load it.
    assert [request["query"] for request in router.requests("/props")] == [
        {"model": "chatty", "autoload": "false"}
    ]
    await backend.load("chatty", None, SENT)
    assert not router.requests("/models/load")
    await backend.load("coder", None, SENT)
    assert (await backend.models(SENT))[0].warmth is Warmth.WARM
    await backend.unload("coder", SENT)
    assert (await backend.models(SENT))[0].warmth is Warmth.COLD
    await backend.close()


@pytest.mark.parametrize(("model", "kind"), [("coder", Kind.OVERLOADED), ("nobody", Kind.NOT_FOUND)])
async def test_a_load_that_fails(router: Served, model: str, kind: Kind) -> None:
    router.script(load_fails=True)
    backend = backend_of(router.url)
    with pytest.raises(Failure) as raised:
        await backend.load(model, None, SENT)
    assert raised.value.kind is kind
    await backend.close()


async def test_the_typing_lane_names_its_model(router: Served) -> None:
    backend = backend_of(router.url)
    model = (await backend.models(SENT))[1]
    typing = backend.typing(model)
    assert [token async for token in typing.generate(Generation("a", 5, sent=SENT))]
    assert router.requests("/completion")[-1]["json"]["model"] == "chatty"
    await backend.close()
