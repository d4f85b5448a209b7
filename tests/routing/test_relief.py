"""When memory runs short: caches go first, then models that nobody uses, and only those that we used."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.models import catalogue, store
from emberline.models.info import Warmth
from emberline.observe.record import Record
from emberline.routing.relief import IDLE_SECONDS, Relief, Uses
from emberline.routing.request import Request, Task
from emberline.routing.router import Router
from tests.routing.served import QUESTION, Place
from tests.servers import Served

EXPLAIN = Request(Task.EXPLAIN, input_tokens=100, output_tokens=20)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Nothing:
    def record(self, record: Record) -> None: ...


def relief_of(router: Router, clock: Clock) -> tuple[Relief, Uses]:
    uses = Uses(Nothing(), clock)
    return Relief(router.scout, router.engine, uses, lambda: None), uses


def used(uses: Uses, backend: str, model: str) -> None:
    uses.record(
        Record(0.0, "explain", "this machine", backend, model, "", 1, 0, 1, 1.0, 1.0, "", "it is warm")
    )


def warm(router: Router) -> set[str]:
    return {each.key for each in router.scout.fleet.candidates if each.model.warmth is Warmth.WARM}


async def test_a_model_is_unloaded_once_it_is_idle(place: Place, ollama: Served) -> None:
    async with place.router() as router:
        await router.answer(EXPLAIN, QUESTION, (place.label(router),), 20)
        await router.scout.list_models("ollama")
        assert warm(router) == {"ollama/llama3.1:8b"}
        clock = Clock()
        relief, uses = relief_of(router, clock)
        await relief.unload()
        assert warm(router) == {"ollama/llama3.1:8b"}, "others may have loaded it"
        used(uses, "ollama", "llama3.1:8b")
        await relief.unload()
        assert warm(router) == {"ollama/llama3.1:8b"}, "it was used just now"
        clock.now = IDLE_SECONDS
        await relief.unload()
        assert warm(router) == set()
    asked = [each["json"] for each in ollama.requests("/api/generate")]
    assert {"model": "llama3.1:8b", "keep_alive": 0}.items() <= asked[-1].items()


@pytest.mark.model
async def test_the_engines_cache_is_emptied_and_it_serves_on(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.delenv("EMBERLINE_MODELS")
    assert store.path_of(catalogue.DEFAULT, store.default_folder()).exists()
    prompt = "value = 1\n" * 100
    async with place.router() as router:
        backend = await router.engine.connect()
        first = router.engine.first_slot()
        assert (await backend.prefill(prompt, first)).read > 100
        assert (await backend.prefill(prompt, first)).read == 1, "all of it was in the cache"
        relief, uses = relief_of(router, Clock())
        await relief.flush()
        assert (await backend.prefill(prompt, first)).read > 100
        clock = Clock()
        relief, uses = relief_of(router, clock)
        used(uses, "embedded", catalogue.DEFAULT.name)
        clock.now = IDLE_SECONDS
        await relief.unload()
        assert router.engine.pid is None, "given up; it ends once nobody holds it"
        assert (await (await router.engine.connect()).prefill(prompt, first)).read >= 1
