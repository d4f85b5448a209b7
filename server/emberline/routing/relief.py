"""What is done when memory runs short: caches are flushed, then models that nobody uses are unloaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from emberline.backends.failure import Failure
from emberline.models.info import Warmth
from emberline.observe.pressure import Pressure
from emberline.observe.record import Record, Recorder
from emberline.privacy.labels import Place
from emberline.routing.fleet import EMBEDDED, Candidate
from emberline.routing.local import LocalEngine
from emberline.routing.scout import Scout

IDLE_SECONDS = 60.0
"""A model that was asked nothing for so long is idle."""


@dataclass(slots=True)
class Uses:
    """A recorder that also remembers when each model was last asked something."""

    recorder: Recorder
    clock: Callable[[], float] = time.monotonic
    _last: dict[tuple[str, str], float] = field(default_factory=dict)

    def record(self, record: Record) -> None:
        self._last[record.backend, record.model] = self.clock()
        self.recorder.record(record)

    def is_idle(self, candidate: Candidate) -> bool:
        """Whether it was used here, and not lately. What others loaded is theirs to give up."""
        last = self._last.get((candidate.backend, candidate.model.name))
        return last is not None and self.clock() - last >= IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class Relief:
    """Gives memory back, on what belongs to this router."""

    scout: Scout
    engine: LocalEngine
    uses: Uses
    forget: Callable[[], None]
    """Empties the caches of this process."""

    async def flush(self, pressure: Pressure) -> None:
        """This process's caches, and the engine's KV cache: it is read again when it is needed."""
        self.forget()
        with suppress(Failure):
            await self.engine.flush()

    async def unload(self, pressure: Pressure) -> None:
        """Idle models, each where it is; the engine gives its model up by ending."""
        for candidate in self.scout.fleet.candidates:
            if candidate.model.warmth is not Warmth.WARM or not self.uses.is_idle(candidate):
                continue
            if candidate.backend == EMBEDDED:
                await self.engine.close()
            elif candidate.place is Place.MACHINE:
                with suppress(Failure):
                    await self.scout.unload(candidate)
