"""Watches memory while we run, and has done what `pressure` says: the I/O around it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from emberline.observe.pressure import RELIEF_PERCENT, Escalation, Pressure, Sample, Step, escalate, judge

logger = logging.getLogger(__name__)

SAMPLE_SECONDS = 5.0


class Meter(Protocol):
    """What measures; it blocks for a millisecond or a few."""

    def sample(self, near_percent: float, ours: Iterable[int]) -> Sample:
        """Our share is measured only of what is fuller than `near_percent`. `ours` are process ids: theirs
        and their descendants' memory counts as ours, as this process's does."""
        ...


class Watch:
    """Looks every few seconds, and acts. Belongs to one event loop.

    `actions` holds what can be done; they are awaited one at a time. `engines` gives the process ids that
    are ours beside this process's tree.
    """

    def __init__(
        self,
        limit_percent: int,
        actions: Mapping[Step, Callable[[Pressure], Awaitable[None]]],
        tell: Callable[[str], None],
        meter: Meter,
        engines: Callable[[], Iterable[int]] = tuple,
        seconds: float = SAMPLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit_percent = limit_percent
        self.sample = Sample()
        """The last one."""
        self._actions = actions
        self._tell = tell
        self._engines = engines
        self._meter = meter
        self._seconds = seconds
        self._clock = clock
        self._pressure: Pressure | None = None
        self._escalation = Escalation()
        self._task: asyncio.Task[None] | None = None

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
        near = self.limit_percent - RELIEF_PERCENT
        self.sample = await asyncio.to_thread(self._meter.sample, near, tuple(self._engines()))
        self._pressure = judge(self.sample, self.limit_percent, self._pressure)
        if not self._actions:
            return
        self._escalation, measure = escalate(
            self._escalation, self._pressure, self._clock(), max(self._actions)
        )
        if measure is None:
            return
        try:
            if measure.words:
                self._tell(measure.words)
        finally:
            if (action := self._actions.get(measure.step)) is not None:
                await action(measure.pressure)
