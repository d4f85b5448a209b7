"""What gets no answer, and how the caller is told: in OpenAI's form, with the status that fits."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from emberline.backends.failure import Failure, Kind
from emberline.gateway.refusal import of_failure
from emberline.routing.obstacles import By
from emberline.routing.purse import OverBudget
from tests.gateway.stand import HELLO, Stand, error_of, standing
from tests.gateway.test_chat import ANSWER, WEATHER, recorded
from tests.routing.served import Place
from tests.servers import Served

SECRET = "the caller's own words"
IMAGE = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"logit_bias": {"50256": -100}}, "logit_bias", "unsupported_parameter"),
        ({"store": True}, "store", "unsupported_parameter"),
        ({"functions": [{"name": "f"}]}, "functions", "unsupported_parameter"),
        ({"reasoning_effort": "high"}, "reasoning_effort", "unsupported_parameter"),
        ({"modalities": ["audio"]}, "modalities", "unsupported_parameter"),
        ({"top_k": 3}, "top_k", "unknown_parameter"),
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"temperature": SECRET}, "temperature", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"top_p": -1}, "top_p", "invalid_value"),
        ({"stop": list("abcde")}, "stop", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": IMAGE}, "messages.0.content.0", "unsupported_content"),
        ({"messages": [{"role": "sage", "content": SECRET}]}, "messages.0.role", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages.0.content", "missing_required_parameter"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.tool_call_id", "invalid_value"),
        ({"messages": [{"content": "x"}]}, "messages.0.role", "missing_required_parameter"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"tools": [WEATHER], "tool_choice": "always"}, "tool_choice", "invalid_value"),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "tool_choice",
            "invalid_value",
        ),
        ({"tools": [{"type": "custom"}]}, "tools.0", "unsupported_parameter"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "no"}}}]},
            "tools.0.function.parameters",
            "invalid_value",
        ),
        ({"tools": [WEATHER], "response_format": ANSWER}, "response_format", "unsupported_parameter"),
        ({"response_format": {"type": "xml"}}, "response_format", "invalid_value"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": 1}}}},
            "response_format",
            "invalid_value",
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"schema": {"$ref": "http://127.0.0.1:9/schema"}},
                }
            },
            "response_format",
            "invalid_value",
        ),
    ],
)
async def test_what_is_not_to_be_had_is_refused_by_its_name(
    stand: Stand, vllm: Served, change: dict[str, Any], param: str, code: str
) -> None:
    response = await stand.client.post("/chat/completions", json={"messages": HELLO, **change})
    assert response.status_code == 400
    error = error_of(response)
    assert (error["param"], error["code"], error["type"]) == (param, code, "invalid_request_error")
    assert SECRET not in error["message"]
    assert vllm.requests("/v1/chat/completions") == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff\xfe"])
async def test_a_body_that_is_no_json_object(stand: Stand, content: bytes) -> None:
    response = await stand.client.post("/chat/completions", content=content)
    assert response.status_code == 400
    assert error_of(response)["type"] == "invalid_request_error"


async def test_a_body_that_is_too_long(stand: Stand) -> None:
    content = b'{"messages": "' + b"a" * (33 << 20)
    response = await stand.client.post("/chat/completions", content=content)
    assert response.status_code == 413
    assert error_of(response)["code"] == "request_too_large"

    async def pieces() -> Any:
        for _ in range(33):
            yield b"a" * (1 << 20)

    try:
        response = await stand.client.post("/chat/completions", content=pieces())
        assert response.status_code == 413
    except httpx.WriteError:
        pass  # it is answered, and closed, before all of it is sent
    assert stand.visits[-1].status == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/chat/completions", 405), ("POST", "/models", 405)],
)
async def test_paths_and_methods_that_are_none(stand: Stand, method: str, path: str, status: int) -> None:
    response = await stand.client.request(method, path)
    assert response.status_code == status
    error_of(response)


async def test_a_model_that_is_none(stand: Stand) -> None:
    response = await stand.asked(model="gpt-9")
    assert response.status_code == 404
    assert (error_of(response)["code"], error_of(response)["param"]) == ("model_not_found", "model")
    assert (await stand.client.get("/models/gpt-9")).status_code == 404


async def test_more_than_any_model_holds(stand: Stand) -> None:
    response = await stand.asked([{"role": "user", "content": "word " * 60_000}])
    assert response.status_code == 400
    assert error_of(response)["code"] == "context_length_exceeded"
    headers = {"X-Emberline-Task": "commit-message"}  # which by itself would be taken in parts
    response = await stand.asked([{"role": "user", "content": "word " * 60_000}], headers)
    assert error_of(response)["code"] == "context_length_exceeded"


async def test_without_a_length_of_its_own_an_answer_is_as_long_as_there_is_room(
    place: Place, vllm: Served
) -> None:
    server = f'{{name: gpu, protocol: openai-compatible, url: "{vllm.url}"}}'
    place.configure(
        f"backends:\n  discover: false\n  servers:\n    - {server}\n"
        "router: {thresholds: {max_local_context_tokens: 3000}}\n"
    )
    lengths = []
    async with standing() as stand:
        for words in (100, 1_500, 4_000):
            response = await stand.asked([{"role": "user", "content": "word " * words}])
            if response.status_code == 200:
                lengths.append(vllm.requests("/v1/chat/completions")[-1]["json"]["max_tokens"])
    assert lengths == [2048, 512]
    assert error_of(response)["code"] == "context_length_exceeded"


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ({"status": 429, "body": {"error": {"message": "slow down"}}}, 429, "rate_limit_exceeded"),
        ({"status": 503, "body": {}}, 503, "backend_overloaded"),
        ({"status": 401, "body": {}}, 502, "backend_denied"),
        ({"status": 402, "body": {}}, 402, "insufficient_quota"),
        ({"status": 400, "body": {"error": {"message": "no"}}}, 400, "refused_by_backend"),
    ],
)
async def test_what_a_backend_refuses(
    stand: Stand, vllm: Served, answer: dict[str, Any], status: int, code: str, is_streamed: bool
) -> None:
    vllm.script(answers=[answer])
    response = await stand.asked(stream=is_streamed)
    assert response.status_code == status
    assert error_of(response)["code"] == code


async def test_a_limit_of_the_backend_says_when_to_ask_again(stand: Stand, vllm: Served) -> None:
    limited = {"status": 429, "body": {}, "headers": {"retry-after": "1000"}}
    vllm.script(answers=[limited])
    response = await stand.asked()
    assert (response.status_code, response.headers["retry-after"]) == (429, "1000")


async def test_nobody_there(place: Place) -> None:
    place.configure("backends: {discover: false}\nengine: {embedded: false}\n")
    async with standing() as stand:
        response = await stand.asked()
        assert response.status_code == 503
        assert error_of(response)["code"] == "backend_unavailable"
    assert recorded() == [("question", "", "refused by policy")]


async def test_what_privacy_forbids_is_said_with_what_would_allow_it(
    place: Place, cloud: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.configure(clouded(cloud.url))
    async with standing() as stand:
        response = await stand.asked(model="gpt-4o", headers={"X-Emberline-Privacy": "open"})
        assert response.status_code == 403
        error = error_of(response)
        assert (error["type"], error["code"]) == ("permission_error", "privacy_forbids")
        assert "X-Emberline-Workspace" in error["message"]
    assert cloud.requests("/v1/chat/completions") == []


async def test_what_the_budget_does_not_bear_is_payment_required(place: Place, cloud: Served) -> None:
    place.configure(clouded(cloud.url) + "budget: {usd_per_request: 0}\n")
    async with standing() as stand:
        response = await stand.asked(headers={"X-Emberline-Workspace": str(place.folder)}, model="gpt-4o")
        assert response.status_code == 402
        error = error_of(response)
        assert (error["type"], error["code"]) == ("insufficient_quota", "budget_exceeded")
        assert "budget" in error["message"]
        assert response.headers["x-should-retry"] == "false"


def test_every_failure_and_every_obstacle_has_its_status() -> None:
    from emberline.gateway import refusal

    assert {of_failure(Failure("x", kind)).status for kind in Kind} <= {400, 402, 403, 429, 502, 503}
    assert set(refusal._BY_OBSTACLE) == set(By)
    assert of_failure(OverBudget("x")).status == 402


def clouded(url: str) -> str:
    """A user without local models, who lets the cloud be asked."""
    from tests.servers.talking import KEY

    return (
        "privacy: {mode: open}\nengine: {embedded: false}\nbackends: {discover: false}\n"
        f"router: {{cloud_endpoint: {json.dumps(url + '/v1')}, cloud_api_key: {KEY}}}\n"
    )
