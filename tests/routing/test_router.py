"""The whole way from a configuration to an answer, in front of real server processes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Event
from emberline.models import prices
from emberline.models.info import Capability, Warmth
from emberline.observe.store import Store
from emberline.privacy import audit
from emberline.privacy.labels import Label, Level
from emberline.routing import estimate
from emberline.routing.execute import Executor, Order
from emberline.routing.fleet import Health
from emberline.routing.request import Latency, Request, Structure, Task
from emberline.routing.router import Router
from tests.routing.served import QUESTION, Place
from tests.servers import Served, serving
from tests.servers.faults import FORMS, steps
from tests.servers.talking import KEY

ANSWER = "Hello from a fake model."
EXPLAIN = Request(Task.EXPLAIN, input_tokens=100, output_tokens=20)
ACROSS_FILES = Request(Task.REFACTOR, input_tokens=3000, output_tokens=800, files=5)
SCHEMA = {
    "type": "object",
    "properties": {"label": {"type": "string"}},
    "required": ["label"],
    "additionalProperties": False,
}


def opened(cloud: Served, mode: str = "open") -> str:
    return f"privacy: {{mode: {mode}}}\nrouter: {{cloud_endpoint: '{cloud.url}/v1', cloud_api_key: {KEY}}}\n"


async def where(router: Router, place: Place, request: Request, file: str = "a.py") -> str:
    """Who answered, and that it did."""
    answer = await router.answer(request, QUESTION, (place.label(router, file),), 20)
    assert answer.text == ANSWER
    assert answer.decision.chosen is not None
    return answer.decision.chosen.key


async def test_an_ollama_that_runs_is_found_and_used(place: Place, ollama: Served) -> None:
    async with place.router() as router:
        keys = {each.key: each for each in router.scout.fleet.candidates}
        assert {"ollama/llama3.1:8b", "ollama/qwen2.5-coder:7b", "ollama/gpt-oss:120b-cloud"} < set(keys)
        assert keys["ollama/llama3.1:8b"].health is Health.UP
        assert keys["ollama/gpt-oss:120b-cloud"].place == "cloud"
        assert await where(router, place, EXPLAIN) == "ollama/llama3.1:8b"


async def test_strict_never_asks_the_cloud_whatever_the_task(
    place: Place, ollama: Served, cloud: Served
) -> None:
    place.configure(opened(cloud, "strict"))
    async with place.router() as router:
        for request in (EXPLAIN, ACROSS_FILES):
            assert (await where(router, place, request)).startswith("ollama/")
        text = str(router.explain()["text"])
        assert "gpt-4o" in text and "strict" in text, "it says what was not used, and why"
        long = Request(Task.QUESTION, input_tokens=100_000)
        with pytest.raises(Failure, match="privacy set open") as caught:
            await router.answer(long, QUESTION, (place.label(router),))
        assert caught.value.kind is Kind.FORBIDDEN
    assert cloud.requests() == [], "it was not even asked whether it is there"
    assert not list(audit.left())


async def test_open_sends_across_files_to_the_cloud_and_writes_it_down(
    place: Place, ollama: Served, cloud: Served
) -> None:
    place.configure(opened(cloud))
    async with place.router() as router:
        assert await where(router, place, EXPLAIN) == "ollama/llama3.1:8b"
        assert await where(router, place, ACROSS_FILES) == "cloud/gpt-4o"
    # This cloud's address is on loopback, so the trail has it among what stayed.
    sent = [send for send in audit.stayed() if send.reason == "refactor"]
    assert [send.model for send in sent] == ["gpt-4o"]
    assert sent[0].sources == (str(place.folder / "a.py"),)
    assert "Explain this" not in str(sent)


@pytest.mark.parametrize(
    ("name", "files", "configured"),
    [
        ("client/a.py", {}, "local_only: [client/]"),
        ("built/a.py", {".gitignore": "built/\n"}, ""),
    ],
)
async def test_one_piece_of_private_text_keeps_all_of_it_here(
    place: Place, ollama: Served, cloud: Served, name: str, files: dict[str, str], configured: str
) -> None:
    place.configure(opened(cloud).replace("{mode: open}", f"{{mode: open, {configured}}}"))
    place.write(name, "x = 1\n")
    for ignore, text in files.items():
        place.write(ignore, text)
    async with place.router() as router:
        labels = (place.label(router), place.label(router, name))
        assert [label.level for label in labels] == [Level.OPEN, Level.STRICT]
        answer = await router.answer(ACROSS_FILES, QUESTION, labels, 20)
        assert answer.decision.chosen is not None and answer.decision.chosen.backend == "ollama"
    assert cloud.requests(FORMS["openai"].path) == []


async def test_a_fallback_never_leaves_the_level(place: Place, ollama: Served, cloud: Served) -> None:
    """The seed's own sample goes to the cloud on any local error."""
    place.configure(opened(cloud, "strict"))
    async with place.router() as router:
        await where(router, place, EXPLAIN)
        ollama.script(path=FORMS["ollama"].path, steps=steps("500", FORMS["ollama"]))
        with pytest.raises(Failure):
            await where(router, place, EXPLAIN)
        ollama.script(path=FORMS["ollama"].path, steps=[])
        await where(router, place, EXPLAIN)
    assert cloud.requests() == []


