"""What is done when memory runs short: caches are flushed, models that nobody uses are unloaded, and at last
the engine is started anew, in a pause."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from emberline.backends.failure import Failure
from emberline.models.info import Warmth
from emberline.observe.record import Record, Recorder
from emberline.privacy.labels import Place
from emberline.routing.fleet import EMBEDDED, Candidate
from emberline.routing.local import LocalEngine
from emberline.routing.scout import Scout

logger = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
"""A model that was asked nothing for so long is idle."""
PAUSE_SECONDS = 1.0
"""Without a key for so long the user pauses, and may well pause on until the engine is back."""
POLL_SECONDS = 0.25
PATIENCE_SECONDS = 300.0
"""How long a pause is waited for; who still wants the engine started anew then says so again."""


@dataclass(slots=True)
class Uses:
    """A recorder that also remembers when each model was last asked something."""

    recorder: Recorder
    clock: Callable[[], float] = time.monotonic
    _last: dict[tuple[str, str], float] = field(default_factory=dict)

    def record(self, record: Record) -> None:
        self._last[record.backend, record.model] = self.clock()
        self.recorder.record(record)

    def is_ours(self, candidate: Candidate) -> bool:
        """Whether it was asked something from here."""
        return (candidate.backend, candidate.model.name) in self._last

    def is_idle(self, candidate: Candidate) -> bool:
        """Whether it was used here, and not lately. What others loaded is theirs to give up."""
        last = self._last.get((candidate.backend, candidate.model.name))
        return last is not None and self.clock() - last >= IDLE_SECONDS


@dataclass(slots=True)
class Relief:
    """Gives memory back, on what belongs to this router."""

    scout: Scout
    engine: LocalEngine
    uses: Uses
    forget: Callable[[], None]
    """Empties the caches of this process."""
    pauses: Callable[[], bool] = lambda: True
    """Whether the user has not typed for `PAUSE_SECONDS`."""
    changed: Callable[[], None] = lambda: None
    """Told when the engine is to be started anew, and when that is done."""
    _renewal: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        """Whether the engine is to be started anew at the next pause, or being so."""
        return self._renewal is not None and not self._renewal.done()

    async def flush(self) -> None:
        """This process's caches, and the engine's KV cache: it is read again when it is needed."""
        self.forget()
        with suppress(Failure):
            await self.engine.flush()

    async def unload(self) -> None:
        """Idle models, each where it is; the engine gives its model up by ending."""
        for candidate in self.scout.fleet.candidates:
            if candidate.model.warmth is not Warmth.WARM or not self.uses.is_idle(candidate):
                continue
            if candidate.backend == EMBEDDED:
                await self.engine.close()
            elif candidate.place is Place.MACHINE:
                with suppress(Failure):
                    await self.scout.unload(candidate)

    async def restart(self) -> None:
        """Has the engine started anew in the next pause in which no window's request is under way. Returns at
        once: what is asked until then is answered, what is asked meanwhile waits for the new engine."""
        if not self.is_due:
            self._renewal = asyncio.create_task(self._renew(), name="engine anew")
            self.changed()

    async def _renew(self) -> None:
        deadline, before = time.monotonic() + PATIENCE_SECONDS, self.engine.running
        while time.monotonic() < deadline and self.engine.running == before:
            try:
                if self.pauses() and await self.engine.restart():
                    break
            except Exception as error:  # who needs the engine next starts it, or hears why not
                logger.warning("the engine was not started anew: %s", type(error).__name__)
                break
            await asyncio.sleep(POLL_SECONDS)
        self._renewal = None
        self.changed()

    async def close(self) -> None:
        """Gives up what was still waited for."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
