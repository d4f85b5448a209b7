"""What every cloud protocol has to do, each in front of a process that speaks it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Called, Chat, Done, Message, Tool, ToolCall, Written
from emberline.models.info import Capability, Warmth
from tests.backends.hosted import HOSTED, SENT, Hosted, all_of, chat, text_of
from tests.servers import Served, serving
from tests.servers.talking import KEY

SCHEMA = {
    "type": "object",
    "properties": {"label": {"enum": ["bug", "feature"]}, "sure": {"type": "number", "minimum": 0}},
    "required": ["label", "sure"],
}
WEATHER = Tool(
    "weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}}
)


@pytest.fixture(scope="module", params=HOSTED)
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Hosted, Served]]:
    hosted = HOSTED[request.param]
    with serving(*hosted.fake) as served:
        yield hosted, served


@pytest.fixture
def hosted(pair: tuple[Hosted, Served]) -> Hosted:
    return pair[0]


@pytest.fixture
def served(pair: tuple[Hosted, Served]) -> Iterator[Served]:
    yield pair[1]
    pair[1].script(answers=[], window=200_000)


def asked(served: Served, hosted: Hosted) -> dict[str, object]:
    """The last request to the chat's path."""
    body: dict[str, object] = served.requests(hosted.path)[-1]["json"]
    return body


async def test_pieces_come_in_order_and_done_comes_last(hosted: Hosted, served: Served) -> None:
    pieces = ["Hel", "lo", ",\n", " wörld ", "😀"]
    served.script(answers=[{"text": pieces}])
    async with hosted.at(served.url) as backend:
        events = await all_of(backend.chat(hosted.model, chat(), SENT))
    assert [event.text for event in events if isinstance(event, Written)] == pieces
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.ending, done.model) == ("stop", f"{hosted.model}-2026")
    assert done.usage.read > 0 and done.usage.cached > 0 and done.usage.busy_ms > 0
    assert done.usage.written == 5


async def test_a_piece_comes_before_the_next_one_is_written(hosted: Hosted, served: Served) -> None:
    served.script(answers=[{"text": ["first"], "stall": True}])
    async with hosted.at(served.url) as backend, aclosing(backend.chat(hosted.model, chat(), SENT)) as events:
        assert await anext(events) == Written("first")


async def test_closing_the_answer_is_noticed_by_the_server(hosted: Hosted, served: Served) -> None:
    served.script(answers=[{"text": ["first"], "stall": True}])
    async with hosted.at(served.url) as backend:
        async with aclosing(backend.chat(hosted.model, chat(), SENT)) as events:
            await anext(events)
        served.until_gone(hosted.path)
        assert text_of(await all_of(backend.chat(hosted.model, chat(), SENT))) == "Hello from a fake model."


