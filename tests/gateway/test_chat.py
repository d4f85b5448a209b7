"""Chat completions through the gateway, whole and streamed."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

import pytest

from emberline.gateway import exchange
from emberline.observe.ledger import default_file
from emberline.observe.store import Store
from emberline.privacy import audit
from tests.gateway.stand import CODER, HELLO, Stand, error_of, standing, text_of
from tests.routing.served import Place
from tests.servers import Served

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a place.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}},
            "required": ["place"],
            "additionalProperties": False,
        },
    },
}
ANSWER = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    },
}


async def test_a_whole_answer(stand: Stand) -> None:
    response = await stand.asked()
    assert response.status_code == 200
    answer = response.json()
    assert answer["object"] == "chat.completion"
    assert answer["model"] == CODER
    assert answer["id"].startswith("chatcmpl-")
    [choice] = answer["choices"]
    assert choice["message"] == {
        "role": "assistant",
        "content": "Hello from a fake model.",
        "refusal": None,
    }
    assert choice["finish_reason"] == "stop"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] == 5
    headers = response.headers
    assert headers["x-emberline-route"] == "this machine"
    assert headers["x-emberline-model"] == CODER
    assert headers["x-emberline-privacy"] == "strict"
    assert headers["x-emberline-reason"]


async def test_a_streamed_answer(stand: Stand) -> None:
    chunks = await stand.chunks(messages=HELLO)
    assert text_of(chunks) == "Hello from a fake model."
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks][-1] == "stop"
    assert all("usage" not in chunk for chunk in chunks)


async def test_a_stream_ends_with_what_was_used_where_that_is_asked(stand: Stand) -> None:
    chunks = await stand.chunks(messages=HELLO, stream_options={"include_usage": True})
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 5


@pytest.mark.parametrize("name", [CODER, CODER.removeprefix("gpu/")])
async def test_a_model_can_be_named(stand: Stand, name: str) -> None:
    assert (await stand.asked(model=name)).json()["model"] == CODER


async def test_what_shapes_the_answer_reaches_the_backend(stand: Stand, vllm: Served) -> None:
    await stand.asked(
        max_completion_tokens=77,
        temperature=0.7,
        top_p=0.5,
        seed=11,
        presence_penalty=1,
        frequency_penalty=-1.5,
        stop=["END", "STOP"],
        user="me",
        store=False,
        n=1,
    )
    body = vllm.requests("/v1/chat/completions")[-1]["json"]
    assert (body["max_tokens"], body["temperature"], body["top_p"], body["seed"]) == (77, 0.7, 0.5, 11)
    assert (body["presence_penalty"], body["frequency_penalty"]) == (1, -1.5)
    assert body["stop"] == ["END", "STOP"]
    assert "user" not in body


async def test_every_role_and_form_of_a_message(stand: Stand, vllm: Served) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"place":"A"}'}}
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "One "}, {"type": "text", "text": "two"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]
    assert (await stand.asked(messages, tools=[WEATHER])).status_code == 200
    sent = vllm.requests("/v1/chat/completions")[-1]["json"]["messages"]
    assert [each["role"] for each in sent] == ["system", "user", "assistant", "tool"]
    assert sent[1]["content"] == "One two"
    assert sent[2]["tool_calls"] == [call]
    assert sent[3]["tool_call_id"] == "call_1"


async def test_calls_of_tools_whole_and_streamed(stand: Stand, vllm: Served) -> None:
    calls = [{"name": "weather", "arguments": {"place": place}} for place in ("Rome", "Oslo")]
    vllm.script(answers=[{"calls": calls}, {"calls": calls}])
    answer = (await stand.asked(tools=[WEATHER])).json()["choices"][0]
    assert answer["finish_reason"] == "tool_calls"
    assert answer["message"]["content"] is None
    told = answer["message"]["tool_calls"]
    assert [json.loads(each["function"]["arguments"]) for each in told] == [
        {"place": "Rome"},
        {"place": "Oslo"},
    ]
    assert len({each["id"] for each in told}) == 2

    chunks = await stand.chunks(messages=HELLO, tools=[WEATHER])
    built: dict[int, dict[str, str]] = {}
    for chunk in chunks:
        for delta in chunk["choices"][0]["delta"].get("tool_calls", ()):
            one = built.setdefault(delta["index"], {"arguments": ""})
            one |= {key: delta[key] for key in ("id", "type") if key in delta}
            one |= {"name": delta["function"]["name"]} if "name" in delta["function"] else {}
            one["arguments"] += delta["function"]["arguments"]
    assert [json.loads(one["arguments"])["place"] for one in built.values()] == ["Rome", "Oslo"]
    assert all(one["name"] == "weather" and one["type"] == "function" for one in built.values())
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_one_call_alone_where_they_must_not_be_parallel(stand: Stand, vllm: Served) -> None:
    calls = [{"name": "weather", "arguments": {"place": place}} for place in ("Rome", "Oslo")]
    vllm.script(answers=[{"calls": calls}])
    answer = (await stand.asked(tools=[WEATHER], parallel_tool_calls=False)).json()
    assert len(answer["choices"][0]["message"]["tool_calls"]) == 1
    assert vllm.requests("/v1/chat/completions")[-1]["json"]["parallel_tool_calls"] is False


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("required", "required"),
        ({"type": "function", "function": {"name": "weather"}},) * 2,
        ("none", None),
    ],
)
async def test_choosing_tools(stand: Stand, vllm: Served, choice: object, sent: object) -> None:
    assert (await stand.asked(tools=[WEATHER], tool_choice=choice)).status_code == 200
    assert vllm.requests("/v1/chat/completions")[-1]["json"].get("tool_choice") == sent


async def test_arguments_that_break_a_strict_schema_are_no_answer(stand: Stand, vllm: Served) -> None:
    strict = {"type": "function", "function": WEATHER["function"] | {"strict": True}}  # type: ignore[operator]
    vllm.script(answers=[{"calls": [{"name": "weather", "arguments": {"city": "Rome"}}]}])
    response = await stand.asked(tools=[strict])
    assert response.status_code == 502
    assert error_of(response)["code"] == "backend_answer_unusable"
    assert response.headers["x-should-retry"] == "false"


async def test_an_answer_of_a_form_is_checked_and_asked_for_again(stand: Stand, vllm: Served) -> None:
    vllm.script(answers=[{"text": '{"n": "three"}'}, {"text": '```json\n{"n": 3}\n```'}])
    answer = (await stand.asked(response_format=ANSWER)).json()
    assert answer["choices"][0]["message"]["content"] == '{"n": 3}'
    first, second = vllm.requests("/v1/chat/completions")
    assert first["json"]["response_format"]["type"] == "json_schema"
    assert second["json"]["messages"][-1]["role"] == "user"
    assert second["json"]["temperature"] < first["json"]["temperature"]


async def test_a_streamed_answer_of_a_form_is_checked_as_well(stand: Stand, vllm: Served) -> None:
    vllm.script(answers=[{"text": "no JSON"}, {"text": '{"n": 4}'}])
    chunks = await stand.chunks(messages=HELLO, response_format=ANSWER)
    assert text_of(chunks) == '{"n": 4}'
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_a_streamed_answer_of_a_form_that_never_comes_is_an_error_with_a_status(
    stand: Stand, vllm: Served
) -> None:
    vllm.script(text="never")
    response = await stand.asked(response_format=ANSWER, stream=True)
    assert response.status_code == 502
    assert error_of(response)["code"] == "backend_answer_unusable"


async def test_a_streamed_answer_of_a_form_that_takes_long_gives_signs_of_life(
    stand: Stand, vllm: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PING_SECONDS", 0.05)
    vllm.script(answers=[{"text": ['{"n"', ": 4}"], "delay": 0.3}])
    response = await stand.asked(response_format=ANSWER, stream=True)
    first, *others = response.text.split("\n\n")
    assert first == ": still at it" and response.headers["x-emberline-model"]
    assert any('{\\"n\\": 4}' in each for each in others)


async def test_a_json_object_is_one(stand: Stand, vllm: Served) -> None:
    vllm.script(answers=[{"text": "[1]"}, {"text": '{"a": "ü"}'}])
    answer = (await stand.asked(response_format={"type": "json_object"})).json()
    assert answer["choices"][0]["message"]["content"] == '{"a": "ü"}'


async def test_an_answer_that_never_has_its_form_is_an_error(stand: Stand, vllm: Served) -> None:
    vllm.script(text="never")
    response = await stand.asked(response_format=ANSWER)
    assert response.status_code == 502
    assert "not usable" in error_of(response)["message"]
    assert "never" not in error_of(response)["message"]


async def test_a_stream_that_breaks_off_says_so_in_it(stand: Stand, vllm: Served) -> None:
    error = {"error": {"message": "out of memory", "code": 500}}
    vllm.script(answers=[{"text": "half an", "inside": error}])
    response = await stand.asked(stream=True)
    assert response.status_code == 200
    *_, last = [line for line in response.text.split("\n\n") if line]
    assert json.loads(last.removeprefix("data: "))["error"]["code"]
    assert "[DONE]" not in response.text


async def test_whoever_leaves_ends_the_work_at_the_backend(stand: Stand, vllm: Served) -> None:
    for is_streamed in (True, False):
        vllm.script(seen=[], answers=[{"text": ["begun "], "stall": True}])
        asking = asyncio.create_task(stand.asked(stream=is_streamed))
        while not vllm.requests("/v1/chat/completions"):
            await asyncio.sleep(0.01)
        asking.cancel()
        assert await asyncio.to_thread(vllm.until_gone, "/v1/chat/completions")
        while not stand.visits:
            await asyncio.sleep(0.01)
        assert stand.visits.pop().error == "left"


async def test_sixty_four_streams_at_once_are_neither_lost_nor_mixed_up(stand: Stand, vllm: Served) -> None:
    texts = [" ".join([f"stream-{at}"] * (at % 7 + 3)) for at in range(64)]
    vllm.script(echoes=True)

    async def one(text: str) -> str:
        return text_of(await stand.chunks(messages=[{"role": "user", "content": text}]))

    answers = await asyncio.gather(*map(one, texts))
    assert answers == texts
    vllm.script(echoes=False)


async def test_each_request_leaves_a_record_and_an_entry_in_the_trail(
    knows_vllm: Place, vllm: Served
) -> None:
    async with standing() as stand:
        headers = {"X-Emberline-Task": "commit-message", "X-Emberline-Workspace": str(knows_vllm.folder)}
        assert (await stand.asked(headers=headers)).status_code == 200
        [visit] = stand.visits
    assert (visit.status, visit.task, visit.model, visit.place) == (
        200,
        "commit-message",
        CODER,
        "this machine",
    )
    assert visit.output_tokens == 5
    assert "Say hello" not in visit.line()
    [sent] = [send for send in audit.stayed() if send.reason == "commit-message"]
    assert sent.sources == (f"a request to the gateway from {knows_vllm.folder}",)
    assert recorded() == [("commit-message", "gpu", "ok")]


def recorded() -> list[tuple[str, str, str]]:
    """Task, backend and outcome of every request in the ledger's file."""
    with closing(Store.existing(default_file())) as store:
        return [(each.task, each.backend, each.outcome) for each in store.recent(100)]
