"""Health as the monitor sees it, of real server processes that come, go, stall and load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from emberline.backends import health
from emberline.backends.build import build
from emberline.backends.failure import Failure, Kind
from emberline.backends.health import Monitor, Standing, View
from emberline.backends.messages import Condition
from emberline.backends.ollama import Ollama
from emberline.backends.port import Backend
from emberline.config.schema import HealthCheck
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Label, Level, Manifest
from tests.servers import PATIENCE, Served, serving

CHECK = HealthCheck(interval_seconds=0.05, timeout_ms=5000, retry_count=1)
RARELY = HealthCheck(interval_seconds=3600, timeout_ms=5000, retry_count=1)
NO_TEXT = Manifest((Label(Level.STRICT, "no text", "a test"),), "health check")
NOBODY = "http://127.0.0.1:9"
BROKEN = Failure("it broke", Kind.BROKEN)


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "GAP_SECONDS", 0.01)
    monkeypatch.setattr(health, "RETRY_SECONDS", 0.01)


@pytest.fixture(scope="module")
def ollama() -> Iterator[Served]:
    with serving("tests.servers.ollama") as served:
        yield served


@pytest.fixture
def served(ollama: Served) -> Iterator[Served]:
    """An Ollama that does nothing odd yet."""
    yield ollama
    ollama.script(path="/api/version", steps=[])


class Bench:
    """A monitor of one backend, and all that it said."""

    def __init__(self, backend: Backend, check: HealthCheck) -> None:
        self.now = 1000.0
        self.views: list[View] = []
        self.sent: Manifest | None = NO_TEXT
        self._heard = asyncio.Event()
        self.backend = backend
        self.monitor = Monitor(check, lambda _: self.sent, self._changed, clock=lambda: self.now)
        self.monitor.follow([backend])

    @property
    def view(self) -> View:
        return self.monitor.view(self.backend.name)

    def _changed(self, name: str, view: View) -> None:
        assert name == self.backend.name and view == self.view
        self.views.append(view)
        self._heard.set()

    async def until(self, standing: Standing) -> View:
        """Waits until it is told of this."""
        async with asyncio.timeout(PATIENCE):
            while self.view.standing is not standing:
                self._heard.clear()
                await self._heard.wait()
        return self.view

    async def close(self) -> None:
        await self.monitor.close()
        await self.backend.close()


Begin = Callable[..., Bench]


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """Begins to watch a server."""
    begun: list[Bench] = []

    def watch(url: str, check: HealthCheck = CHECK, protocol: str = "ollama") -> Bench:
        begun.append(Bench(build(protocol, protocol, url, None, Gate(), 30), check))
        return begun[-1]

    yield watch
    for bench in begun:
        await bench.close()


def raw(status: str, body: str, more: str = "") -> list[dict[str, str]]:
    """The steps of one whole answer in JSON."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return [{"send": head + body}]


async def test_one_that_answers_is_up_and_its_version_known(served: Served, begin: Begin) -> None:
    bench = begin(served.url)
    assert bench.view == View() and bench.monitor.admits("ollama")
    view = await bench.until(Standing.UP)
    assert view.version.startswith("0.") and view.trouble == ""
    await bench.monitor.asked()
    assert bench.monitor.views() == {"ollama": view}


async def test_one_that_refuses_is_down_and_comes_back(begin: Begin) -> None:
    bench = begin(NOBODY)
    view = await bench.until(Standing.DOWN)
    assert "does not answer" in view.trouble and not bench.monitor.admits("ollama")
    await bench.monitor.asked()


async def test_one_that_went_and_came_back(served: Served, begin: Begin) -> None:
    bench = begin(served.url)
    await bench.until(Standing.UP)
    served.script(path="/api/version", steps=raw("500 Some", '{"error": "out of order"}'))
    down = await bench.until(Standing.DOWN)
    assert "out of order" in down.trouble
    served.script(path="/api/version", steps=[])
    bench.now += 120  # its rest is over
    await bench.until(Standing.UP)
    assert [view.standing for view in bench.views] == [Standing.UP, Standing.DOWN, Standing.UP]


