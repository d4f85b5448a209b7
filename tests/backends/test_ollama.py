"""Ollama's protocol against a fake that runs as a process of its own."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import jsonschema_rs
import pytest

from emberline.backends.base import Generation
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import (
    Called,
    Chat,
    Event,
    Infill,
    Message,
    Tool,
    ToolCall,
    Written,
)
from emberline.backends.ollama import Ollama, OllamaFim, full_name, kv_shape, messages_body
from emberline.backends.through_infill import UNKNOWN_PROBABILITY
from emberline.models.fim import NATIVE, QWEN
from emberline.models.info import Capability, KvShape, ModelInfo, Warmth
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Label, Level, Manifest
from tests.backends.hosted import done_of, text_of
from tests.servers import Served, serving

CODER, CHATTY, FAR = "qwen2.5-coder:7b", "llama3.1:8b", "gpt-oss:120b-cloud"
SECRET = "def the_users_own_secret_function(argument_of_it): ..."
STRICT = Manifest((Label(Level.STRICT, "/home/a.py", "privacy.mode"),), "test")
OPEN = Manifest((Label(Level.OPEN, "/home/a.py", "privacy.mode"),), "test")


@pytest.fixture
def fake() -> Iterator[Served]:
    with serving("tests.servers.ollama") as served:
        yield served


@pytest.fixture
async def ollama(fake: Served) -> AsyncIterator[Ollama]:
    backend = Ollama("ollama", fake.url, connect(fake.url, Gate(), {}), 30)
    yield backend
    await backend.close()


def asked(text: str = "Hello?", **more: Any) -> Chat:
    return Chat((Message("user", text),), **{"max_tokens": 50} | more)


async def events(ollama: Ollama, chat: Chat, model: str = CHATTY, sent: Manifest = STRICT) -> list[Event]:
    return [event async for event in ollama.chat(model, chat, sent)]


def last(fake: Served, path: str) -> dict[str, Any]:
    """The JSON of the last request for an answer to this path."""
    bodies = [request["json"] for request in fake.requests(path)]
    body: dict[str, Any] = [body for body in bodies if "stream" in body][-1]
    return body


def loads(fake: Served) -> list[tuple[str, int, bool]]:
    return [(load["model"], load["num_ctx"], load["whole"]) for load in fake.get("/fake/loads")]


async def test_it_is_there_and_tells_its_version(ollama: Ollama) -> None:
    assert (await ollama.probe(STRICT)).version == "0.13.5"


async def test_what_it_offers(ollama: Ollama) -> None:
    coder, chatty, embedder, far = await ollama.models(STRICT)
    assert coder == ModelInfo(
        name=CODER,
        capabilities=frozenset((Capability.CHAT, Capability.SCHEMA, Capability.TOOLS, Capability.INFILL)),
        context_tokens=32768,
        warmth=Warmth.COLD,
        quantization="Q4_K_M",
        parameters=7.615616512,
        family="qwen2",
        size_bytes=4_683_087_519,
        kv=KvShape(28, 4, 128, 128),
        fim=QWEN,
    )
    assert (chatty.parameters, chatty.kv, chatty.fim) == (8.0, KvShape(32, 8, 128, 128), None)
    assert Capability.INFILL not in chatty.capabilities
    assert embedder.capabilities == {Capability.EMBED}
    assert (far.remote, far.remote_host, far.warmth) == (True, "https://ollama.com:443", Warmth.HOSTED)
    assert Capability.SCHEMA not in far.capabilities
    assert not any(each.remote for each in (coder, chatty, embedder))


async def test_models_are_looked_at_once_as_long_as_they_stay_the_same(ollama: Ollama, fake: Served) -> None:
    assert await ollama.models(STRICT) == await ollama.models(STRICT)
    assert len(fake.requests("/api/show")) == 4


async def test_a_model_that_is_removed_while_we_look_is_not_offered(ollama: Ollama, fake: Served) -> None:
    fake.script(path="/api/show", steps=answer(404, {"error": "model 'x' not found"}), times=1)
    assert len(await ollama.models(STRICT)) == 3


async def test_a_loaded_model_is_warm_until_it_is_unloaded(ollama: Ollama) -> None:
    await ollama.load(CODER, 5000, STRICT)
    warm = (await ollama.models(STRICT))[0]
    assert (warm.warmth, warm.loaded_context) == (Warmth.WARM, 8192)
    assert warm.memory_bytes is not None
    assert warm.memory_bytes > warm.size_bytes
    await ollama.unload(CODER, STRICT)
    assert (await ollama.models(STRICT))[0].warmth is Warmth.COLD


@pytest.mark.parametrize("text", ["Hello there!", "grüße\u2028a\x85b 🎉 \u0000 end", "", "a\nb\r\n\tc"])
async def test_an_answer_comes_as_it_was_written(ollama: Ollama, fake: Served, text: str) -> None:
    fake.script(text=text)
    found = await events(ollama, asked())
    assert text_of(found) == text
    done = done_of(found)
    assert (done.ending, done.model) == ("stop", CHATTY)
    assert done.usage.written == len(found) - 1
    assert done.usage.read > 0
    assert done.usage.busy_ms == 30.0
    assert done.usage.load_ms > 0


async def test_what_is_sent(ollama: Ollama, fake: Served) -> None:
    await events(ollama, asked(temperature=0.5, stop=("X",), context_tokens=9000))
    assert last(fake, "/api/chat") == {
        "model": CHATTY,
        "messages": [{"role": "user", "content": "Hello?"}],
        "think": False,
        "stream": True,
        "keep_alive": "30m",
        "truncate": False,
        "shift": False,
        "options": {"num_predict": 50, "temperature": 0.5, "stop": ["X"], "num_ctx": 16384},
    }


async def test_an_answer_ends_at_its_limit(ollama: Ollama, fake: Served) -> None:
    fake.script(text="one two three four")
    found = await events(ollama, asked(max_tokens=2))
    assert (text_of(found), done_of(found).ending) == ("one two", "length")


async def test_an_answer_follows_the_schema(ollama: Ollama) -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["fix", "feature"]}, "files": {"type": "array", "items": {}}},
        "required": ["kind", "files"],
    }
    found = await events(ollama, asked(schema=schema))
    jsonschema_rs.validate(schema, json.loads(text_of(found)))


async def test_tools_are_called_and_answered(ollama: Ollama, fake: Served) -> None:
    fake.script(calls=[{"name": "read", "arguments": {"path": "ä.py"}}, {"name": "list", "arguments": {}}])
    tool = Tool("read", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
    found = await events(ollama, asked(tools=(tool,)))
    calls = [event.call for event in found if isinstance(event, Called)]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("read", {"path": "ä.py"}),
        ("list", {}),
    ]
    assert done_of(found).ending == "tools"

    answers = tuple(Message("tool", "x = 1", tool_call_id=call.id) for call in calls)
    history = (Message("user", "Read."), Message("assistant", "", tuple(calls)), *answers)
    await events(ollama, Chat(history, 50))
    sent = last(fake, "/api/chat")["messages"]
    assert sent[1]["tool_calls"][0]["function"] == {"name": "read", "arguments": {"path": "ä.py"}}
    assert [turn["tool_name"] for turn in sent[2:]] == ["read", "list"]


def test_arguments_that_are_no_object_are_made_one() -> None:
    calls = tuple(ToolCall(str(at), "f", text) for at, text in enumerate(('{"a": 1}', "[1]", "{broken")))
    (turn,) = messages_body((Message("assistant", "", calls),))
    assert [call["function"]["arguments"] for call in turn["tool_calls"]] == [
        {"a": 1},
        {"arguments": [1]},
        {"arguments": "{broken"},
    ]


# -- loading and the context's size ----------------------------------------------------------------------


async def test_requests_of_different_sizes_do_not_reload_the_model(ollama: Ollama, fake: Served) -> None:
    for tokens in (5000, 100, 8192, None, 6000):
        await events(ollama, asked(context_tokens=tokens))
    assert loads(fake) == [(CHATTY, 8192, True)]
    await events(ollama, asked(context_tokens=8193))
    await events(ollama, asked(context_tokens=100))
    assert loads(fake)[1:] == [(CHATTY, 16384, True)]


async def test_no_more_is_asked_for_than_the_model_can_hold(ollama: Ollama, fake: Served) -> None:
    for _ in range(2):
        await events(ollama, asked(context_tokens=40_000), CODER)
    assert loads(fake) == [(CODER, 32768, True)]
    assert last(fake, "/api/chat")["options"]["num_ctx"] == 32768


async def test_what_others_loaded_is_used_as_it_is(ollama: Ollama, fake: Served) -> None:
    other = Ollama("other", fake.url, connect(fake.url, Gate(), {}), 5)
    await other.load(CHATTY, 16384, STRICT)
    await other.close()
    await ollama.models(STRICT)
    await events(ollama, asked(context_tokens=3000))
    assert loads(fake) == [(CHATTY, 16384, True)]


async def test_a_list_from_before_a_load_does_not_have_it_loaded_again(ollama: Ollama, fake: Served) -> None:
    await ollama.models(STRICT)
    fake.script(lists=False)
    listing = asyncio.create_task(ollama.models(STRICT))
    await until(lambda: len(fake.requests("/api/tags")) == len(fake.requests("/api/ps")) == 2)
    await ollama.load(CODER, 4096, STRICT)
    fake.script(lists=True)
    await listing
    await events(ollama, asked(context_tokens=1000), CODER)
    assert loads(fake) == [(CODER, 4096, True)]
    assert len(fake.requests("/api/generate")) == 1


async def test_a_load_outlives_whoever_asked_for_it(ollama: Ollama, fake: Served) -> None:
    fake.script(load_seconds=0.3)
    await ollama.models(STRICT)
    waiting = [asyncio.create_task(ollama.load(CODER, None, STRICT)) for _ in range(3)]
    waiting.append(asyncio.create_task(events(ollama, asked(), CODER)))
    await until(lambda: loads(fake))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await ollama.load(CODER, None, STRICT)
    assert loads(fake) == [(CODER, 4096, True)]


async def test_a_load_that_fails_says_why_to_all_who_wait(ollama: Ollama, fake: Served) -> None:
    await ollama.models(STRICT)
    words = "model requires more system memory (8.1 GiB) than is available (3.2 GiB)"
    fake.script(path="/api/generate", steps=[{"pause": 0.1}, *answer(500, {"error": words})])
    results = await asyncio.gather(
        *(ollama.load(CODER, None, STRICT) for _ in range(2)), return_exceptions=True
    )
    assert [str(result) for result in results] == [f"ollama: {words}"] * 2


async def test_a_dropped_load_is_aborted_by_the_server(fake: Served) -> None:
    """What the tasks of our own are for: the fake is as strict as the real one."""
    fake.script(load_seconds=30)
    async with connect(fake.url, Gate(), {}) as client:
        request = asyncio.create_task(client.post("/api/generate", json={"model": CODER}))
        await until(lambda: loads(fake))
        request.cancel()
    fake.until_gone("/api/generate")
    assert loads(fake) == [(CODER, 4096, False)]


# -- filling gaps ----------------------------------------------------------------------------------------


PLAIN_MODEL = ModelInfo(CHATTY)
RAW_MODEL = ModelInfo(CHATTY, fim=QWEN)
NATIVE_MODEL = ModelInfo(CODER, frozenset((Capability.INFILL,)), fim=QWEN)


@pytest.mark.parametrize(
    ("model", "prefix", "suffix", "sent"),
    [
        (NATIVE_MODEL, "a(", ")\n", {"prompt": "a(", "suffix": ")\n"}),
        (NATIVE_MODEL, "", ")\n", {"prompt": "\n", "suffix": ")\n"}),
        (NATIVE_MODEL, "a(", "", {"prompt": QWEN.prompt("a(", ""), "raw": True}),
        (RAW_MODEL, "a(", ")\n", {"prompt": QWEN.prompt("a(", ")\n"), "raw": True}),
        (PLAIN_MODEL, "a(", ")\n", {"prompt": "a(", "raw": True}),
        (PLAIN_MODEL, "", ")\n", {"prompt": "\n", "raw": True}),
    ],
)
async def test_a_gap_is_filled_as_the_model_can(
    ollama: Ollama, fake: Served, model: ModelInfo, prefix: str, suffix: str, sent: dict[str, Any]
) -> None:
    fake.script(text="self, b")
    found = [event async for event in ollama.infill(model, Infill(prefix, suffix, 20), STRICT)]
    assert text_of(found) == "self, b"
    body = last(fake, "/api/generate")
    assert {key: body[key] for key in ("prompt", "suffix", "raw") if key in body} == sent


async def test_the_server_refuses_a_suffix_where_the_model_takes_none(fake: Served) -> None:
    async with connect(fake.url, Gate(), {}) as client:
        response = await client.post("/api/generate", json={"model": CHATTY, "prompt": "a", "suffix": "b"})
    assert (response.status_code, "does not support insert" in response.text) == (400, True)


async def test_the_typing_lane_gets_probabilities_where_the_server_tells_them(
    ollama: Ollama, fake: Served
) -> None:
    fake.script(text="x = 1")
    fim = OllamaFim(ollama, NATIVE_MODEL)
    request = Generation(NATIVE.prompt("a", "c") + "b", 10, sent=STRICT)
    tokens = [token async for token in fim.generate(request)]
    assert "".join(token.text for token in tokens) == "x = 1"
    assert [token.probability for token in tokens] == [pytest.approx(0.8)] * 3
    assert [top.text for top in tokens[0].alternatives] == ["x", " else"]
    assert (last(fake, "/api/generate")["prompt"], last(fake, "/api/generate")["suffix"]) == ("ab", "c")

    fake.script(probabilities=False)
    assert {token.probability async for token in fim.generate(request)} == {UNKNOWN_PROBABILITY}
    assert (await fim.prefill(NATIVE.prompt("a", "c"), 0, STRICT)).read > 0


# -- what goes wrong -------------------------------------------------------------------------------------


def answer(status: int, body: object, kind: str = "application/json") -> list[dict[str, Any]]:
    content = body if isinstance(body, str) else json.dumps(body)
    head = (
        f"HTTP/1.1 {status} Some\r\nContent-Type: {kind}\r\nContent-Length: {len(content.encode())}\r\n\r\n"
    )
    return [{"send": head + content}]


LINES = "application/x-ndjson"
PIECE = json.dumps({"message": {"role": "assistant", "content": "a"}, "done": False}) + "\n"

FAILURES = [
    (answer(503, {"error": "server busy, please try again"}), Kind.OVERLOADED, "server busy"),
    (answer(500, {"error": "llama runner process has terminated"}), Kind.OVERLOADED, "has terminated"),
    (answer(401, {"error": "unauthorized", "signin_url": "https://x"}), Kind.DENIED, "ollama signin"),
    (answer(400, {"error": f'"{CHATTY}" does not support chat'}), Kind.BAD_REQUEST, "does not support chat"),
    (answer(400, {"error": f"cannot render {SECRET}"}), Kind.BAD_REQUEST, "bad request"),
    (answer(499, {"error": "request canceled"}), Kind.LOADING, "cancelled"),
    (answer(404, {"error": f"model '{CHATTY}' not found"}), Kind.NOT_FOUND, f"ollama pull {CHATTY}"),
    (answer(404, "404 page not found", "text/plain"), Kind.NOT_FOUND, "404"),
    (answer(502, "<html>Bad gateway</html>", "text/html"), Kind.OVERLOADED, "502"),
    (answer(200, PIECE + '{"error":"CUDA error"}\n', LINES), Kind.BROKEN, "CUDA error"),
    (answer(200, PIECE + '{"error":"too long","status":400}\n', LINES), Kind.BAD_REQUEST, "too long"),
    (answer(200, PIECE, LINES), Kind.BROKEN, "broke off"),
    (answer(200, PIECE + '{"message": {"co', LINES), Kind.BROKEN, "JSON"),
    (answer(200, '{"message": "a"}\n', LINES), Kind.BROKEN, "form"),
    (answer(200, "[1]\n", LINES), Kind.BROKEN, "object"),
    (answer(200, "<html>", "text/html"), Kind.BROKEN, "text/html"),
]


@pytest.mark.parametrize(("steps", "kind", "words"), FAILURES)
async def test_what_fails_is_told_for_what_it_is(
    ollama: Ollama, fake: Served, steps: list[dict[str, Any]], kind: Kind, words: str
) -> None:
    await ollama.load(CHATTY, None, STRICT)
    fake.script(path="/api/chat", steps=steps)
    with pytest.raises(Failure, match=words) as raised:
        await events(ollama, asked(SECRET))
    assert raised.value.kind is kind
    assert "secret_function" not in str(raised.value)


async def test_an_error_in_mid_answer_comes_after_what_was_written(ollama: Ollama, fake: Served) -> None:
    fake.script(text="one two three", breaks_after=2)
    found: list[Event] = []
    with pytest.raises(Failure, match="CUDA error") as raised:
        async for event in ollama.chat(CHATTY, asked(), STRICT):
            found.append(event)
    assert (text_of(found), raised.value.kind) == ("one two", Kind.BROKEN)


@pytest.mark.parametrize("change", [{"busy": True}, {"gone": [CHATTY]}])
async def test_the_fakes_own_refusals(ollama: Ollama, fake: Served, change: dict[str, Any]) -> None:
    fake.script(**change)
    with pytest.raises(Failure) as raised:
        await events(ollama, asked())
    assert raised.value.kind is (Kind.OVERLOADED if "busy" in change else Kind.NOT_FOUND)


async def test_a_text_that_does_not_fit_is_refused_and_never_cut(ollama: Ollama) -> None:
    with pytest.raises(Failure, match="context") as raised:
        await events(ollama, asked("x" * 40_000, context_tokens=100))
    assert raised.value.kind is Kind.BAD_REQUEST


@pytest.mark.parametrize("tags", [[], {"models": [{}]}, {"models": 3}, {}, {"models": ["a"]}])
async def test_a_list_of_another_form_is_a_broken_answer(ollama: Ollama, fake: Served, tags: object) -> None:
    fake.script(path="/api/tags", steps=answer(200, tags))
    with pytest.raises(Failure, match="form") as raised:
        await ollama.models(STRICT)
    assert raised.value.kind is Kind.BROKEN


async def test_nobody_there(fake: Served) -> None:
    backend = Ollama("ollama", "http://127.0.0.1:9", connect("http://127.0.0.1:9", Gate(), {}), 30)
    with pytest.raises(Failure, match="is it running") as raised:
        await backend.probe(STRICT)
    assert raised.value.kind is Kind.UNREACHABLE
    await backend.close()


async def test_closing_the_answer_closes_the_connection(ollama: Ollama, fake: Served) -> None:
    fake.script(text="word " * 1000, delay=0.02)
    async with aclosing(ollama.chat(CHATTY, asked(max_tokens=2000), STRICT)) as answering:
        assert isinstance(await anext(answering), Written)
    await asyncio.to_thread(fake.until_gone, "/api/chat")


async def test_many_at_once(ollama: Ollama, fake: Served) -> None:
    fake.script(text="a b c d", delay=0.01)
    found = await asyncio.gather(*(events(ollama, asked(str(at))) for at in range(20)))
    assert [text_of(each) for each in found] == ["a b c d"] * 20
    assert len(loads(fake)) == 1


# -- models that really run in the cloud -----------------------------------------------------------------


async def test_text_that_must_stay_is_not_sent_to_a_model_in_the_cloud(ollama: Ollama, fake: Served) -> None:
    for sent in (STRICT, Manifest((), "test"), Manifest((Label(Level.TRUSTED, "a", "b"),), "test")):
        with pytest.raises(Failure, match="cloud") as raised:
            await events(ollama, asked(), FAR, sent)
        assert raised.value.kind is Kind.FORBIDDEN
    assert not fake.requests("/api/chat")


async def test_text_that_may_go_anywhere_is_sent_there_without_loading_anything(
    ollama: Ollama, fake: Served
) -> None:
    assert text_of(await events(ollama, asked(context_tokens=5000), FAR, OPEN))
    assert "num_ctx" not in last(fake, "/api/chat")["options"]
    assert loads(fake) == []


# -- reading what it says --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("llama3.1", "llama3.1:latest"),
        ("llama3.1:8b", "llama3.1:8b"),
        ("hf.co/someone/model", "hf.co/someone/model:latest"),
        ("localhost:5000/someone/model", "localhost:5000/someone/model:latest"),
    ],
)
def test_a_name_without_a_tag_is_the_latest(name: str, full: str) -> None:
    assert full_name(name) == full


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"block_count": 2, "attention.head_count": 4, "embedding_length": 64}, KvShape(2, 4, 16, 16)),
        (
            {
                "block_count": 4,
                "attention.head_count": 8,
                "attention.head_count_kv": [2, 0, 2, 1],
                "attention.key_length": 8,
                "attention.value_length": 4,
            },
            KvShape(4, math.ceil(5 / 4), 8, 4),
        ),
        ({"block_count": 2, "attention.head_count_kv": [], "attention.head_count": 2}, None),
    ],
)
def test_the_shape_of_the_cache(facts: dict[str, Any], expected: KvShape | None) -> None:
    assert kv_shape("a", {f"a.{key}": value for key, value in facts.items()}) == expected


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.01)
