"""What is Mistral's own: fill-in-the-middle, capabilities in the list, ids of nine characters, its errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Infill, Message, ToolCall
from emberline.backends.mistral import short_id
from emberline.models.info import Capability, ModelInfo
from tests.backends.hosted import HOSTED, SENT, all_of, chat, text_of
from tests.servers import Served, serving

LARGE, CODE = "mistral-large-latest", "codestral-latest"


@pytest.fixture
def served() -> Iterator[Served]:
    with serving("tests.servers.mistral") as served:
        yield served


async def test_the_list_tells_what_each_model_can_do(served: Served) -> None:
    async with HOSTED["mistral"].at(served.url) as backend:
        found = {model.name: model for model in await backend.models(SENT)}
    assert Capability.INFILL in found[CODE].capabilities
    assert Capability.INFILL not in found[LARGE].capabilities
    assert {Capability.CHAT, Capability.TOOLS, Capability.SCHEMA} <= found[LARGE].capabilities
    assert (found[CODE].context_tokens, found[LARGE].context_tokens) == (256_000, 128_000)


async def test_a_gap_is_filled_natively(served: Served) -> None:
    gap = Infill("def f(x):\n", "\nprint(f(1))", 30, stop=("\n\n",))
    async with HOSTED["mistral"].at(f"{served.url}/v1") as backend:
        model = ModelInfo(CODE, frozenset((Capability.INFILL,)))
        assert text_of(await all_of(backend.infill(model, gap, SENT))) == "Hello from a fake model."
    body = served.requests("/v1/fim/completions")[-1]["json"]
    assert (body["prompt"], body["suffix"], body["max_tokens"]) == (gap.prefix, gap.suffix, 30)


async def test_who_only_chats_is_asked_a_question(served: Served) -> None:
    async with HOSTED["mistral"].at(served.url) as backend:
        await all_of(backend.infill(ModelInfo(LARGE), Infill("a", "b", 30), SENT))
    assert served.requests("/v1/fim/completions") == []
    assert "<before>a</before>" in str(served.requests("/v1/chat/completions")[-1]["json"])


def test_ids_of_other_providers_are_shortened_alike() -> None:
    assert short_id("abcDEF123") == "abcDEF123"
    assert short_id("call_1") == short_id("call_1") != short_id("call_2")
    assert len(short_id("call_1")) == 9 and short_id("call_1").isalnum()


async def test_a_conversation_with_anothers_calls_is_accepted(served: Served) -> None:
    turns = (
        Message("user", "?"),
        Message("assistant", "", (ToolCall("toolu_01", "look", "{}"),)),
        Message("tool", "a cat", tool_call_id="toolu_01"),
    )
    async with HOSTED["mistral"].at(served.url) as backend:
        assert text_of(await all_of(backend.chat(LARGE, Chat(turns, 10), SENT)))


async def test_its_own_form_of_errors(served: Served) -> None:
    tired = {
        "object": "error",
        "message": "Requests rate limit exceeded",
        "type": "rate_limited",
        "code": "1300",
    }
    served.script(answers=[{"status": 429, "body": tired}])
    async with HOSTED["mistral"].at(served.url) as backend:
        with pytest.raises(Failure, match=r"^team: Requests rate limit exceeded$") as limited:
            await all_of(backend.chat(LARGE, chat(), SENT))
        with pytest.raises(Failure, match="FIM is not enabled") as unable:
            model = ModelInfo(LARGE, frozenset((Capability.INFILL,)))
            await all_of(backend.infill(model, Infill("a", "b", 3), SENT))
    assert limited.value.kind is Kind.RATE_LIMITED
    assert unable.value.kind is Kind.BAD_REQUEST