async def test_one_that_does_not_answer_in_time_is_down(served: Served, begin: Begin) -> None:
    served.script(path="/api/version", steps=[{"stall": True}])
    bench = begin(served.url, HealthCheck(interval_seconds=0.05, timeout_ms=50, retry_count=1))
    assert (await bench.until(Standing.DOWN)).trouble == "ollama gave no answer within 50 ms"


async def test_a_single_failure_is_forgiven(served: Served, begin: Begin) -> None:
    served.script(path="/api/version", steps=raw("500 Some", "{}"), times=1)
    bench = begin(served.url, RARELY)
    await bench.until(Standing.UP)
    assert [view.standing for view in bench.views if view.standing is Standing.DOWN] == []


async def test_retries_are_as_many_as_configured(served: Served, begin: Begin) -> None:
    served.script(path="/api/version", steps=raw("500 Some", "{}"))
    before = len(served.requests("/api/version"))
    bench = begin(served.url, HealthCheck(interval_seconds=3600, timeout_ms=5000, retry_count=4))
    await bench.until(Standing.DOWN)
    assert len(served.requests("/api/version")) - before == 5


async def test_loading_is_not_down(served: Served, begin: Begin) -> None:
    loading = '{"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}'
    served.script(path="/v1/models", steps=raw("503 Service Unavailable", loading))
    bench = begin(served.url, protocol="openai-compatible")
    await bench.until(Standing.LOADING)
    assert bench.monitor.admits("openai-compatible")
    served.script(path="/v1/models", steps=raw("200 OK", '{"object": "list", "data": []}'))
    await bench.until(Standing.UP)
    assert [view.standing for view in bench.views] == [Standing.LOADING, Standing.UP]
    served.script(path="/v1/models", steps=[])


async def test_a_rate_limit_of_the_probe_is_waited_out(served: Served, begin: Begin) -> None:
    served.script(path="/api/version", steps=raw("429 Some", "{}", "Retry-After: 20\r\n"))
    bench = begin(served.url)
    await bench.until(Standing.RESTING)
    served.script(path="/api/version", steps=[])
    asked = len(served.requests("/api/version"))
    bench.now += 21
    await bench.until(Standing.UP)
    assert len(served.requests("/api/version")) > asked


async def test_who_may_not_be_contacted_is_not(served: Served, begin: Begin) -> None:
    before = len(served.requests())
    bench = begin(served.url)
    bench.sent = None
    await bench.monitor.asked()
    bench.monitor.failed("ollama", BROKEN)
    await asyncio.sleep(5 * CHECK.interval_seconds)  # time enough to do the wrong thing
    assert bench.view.standing is Standing.UNKNOWN
    assert len(served.requests()) == before
    bench.sent = NO_TEXT
    bench.monitor.follow([bench.backend])
    await bench.until(Standing.UP)


async def test_a_failed_request_is_followed_by_a_probe_at_once(served: Served, begin: Begin) -> None:
    bench = begin(served.url, RARELY)
    await bench.until(Standing.UP)
    served.script(path="/api/version", steps=raw("500 Some", "{}"))
    bench.monitor.failed("ollama", BROKEN)
    await bench.until(Standing.DOWN)


async def test_requests_that_fail_in_a_row_let_it_rest_though_its_probes_succeed(
    served: Served, begin: Begin
) -> None:
    bench = begin(served.url, RARELY)
    monitor = bench.monitor
    await bench.until(Standing.UP)
    monitor.failed("ollama", BROKEN)
    assert bench.view.standing is Standing.UP
    monitor.failed("ollama", BROKEN)
    assert bench.view == View(Standing.RESTING, "it broke", bench.views[0].version)
    assert not monitor.admits("ollama")
    bench.now += 1
    assert monitor.admits("ollama")
    monitor.begun("ollama")
    assert not monitor.admits("ollama")  # one trial
    monitor.abandoned("ollama")
    monitor.begun("ollama")
    monitor.succeeded("ollama")
    assert bench.view.standing is Standing.UP and monitor.admits("ollama")
    monitor.failed("ollama", BROKEN)
    assert monitor.admits("ollama")  # it counts from the start again


