"""Every key of the seed's configuration template has its effect; each test is named after its key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from emberline.backends.failure import Failure
from emberline.privacy.labels import Level
from emberline.routing.fleet import Health, Role
from emberline.routing.request import Latency, Request, Structure, Task
from tests.config.test_schema import SEED
from tests.routing.served import NOWHERE, QUESTION, Place
from tests.servers import Served
from tests.servers.talking import KEY

PATIENCE = 30.0
"""Seconds until a test gives up waiting."""
ANSWER = "Hello from a fake model."
EXPLAIN = Request(Task.EXPLAIN, input_tokens=100, output_tokens=20)


def seed(**changes: object) -> str:
    """The seed's template with some keys changed, named by their path with `__` between."""
    tree = yaml.safe_load(SEED)
    for path, value in changes.items():
        *sections, key = path.split("__")
        here = tree["router"]
        for section in sections:
            here = here[section]
        assert key in here, f"{path} is no key of the template"
        here[key] = value
    return yaml.safe_dump(tree)


def opened(cloud: Served, **changes: object) -> str:
    settings = seed(cloud_endpoint=f"{cloud.url}/v1", cloud_api_key=KEY, **changes)
    return settings + "privacy: {mode: open}\nengine: {embedded: false}\n"


async def answered_by(place: Place, request: Request = EXPLAIN) -> str:
    async with place.router() as router:
        answer = await router.answer(request, QUESTION, (place.label(router),), 20)
        assert answer.decision.chosen is not None
        return answer.decision.chosen.key


async def test_local_endpoint(place: Place, ollama: Served) -> None:
    place.patch.setenv("OLLAMA_HOST", NOWHERE)
    place.configure(seed(local_endpoint=ollama.url) + "engine: {embedded: false}\n")
    assert await answered_by(place) == "ollama/llama3.1:8b"


async def test_cloud_endpoint_and_cloud_api_key(place: Place, cloud: Served) -> None:
    place.configure(opened(cloud))
    assert await answered_by(place) == "cloud/gpt-4o"
    sent = cloud.requests("/v1/chat/completions")[-1]
    assert sent["headers"]["authorization"] == f"Bearer {KEY}"
    place.configure(opened(cloud).replace(KEY, "another"))
    async with place.router() as router:
        decision = router.decide(Request(Task.EXPLAIN, place.label(router)))
        assert decision.chosen is None and "key" in decision.refusal
        assert "another" not in decision.refusal


@pytest.mark.parametrize(("limit", "expected"), [(24_000, "ollama/llama3.1:8b"), (2_000, "cloud/gpt-4o")])
async def test_thresholds_max_local_context_tokens(
    place: Place, ollama: Served, cloud: Served, limit: int, expected: str
) -> None:
    place.configure(opened(cloud, thresholds__max_local_context_tokens=limit))
    assert await answered_by(place, Request(Task.QUESTION, input_tokens=5_000, output_tokens=20)) == expected


@pytest.mark.parametrize(("limit", "expected"), [(8, "ollama/llama3.1:8b"), (2, "cloud/gpt-4o")])
async def test_thresholds_max_tool_chain_length(
    place: Place, ollama: Served, cloud: Served, limit: int, expected: str
) -> None:
    place.configure(opened(cloud, thresholds__max_tool_chain_length=limit))
    request = Request(Task.QUESTION, input_tokens=100, output_tokens=20, tool_chain=4)
    assert await answered_by(place, request) == expected


@pytest.mark.parametrize(("enforced", "level"), [(True, Level.STRICT), (False, Level.OPEN)])
async def test_thresholds_privacy_enforced(place: Place, enforced: bool, level: Level) -> None:
    place.configure(seed(thresholds__privacy_enforced=enforced) + "privacy: {mode: open}\n")
    place.write(".gitignore", "a.py\n")
    async with place.router() as router:
        assert place.label(router).level is level


@pytest.mark.parametrize("name", ["llama3.1:8b", "qwen2.5-coder:7b"])
async def test_model_routing_local_default(place: Place, ollama: Served, name: str) -> None:
    place.configure(seed(model_routing__local__default=name) + "engine: {embedded: false}\n")
    assert await answered_by(place) == f"ollama/{name}"


@pytest.mark.parametrize("name", ["llama3.1:8b", "qwen2.5-coder:7b"])
async def test_model_routing_local_high_precision(place: Place, ollama: Served, name: str) -> None:
    place.configure(
        seed(model_routing__local__high_precision=name, model_routing__local__default="another")
        + "engine: {embedded: false}\n"
    )
    request = Request(Task.REFACTOR, input_tokens=500, output_tokens=20, structure=Structure.NESTED)
    assert await answered_by(place, request) == f"ollama/{name}"