async def test_a_server_that_is_down_is_passed_over_and_comes_back(
    place: Place, ollama: Served, cloud: Served
) -> None:
    place.configure(opened(cloud))
    async with place.router() as router:
        assert await where(router, place, EXPLAIN) == "ollama/llama3.1:8b"
        ollama.script(path=FORMS["ollama"].path, steps=steps("closed", FORMS["ollama"]))
        answer = await router.answer(EXPLAIN, QUESTION, (place.label(router),), 20)
        assert answer.text == ANSWER, "the cloud stood by"
        ollama.script(path=FORMS["ollama"].path, steps=[])
        assert await where(router, place, EXPLAIN) == "ollama/llama3.1:8b"


async def test_the_loading_outlives_who_wanted_it(place: Place, ollama: Served) -> None:
    ollama.script(load_seconds=1.0)
    async with place.router() as router:
        label = place.label(router)
        asking = asyncio.create_task(router.answer(EXPLAIN, QUESTION, (label,), 20))
        while not any(each["path"] == "/api/generate" for each in ollama.requests()):
            await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        chosen = router.decide(EXPLAIN).chosen
        assert chosen is not None
        await router.scout.ready(chosen, 100)
        loads = [each for each in ollama.requests("/api/generate") if not each["json"].get("prompt")]
        assert len(loads) == 1, "it was loaded once, and not begun anew"


async def test_every_request_leaves_a_record_without_text_or_paths(
    place: Place, ollama: Served, tmp_path: Path
) -> None:
    async with place.router() as router:
        await where(router, place, EXPLAIN)
    with_records = Store.existing(tmp_path / "state" / "ledger.sqlite3")
    (record,) = with_records.recent(10)
    with_records.close()
    assert (record.task, record.place, record.backend) == ("explain", "this machine", "ollama")
    assert (record.model, record.quantization, record.outcome) == ("llama3.1:8b", "Q4_K_M", "ok")
    assert record.first_token_ms is not None and record.output_tokens > 0
    assert str(place.folder) not in str(record) and "Explain this" not in str(record)


async def test_a_structured_answer_is_asked_natively_and_validated(place: Place, ollama: Served) -> None:
    async with place.router() as router:
        request = Request(Task.CLASSIFICATION, structure=Structure.FLAT, latency=Latency.BACKGROUND)
        formed = await router.structured(request, QUESTION, (place.label(router),), SCHEMA, 20)
    assert set(formed.value) == {"label"}
    assert [each.served.backend for each in formed.answers] == ["ollama"]
    assert router.spent(formed.answers[0]) == 0.0
    assert ollama.requests("/api/chat")[-1]["json"]["format"] == SCHEMA


async def test_the_budget_is_checked_before_anything_is_sent(place: Place, cloud: Served) -> None:
    place.configure(opened(cloud) + "budget: {usd_per_request: 0.000001}\nbackends: {discover: false}\n")
    place.configure(place.config.read_text() + "engine: {embedded: false}\n")
    async with place.router() as router:
        with pytest.raises(Failure, match=r"budget\.usd_per_request"):
            await where(router, place, ACROSS_FILES)
    assert cloud.requests(FORMS["openai"].path) == []


@pytest.fixture
def team() -> Iterator[Served]:
    """A team's GPU cluster behind vLLM."""
    with serving("tests.servers.openai", "vllm") as served:
        yield served


