"""Anthropic's Messages API: its format by itself, then the backend in front of a fake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emberline.backends.anthropic import Answer, judge, messages_body
from emberline.backends.complaint import Complaint
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Called, Chat, Done, Infill, Message, ToolCall, Usage, Written
from emberline.backends.streams import Refused
from emberline.models.info import Capability
from tests.backends.hosted import HOSTED, SENT, all_of, chat, text_of
from tests.servers import Served, serving

SONNET = "claude-sonnet-4-5"


@pytest.fixture
def served() -> Iterator[Served]:
    with serving("tests.servers.anthropic") as served:
        yield served


def test_a_conversation_in_the_format() -> None:
    calls = (ToolCall("t1", "look", '{"at": 1}'), ToolCall("t2", "look", "not JSON"))
    turns = (
        Message("system", "Be brief."),
        Message("user", "Look."),
        Message("user", "Twice."),
        Message("assistant", "", calls),
        Message("tool", "a cat", tool_call_id="t1"),
        Message("tool", "a dog", tool_call_id="t2"),
        Message("system", "And polite."),
    )
    body = messages_body("m", Chat(turns, 50, temperature=1.6, stop=("\n\n", "END")))
    assert body["system"] == "Be brief.\n\nAnd polite."
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "text", "text": "Twice."}]},
        {
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": 1}},
                {"type": "tool_use", "id": "t2", "name": "look", "input": {"arguments": "not JSON"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "a cat"},
                {"type": "tool_result", "tool_use_id": "t2", "content": "a dog"},
            ],
        },
    ]
    assert (body["temperature"], body["stop_sequences"]) == (1.0, ["END"])  # a blank stop is refused
    assert "tools" not in body and "output_config" not in body


def test_the_events_of_a_stream() -> None:
    answer = Answer()
    stream: list[dict[str, Any]] = [
        {
            "type": "message_start",
            "message": {"model": "m-1", "usage": {"input_tokens": 9, "cache_read_input_tokens": 4}},
        },
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Yes"}},
        {"type": "content_block_stop", "index": 1},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "tool_use", "id": "t", "name": "look", "input": {}},
        },
        {"type": "content_block_stop", "index": 2},
        {"type": "an event of tomorrow", "index": 3},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use"},
            "usage": {"input_tokens": 9, "cache_creation_input_tokens": 2, "output_tokens": 7},
        },
    ]
    events = [event for data in stream for event in answer.take(data)]
    assert events == [Written("Yes"), Called(ToolCall("t", "look", "{}"))]
    assert not answer.finished
    assert list(answer.take({"type": "message_stop"})) == [] and answer.finished
    assert answer.done(5.0) == Done("tools", Usage(11, 4, 7, 5.0), "m-1")


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "filtered"),
    ],
)
async def test_why_an_answer_ended(served: Served, reason: str, ending: str) -> None:
    served.script(answers=[{"text": "x", "ending": reason}])
    async with HOSTED["anthropic"].at(served.url) as backend:
        events = await all_of(backend.chat(SONNET, chat(), SENT))
    assert isinstance(events[-1], Done) and events[-1].ending == ending


LOW = "Your credit balance is too low to access the Anthropic API."


@pytest.mark.parametrize(
    ("status", "kind", "message", "meaning"),
    [
        (400, "invalid_request_error", "max_tokens: must be positive", Kind.BAD_REQUEST),
        (400, "invalid_request_error", LOW, Kind.QUOTA),
        (400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", Kind.BAD_REQUEST),
        (401, "authentication_error", "invalid x-api-key", Kind.DENIED),
        (402, "billing_error", "Payment is due.", Kind.QUOTA),
        (403, "permission_error", "Not allowed.", Kind.DENIED),
        (404, "not_found_error", "model: claude-9", Kind.NOT_FOUND),
        (413, "request_too_large", "Request exceeds the maximum size", Kind.BAD_REQUEST),
        (429, "rate_limit_error", "Slow down.", Kind.RATE_LIMITED),
        (500, "api_error", "Internal server error", Kind.OVERLOADED),
        (529, "overloaded_error", "Overloaded", Kind.OVERLOADED),
        # in mid-stream, where only the type tells
        (200, "rate_limit_error", "Slow down.", Kind.RATE_LIMITED),
        (200, "api_error", "Internal server error", Kind.OVERLOADED),
        (200, "overloaded_error", "Overloaded", Kind.OVERLOADED),
        (200, "billing_error", "Payment is due.", Kind.QUOTA),
        (200, "error_of_tomorrow", "Hm.", Kind.BROKEN),
    ],
)
def test_what_refusals_mean(status: int, kind: str, message: str, meaning: Kind) -> None:
    assert judge(Refused(status, Complaint(message, kind))).kind is meaning


async def test_a_delay_that_the_provider_names(served: Served) -> None:
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": "Too many requests."}}
    served.script(answers=[{"status": 429, "body": error, "headers": {"retry-after": "42"}}])
    async with HOSTED["anthropic"].at(served.url) as backend:
        with pytest.raises(Failure, match="Too many requests") as caught:
            await all_of(backend.chat(SONNET, chat(), SENT))
    assert (caught.value.kind, caught.value.retry_after) == (Kind.RATE_LIMITED, 42.0)


async def test_models_over_several_pages(served: Served) -> None:
    async with HOSTED["anthropic"].at(f"{served.url}/v1/") as backend:
        found = {model.name: model for model in await backend.models(SENT)}
    assert list(found) == [SONNET, "claude-3-5-sonnet", "claude-new"]
    assert found[SONNET].context_tokens == 200_000
    assert Capability.SCHEMA in found[SONNET].capabilities
    assert Capability.SCHEMA not in found["claude-3-5-sonnet"].capabilities
    assert all(Capability.TOOLS in model.capabilities for model in found.values())


async def test_a_list_that_does_not_end(served: Served) -> None:
    content = '{"data": [], "has_more": true, "last_id": "x"}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    served.script(path="/v1/models", steps=[{"send": head + content}])
    async with HOSTED["anthropic"].at(served.url) as backend:
        with pytest.raises(Failure, match="does not end") as caught:
            await backend.models(SENT)
    assert caught.value.kind is Kind.BROKEN


async def test_a_schema_is_closed_and_its_limits_are_told_in_words(served: Served) -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "maximum": 9, "description": "A digit"}},
    }
    async with HOSTED["anthropic"].at(served.url) as backend:
        await all_of(backend.chat(SONNET, chat(schema=schema), SENT))
    form = served.requests("/v1/messages")[-1]["json"]["output_config"]["format"]
    assert form == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"n": {"type": "integer", "description": "A digit (maximum: 9)"}},
            "additionalProperties": False,
        },
    }


async def test_what_a_model_refuses_is_not_asked_again(served: Served) -> None:
    served.script(refuses={"claude-new": ["temperature", "structured"]})
    async with HOSTED["anthropic"].at(served.url) as backend:
        for _ in range(2):
            events = await all_of(
                backend.chat("claude-new", chat(schema={"type": "object", "properties": {}}), SENT)
            )
            assert text_of(events) == "Hello from a fake model."
        models = {model.name: model.capabilities for model in await backend.models(SENT)}
    bodies = [request["json"] for request in served.requests("/v1/messages")]
    assert len(bodies) == 4  # refused twice, then learnt
    assert "temperature" not in bodies[-1] and "output_config" not in bodies[-1]
    assert "JSON Schema" in bodies[-1]["system"]
    assert Capability.SCHEMA not in models["claude-new"] and Capability.SCHEMA in models[SONNET]


async def test_tokens_are_counted_by_the_provider(served: Served) -> None:
    async with HOSTED["anthropic"].at(served.url) as backend:
        short = await backend.count_tokens(SONNET, "word", SENT)
        long = await backend.count_tokens(SONNET, "word " * 100, SENT)
        assert await backend.count_tokens(SONNET, "", SENT) == 0
        gone = '{"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}}'
        head = f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(gone)}\r\n\r\n"
        served.script(path="/v1/messages/count_tokens", steps=[{"send": head + gone}])
        assert await backend.count_tokens(SONNET, "word", SENT) is None  # a gateway without it
    assert short is not None and long is not None and long > short


async def test_a_gap_is_filled_by_a_question(served: Served) -> None:
    async with HOSTED["anthropic"].at(served.url) as backend:
        models = {model.name: model for model in await backend.models(SENT)}
        gap = Infill("x = ", "\ny", 9, stop=("\n",))
        assert text_of(await all_of(backend.infill(models[SONNET], gap, SENT)))
    body = served.requests("/v1/messages")[-1]["json"]
    assert "<before>x = </before>" in body["messages"][0]["content"][0]["text"]
    assert body["max_tokens"] == 9 and "stop_sequences" not in body