async def test_model_routing_local_quantization(place: Place) -> None:
    """Preferred among several of one model: test_decide has the table, this is the way there."""
    place.configure(seed(model_routing__local__quantization="Q8_0"))
    async with place.router() as router:
        assert router.policy(router.scout.fleet, Latency.WAITING).quantization == "Q8_0"


async def test_model_routing_cloud_default_and_fallback(place: Place, cloud: Served) -> None:
    place.configure(
        opened(cloud, model_routing__cloud__default="gpt-4o-mini", model_routing__cloud__fallback="gpt-4o")
    )
    async with place.router() as router:
        decision = router.decide(Request(Task.EXPLAIN, place.label(router)))
        assert decision.chosen is not None
        assert (decision.chosen.model.name, decision.chosen.role) == ("gpt-4o-mini", Role.CLOUD_DEFAULT)
        assert [each.model.name for each in decision.fallbacks] == ["gpt-4o"]


async def test_health_check_interval_seconds(place: Place, ollama: Served) -> None:
    """It is asked again and again, as often as that."""
    place.configure(seed(health_check__interval_seconds=0.2))
    async with place.router():
        seen = len(ollama.requests("/api/version"))
        async with asyncio.timeout(PATIENCE):
            while len(ollama.requests("/api/version")) < seen + 4:
                await asyncio.sleep(0.02)
    place.configure(seed(health_check__interval_seconds=3600))
    async with place.router() as router:
        seen = len(ollama.requests("/api/version"))
        await router.scout.surveyed()
        assert len(ollama.requests("/api/version")) == seen


async def test_health_check_timeout_ms_and_retry_count(place: Place, ollama: Served) -> None:
    """A server that stays silent counts as down after so long, and so many more tries."""
    ollama.script(path="/api/version", steps=[])
    place.configure(seed(health_check__timeout_ms=1000, health_check__retry_count=1))
    async with place.router() as router:
        assert router.scout.fleet.candidates[1].health is Health.UP
        ollama.script(path="/api/version", steps=[{"stall": True}])
        before = len(ollama.requests("/api/version"))
        router.scout.monitor.failed("ollama", Failure("a request broke off"))  # it is asked how it is
        async with asyncio.timeout(PATIENCE):
            while router.scout.fleet.candidates[1].health is not Health.DOWN:
                await asyncio.sleep(0.02)
        assert len(ollama.requests("/api/version")) - before == 2
        assert "1000 ms" in router.scout.fleet.candidates[1].trouble


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
NEARLY = "{'n': 1}"


@pytest.mark.parametrize(("strict", "accepted"), [(True, False), (False, True)])
async def test_validation_strict_json(place: Place, cloud: Served, strict: bool, accepted: bool) -> None:
    place.configure(opened(cloud, validation__strict_json=strict, validation__max_retries_on_failure=0))
    cloud.script(answers=[{"text": NEARLY}])
    async with place.router() as router:
        asked = router.structured(EXPLAIN, QUESTION, (place.label(router),), SCHEMA, 20)
        if accepted:
            assert (await asked).value == {"n": 1}
        else:
            with pytest.raises(Failure, match="is not usable"):
                await asked


async def test_validation_max_retries_on_failure_and_temperature_reduction(
    place: Place, cloud: Served
) -> None:
    place.configure(
        opened(cloud, validation__max_retries_on_failure=2, validation__temperature_reduction=0.05)
    )
    cloud.script(answers=[{"text": "no"}, {"text": "not yet"}, {"text": "never"}])
    async with place.router() as router:
        with pytest.raises(Failure, match="after 3 attempts"):
            await router.structured(EXPLAIN, QUESTION, (place.label(router),), SCHEMA, 20)
    sent = [each["json"]["temperature"] for each in cloud.requests("/v1/chat/completions")]
    assert sent == pytest.approx([0.2, 0.15, 0.1])


def test_the_template_is_the_seeds_own() -> None:
    own = Path(__file__).parents[3] / "shared" / "seed" / "inference-router.config.yaml"
    if own.exists():  # where the document lies beside the checkout
        assert yaml.safe_load(own.read_text()) == yaml.safe_load(SEED)
    assert set(yaml.safe_load(SEED)["router"]) == {
        "local_endpoint",
        "cloud_endpoint",
        "cloud_api_key",
        "thresholds",
        "model_routing",
        "health_check",
        "validation",
    }