async def test_a_teams_cluster_is_one_entry(place: Place, team: Served) -> None:
    place.configure(
        "backends:\n  discover: false\n  servers:\n"
        f"    - {{name: gpu, protocol: openai-compatible, url: '{team.url}/v1', api_key: {KEY}}}\n"
        "engine: {embedded: false}\n"
    )
    async with place.router() as router:
        assert (await where(router, place, EXPLAIN)).startswith("gpu/")


async def test_tokens_are_counted_by_a_warm_models_own_tokenizer(place: Place) -> None:
    text = "total = sum(values)\n" * 10
    with serving("tests.servers.llamacpp") as llamacpp:
        named = f"{{name: mine, protocol: llamacpp, url: '{llamacpp.url}'}}"
        place.configure(f"engine: {{embedded: false}}\nbackends: {{discover: false, servers: [{named}]}}\n")
        async with place.router() as router:
            counted = await router.count_tokens(text)
        assert [each["json"]["content"] for each in llamacpp.requests("/tokenize")][-1] == text
        assert counted > 0
    place.configure("engine: {embedded: false}\nbackends: {discover: false}\n")
    async with place.router() as router:
        assert await router.count_tokens(text) == estimate.tokens(text)


async def test_lm_studio_keeps_one_model_and_that_is_known(place: Place) -> None:
    """Its just-in-time loading throws out what is loaded: a refactoring must not do so without need."""
    with serving("tests.servers.lmstudio") as lmstudio:
        named = f"{{name: studio, protocol: lmstudio, url: '{lmstudio.url}'}}"
        place.configure(f"engine: {{embedded: false}}\nbackends: {{discover: false, servers: [{named}]}}\n")
        async with place.router() as router:
            before = {each.model.name: each for each in router.scout.fleet.candidates[1:]}
            loaded = next(each for each in before.values() if Capability.INFILL in each.model.capabilities)
            await router.scout.ready(loaded, 1000)
            await router.scout.list_models("studio")
            now = {each.model.name: each for each in router.scout.fleet.candidates[1:]}
            assert now[loaded.model.name].model.warmth is Warmth.WARM
            assert now[loaded.model.name].evicts == ""
            others = [each for name, each in now.items() if name != loaded.model.name]
            assert others and all(each.evicts == loaded.model.name for each in others)


async def test_the_strictest_of_many_labels_decides_whatever_it_is_of(
    place: Place, ollama: Served, cloud: Served
) -> None:
    place.configure(opened(cloud))
    async with place.router() as router:
        document = place.label(router)
        for source in ("clipboard", "diagnostic", "snippet of b.py"):
            private = Label(Level.STRICT, source, "privacy.local_only")
            answer = await router.answer(ACROSS_FILES, QUESTION, (document, private, document), 20)
            assert answer.decision.chosen is not None and answer.decision.chosen.backend == "ollama"
            assert source in str(router.explain()["text"])
        none = await router.answer(ACROSS_FILES, QUESTION, (), 20)
        assert none.decision.chosen is not None and none.decision.chosen.backend == "ollama"
    assert cloud.requests(FORMS["openai"].path) == []


async def test_what_the_user_named_and_nobody_has_is_told(place: Place, cloud: Served) -> None:
    named = "{name: far, protocol: ollama, url: 'http://127.0.0.1:9'}"
    place.configure(
        opened(cloud).replace("cloud_api_key", "model_routing: {cloud: {default: gpt-99}}, cloud_api_key")
        + f"backends: {{discover: false, servers: [{named}]}}\n"
    )
    async with place.router() as router:
        router.decide(Request(Task.EXPLAIN, place.label(router)))
        text = str(router.explain()["text"])
        assert "not there" in text
        assert "cloud has no gpt-99" in text
        assert "far does not answer" in text


async def test_what_a_cloud_model_holds_is_known_though_its_server_does_not_say(
    place: Place, cloud: Served
) -> None:
    place.configure(opened(cloud) + "budget: {usd_per_request: 100, usd_per_month: 1000}\n")
    async with place.router() as router:
        gpt = next(each for each in router.scout.fleet.candidates if each.model.name == "gpt-4o")
        assert gpt.model.context_tokens == 128_000
        decision = router.decide(Request(Task.QUESTION, place.label(router), input_tokens=300_000))
        assert decision.chosen is None and "128 000" in decision.refusal


