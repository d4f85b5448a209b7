"""The scout in front of real servers that come, go, and are configured otherwise while somebody listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from emberline.backends.failure import Failure, Kind
from emberline.backends.health import Standing
from emberline.backends.messages import Event, Written
from emberline.backends.ollama import Ollama
from emberline.config.schema import Engine
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Level
from emberline.privacy.labels import Place as Where
from emberline.routing import roster
from emberline.routing.fleet import EMBEDDED, Candidate, Health
from emberline.routing.local import LocalEngine
from emberline.routing.posts import Post
from emberline.routing.request import Request, Task
from emberline.routing.router import Router
from emberline.routing.scout import Scout
from tests.routing.served import ALONE, NOWHERE, QUESTION, Place
from tests.servers import PATIENCE, Served, serving
from tests.servers.talking import KEY

ANSWER = "Hello from a fake model."
EXPLAIN = Request(Task.EXPLAIN, input_tokens=100, output_tokens=20)
ACROSS_FILES = Request(Task.REFACTOR, input_tokens=3000, output_tokens=800, files=5)
OFTEN = "health_check: {interval_seconds: 0.2, timeout_ms: 5000, retry_count: 0}"
VERSION = "/api/version"
CODER = "qwen2.5-coder:7b"
BROKEN = [{"send": "HTTP/1.1 500 Some\r\nContent-Length: 2\r\n\r\n{}"}]


def named(*servers: str) -> str:
    return f"engine: {{embedded: false}}\nbackends: {{discover: false, servers: [{', '.join(servers)}]}}\n"


def an_ollama(served: Served, name: str = "mine", more: str = "") -> str:
    return f"{{name: {name}, protocol: ollama, url: '{served.url}'{more}}}"


def names(router: Router) -> set[str]:
    """The servers of which there are candidates."""
    return {each.backend for each in router.scout.fleet.candidates} - {EMBEDDED}


def candidate(router: Router, key: str) -> Candidate:
    return next(each for each in router.scout.fleet.candidates if each.key == key)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.01)


class Listening:
    """A request under way: its first piece has come."""

    def __init__(self, router: Router, place: Place, request: Request = EXPLAIN) -> None:
        self.decision = router.decide(replace(request, label=place.label(router)))
        self.events = router.execute(self.decision, QUESTION, (place.label(router),), 30)

    async def begin(self) -> Event:
        return await anext(self.events)

    async def rest(self) -> str:
        return "".join([event.text async for event in self.events if isinstance(event, Written)])


@asynccontextmanager
async def listening(
    router: Router, place: Place, request: Request = EXPLAIN
) -> AsyncIterator[Callable[[], Any]]:
    """What it gives hears the answer to its end."""
    under_way = Listening(router, place, request)
    first = await under_way.begin()
    assert isinstance(first, Written)

    async def whole() -> str:
        return first.text + await under_way.rest()

    yield whole
    await under_way.events.aclose()


# -- one server that is wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["strict", "open"])
async def test_a_key_that_can_be_none_keeps_no_other_server_away(
    place: Place, ollama: Served, mode: str
) -> None:
    place.patch.setenv("OPENAI_API_KEY", "sk-“smart”")
    place.configure(f"privacy: {{mode: {mode}}}\n")
    async with place.router() as router:
        fleet = router.scout.fleet
        assert "ollama" in names(router) and "openai" not in names(router)
        (said,) = [words for words in fleet.missing if "openai" in words]
        assert "a typographic quote" in said and "copy it anew" in said
        assert "smart" not in str(fleet)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Post("odd", "ollama", "http://xn--", Where.CLOUD), "http://xn-- is no address"),
        (Post("odd", "openai", NOWHERE, Where.CLOUD, SecretStr("“k”")), "the key for odd holds a character"),
        (Post("odd", "telepathy", NOWHERE, Where.MACHINE), "setting it up ended in ValueError"),
    ],
)
async def test_one_that_cannot_be_asked_keeps_no_other_away(wrong: Post, words: str) -> None:
    met = roster.Roster()
    (said,) = met.meet((wrong, Post("good", "ollama", NOWHERE, Where.MACHINE)), Gate(), 30)
    assert said.startswith("odd (found running) is not asked: ") and words in said
    assert list(met.servers) == ["good"]
    await met.close()


async def test_a_local_endpoint_that_is_no_address_is_told_of(place: Place, ollama: Served) -> None:
    """No configuration lets it through today."""
    settings = place.loaded().settings
    odd = settings.router.model_copy(update={"local_endpoint": "http://xn--"})
    settings = settings.model_copy(update={"router": odd})
    scout = Scout(settings, Level.OPEN, Gate(), LocalEngine(settings.engine))
    try:
        await scout.surveyed()
        assert [backend.name for backend in scout.backends] == ["ollama"]
        assert "no model server at http://xn-- (router.local_endpoint)" in scout.fleet.missing
    finally:
        await scout.close()


class Unsteady(LocalEngine):
    """Its file cannot be read at first."""

    reads = 0

    def learn(self) -> None:
        self.reads += 1
        if self.reads == 1:
            raise LookupError("a private word")
        super().learn()


async def test_no_exception_ends_the_looking(
    place: Place, ollama: Served, caplog: pytest.LogCaptureFixture
) -> None:
    place.configure(f"router: {{{OFTEN}}}\n")
    settings = place.loaded().settings
    scout = Scout(settings, Level.STRICT, Gate(), Unsteady(settings.engine))
    try:
        await scout.surveyed()
        assert scout.backends == (), "the first look failed, and nobody waited for more"
        await until(lambda: len(scout.backends) == 1)
    finally:
        await scout.close()
    assert "LookupError" in caplog.text and "private" not in caplog.text


# -- settings that change while somebody listens ----------------------------------------------------------


async def test_settings_that_concern_no_server_change_nothing(place: Place, ollama: Served) -> None:
    ollama.script(delay=0.05)
    async with place.router() as router:
        before, scout = router.scout.backends, router.scout
        await scout.fim(candidate(router, f"ollama/{CODER}"), 1000)
        typing = await scout.fim(candidate(router, f"ollama/{CODER}"), 1000)
        async with listening(router, place) as whole:
            asked, painted_at = len(ollama.requests("/api/tags")), scout.fleet.painted_at
            place.configure("completion: {max_lines: 3}\nmemory: {limit_percent: 10}\n")
            router.apply(place.loaded())
            assert router.scout.backends == before
            assert scout.monitor.view("ollama").standing is Standing.UP
            assert scout.fleet.painted_at > painted_at
            assert await scout.fim(candidate(router, f"ollama/{CODER}"), 1000) is typing
            assert await whole() == ANSWER
            assert len(ollama.requests("/api/tags")) == asked, "nobody was asked anew"


async def test_another_servers_settings_leave_this_one_as_it_is(place: Place, ollama: Served) -> None:
    ollama.script(delay=0.05)
    place.configure(named(an_ollama(ollama)))
    async with place.router() as router:
        (before,) = router.scout.backends
        typing = await router.scout.fim(candidate(router, f"mine/{CODER}"), 1000)
        async with listening(router, place) as whole:
            other = f"{{name: other, protocol: ollama, url: '{NOWHERE}', models: [m]}}"
            place.configure(named(an_ollama(ollama), other))
            router.apply(place.loaded())
            assert "mine" in names(router), "there is no moment without it"
            await router.surveyed()
            assert names(router) == {"mine", "other"}
            assert before in router.scout.backends
            assert router.scout.monitor.view("mine").standing is Standing.UP
            assert await router.scout.fim(candidate(router, f"mine/{CODER}"), 1000) is typing
            assert await whole() == ANSWER


@pytest.mark.parametrize("change", ["removed", "replaced"])
async def test_who_listens_to_a_server_that_is_gone_hears_it_to_the_end(
    place: Place, ollama: Served, change: str
) -> None:
    ollama.script(delay=0.05)
    place.configure(named(an_ollama(ollama)))
    async with place.router() as router:
        old = router.scout.backend("mine")
        async with listening(router, place) as whole:
            place.configure(named(an_ollama(ollama, more=", api_key: k") if change == "replaced" else ""))
            router.apply(place.loaded())
            await router.surveyed()
            assert old not in router.scout.backends
            assert names(router) == ({"mine"} if change == "replaced" else set())
            assert await whole() == ANSWER


class Closing(Ollama):
    closed = False

    async def close(self) -> None:
        self.closed = True
        await super().close()


def closing() -> Closing:
    return Closing("gone", NOWHERE, connect(NOWHERE, Gate(), {}), 30)


async def test_a_backend_that_is_gone_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, leaves = closing(), closing()
    met = roster.Roster()
    met.part_from(waits)
    await asyncio.sleep(0)
    monkeypatch.setattr(roster, "GRACE_SECONDS", 0.01)
    met.part_from(leaves)
    await until(lambda: leaves.closed)
    assert not waits.closed
    await met.close()
    assert waits.closed


async def test_a_stricter_mode_forbids_at_once_and_lets_what_is_under_way_end(
    place: Place, cloud: Served
) -> None:
    opened = ALONE + f"router: {{cloud_endpoint: '{cloud.url}/v1', cloud_api_key: {KEY}}}\n"
    place.configure(opened + "privacy: {mode: open}\n")
    async with place.router() as router:
        cloud.script(pause=0.05)
        decided = Listening(router, place, ACROSS_FILES)
        async with listening(router, place, ACROSS_FILES) as whole:
            place.configure(opened)
            asked = len(cloud.requests())
            router.apply(place.loaded())
            decision = router.decide(replace(ACROSS_FILES, label=place.label(router)))
            assert decision.chosen is None and "strict" in decision.refusal
            with pytest.raises(Failure, match="may not be used in strict mode") as caught:
                await decided.begin()
            assert caught.value.kind is Kind.FORBIDDEN
            assert decided.decision.chosen is not None
            with pytest.raises(Failure, match="may not be used in strict mode"):
                await router.scout.fim(decided.decision.chosen, 100)
            assert await whole() == ANSWER
            await router.surveyed()
        assert len(cloud.requests()) == asked, "it was not asked how it is either"
        assert names(router) == {"cloud"}


async def test_a_host_that_is_not_trusted_any_more_is_elsewhere_at_once(place: Place) -> None:
    trusted = named("{name: gpu, protocol: ollama, url: 'https://gpu.invalid', models: [m]}")
    place.configure(trusted + "privacy: {mode: trusted, trusted_hosts: [gpu.invalid]}\n")
    async with place.router() as router:
        before = router.scout.backend("gpu"), router.scout.backend(EMBEDDED)
        assert candidate(router, "gpu/m").place is Where.HOST
        place.configure(trusted + "privacy: {mode: trusted}\n")
        router.apply(place.loaded())
        assert candidate(router, "gpu/m").place is Where.CLOUD
        assert router.scout.backend("gpu") is not before[0], "it has the new gate"
        assert router.scout.backend(EMBEDDED) is not before[1]


async def test_what_the_mode_forbids_is_not_loaded_nor_used_once_it_is(place: Place, ollama: Served) -> None:
    strict = named(an_ollama(ollama))
    place.configure(strict + "privacy: {mode: open}\n")
    ollama.script(load_seconds=0.3)
    async with place.router() as router:
        far = replace(candidate(router, "mine/llama3.1:8b"), place=Where.CLOUD)
        loading = asyncio.create_task(router.scout.ready(far, 1000))
        await until(lambda: bool(ollama.requests("/api/generate")))
        place.configure(strict)
        router.apply(place.loaded())
        with pytest.raises(Failure, match="may not be used in strict mode"):
            await loading
        other = replace(candidate(router, f"mine/{CODER}"), place=Where.CLOUD)
        with pytest.raises(Failure, match="may not be used in strict mode"):
            await router.scout.ready(other, 1000)
        assert [each["json"]["model"] for each in ollama.requests("/api/generate")] == ["llama3.1:8b"]


class Slow(LocalEngine):
    """Its file takes a while to read."""

    def __init__(self, settings: Engine) -> None:
        super().__init__(settings)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def learn(self) -> None:
        self.begun.set()
        self.may_end.wait(PATIENCE)


async def test_a_look_by_settings_that_hold_no_longer_finds_nothing(place: Place, ollama: Served) -> None:
    place.configure(named(an_ollama(ollama)))
    settings = place.loaded().settings
    engine = Slow(settings.engine)
    scout = Scout(settings, Level.STRICT, Gate(), engine)
    looking = asyncio.create_task(scout.surveyed())
    try:
        await until(engine.begun.is_set)
        place.configure(ALONE)
        scout.apply(place.loaded().settings, Level.STRICT, Gate())
        engine.may_end.set()
        await looking
        assert scout.backends == () and ollama.requests() == []
    finally:
        await scout.close()


# -- servers that come and go -----------------------------------------------------------------------------


async def test_a_server_keeps_its_name_when_another_of_its_kind_goes(place: Place) -> None:
    with serving("tests.servers.ollama") as second:
        port = second.url.rpartition(":")[2]
        with serving("tests.servers.ollama") as first:
            place.runs_ollama(first)
            place.configure(
                f"engine: {{embedded: false}}\nrouter: {{local_endpoint: '{second.url}', {OFTEN}}}\n"
            )
            router = Router(place.loaded(), (place.folder,))
            await router.surveyed()
            assert names(router) == {"ollama", f"ollama:{port}"}
            stays = router.scout.backend(f"ollama:{port}")
        try:
            await until(lambda: names(router) == {f"ollama:{port}"})
            assert router.scout.backend(f"ollama:{port}") is stays
        finally:
            await router.close()


@pytest.fixture
def recovering(ollama: Served) -> Iterator[Served]:
    """An Ollama that is out of order, until its script says otherwise."""
    ollama.script(path=VERSION, steps=BROKEN)
    yield ollama


async def test_what_can_be_used_now_is_told_once(place: Place, recovering: Served) -> None:
    place.configure(named(an_ollama(recovering)) + f"router: {{{OFTEN}}}\n")
    router = Router(place.loaded(), (place.folder,))
    told: list[set[str]] = []

    def usable() -> set[str]:
        return {each.key for each in router.scout.fleet.candidates if each.health is Health.UP}

    router.scout.changed = lambda: told.append(usable())
    try:
        await router.surveyed()
        assert told == []
        recovering.script(path=VERSION, steps=[])
        await until(lambda: f"mine/{CODER}" in usable())
        assert told == [usable()]
        router.scout.measured(candidate(router, f"mine/{CODER}"), 100.0, 10.0)
        await router.scout.list_models("mine")
        assert len(told) == 1, "nothing else can be used than before"
        recovering.script(path=VERSION, steps=BROKEN)
        await until(lambda: told[-1] == set())
        assert len(told) == 2
    finally:
        await router.close()


async def test_a_server_that_is_named_later_is_told_of(place: Place, ollama: Served) -> None:
    place.configure(ALONE)
    place.patch.setenv("OLLAMA_HOST", NOWHERE)
    async with place.router() as router:
        told = asyncio.Event()
        router.scout.changed = told.set
        place.configure(named(an_ollama(ollama)))
        router.apply(place.loaded())
        await router.surveyed()
        assert told.is_set() and "mine" in names(router)


async def test_whoever_is_told_may_fail(
    place: Place, ollama: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def changed() -> None:
        raise LookupError("a private word")

    router = Router(place.loaded(), (place.folder,))
    router.scout.changed = changed
    try:
        await router.surveyed()
        assert "ollama" in names(router)
        assert "LookupError" in caplog.text and "private" not in caplog.text
    finally:
        await router.close()


# -- typing, and loading ----------------------------------------------------------------------------------


async def test_typing_goes_by_what_is_known_of_the_model(place: Place, ollama: Served) -> None:
    """A server's name may hold a slash, as a model's may; a model may be asked before it was described."""
    place.configure(named(an_ollama(ollama, "team/gpu", f", models: ['{CODER}']")))
    async with place.router() as router:
        scout = router.scout
        described = candidate(router, f"team/gpu/{CODER}")
        assert Capability.INFILL in described.model.capabilities
        early = await scout.fim(replace(described, model=ModelInfo(CODER)), 1000)
        typing = await scout.fim(described, 1000)
        assert typing is not early
        await scout.list_models("team/gpu")
        warm = candidate(router, f"team/gpu/{CODER}")
        assert warm.model.warmth is Warmth.WARM
        assert await scout.fim(warm, 1000) is typing, "that it is loaded is no other model"
        place.configure(named(an_ollama(ollama, "team/gpu", f", models: ['{CODER}', 'llama3.1:8b']")))
        router.apply(place.loaded())
        await router.surveyed()
        assert await scout.fim(candidate(router, f"team/gpu/{CODER}"), 1000) is typing


async def test_a_load_that_nobody_waits_for_any_more_is_still_seen(place: Place, ollama: Served) -> None:
    ollama.script(load_seconds=0.3)
    async with place.router() as router:
        cold = candidate(router, "ollama/llama3.1:8b")
        waiting = [asyncio.create_task(router.scout.ready(cold, 1000)) for _ in range(3)]
        while not ollama.requests("/api/generate"):
            await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await until(lambda: candidate(router, cold.key).model.warmth is Warmth.WARM)
    assert len(ollama.requests("/api/generate")) == 1