@pytest.mark.parametrize(
    ("failure", "standing", "again"),
    [
        (Failure("too many", Kind.RATE_LIMITED, retry_after=30), Standing.RESTING, 30),
        (Failure("no money", Kind.QUOTA), Standing.RESTING, 60),
        (Failure("not sent", Kind.FORBIDDEN), Standing.UP, 0),
        (Failure("nonsense", Kind.BAD_REQUEST), Standing.UP, 0),
        (Failure("no such model", Kind.NOT_FOUND), Standing.UP, 0),
    ],
)
async def test_what_follows_from_one_failure(
    failure: Failure, standing: Standing, again: float, served: Served, begin: Begin
) -> None:
    bench = begin(served.url, RARELY)
    await bench.until(Standing.UP)
    for _ in range(5):
        bench.monitor.failed("ollama", failure)
    assert bench.view.standing is standing
    bench.now += again
    assert bench.monitor.admits("ollama")


async def test_an_answer_says_that_it_is_there(begin: Begin) -> None:
    bench = begin(NOBODY)
    await bench.until(Standing.DOWN)
    bench.monitor.succeeded("ollama")
    assert bench.view.standing is Standing.UP


async def test_what_is_known_of_one_that_stays_is_kept(served: Served, begin: Begin) -> None:
    bench = begin(served.url, RARELY)
    view = await bench.until(Standing.UP)
    other = build("openai-compatible", "other", NOBODY, None, Gate(), 30)
    bench.monitor.follow([bench.backend, other], CHECK)
    assert bench.view == view and bench.monitor.view("other") == View()
    bench.monitor.follow([other])
    assert bench.view == View()
    bench.monitor.failed("ollama", BROKEN)  # a late word on one that is gone
    await other.close()


class Odd(Ollama):
    """Breaks its word: a backend raises failures, and nothing else."""

    def __init__(self, url: str) -> None:
        super().__init__("ollama", url, connect(url, Gate(), {}), 30)
        self.odd = True

    async def probe(self, sent: Manifest) -> Condition:
        if self.odd:
            raise LookupError("a private word")
        return await super().probe(sent)


async def test_no_exception_of_a_backends_ends_the_watch_over_it(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    backend = Odd(served.url)
    bench = Bench(backend, CHECK)
    await bench.monitor.asked()
    assert bench.view == View(Standing.DOWN, "asking ollama how it is ended in LookupError")
    backend.odd = False
    bench.now += 120
    await bench.until(Standing.UP)
    assert "LookupError" in caplog.text and "private" not in caplog.text
    await bench.close()


async def test_no_exception_of_a_listeners_ends_the_watch(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def changed(name: str, view: View) -> None:
        raise LookupError("a private word")

    backend = Ollama("ollama", served.url, connect(served.url, Gate(), {}), 30)
    monitor = Monitor(CHECK, lambda _: NO_TEXT, changed)
    monitor.follow([backend])
    await monitor.asked()
    assert monitor.view("ollama").standing is Standing.UP
    for _ in range(2):
        monitor.failed("ollama", BROKEN)
    assert monitor.view("ollama").standing is Standing.RESTING
    assert "LookupError" in caplog.text and "private" not in caplog.text
    await monitor.close()
    await backend.close()


async def test_who_may_not_be_judged_keeps_nobody_waiting(served: Served) -> None:
    def sent(backend: Backend) -> Manifest | None:
        raise LookupError("a private word")

    backend = Ollama("ollama", served.url, connect(served.url, Gate(), {}), 30)
    monitor = Monitor(CHECK, sent)
    monitor.follow([backend])
    async with asyncio.timeout(PATIENCE):
        await monitor.asked()
    await monitor.close()
    await backend.close()
