"""Watches memory while we run, and has done what `pressure` and `growth` say: the I/O around them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from emberline.observe import growth
from emberline.observe.growth import Engine, Growth
from emberline.observe.pressure import (
    FRESH_SECONDS,
    RELIEF_PERCENT,
    Escalation,
    Held,
    Pressure,
    Sample,
    Step,
    escalate,
    judge,
)

logger = logging.getLogger(__name__)

SAMPLE_SECONDS = 5.0


class Meter(Protocol):
    """What measures; it blocks for a millisecond or a few."""

    def sample(self, near_percent: float, ours: Iterable[int], models: Iterable[Held] = ()) -> Sample:
        """Our share is measured only of what is fuller than `near_percent`. `ours` are our engines' process
        ids: their memory and that of all descendants counts as ours, as this process's does. `models` are
        kept by servers of the user's, by their own account: those that are ours count as well."""
        ...


class Watch:
    """Looks every few seconds, and acts. Belongs to one event loop.

    `actions` holds what can be done; they are awaited one at a time. `engine` tells of the engine that runs
    now, `models` of what servers near by keep loaded; `changed` hears when a memory has become too full, or
    no longer is.
    """

    def __init__(
        self,
        limit_percent: int,
        actions: Mapping[Step, Callable[[], Awaitable[None]]],
        tell: Callable[[str], None],
        meter: Meter,
        engine: Callable[[], Engine | None] = lambda: None,
        models: Callable[[], tuple[Held, ...]] = tuple,
        seconds: float = SAMPLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit_percent = limit_percent
        self.sample = Sample()
        """The last one."""
        self.changed: Callable[[], None] = lambda: None
        self.sampled: Callable[[Sample], None] = lambda sample: None
        """Handed every sample."""
        self._actions = actions
        self._tell = tell
        self._engine = engine
        self._models = models
        self._meter = meter
        self._seconds = seconds
        self._clock = clock
        self._pressure: Pressure | None = None
        self._escalation = Escalation()
        self._growth = Growth()
        self._task: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str:
        """Which memory is too full, in a few words; empty where none is."""
        if self._pressure is None:
            return ""
        fill = self._pressure.fill
        return f"{fill.name} {fill.percent:.0f} % full"

    def as_json(self) -> dict[str, object]:
        """The last sample and the limit, for programs; bytes and percent."""
        return {
            "limit percent": self.limit_percent,
            "fills": [
                {"name": each.name, "total": each.total, "used": each.used, "percent": round(each.percent, 1)}
                for each in self.sample.fills
            ],
            "held": [each.as_json() for each in self.sample.held],
        }

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="memory watch")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        known: set[str] = set()
        while True:
            try:
                await self.look()
            except Exception as error:  # what fails once may do next time
                what = type(error).__name__
                if what not in known:  # a few seconds on it may well be the same
                    logger.warning("the memory watch met %s, and goes on", what)
                known.add(what)
            await asyncio.sleep(self._seconds)

    async def look(self) -> None:
        """Samples once and does what follows from it. Raises what the meter, an action or `tell` raises; what
        is to be done is done though nobody could be told."""
        engine, models = self._engine(), self._models()
        pids = () if engine is None else (engine.pid,)
        near = self.limit_percent - RELIEF_PERCENT
        self.sample = await asyncio.to_thread(self._meter.sample, near, pids, models)
        self.sampled(self.sample)
        await self._relieve(engine)
        await self._renew(engine)

    async def _relieve(self, engine: Engine | None) -> None:
        """What a memory that is too full calls for."""
        before = self.trouble
        self._pressure = judge(self.sample, self.limit_percent, self._pressure)
        if bool(before) != bool(self.trouble):
            self.changed()
        steps = [step for step in self._actions if step is not Step.RESTART or self._would_help(engine)]
        if not steps:
            return
        self._escalation, measure = escalate(self._escalation, self._pressure, self._clock(), max(steps))
        if measure is not None:
            await self._do(measure.step, measure.words)

    def _would_help(self, engine: Engine | None) -> bool:
        """Whether a new engine would be noticeably smaller, as far as anyone can tell before."""
        holder = self.sample.engine
        if engine is None or holder is None or self._pressure is None or engine.age < FRESH_SECONDS:
            return False
        return self._pressure.is_relieved_by(holder)

    async def _renew(self, engine: Engine | None) -> None:
        """What an engine that has outgrown its model calls for, however empty the machine is."""
        holder = self.sample.engine
        size = 0 if holder is None else holder.memory
        self._growth, outgrown = growth.judge(self._growth, engine, size, self._clock())
        if outgrown is not None:
            await self._do(Step.RESTART, outgrown.words)

    async def _do(self, step: Step, words: str) -> None:
        try:
            if words:
                self._tell(words)
        finally:
            if (action := self._actions.get(step)) is not None:
                await action()