async def test_characters_split_between_packets(hosted: Hosted, served: Served) -> None:
    delta = {"type": "text_delta", "text": "naïve 😀 語"}
    pieces = {
        "anthropic": [
            {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 3}}},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        ],
        "others": [
            {"choices": [{"index": 0, "delta": {"content": "naïve 😀 語"}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        ],
    }["anthropic" if hosted.key_header == "x-api-key" else "others"]
    body = "".join(f"data: {json.dumps(piece, ensure_ascii=False)}\n\n" for piece in pieces)
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}".encode()
    steps = [{"base64": base64.b64encode(bytes([byte])).decode()} for byte in answer]
    served.script(path=hosted.path, steps=steps, times=1)
    async with hosted.at(served.url) as backend:
        assert text_of(await all_of(backend.chat(hosted.model, chat(), SENT))) == "naïve 😀 語"


async def test_a_stop_text_ends_the_answer_wherever_it_is_split(hosted: Hosted, served: Served) -> None:
    served.script(answers=[{"text": ["one\n", "\n", "two"]}])
    async with hosted.at(served.url) as backend:
        question = chat(stop=("a", "b", "c", "d", "\n\n"))
        events = await all_of(backend.chat(hosted.model, question, SENT))
    assert text_of(events) == "one"
    assert isinstance(events[-1], Done) and events[-1].ending == "stop"


async def test_a_tool_is_called_and_answered(hosted: Hosted, served: Served) -> None:
    if hosted.fake[-1] == "vllm":
        served.script(tools=True)
    calls = [{"name": "weather", "arguments": {"city": "Ulm"}}, {"name": "weather", "arguments": {}}]
    served.script(answers=[{"text": "Let me look.", "calls": calls}, {"text": "It rains."}])
    question = Message("user", "How is the weather?")
    async with hosted.at(served.url) as backend:
        first = await all_of(
            backend.chat(hosted.model, Chat((question,), 100, tools=(WEATHER,)), SENT),
        )
        made = [event.call for event in first if isinstance(event, Called)]
        assert [(call.name, json.loads(call.arguments)) for call in made] == [
            ("weather", {"city": "Ulm"}),
            ("weather", {}),
        ]
        assert made[0].id != made[1].id
        assert isinstance(first[-1], Done) and first[-1].ending == "tools"
        turns = (
            question,
            Message("assistant", text_of(first), tuple(made)),
            *(Message("tool", f"rain {at}", tool_call_id=call.id) for at, call in enumerate(made)),
        )
        second = await all_of(backend.chat(hosted.model, Chat(turns, 100, tools=(WEATHER,)), SENT))
    assert text_of(second) == "It rains."
    sent = json.dumps(asked(served, hosted))
    assert all(text in sent for text in ("Let me look.", "Ulm", "rain 0", "rain 1"))


async def test_calls_of_another_provider_are_taken_over(hosted: Hosted, served: Served) -> None:
    if hosted.fake[-1] == "vllm":
        served.script(tools=True)
    call = ToolCall("call_of-another/provider", "weather", '{"city": "Ulm"}')
    turns = (
        Message("system", "Be brief."),
        Message("user", "Weather?"),
        Message("assistant", "", (call,)),
        Message("tool", "snow", tool_call_id=call.id),
    )
    async with hosted.at(served.url) as backend:
        await all_of(backend.chat(hosted.model, Chat(turns, 10, tools=(WEATHER,)), SENT))
    ids = set(re.findall(r'"(?:id|tool_call_id|tool_use_id)": "([^"]+)"', json.dumps(asked(served, hosted))))
    assert len(ids) == 1  # the call's and its answer's


async def test_a_schema_is_asked_in_a_form_that_the_provider_takes(hosted: Hosted, served: Served) -> None:
    served.script(answers=[{"text": '{"label": "bug", "sure": 1}'}])
    async with hosted.at(served.url) as backend:
        events = await all_of(backend.chat(hosted.model, chat(schema=SCHEMA), SENT))
    assert text_of(events) == '{"label": "bug", "sure": 1}'
    assert "feature" in json.dumps(asked(served, hosted))


async def test_an_optional_property_stays_optional(hosted: Hosted, served: Served) -> None:
    async with hosted.at(served.url) as backend:
        await all_of(
            backend.chat(hosted.model, chat(schema=SCHEMA | {"required": ["label"]}), SENT),
        )
    assert '"required": ["label"]' in json.dumps(asked(served, hosted)).replace('\\"', '"')


async def test_what_a_model_is_asked_for_is_bounded(hosted: Hosted, served: Served) -> None:
    async with hosted.at(served.url) as backend:
        await all_of(backend.chat(hosted.model, chat(max_tokens=17, temperature=0.5), SENT))
    body = asked(served, hosted)
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 17
    assert body["temperature"] == 0.5


async def test_models_are_listed_with_what_is_known_of_them(hosted: Hosted, served: Served) -> None:
    async with hosted.at(served.url) as backend:
        assert (await backend.probe(SENT)).state == "up"
        found = {info.name: info for info in await backend.models(SENT)}
    model = found[hosted.model]
    assert Capability.CHAT in model.capabilities
    assert model.context_tokens is not None and model.context_tokens >= 32_000
    assert model.warmth in (Warmth.HOSTED, Warmth.WARM)


async def test_the_key_travels_in_its_header_and_nowhere_else(hosted: Hosted, served: Served) -> None:
    async with hosted.at(served.url) as backend:
        await all_of(backend.chat(hosted.model, chat(), SENT))
        assert KEY not in repr(backend) and KEY not in str(vars(backend))
    request = served.requests(hosted.path)[-1]
    assert request["headers"][hosted.key_header].removeprefix("Bearer ") == KEY
    assert KEY not in json.dumps([request["json"], request["path"], request["query"]])


async def test_a_wrong_key_is_told_without_quoting_it(hosted: Hosted, served: Served) -> None:
    if hosted.fake[-1] == "vllm":
        served.script(guarded=True)
    async with hosted.at(served.url, "wrong-key-9876543210") as backend:
        for asking in (
            all_of(backend.chat(hosted.model, chat(), SENT)),
            backend.models(SENT),
            backend.probe(SENT),
        ):
            with pytest.raises(Failure, match=r"^team: .*check the API key") as caught:
                await asking
            assert caught.value.kind is Kind.DENIED
            assert "wrong-k" not in str(caught.value)


async def test_a_missing_model_is_told_with_where_to_look(hosted: Hosted, served: Served) -> None:
    async with hosted.at(served.url) as backend:
        with pytest.raises(Failure) as caught:
            await all_of(backend.chat("no-such-model", chat(), SENT))
    assert caught.value.kind in (Kind.NOT_FOUND, Kind.BAD_REQUEST)
    assert "model" in str(caught.value)


async def test_too_long_a_text_is_a_bad_request_in_words(hosted: Hosted, served: Served) -> None:
    served.script(window=20)
    async with hosted.at(served.url) as backend:
        with pytest.raises(Failure, match="longer than the model holds") as caught:
            await all_of(backend.chat(hosted.model, chat("secret plan " * 30), SENT))
    assert caught.value.kind is Kind.BAD_REQUEST
    assert "secret plan" not in str(caught.value)


async def test_a_complaint_that_quotes_the_prompt_is_not_passed_on(hosted: Hosted, served: Served) -> None:
    secret = "the launch code is 0451 and nobody may know"
    quoting = {"error": {"type": "invalid_request_error", "message": f"cannot parse {secret}"}}
    served.script(answers=[{"status": 400, "body": quoting}])
    async with hosted.at(served.url) as backend:
        with pytest.raises(Failure, match="bad request") as caught:
            await all_of(backend.chat(hosted.model, chat(secret), SENT))
    assert "0451" not in str(caught.value)
