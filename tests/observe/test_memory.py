"""The watch over memory, and what it measures with."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from emberline.observe.growth import Engine
from emberline.observe.memory import Watch
from emberline.observe.meter import CONTAINER, MACHINE, Cards, SystemMeter, container_fill, with_models
from emberline.observe.pressure import ENGINE, FRESH_SECONDS, SERVER, Fill, Held, Sample, Step

MB = 2**20
OTHER = Held("ollama/b", 40, ours=False)


class Scripted:
    """A meter that reads these percentages one after the other, half of it ours, and then the last; the
    engine holds `engine` percent."""

    def __init__(self, *percents: int, engine: int = 10) -> None:
        self._percents = list(percents)
        self.engine = engine
        self.asked: list[tuple[float, tuple[int, ...]]] = []

    def sample(self, near_percent: float, ours: Iterable[int], models: Iterable[Held] = ()) -> Sample:
        ours = tuple(ours)
        self.asked.append((near_percent, ours))
        percent = self._percents.pop(0) if len(self._percents) > 1 else self._percents[0]
        engines = (Held(ENGINE, self.engine, pid=pid) for pid in ours)
        return Sample((Fill(MACHINE, 100, percent, percent // 2),), (*engines, *models))


class Bench:
    """A watch with everything that it did."""

    def __init__(self, meter: Scripted, *steps: Step, age: float = 0.0, needed: int | None = None) -> None:
        self.now = 0.0
        self.done: list[Step] = []
        self.told: list[str] = []
        self.changes = 0
        self.age, self.needed = age, needed
        self.watch = Watch(
            85,
            {step: self.action(step) for step in steps or Step},
            self.told.append,
            meter,
            engine=lambda: Engine(7, self.age + self.now, self.needed),
            models=lambda: (OTHER,),
            clock=lambda: self.now,
        )
        self.watch.changed = self.change

    def action(self, step: Step) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            self.done.append(step)

        return act

    def change(self) -> None:
        self.changes += 1

    async def look(self, times: int, seconds: float) -> None:
        for _ in range(times):
            await self.watch.look()
            self.now += seconds


async def test_it_acts_while_the_pressure_lasts_and_tells_each_step() -> None:
    meter = Scripted(50, 90, 90, 82, 70, 90)
    bench = Bench(meter)
    seen, troubles = [], []
    for _ in range(6):
        await bench.look(1, 40)
        seen.append(list(bench.done))
        troubles.append(bench.watch.trouble)
    flushed, unloaded = [Step.FLUSH], [Step.FLUSH, Step.UNLOAD]
    assert seen == [[], flushed, unloaded, unloaded, unloaded, unloaded]
    assert len(bench.told) == 2 and "90 % full" in bench.told[0]
    assert meter.asked[0] == (80, (7,))
    assert bench.watch.sample == Sample((Fill(MACHINE, 100, 90, 45),), (Held(ENGINE, 10, pid=7), OTHER))
    assert troubles[0] == "" and troubles[1] == f"{MACHINE} 90 % full" and troubles[4] == ""
    assert bench.changes == 3, "it became too full, was well again, and became too full"


async def test_an_old_engine_is_started_anew_at_last_and_a_young_one_is_not() -> None:
    for age, last in ((0.0, Step.UNLOAD), (FRESH_SECONDS, Step.RESTART)):
        bench = Bench(Scripted(90), age=age)
        await bench.look(10, 40)
        assert max(bench.done) is last, age
    assert "the next pause in typing" in bench.told[-1]


async def test_an_engine_that_holds_next_to_nothing_is_left_alone() -> None:
    bench = Bench(Scripted(90, engine=1), age=FRESH_SECONDS)
    await bench.look(10, 40)
    assert max(bench.done) is Step.UNLOAD


async def test_an_engine_that_has_grown_is_started_anew_on_an_empty_machine() -> None:
    bench = Bench(Scripted(10, engine=10**9), age=FRESH_SECONDS, needed=5 * 10**8)
    await bench.look(3, 5)
    assert bench.done == [Step.RESTART]
    (words,) = bench.told
    assert "grown to 1.0 GB" in words


async def test_what_programs_read_of_it() -> None:
    bench = Bench(Scripted(90))
    await bench.look(1, 5)
    told = bench.watch.as_json()
    assert told["limit percent"] == 85
    assert told["fills"] == [{"name": MACHINE, "total": 100, "used": 90, "percent": 90.0}]
    assert [each["who"] for each in told["held"]] == [ENGINE, OTHER.who]  # type: ignore[attr-defined]


async def test_it_looks_by_itself_until_it_is_closed() -> None:
    bench = Bench(Scripted(99))
    acted = asyncio.Event()

    async def act() -> None:
        acted.set()

    watch = Watch(85, {Step.FLUSH: act}, bench.told.append, Scripted(10, 99), seconds=0.01)
    watch.start()
    async with asyncio.timeout(30):
        await acted.wait()
    await watch.close()


class Unsteady(Scripted):
    """Cannot always read."""

    def sample(self, near_percent: float, ours: Iterable[int], models: Iterable[Held] = ()) -> Sample:
        found = super().sample(near_percent, ours)
        if len(self.asked) == 1:
            raise OSError("a private word")
        return found


async def test_whatever_fails_the_watch_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """The meter at first, then whoever is told, then an action; the last step is reached all the same."""
    steps: list[Step] = []
    unloaded = asyncio.Event()
    clock = itertools.count(0, 40)

    def tell(words: str) -> None:
        raise ValueError("a private word")

    async def flush() -> None:
        steps.append(Step.FLUSH)
        raise LookupError("a private word")

    async def unload() -> None:
        steps.append(Step.UNLOAD)
        unloaded.set()

    actions = {Step.FLUSH: flush, Step.UNLOAD: unload}
    watch = Watch(85, actions, tell, Unsteady(99), seconds=0.01, clock=lambda: next(clock))
    watch.start()
    async with asyncio.timeout(30):
        await unloaded.wait()
    await watch.close()
    assert steps[:2] == [Step.FLUSH, Step.UNLOAD]
    assert "OSError" in caplog.text and "LookupError" in caplog.text and "private" not in caplog.text


@pytest.fixture
def eater() -> Iterator[psutil.Process]:
    """A child process with 60 MB more."""
    code = "kept = bytearray(60 << 20); kept[::4096] = b'x' * len(kept[::4096]); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield psutil.Process(child.pid)
        child.communicate(b"\n")


def held_by_children() -> int:
    """Bytes of memory, what they share counted with each."""
    found = 0
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            found += child.memory_info().rss
    return found


def test_what_is_ours_is_measured_where_it_matters(eater: psutil.Process) -> None:
    meter = SystemMeter()
    (far,) = (fill for fill in meter.sample(100, ()).fills if fill.name == MACHINE)
    assert far.ours == 0 and 0 < far.used < far.total == psutil.virtual_memory().total
    sample = meter.sample(0, (eater.pid, 2**22 + 1))
    (near,) = (fill for fill in sample.fills if fill.name == MACHINE)
    own = psutil.Process().memory_info().rss
    assert near.ours >= 60 * MB + own * 0.8
    # Each process once, though the child is named twice; other tests may still have editors and servers.
    assert near.ours < own + held_by_children() + 40 * MB
    server, engine = sample.held  # what has ended holds nothing
    assert (server.who, server.pid) == (SERVER, psutil.Process().pid) and server.memory > own * 0.5
    assert (engine.who, engine.pid) == (ENGINE, eater.pid) and engine.memory >= 60 * MB


def test_models_of_other_servers_count_as_ours_where_they_are() -> None:
    meter, gb = SystemMeter(), 10**8
    none = meter.sample(0, ()).fills[0].ours
    ours, elsewhere = Held("ollama/a", gb), Held("far/a", gb, here=False)
    sample = meter.sample(0, (), (ours, OTHER, elsewhere))
    assert gb <= sample.fills[0].ours < none + 1.9 * gb
    assert sample.held[-3:] == (ours, OTHER, elsewhere)


@pytest.mark.parametrize(
    ("limit", "found"),
    [("1000\n", Fill(CONTAINER, 1000, 600)), ("max\n", None), (None, None)],
)
def test_a_containers_limit(limit: str | None, found: Fill | None, tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("9:name=systemd:/\n0::/user/work\n")
    folder = tmp_path / "user" / "work"
    folder.mkdir(parents=True)
    (folder / "memory.current").write_text("700\n")
    (folder / "memory.stat").write_text("anon 300\ninactive_file 100\nactive_file 50\n")
    if limit is not None:
        (folder / "memory.max").write_text(limit)
    got = container_fill(tmp_path, tmp_path / "cgroup")
    assert got == found


class NvmlError(Exception):
    """As pynvml's: the base of all its errors."""


