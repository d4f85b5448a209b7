"""Whether an engine has outgrown its model: memory that leaks, or that lies between what is used. Pure.

An engine's size is judged by the planner's figure for its model and, where it was seen from its beginning, by
what it settled at: the planner may be wrong about a model, and starting it anew would then mend nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from emberline.observe.pressure import FRESH_SECONDS, TOLD_SECONDS

SETTLE_SECONDS = 120.0
"""After this long an engine that works has touched most of what it will need."""
GROWN_SHARE = 0.5
"""Beyond what it should be; less may be text that it holds at the moment."""
LEAST_BYTES, MOST_BYTES = 256 * 2**20, 2 * 2**30
"""What `GROWN_SHARE` comes to at least and at most, for very small and very large models."""
AGAIN_SECONDS = 300.0
"""An engine that has not been started anew by then, for lack of a pause, is asked for once more."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that runs now."""

    pid: int
    age: float
    """Seconds since its process began."""
    needed: int | None = None
    """Bytes that its model should take, by the planner; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What is known of the engine's size. Times are of a clock that never goes back, in seconds."""

    pid: int = 0
    witnessed: bool = False
    """It was met before it had settled."""
    settled: int = 0
    """The most that an engine of ours was found to hold by the time it had settled."""
    asked_at: float = -AGAIN_SECONDS
    told_at: float = -TOLD_SECONDS


@dataclass(frozen=True, slots=True)
class Outgrown:
    """The engine is to be started anew, and what the user is told of it (empty: they know)."""

    words: str


def judge(state: Growth, engine: Engine | None, resident: int, now: float) -> tuple[Growth, Outgrown | None]:
    """The next state, and whether this engine, which holds `resident` bytes, is to be started anew."""
    if engine is None or resident <= 0:
        return state, None
    if engine.pid != state.pid:
        witnessed = engine.age < SETTLE_SECONDS
        state = Growth(engine.pid, witnessed, state.settled, -AGAIN_SECONDS + now, state.told_at)
    if state.witnessed and engine.age < SETTLE_SECONDS:
        return _settling(state, resident), None
    expected = max(engine.needed or 0, state.settled)
    grown = expected > 0 and resident > limit(expected)
    if not grown or engine.age < FRESH_SECONDS or now - state.asked_at < AGAIN_SECONDS:
        return state, None
    known = now - state.told_at < TOLD_SECONDS
    told_at = state.told_at if known else now
    words = "" if known else _words(resident, expected)
    return Growth(state.pid, state.witnessed, state.settled, now, told_at), Outgrown(words)


def limit(expected: int) -> int:
    """Bytes beyond which an engine that should hold `expected` has grown."""
    return expected + round(min(max(expected * GROWN_SHARE, LEAST_BYTES), MOST_BYTES))


def _settling(state: Growth, resident: int) -> Growth:
    settled = max(state.settled, resident)
    return Growth(state.pid, state.witnessed, settled, state.asked_at, state.told_at)


def _words(resident: int, expected: int) -> str:
    return (
        f"Emberline's engine has grown to {resident / 1e9:.1f} GB, where its model takes "
        f"{expected / 1e9:.1f} GB: it is started anew at the next pause in typing."
    )
