"""A circuit breaker: who fails again and again is left alone for a while, and then tried by one alone. Pure.

The pattern is Nygard's (Release It!, 2007): closed, everything passes; open, nothing does; half-open, one
trial does, and its end decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from emberline.backends.failure import Kind

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Each rest that follows on another without a success between them is twice as long, up to this."""
LONGEST_DELAY_SECONDS = 3600.0
"""A backend's own word on when to come back is taken up to this."""
TRIAL_SECONDS = 60.0
"""A trial that ended unreported, or takes so long, no longer keeps others from trying."""

NO_FAULT = frozenset((Kind.FORBIDDEN, Kind.BAD_REQUEST, Kind.NOT_FOUND, Kind.LOADING))
"""Kinds that say nothing against the backend: nothing was sent, the request was wrong, or it comes soon."""


class Phase(StrEnum):
    """How much passes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one; every change is a new one. `now` is in seconds of a clock that never goes back."""

    tolerance: int
    """Failures in a row that open it (`health_check.retry_count` + 1)."""
    failures: int = 0
    """In a row."""
    rests: int = 0
    """In a row, without a success between them."""
    rests_until: float | None = None
    """None while it is closed."""
    barred_until: float = 0.0
    """The backend asked for a delay. It is not down."""
    trial_since: float | None = None

    def phase(self, now: float) -> Phase:
        if self.rests_until is None:
            return Phase.CLOSED
        return Phase.OPEN if now < self.rests_until else Phase.HALF_OPEN

    def admits(self, now: float) -> bool:
        """Whether a request may be tried."""
        if now < self.barred_until:
            return False
        match self.phase(now):
            case Phase.CLOSED:
                return True
            case Phase.OPEN:
                return False
            case Phase.HALF_OPEN:
                return self.trial_since is None or now - self.trial_since >= TRIAL_SECONDS

    @property
    def opens_at(self) -> float:
        """From when on it admits a request, trials aside; 0.0 for always."""
        return max(self.barred_until, self.rests_until or 0.0)

    def begun(self, now: float) -> Breaker:
        """A request that was admitted goes out: in half-open, it is the trial."""
        return replace(self, trial_since=now) if self.phase(now) is Phase.HALF_OPEN else self

    def abandoned(self) -> Breaker:
        """The request ended without a verdict, e.g. cancelled."""
        return replace(self, trial_since=None)

    def succeeded(self) -> Breaker:
        return Breaker(self.tolerance)

    def failed(self, kind: Kind, now: float, retry_after: float | None = None) -> Breaker:
        """`retry_after`: the delay in seconds that the backend asked for."""
        ended = self.abandoned()
        delay = min(max(retry_after or 0.0, 0.0), LONGEST_DELAY_SECONDS)
        if kind in NO_FAULT:
            return ended
        if kind is Kind.RATE_LIMITED:
            barred = now + (delay or pause(self.rests))
            return replace(ended, barred_until=max(barred, self.barred_until), rests=self.rests + 1)
        if kind is Kind.QUOTA:  # nothing but the user's purse mends it
            return replace(ended, rests_until=now + LONGEST_PAUSE_SECONDS, rests=self.rests + 1)
        phase = self.phase(now)
        if phase is Phase.OPEN:  # it went out before the others' failures opened it
            return ended
        failures = self.failures + 1
        if phase is Phase.CLOSED and failures < self.tolerance:
            return replace(ended, failures=failures)
        rest = max(pause(self.rests), delay)
        return replace(ended, failures=failures, rests=self.rests + 1, rests_until=now + rest)


def pause(rests: int) -> float:
    """Seconds of the rest that follows on `rests` others."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(rests, 16), LONGEST_PAUSE_SECONDS)
