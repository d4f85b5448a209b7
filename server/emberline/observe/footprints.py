"""Memory over time: what the memory watch has just seen, kept every few minutes."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from emberline.observe.pressure import ENGINE, SERVER, Sample
from emberline.observe.record import Footprint, Part

EVERY_SECONDS = 300.0
_MODEL = re.compile(r"(?P<backend>.* at https?://[^/]*|[^/]*)/(?P<model>.+)", re.DOTALL)
_PARTS = {SERVER: Part.SERVER, ENGINE: Part.ENGINE}


@dataclass(slots=True)
class Footprints:
    """Says what is to be written down, at most every five minutes."""

    clock: Callable[[], float] = time.time
    _taken_at: float = -math.inf

    def due(self, sample: Sample) -> tuple[Footprint, ...]:
        """Of the last sample; nothing before one was taken, or so soon after the last time."""
        now = self.clock()
        if not sample.held or 0 <= now - self._taken_at < EVERY_SECONDS:
            return ()
        self._taken_at = now
        return tuple(footprint for footprint in footprints(sample, now) if footprint.bytes > 0)


def footprints(sample: Sample, now: float) -> tuple[Footprint, ...]:
    """One for each holder; what lies on a graphics card counts like what lies in the machine's memory."""
    return tuple(
        Footprint(now, _PARTS.get(each.who, Part.MODEL), each.memory + each.graphics, *_named(each.who))
        for each in sample.held
    )


def _named(who: str) -> tuple[str, str]:
    """Backend and model; both may hold slashes of their own."""
    found = _MODEL.fullmatch(who)
    return (found["backend"], found["model"]) if found else ("", "")