async def test_counting_waits_for_no_server_that_stalls(place: Place) -> None:
    with serving("tests.servers.llamacpp") as llamacpp:
        named = f"{{name: mine, protocol: llamacpp, url: '{llamacpp.url}'}}"
        place.configure(f"engine: {{embedded: false}}\nbackends: {{discover: false, servers: [{named}]}}\n")
        async with place.router() as router:
            llamacpp.script(path="/tokenize", steps=[{"stall": True}])
            asked = len(llamacpp.requests("/tokenize"))
            assert await router.count_tokens(ANSWER) == estimate.tokens(ANSWER)
            assert len(llamacpp.requests("/tokenize")) == asked + 1
            (known,) = [each for each in router.scout.fleet.candidates if each.backend == "mine"]
            for _ in range(10):
                router.failed(known, Failure("it stalls", Kind.UNREACHABLE))
            (now,) = [each for each in router.scout.fleet.candidates if each.backend == "mine"]
            assert (now.health, now.model.warmth) == (Health.TRIPPED, Warmth.WARM)
            assert await router.count_tokens(ANSWER) == estimate.tokens(ANSWER)
            assert len(llamacpp.requests("/tokenize")) == asked + 1, "one that rests is not asked"


async def test_a_server_that_goes_while_another_counts_is_passed_over(place: Place) -> None:
    with serving("tests.servers.llamacpp") as stays, serving("tests.servers.llamacpp") as goes:
        servers = [
            f"{{name: {name}, protocol: llamacpp, url: '{url}'}}"
            for name, url in (("stays", stays.url), ("goes", goes.url))
        ]
        text = "engine: {{embedded: false}}\nbackends: {{discover: false, servers: [{}]}}\n"
        place.configure(text.format(", ".join(servers)))
        async with place.router() as router:
            stays.script(path="/tokenize", steps=[{"stall": True}])
            asked = len(stays.requests("/tokenize"))
            counting = asyncio.create_task(router.count_tokens(ANSWER))
            while len(stays.requests("/tokenize")) == asked:
                await asyncio.sleep(0)
            place.configure(text.format(servers[0]))
            router.apply(place.loaded())
            assert await counting == estimate.tokens(ANSWER)


async def test_an_answer_is_decided_while_the_loop_goes_on(
    place: Place, cloud: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The price data takes 0.1 s to load: whoever types would wait for it."""
    place.configure(opened(cloud) + "backends: {discover: false}\nengine: {embedded: false}\n")
    asked_by: set[int] = set()
    price = prices.price

    def told(provider: str, model: str, input_tokens: int = 0) -> tuple[float, float] | None:
        asked_by.add(threading.get_ident())
        return price(provider, model, input_tokens)

    monkeypatch.setattr(prices, "price", told)
    async with place.router() as router:
        answer = await router.answer(ACROSS_FILES, QUESTION, (place.label(router),), 20)
        assert answer.decision.chosen is not None and answer.decision.chosen.price is not None
        assert asked_by and threading.get_ident() not in asked_by


async def test_one_deadline_holds_for_the_count_and_for_every_attempt(
    place: Place, cloud: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.configure(opened(cloud) + "backends: {discover: false}\nengine: {embedded: false}\n")
    cloud.script(answers=[{"text": "no"}, {"text": "no"}, {"text": '{"label": "fix"}'}])
    counted_at: list[float] = []
    deadlines: list[float] = []
    stream, count = Executor.stream, estimate.tokens

    def heard(executor: Executor, order: Order) -> AsyncGenerator[Event, None]:
        deadlines.append(order.deadline)
        return stream(executor, order)

    def counted(text: str) -> int:
        counted_at.append(time.monotonic())
        return count(text)

    monkeypatch.setattr(Executor, "stream", heard)
    monkeypatch.setattr(estimate, "tokens", counted)
    async with place.router() as router:
        label = place.label(router)
        formed = await router.structured(Request(Task.REFACTOR), QUESTION, (label,), SCHEMA, 20)
        assert formed.value == {"label": "fix"} and len(formed.answers) == 3
        assert len(deadlines) == 3 and len(set(deadlines)) == 1
        await router.answer(Request(Task.REFACTOR), QUESTION, (label,), 20)
    first, *_, last = counted_at
    assert deadlines[2] < first + 20 and deadlines[3] < last + 20
