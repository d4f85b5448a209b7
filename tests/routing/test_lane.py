"""The typing lane: what it warms, whom it leaves, and what it tells of itself; on real server processes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from emberline.backends.base import BackendUnavailable, Generation
from emberline.backends.failure import Failure, Kind
from emberline.models.errors import UnknownModel
from emberline.observe.store import Store
from emberline.privacy.labels import Level
from emberline.routing.lane import Connection, Spent, TypingLane
from emberline.routing.router import Router
from tests.routing.served import Place
from tests.servers import Served, serving

PROMPT = "def mean(values):\n    return "


def lane_of(router: Router) -> TypingLane:
    return TypingLane(router, 1000)


async def written(connection: Connection) -> str:
    prompt = connection.backend.fim.prompt(PROMPT, "\n\nprint(mean([1]))\n")
    request = Generation(prompt, 8, sent=connection.sent)
    async with aclosing(connection.backend.generate(request)) as tokens:
        return "".join([token.text async for token in tokens])


def loads(ollama: Served) -> list[object]:
    """What it was sent that only loads a model."""
    asked = [each["json"] for each in ollama.requests("/api/generate")]
    return [each for each in asked if "prompt" not in each]


async def test_the_users_server_is_warmed_measured_and_asked(place: Place, ollama: Served) -> None:
    async with place.router() as router:
        lane = lane_of(router)
        await lane.warm()
        assert lane.describe() == "qwen2.5-coder:7b on ollama, warm"
        connection = await lane.connect((place.folder / "a.py").as_uri())
        assert (await written(connection)).startswith("Hello")
        assert not lane.heals
        chosen = router.decide(lane._request(router.textless)).chosen
        assert chosen is not None and chosen.speed is not None and chosen.speed.generation > 0
    assert len(loads(ollama)) == 1


async def test_what_was_loaded_is_warm_before_its_server_lists_it_so(place: Place, ollama: Served) -> None:
    async with place.router() as router:
        ollama.script(lists=False)
        lane = lane_of(router)
        await lane.warm()
        assert len(loads(ollama)) == 1
        ollama.script(lists=True)


async def test_a_model_that_proves_too_slow_is_passed_over(place: Place, ollama: Served) -> None:
    """It was the better one on paper; nobody chose it for this machine."""
    with serving("tests.servers.ollama") as other:
        place.configure(
            "engine: {embedded: false}\nbackends:\n  servers:\n"
            f"    - {{name: fast, protocol: ollama, url: '{other.url}'}}\n"
        )
        ollama.script(delay=0.3)
        async with place.router() as router:
            lane = lane_of(router)
            await lane.warm()
            assert lane.describe() == "qwen2.5-coder:7b on fast, warm"
            speeds = {each.key: each.speed for each in router.scout.fleet.candidates}
        slow = speeds.get("ollama/qwen2.5-coder:7b")
        assert slow is None or slow.generation < 10


async def test_whoever_steps_in_is_recorded_with_the_reason(place: Place, ollama: Served) -> None:
    with serving("tests.servers.ollama") as other:
        place.configure(
            "engine: {embedded: false}\nbackends:\n  servers:\n"
            f"    - {{name: other, protocol: ollama, url: '{other.url}'}}\n"
        )
        async with place.router() as router:
            lane = lane_of(router)
            first = router.decide(lane._request(router.textless)).chosen
            assert first is not None
            broken, left = (ollama, "other") if first.backend == "ollama" else (other, "ollama")
            broken.script(
                path="/api/generate", steps=[{"send": "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"}]
            )
            connection = await lane.connect((place.folder / "a.py").as_uri())
            connection.spent(Spent(1, 0, 1, 1.0, 2.0, "ok"))
            (record,) = router._ledger.recent()
        assert (record.backend, record.fallback_from) == (left, first.backend)
        assert record.fallback_why == Kind.OVERLOADED


async def test_what_no_model_may_read_is_not_connected_for(place: Place, ollama: Served) -> None:
    place.configure("privacy: {exclude: [a.py]}\n")
    async with place.router() as router:
        lane = lane_of(router)
        assert not lane.may_read((place.folder / "a.py").as_uri())
        with pytest.raises(BackendUnavailable) as caught:
            await lane.connect((place.folder / "a.py").as_uri())
        assert caught.value.kind is Kind.FORBIDDEN


async def test_a_file_that_is_tightened_while_a_model_loads_goes_out_under_its_new_label(
    place: Place, ollama: Served
) -> None:
    ollama.script(load_seconds=0.5)
    place.configure("privacy: {mode: trusted}\n")
    uri = (place.folder / "a.py").as_uri()
    async with place.router() as router:
        connecting = asyncio.create_task(lane_of(router).connect(uri))
        while not ollama.requests("/api/generate"):
            await asyncio.sleep(0.01)
        place.write(".gitignore", "a.py\n")
        router.boundaries.invalidate()
        connection = await connecting
    assert connection.sent is not None
    assert [label.why for label in connection.sent.labels] == [".gitignore"]


async def test_a_server_that_stalls_keeps_only_the_first_key_waiting(place: Place, ollama: Served) -> None:
    ollama.script(path="/api/version", steps=[{"stall": True}])
    router = Router(place.loaded(), (place.folder,))
    lane = lane_of(router)
    try:
        for _ in range(3):
            with pytest.raises(BackendUnavailable):  # nothing else is here
                await lane.connect((place.folder / "a.py").as_uri())
        assert lane._has_waited
    finally:
        await router.close()


async def test_a_server_that_fails_is_left_for_the_next_and_told_why(place: Place, ollama: Served) -> None:
    place.configure("engine: {embedded: false}\n")
    async with place.router() as router:
        lane = lane_of(router)
        connection = await lane.connect((place.folder / "a.py").as_uri())
        assert await written(connection)
        for _ in range(3):
            await lane.failed(Failure("it broke", Kind.BROKEN))
        decision = router.decide(lane._request(router.textless))
        assert decision.chosen is None
        assert "it broke" in decision.refusal
        connection.spent(Spent(1, 0, 1, 1.0, 2.0, "ok"))  # an answer under way came to its end after all
        assert router.decide(lane._request(router.textless)).chosen is not None


async def test_a_rate_limit_is_no_fault_and_its_delay_is_kept(place: Place, ollama: Served) -> None:
    place.configure("engine: {embedded: false}\n")
    async with place.router() as router:
        lane = lane_of(router)
        await lane.connect((place.folder / "a.py").as_uri())
        await lane.failed(Failure("slow down", Kind.RATE_LIMITED, retry_after=300.0))
        decision = router.decide(lane._request(router.textless))
        assert decision.chosen is None and "slow down" in decision.refusal


async def test_generations_and_remembered_answers_leave_records(
    place: Place, ollama: Served, tmp_path: Path
) -> None:
    async with place.router() as router:
        lane = lane_of(router)
        connection = await lane.connect((place.folder / "a.py").as_uri())
        connection.spent(Spent(10, 900, 5, 12.5, 80.0, "ok"))
        lane.answered("recalled", 0.5)
    store = Store.existing(tmp_path / "state" / "ledger.sqlite3")
    recalled, generated = store.recent(2)
    store.close()
    assert (recalled.lane, recalled.place, recalled.model) == ("recalled", "this machine", "")
    assert (generated.lane, generated.backend, generated.model) == ("generated", "ollama", "qwen2.5-coder:7b")
    assert (generated.input_tokens, generated.cached_tokens, generated.output_tokens) == (10, 900, 5)
    assert generated.level == Level.STRICT
    assert str(place.folder) not in f"{recalled}{generated}"


async def test_without_any_server_the_catalogues_model_is_wanted(place: Place) -> None:
    async with place.router() as router:
        model = await lane_of(router).wants_model()
        assert model is not None and model.name == "qwen2.5-coder-0.5b"
    place.configure("engine: {model: gwen2.5-coder-0.5b}\n")
    async with place.router() as router:
        with pytest.raises(UnknownModel, match=r"qwen2\.5-coder-0\.5b"):
            await lane_of(router).wants_model()
