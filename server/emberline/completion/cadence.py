"""When to start: at once for a user who types at reading speed, a moment later for a burst.

Every start costs the engine some 50 ms; in a burst the next key makes it worthless before it is done.
"""

from __future__ import annotations

from dataclasses import dataclass

BURST_MS = 70.0
"""Keys closer than this are a burst: the engine could not write even one token in between."""
LONGEST_DELAY_MS = 60.0
_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Cadence:
    """The user's recent typing rhythm."""

    last_ms: float = float("-inf")
    """When the last key came, in milliseconds of a monotonic clock."""
    interval_ms: float = 250.0
    """Running mean of the time between keys; pauses over a second do not count."""

    def key(self, now_ms: float) -> Cadence:
        """The rhythm after a key at `now_ms`."""
        interval = now_ms - self.last_ms
        if interval > 1000.0:
            return Cadence(now_ms, self.interval_ms)
        return Cadence(now_ms, (1 - _WEIGHT) * self.interval_ms + _WEIGHT * interval)

    @property
    def delay_ms(self) -> float:
        """How long to wait for the next key before starting: 0 unless the user types in a burst."""
        if self.interval_ms >= BURST_MS:
            return 0.0
        return min(LONGEST_DELAY_MS, self.interval_ms * 1.2)
