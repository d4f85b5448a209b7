"""Chat completions: the wire format by itself, then endpoints that speak it, each with its own ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emberline.backends import openai
from emberline.backends.compatible import OpenAI, OpenAICompatible
from emberline.backends.complaint import Complaint
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Called, Chat, Done, Infill, Message, Tool, ToolCall, Usage
from emberline.backends.openai import Answer, api_of, chat_body, judge
from emberline.backends.streams import Refused
from emberline.models.fim import QWEN, STARCODER
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import Gate, connect
from tests.backends.hosted import HOSTED, SENT, all_of, chat, text_of
from tests.servers import Served, serving

LOOK = Tool("look", "Looks.", {"type": "object", "properties": {}})
CODER = "Qwen/Qwen2.5-Coder-7B"


def test_a_conversation_in_the_format() -> None:
    call = ToolCall("call_1", "look", '{"at": 1}')
    turns = (
        Message("system", "Be brief."),
        Message("user", "Look."),
        Message("assistant", "", (call,)),
        Message("tool", "a cat", tool_call_id="call_1"),
    )
    body = chat_body("m", Chat(turns, 50, temperature=0.4, stop=tuple("abcdef"), tools=(LOOK,)))
    function = {"name": "look", "arguments": '{"at": 1}'}
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "a cat", "tool_call_id": "call_1"},
    ]
    assert (body["max_tokens"], body["temperature"], body["stop"]) == (50, 0.4, ["a", "b", "c", "d"])
    assert body["tool_choice"] == "auto" and body["tools"][0]["function"]["name"] == "look"
    assert body["stream_options"] == {"include_usage": True}
    assert "response_format" not in body


def delta(text: str | None = None, *calls: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "choices": [{"index": 0, "delta": {"content": text, "tool_calls": calls}, "finish_reason": finish}]
    }


def function(name: str, arguments: str, **more: Any) -> dict[str, Any]:
    return more | {"type": "function", "function": {"name": name, "arguments": arguments}}


CALLS = {
    "in pieces, by index": [
        delta(None, function("look", "", index=0, id="a"), function("find", "", index=1, id="b")),
        delta(None, {"index": 1, "function": {"arguments": '{"n"'}}),
        delta(None, {"index": 0, "function": {"arguments": "{}"}}),
        delta(None, {"index": 1, "function": {"arguments": ": 1}"}}),
    ],
    "whole, without an index": [
        delta(None, function("look", "{}", id="a")),
        delta(None, function("find", '{"n": 1}', id="b")),
    ],
    "whole, all of index 0": [
        delta(None, function("look", "{}", index=0, id="a")),
        delta(None, function("find", '{"n": 1}', index=0, id="b")),
    ],
    "in pieces, without an index": [
        delta(None, function("look", "", id="a")),
        delta(None, {"function": {"arguments": "{}"}}),
        delta(None, function("find", '{"n"', id="b")),
        delta(None, {"function": {"arguments": ": 1}"}}),
    ],
}


@pytest.mark.parametrize("chunks", CALLS.values(), ids=CALLS)
def test_tool_calls_however_they_are_streamed(chunks: list[dict[str, Any]]) -> None:
    answer = Answer("team")
    for chunk in [*chunks, delta(finish="tool_calls")]:
        assert answer.take(chunk) == ""
    *called, done = answer.close(5.0)
    assert called == [Called(ToolCall("a", "look", "{}")), Called(ToolCall("b", "find", '{"n": 1}'))]
    assert isinstance(done, Done) and done.ending == "tools"


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("model_length", "length"),
        ("tool_calls", "tools"),
        ("content_filter", "filtered"),
        ("a new reason", "stop"),
    ],
)
def test_why_an_answer_ended(reason: str, ending: str) -> None:
    answer = Answer("team")
    assert answer.take(delta("x")) == "x" and not answer.finished
    answer.take(delta(finish=reason))
    assert answer.finished
    *_, done = answer.close(5.0)
    assert isinstance(done, Done) and done.ending == ending


def test_a_refusal_to_answer_is_a_filtered_answer() -> None:
    answer = Answer("team")
    answer.take({"choices": [{"delta": {"refusal": "I will not."}, "finish_reason": "stop"}]})
    *_, done = answer.close(5.0)
    assert isinstance(done, Done) and done.ending == "filtered"


@pytest.mark.parametrize(
    ("reason", "kind"), [("insufficient_system_resource", Kind.OVERLOADED), ("error", Kind.BROKEN)]
)
def test_an_answer_that_the_server_gave_up(reason: str, kind: Kind) -> None:
    with pytest.raises(Failure, match="team") as caught:
        Answer("team").take(delta(finish=reason))
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4}, Usage(9, 0, 4, 5.0)),
        (
            {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 6}},
            Usage(3, 6, 4, 5.0),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 6}, Usage(3, 6, 4, 5.0)),
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": None}, Usage(9, 0, 4, 5.0)),
        (None, Usage(0, 0, 2, 5.0)),  # nothing is told: the pieces are counted
    ],
)
def test_usage(usage: dict[str, Any] | None, counted: Usage) -> None:
    answer = Answer("team")
    for chunk in (delta("a"), delta("b", finish="stop"), {"choices": [], "usage": usage, "model": "m-2026"}):
        answer.take(chunk)
    assert list(answer.close(5.0)) == [Done("stop", counted, "m-2026")]


def test_thoughts_are_not_the_answer() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "42"},
    ]
    assert Answer("team").take({"choices": [{"delta": {"content": parts}}]}) == "42"
    assert Answer("team").take({"choices": [{"delta": {"reasoning_content": "hm", "content": None}}]}) == ""


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("http://gpu:8000", "http://gpu:8000/v1"),
        ("http://gpu:8000/", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/", "http://gpu:8000/v1"),
        ("https://gateway.example/openai/v1", "https://gateway.example/openai/v1"),
        ("https://gateway.example/api/paas/v4", "https://gateway.example/api/paas/v4"),
    ],
)
def test_an_address_may_end_in_v1_or_not(url: str, api: str) -> None:
    assert api_of(url) == api


RATE = Complaint("Rate limit reached", "requests", "rate_limit_exceeded")
BROKE = Complaint(
    "You exceeded your current quota, please check your plan.", "insufficient_quota", "insufficient_quota"
)


@pytest.mark.parametrize(
    ("status", "complaint", "kind"),
    [
        (429, RATE, Kind.RATE_LIMITED),
        (429, BROKE, Kind.QUOTA),
        (400, Complaint("Budget has been exceeded!", "budget_exceeded", "400"), Kind.QUOTA),
        (402, Complaint("Insufficient Balance"), Kind.QUOTA),
        (401, Complaint("Incorrect API key provided: sk-abcde***xyz"), Kind.DENIED),
        (403, Complaint("Country not supported"), Kind.DENIED),
        (404, Complaint("The model `x` does not exist", code="model_not_found"), Kind.NOT_FOUND),
        (404, Complaint("Invalid URL"), Kind.NOT_FOUND),
        (400, Complaint("too long", code="context_length_exceeded"), Kind.BAD_REQUEST),
        (400, Complaint("Invalid value for top_k"), Kind.BAD_REQUEST),
        (503, Complaint("Loading model", "unavailable_error", "503"), Kind.LOADING),
        (503, Complaint("The engine is overloaded"), Kind.OVERLOADED),
        (500, Complaint(), Kind.OVERLOADED),
        (200, Complaint("Please slow down", code="429"), Kind.RATE_LIMITED),
        (200, RATE, Kind.RATE_LIMITED),
        (200, Complaint("The server had an error", "server_error"), Kind.OVERLOADED),
        (200, BROKE, Kind.QUOTA),
        (200, Complaint("something"), Kind.BROKEN),
    ],
)
def test_what_refusals_mean(status: int, complaint: Complaint, kind: Kind) -> None:
    assert judge(Refused(status, complaint)).kind is kind


# Endpoints


@pytest.fixture(scope="module")
def vllm() -> Iterator[Served]:
    with serving("tests.servers.openai", "vllm") as served:
        yield served


@pytest.fixture(scope="module")
def litellm() -> Iterator[Served]:
    with serving("tests.servers.openai", "litellm") as served:
        yield served


@pytest.fixture
def cloud() -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        yield served


async def test_vllm_tells_its_context_and_how_its_model_fills_gaps(vllm: Served) -> None:
    async with HOSTED["vllm"].at(f"{vllm.url}/v1") as backend:
        (model,) = await backend.models(SENT)
        asked = len(vllm.requests("/tokenize"))
        await backend.models(SENT)
        assert len(vllm.requests("/tokenize")) == asked  # a model's vocabulary does not change
    assert (model.name, model.fim, model.warmth) == (CODER, QWEN, Warmth.WARM)
    assert model.context_tokens == model.loaded_context == 32_768
    assert Capability.INFILL in model.capabilities


async def test_the_vocabulary_says_more_than_the_name(vllm: Served) -> None:
    vllm.script(vocabulary=["<fim_prefix>", "<fim_suffix>", "<fim_middle>"])
    async with HOSTED["vllm"].at(vllm.url) as backend:
        (model,) = await backend.models(SENT)
    assert model.fim == STARCODER


async def test_a_gap_is_filled_by_a_raw_prompt(vllm: Served) -> None:
    async with HOSTED["vllm"].at(vllm.url) as backend:
        model = ModelInfo(CODER, fim=QWEN)
        events = await all_of(backend.infill(model, Infill("a = ", "\nb", 20, stop=("\n",)), SENT))
        await all_of(backend.infill(ModelInfo(CODER), Infill("a = ", "\nb", 20), SENT))
    first, second = (request["json"] for request in vllm.requests("/v1/completions")[-2:])
    assert text_of(events) == "Hello from a fake model."
    assert first["prompt"] == "<|fim_prefix|>a = <|fim_suffix|>\nb<|fim_middle|>"
    assert (first["stop"], first["max_tokens"]) == (["\n"], 20)
    assert second["prompt"] == "a = "  # who cannot fill in gets the prefix alone
    assert "suffix" not in first and "suffix" not in second


async def test_vllm_counts_tokens(vllm: Served, litellm: Served) -> None:
    async with HOSTED["vllm"].at(f"{vllm.url}/v1/") as backend:
        assert await backend.count_tokens(CODER, "naïve", SENT) == 5
    async with HOSTED["litellm"].at(litellm.url) as backend:
        assert await backend.count_tokens("team-large", "naïve", SENT) is None
        assert await backend.count_tokens("team-large", "naïve", SENT) is None
    assert len(litellm.requests("/tokenize")) == 1  # who has no such path is not asked again


async def test_tools_that_a_server_refuses_are_not_offered_any_more(vllm: Served) -> None:
    async with HOSTED["vllm"].at(vllm.url) as backend:
        assert Capability.TOOLS in (await backend.models(SENT))[0].capabilities
        vllm.script(tools=False)
        with pytest.raises(Failure, match="auto-tool-choice") as caught:
            await all_of(backend.chat(CODER, chat(tools=(LOOK,)), SENT))
        assert caught.value.kind is Kind.BAD_REQUEST
        assert Capability.TOOLS not in (await backend.models(SENT))[0].capabilities
        assert text_of(await all_of(backend.chat(CODER, chat(), SENT)))  # the model itself goes on


async def test_litellm_tells_what_is_behind_it(litellm: Served) -> None:
    litellm.script(models=["team-large", "team-embed", "team-plain"], plain=["team-plain"])
    async with HOSTED["litellm"].at(litellm.url) as backend:
        found = {model.name: model for model in await backend.models(SENT)}
    assert found["team-large"].context_tokens == 131_072
    assert {Capability.SCHEMA, Capability.TOOLS} <= found["team-large"].capabilities
    assert found["team-embed"].capabilities == {Capability.EMBED}
    assert found["team-plain"].capabilities == {Capability.CHAT}


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("refused", "more", "then"),
    [
        ("temperature", {}, lambda body: "temperature" not in body),
        ("stop", {"stop": ("\n",)}, lambda body: "stop" not in body),
        ("stream_options", {}, lambda body: "stream_options" not in body),
        (
            "response_format",
            {"schema": SCHEMA},
            lambda body: "response_format" not in body and "JSON Schema" in body["messages"][0]["content"],
        ),
    ],
)
async def test_a_refused_field_is_left_out_at_once_and_ever_after(
    cloud: Served, refused: str, more: dict[str, Any], then: Any
) -> None:
    cloud.script(refuses={"house-1": [refused]})
    async with HOSTED["openai"].at(cloud.url) as backend:
        for asked in (1, 2, 3):
            events = await all_of(backend.chat("house-1", chat(**more), SENT))
            assert text_of(events) == "Hello from a fake model."
            # Learnt once: two requests for the first answer (three, where the schema is loosened first).
            assert len(cloud.requests("/v1/chat/completions")) <= asked + 2
        assert then(cloud.requests("/v1/chat/completions")[-1]["json"])
        await all_of(backend.chat("gpt-4o", chat(**more), SENT))  # another model is not concerned
        assert refused in cloud.requests("/v1/chat/completions")[-1]["json"]
        models = {model.name: model.capabilities for model in await backend.models(SENT)}
    assert (Capability.SCHEMA in models["house-1"]) == (refused != "response_format")
    assert Capability.SCHEMA in models["gpt-4o"]


async def test_max_tokens_has_two_names(cloud: Served) -> None:
    cloud.script(refuses={"house-1": ["max_tokens"]})
    client = connect(cloud.url, Gate(), {"Authorization": "Bearer test-key-0123456789abcdef"})
    gateway = OpenAICompatible("team", "openai-compatible", cloud.url, client)
    await all_of(gateway.chat("house-1", chat(), SENT))
    await gateway.close()
    first, second = (request["json"] for request in cloud.requests("/v1/chat/completions"))
    assert "max_tokens" in first and second["max_completion_tokens"] == 100


async def test_a_refusal_without_a_remedy_is_final(cloud: Served) -> None:
    wrong = {"error": {"message": "temperature must be at most 2", "code": "invalid_value"}}
    cloud.script(answers=[{"status": 400, "body": wrong}, {"status": 400, "body": wrong}])
    async with HOSTED["openai"].at(cloud.url) as backend:
        with pytest.raises(Failure, match="temperature must be"):
            await all_of(backend.chat("gpt-4o", chat(), SENT))
        await all_of(backend.chat("gpt-4o", chat(), SENT))
    tried = ["temperature" in request["json"] for request in cloud.requests("/v1/chat/completions")]
    assert tried == [True, False, True]  # what did not help is not kept


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_how_long_to_wait(cloud: Served, headers: dict[str, str], seconds: float | None) -> None:
    body = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    cloud.script(answers=[{"status": 429, "body": body, "headers": headers}])
    async with HOSTED["openai"].at(cloud.url) as backend:
        with pytest.raises(Failure, match=r"^team: Rate limit reached$") as caught:
            await all_of(backend.chat("gpt-4o", chat(), SENT))
    assert (caught.value.kind, caught.value.retry_after) == (Kind.RATE_LIMITED, seconds)


async def test_an_account_without_money(cloud: Served) -> None:
    body = {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}
    cloud.script(answers=[{"status": 429, "body": body}])
    async with HOSTED["openai"].at(cloud.url) as backend:
        with pytest.raises(Failure, match="needs credit or a higher limit") as caught:
            await all_of(backend.chat("gpt-4o", chat(), SENT))
    assert caught.value.kind is Kind.QUOTA


async def test_openai_fills_gaps_by_a_question(cloud: Served) -> None:
    async with HOSTED["openai"].at(cloud.url) as backend:
        models = {model.name: model for model in await backend.models(SENT)}
        assert models["gpt-4o"].context_tokens == 128_000
        assert Capability.INFILL not in models["gpt-4o"].capabilities
        await all_of(backend.infill(models["gpt-4o"], Infill("x = ", "\ny", 9), SENT))
    body = cloud.requests("/v1/chat/completions")[-1]["json"]
    assert "<before>x = </before>\n<after>\ny</after>" in body["messages"][0]["content"]
    assert body["max_completion_tokens"] == 9


async def test_a_list_of_models_in_another_form(cloud: Served) -> None:
    for said in ([], {"models": []}, {"data": [7]}, {"data": [{"name": "x"}]}):
        content = json.dumps(said)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        cloud.script(path="/v1/models", steps=[{"send": head + content}])
        async with HOSTED["openai"].at(cloud.url) as backend:
            with pytest.raises(Failure) as caught:
                await backend.models(SENT)
        assert caught.value.kind is Kind.BROKEN


def test_nothing_of_the_backend_tells_the_key() -> None:
    client = connect("http://127.0.0.1:1", Gate(), {"Authorization": "Bearer sk-very-secret"})
    for backend in (OpenAI("a", "b", "http://127.0.0.1:1", client),):
        assert "secret" not in repr(backend) + str(vars(backend)) + repr(client.headers)
    assert openai.MAX_STOPS == 4
