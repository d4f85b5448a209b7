"""The seed's seven pitfalls, one by one, as far as a decision can fall into them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.config.schema import Validation
from emberline.models.info import Capability, Warmth
from emberline.privacy.labels import Place
from emberline.routing.decide import decide
from emberline.routing.fleet import Candidate, Health, Policy, Role
from emberline.routing.request import Request, Task
from emberline.routing.structured import as_it_is, ask
from emberline.routing.tasks import request
from tests.routing.fleets import (
    ABLE,
    CLAUDE,
    DEFAULT,
    ENGINE_ALONE,
    GPT,
    LAPTOP,
    OPEN,
    OPENED,
    PRIVATE,
    STRICT,
    embedded,
    fleet,
    key,
    ollama,
    reasons_against,
)

LIGHT = ollama("llama3.1:70b", "Q4_K_M", 70.0)
FINE = ollama("llama3.1:70b-q8", "Q8_0", 70.0)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Task.CLASSIFICATION, LIGHT),
        (Task.LOG_SUMMARY, LIGHT),
        (Task.DOC_SUMMARY, LIGHT),
        (Task.COMPLETION, LIGHT),
        (Task.AGENT, FINE),
        (Task.REFACTOR, FINE),
    ],
)
def test_1_quantization_blindness(task: Task, expected: Candidate) -> None:
    """Two quantizations of one model are two candidates, and the task decides between them."""
    assert decide(request(task, 1_500, STRICT), Policy(), fleet(FINE, LIGHT)).chosen is expected


def test_2_context_window_overcommitment() -> None:
    """A model that advertises 128K gets no more than the ceiling: the rest goes to the cloud, or in parts."""
    advertised = ollama("llama3.1:8b", context_tokens=131_072)
    whole = decide(request(Task.DOC_SUMMARY, 60_000, OPEN), OPENED, fleet(advertised, GPT))
    parted = decide(request(Task.DOC_SUMMARY, 60_000, PRIVATE), OPENED, fleet(advertised, GPT))

    assert (key(whole), whole.parts) == ("openai/gpt-4o", 1)
    assert "60 500 tokens are over the 24 000" in reasons_against(whole)["ollama/llama3.1:8b"]
    assert (key(parted), parted.parts) == ("ollama/llama3.1:8b", 3)


@pytest.mark.parametrize(
    "asked",
    [
        request(Task.AGENT, 4_000, OPEN, tool_chain=5),
        request(Task.FIX, 4_000, OPEN),
        request(Task.EXPLAIN, 4_000, OPEN, files=4),
    ],
    ids=["5+ tool calls", "complex JSON", "cross-file reasoning"],
)
def test_3_the_one_to_one_replacement_fallacy(asked: Request) -> None:
    """What the seed names as beyond local models goes to the cloud, and nothing simpler does."""
    simple = request(Task.EXPLAIN, 4_000, OPEN)

    assert decide(asked, OPENED, fleet(DEFAULT, GPT)).chosen is GPT
    assert decide(simple, OPENED, fleet(DEFAULT, GPT)).chosen is DEFAULT


def test_4_cold_start_latency_neglect() -> None:
    """Routine work is done by what is loaded, and no keystroke evicts or waits where it need not."""
    cold = ollama("llama3.1:8b", role=Role.LOCAL_DEFAULT, warmth=Warmth.COLD)
    warm = ollama("mistral:7b", billions=7.0)
    coder = ollama("codellama:7b", warmth=Warmth.COLD, capabilities=ABLE | {Capability.INFILL})

    assert decide(request(Task.QUESTION, 900, STRICT), Policy(), fleet(cold, warm)).chosen is warm
    typed = request(Task.COMPLETION, 1_500, STRICT)
    assert key(decide(typed, Policy(), fleet(coder, embedded()))) == "embedded/qwen2.5-coder-0.5b"
    assert decide(typed, Policy(), fleet(replace(coder, evicts="starcoder2:3b"))).chosen is None


async def test_5_unvalidated_structured_outputs() -> None:
    """No answer of another form comes through, however often it is given."""

    async def always_wrong(chat: Chat) -> str:
        return '{"label": 7}'

    schema = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}
    with pytest.raises(Failure) as failure:
        await ask(always_wrong, Chat((Message("user", "?"),), 50), schema, Validation(), as_it_is)
    assert failure.value.kind is Kind.BROKEN


def test_6_memory_in_long_sessions() -> None:
    """What does not fit is not loaded, and what is warm is not thrown out for something that can be done by
    another."""
    heavy = ollama("llama3.1:70b", billions=70.0, warmth=Warmth.COLD, fits=False)
    evicting = replace(DEFAULT, evicts="qwen2.5-coder:1.5b")
    decision = decide(request(Task.COMMIT_MESSAGE, 900, STRICT), Policy(), fleet(heavy, evicting, embedded()))

    assert key(decision) == "embedded/qwen2.5-coder-0.5b"
    assert "no room in memory" in reasons_against(decision)["ollama/llama3.1:70b"]
    assert [each.key for each in decision.fallbacks] == ["ollama/llama3.1:8b"]


@pytest.mark.parametrize("candidates", [LAPTOP, ENGINE_ALONE])
@pytest.mark.parametrize("health", [Health.DOWN, Health.TRIPPED])
def test_7_hardcoded_fallback_logic(candidates: tuple[Candidate, ...], health: Health) -> None:
    """Without a healthy local model routine work goes to the cloud where that is allowed, and nowhere else:
    health and abilities decide, not the words of an error."""
    ill = [replace(each, health=health) if each.place is Place.MACHINE else each for each in candidates]
    asked = request(Task.COMMIT_MESSAGE, 900, OPEN)
    decision = decide(asked, OPENED, fleet(*ill))

    assert decision.chosen is GPT
    assert decision.fallbacks == (CLAUDE,)
    assert "no local model serves it" in decision.reasons[0]
    kept = decide(replace(asked, label=PRIVATE), OPENED, fleet(*ill))
    assert kept.chosen is None
    assert kept.fallbacks == ()