class StandIn:
    """NVML's calls as its reference describes them, for a machine with two cards of which one is lost."""

    NVMLError = NvmlError

    def __init__(self, driver: bool = True) -> None:
        self._driver = driver

    def nvmlInit(self) -> None:
        if not self._driver:
            raise NvmlError("no driver")

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:
        return "Card"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        if handle == 1:
            raise NvmlError("lost")
        return SimpleNamespace(total=1000, used=900, free=100)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(pid=pid, usedGpuMemory=used)
            for pid, used in ((1, 100), (2, 30), (3, None), (4, 500))
        ]


def test_cards() -> None:
    cards = Cards(StandIn())
    (card,) = cards.fills()
    assert card == Fill("memory of GPU 0 (Card)", 1000, 900, graphics=True)
    assert cards.shared(card, {1: 0, 2: 0, 3: 0}).ours == 130
    assert cards.of(1) == 2 * 100 and cards.of(3) == 0
    assert with_models([replace(card, ours=130)], 300) == (replace(card, ours=430),)
    assert with_models([replace(card, ours=130)], 3000) == (replace(card, ours=900),)
    empty = Fill("memory of GPU 1 (Card)", 1000, 0, graphics=True)
    half = Fill("memory of GPU 2 (Card)", 1000, 450, graphics=True)
    assert [each.ours for each in with_models([card, empty, half], 90)] == [60, 0, 30]
    assert with_models([empty], 90) == (empty,)
    assert Cards(StandIn(driver=False)).fills() == []
