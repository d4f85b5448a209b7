"""What is DeepSeek's own: fill-in-the-middle under /beta, JSON without schemas, a balance that runs out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Infill
from emberline.models.info import Capability, ModelInfo
from tests.backends.hosted import HOSTED, SENT, all_of, chat, text_of
from tests.servers import Served, serving

GAP = Infill("def f(x):\n", "\nprint(f(1))", 30)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving("tests.servers.deepseek") as served:
        yield served


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/beta"])
async def test_a_gap_is_filled_natively_whatever_the_address_ends_in(served: Served, tail: str) -> None:
    async with HOSTED["deepseek"].at(served.url + tail) as backend:
        model = next(each for each in await backend.models(SENT) if each.name == "deepseek-chat")
        assert Capability.INFILL in model.capabilities
        assert text_of(await all_of(backend.infill(model, GAP, SENT))) == "Hello from a fake model."
    body = served.requests("/beta/completions")[-1]["json"]
    assert (body["prompt"], body["suffix"], body["max_tokens"]) == (GAP.prefix, GAP.suffix, 30)


async def test_a_model_that_fills_no_gaps_is_asked_a_question_from_then_on(served: Served) -> None:
    model = ModelInfo("deepseek-reasoner")
    async with HOSTED["deepseek"].at(served.url) as backend:
        for _ in range(2):
            assert text_of(await all_of(backend.infill(model, GAP, SENT))) == "Hello from a fake model."
        found = {each.name: each.capabilities for each in await backend.models(SENT)}
    assert len(served.requests("/beta/completions")) == 1
    assert len(served.requests("/chat/completions")) == 2
    assert Capability.INFILL not in found["deepseek-reasoner"]
    assert Capability.INFILL in found["deepseek-chat"]


async def test_a_schema_is_told_in_words(served: Served) -> None:
    schema = {"type": "object", "properties": {"label": {"type": "string"}}}
    async with HOSTED["deepseek"].at(served.url) as backend:
        assert Capability.SCHEMA not in (await backend.models(SENT))[0].capabilities
        await all_of(backend.chat("deepseek-chat", chat(schema=schema), SENT))
    (request,) = served.requests("/chat/completions")
    assert request["json"]["response_format"] == {"type": "json_object"}
    assert '"label"' in request["json"]["messages"][0]["content"]


async def test_a_balance_that_ran_out(served: Served) -> None:
    body = {
        "error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}
    }
    served.script(answers=[{"status": 402, "body": body}])
    async with HOSTED["deepseek"].at(served.url) as backend:
        with pytest.raises(Failure, match="Insufficient Balance; its account needs credit") as caught:
            await all_of(backend.chat("deepseek-chat", chat(), SENT))
    assert caught.value.kind is Kind.QUOTA


async def test_an_answer_that_the_provider_gave_up(served: Served) -> None:
    served.script(answers=[{"text": "begun", "ending": "insufficient_system_resource"}])
    async with HOSTED["deepseek"].at(served.url) as backend:
        with pytest.raises(Failure, match="ran out of room in mid-answer") as caught:
            await all_of(backend.chat("deepseek-chat", chat(), SENT))
    assert caught.value.kind is Kind.OVERLOADED
