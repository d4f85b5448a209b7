"""When memory is too full, and what is to be done about it, step by step. Pure.

The steps go from what costs the user least to what costs most, one at a time, each with time to take effect.
Where other programs fill the machine, only models that nobody uses are given up: no other step would help.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from enum import IntEnum

RELIEF_PERCENT = 5
"""Pressure ends this far below the limit, so that it does not come and go with every page."""
COOLDOWN_SECONDS = 30.0
"""What a step is given to take effect before the next one."""
RELAPSE_SECONDS = 300.0
"""Pressure that returns sooner goes on where it was; and how often the last step is repeated."""
TOLD_SECONDS = 3600.0
"""How long the user is not told the same again."""
OWN_SHARE = 0.2
"""Of what is used: with less, the problem is not ours."""
WORTH_SHARE = 0.02
"""Of what is used: an engine with less is not started anew for it."""
FRESH_SECONDS = 1800.0
"""An engine younger than this is not started anew, by whichever window: it would give nothing back."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How full one memory is, in bytes: the machine's ("memory") or a graphics card's."""

    name: str
    total: int
    used: int
    ours: int = 0
    """Of `used`, our processes' and our models'; measured only where it is nearly too full."""
    graphics: bool = False

    @property
    def percent(self) -> float:
        return 100.0 * self.used / self.total if self.total else 0.0

    def __str__(self) -> str:
        return (
            f"{self.name} is {self.percent:.0f} % full ({self.used / 1e9:.1f} of {self.total / 1e9:.1f} GB, "
            f"{self.ours / 1e9:.1f} GB of it ours)"
        )


@dataclass(frozen=True, slots=True)
class Held:
    """What one holder has of the memory, in bytes."""

    who: str
    """SERVER, ENGINE, or a model on a server of the user's, e.g. "ollama/llama3.1:8b"."""
    memory: int
    graphics: int = 0
    """On graphics cards with memory of their own."""
    pid: int | None = None
    """None where the figures are what its server says."""
    ours: bool = True
    """We have it there: a process of ours, or a model that was asked something from here."""
    here: bool = True
    """In this machine's memory."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


SERVER, ENGINE = "server", "engine"


@dataclass(frozen=True, slots=True)
class Sample:
    """All memories at one moment."""

    fills: tuple[Fill, ...] = ()
    held: tuple[Held, ...] = ()
    """This process, the engine, and every model that a server near by keeps loaded."""

    @property
    def engine(self) -> Held | None:
        """The engine, where one runs."""
        return next((each for each in self.held if each.who == ENGINE), None)


@dataclass(frozen=True, slots=True)
class Pressure:
    """A memory that is fuller than it should be."""

    fill: Fill

    @property
    def is_ours(self) -> bool:
        """Whether what we hold is a part of the problem."""
        return self.fill.ours >= OWN_SHARE * self.fill.used

    def is_relieved_by(self, holder: Held) -> bool:
        """Whether so much of the memory in question is this holder's that its going would be felt."""
        held = holder.graphics if self.fill.graphics else holder.memory
        return held >= WORTH_SHARE * self.fill.used


def judge(sample: Sample, limit_percent: float, under: Pressure | None) -> Pressure | None:
    """The memory that is fullest above its limit. `under` is the last verdict: what was too full stays so
    until it is `RELIEF_PERCENT` below."""

    def limit(fill: Fill) -> float:
        relief = RELIEF_PERCENT if under is not None and under.fill.name == fill.name else 0
        return limit_percent - relief

    above = [fill for fill in sample.fills if fill.percent > limit(fill)]
    return Pressure(max(above, key=lambda fill: fill.percent)) if above else None


class Step(IntEnum):
    """What can be done, in this order."""

    FLUSH = 1
    """Give up caches: they only cost time to fill again."""
    UNLOAD = 2
    """Unload models that nobody uses at the moment."""
    RESTART = 3
    """Start the engine anew: what it has gathered is gone, and typing waits some seconds for it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One step to be taken now, and what the user is told of it (empty: they know)."""

    step: Step
    pressure: Pressure
    words: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far we have gone. Times are of a clock that never goes back, in seconds."""

    step: Step | None = None
    """The last one that was taken, until calm has lasted."""
    acted_at: float = -math.inf
    told: Step | None = None
    """The furthest one that the user was told of lately."""
    told_at: float = -math.inf


def escalate(
    state: Escalation, pressure: Pressure | None, now: float, most: Step = Step.RESTART
) -> tuple[Escalation, Measure | None]:
    """The next state, and what is to be done. `most` is the furthest step that there is now."""
    since = now - state.acted_at
    if pressure is None:
        calm = since >= RELAPSE_SECONDS
        return (replace(state, step=None) if calm else state), None
    if not pressure.is_ours:  # a new engine would be as large as the old one beside so much of others'
        most = min(most, Step.UNLOAD)
    if state.step is None:
        step = min(Step.FLUSH if pressure.is_ours else Step.UNLOAD, most)
    elif state.step < most and since >= COOLDOWN_SECONDS:
        step = Step(state.step + 1)
    elif since >= RELAPSE_SECONDS:
        step = most
    else:
        return state, None
    known = state.told is not None and step <= state.told and now - state.told_at < TOLD_SECONDS
    words = "" if known else _words(step, pressure)
    told, told_at = (state.told, state.told_at) if known else (step, now)
    return Escalation(step, now, told, told_at), Measure(step, pressure, words)


_DOING = {
    Step.FLUSH: "Emberline's caches are flushed",
    Step.UNLOAD: "Emberline's idle models are unloaded",
    Step.RESTART: "Emberline's engine is started anew at the next pause in typing",
}


def _words(step: Step, pressure: Pressure) -> str:
    hint = "" if pressure.is_ours else "; closing other programs would help more"
    return f"The {pressure.fill}: {_DOING[step]}{hint}."
