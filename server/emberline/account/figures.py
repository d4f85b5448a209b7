"""The figures of a report. Money in US dollars, durations in milliseconds, shares from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CLAIM = (0.6, 0.8)
"""The share of routine work that is said to run locally well: what this report is read against."""


@dataclass(frozen=True, slots=True)
class Served:
    """Requests that got their answer, by where."""

    machine: int = 0
    host: int = 0
    """The user's own other machines."""
    cloud: int = 0

    @property
    def total(self) -> int:
        return self.machine + self.host + self.cloud

    @property
    def local(self) -> float | None:
        """The share that no cloud has seen; None of nothing."""
        return (self.machine + self.host) / self.total if self.total else None

    def __add__(self, other: Served) -> Served:
        return Served(self.machine + other.machine, self.host + other.host, self.cloud + other.cloud)


@dataclass(frozen=True, slots=True)
class Money:
    """What the cloud did cost, and what the work done without it would have cost there."""

    paid: float = 0.0
    spared: float | None = 0.0
    """None where nobody knows the price."""

    def __add__(self, other: Money) -> Money:
        known = self.spared is not None and other.spared is not None
        return Money(self.paid + other.paid, (self.spared or 0) + (other.spared or 0) if known else None)


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """One task's requests."""

    task: str
    served: Served
    money: Money
    cancelled: int
    """By the user; of completions, because they typed on."""
    failed: int
    tokens: int
    """Read, cached and written, wherever."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day; of a long time, one week."""

    first: date
    served: Served
    paid: float
    shown: int
    accepted: int


@dataclass(frozen=True, slots=True)
class FirstToken:
    """How long the first token took, of one lane or task at one backend."""

    lane: str
    """Of completions their lane; "asked for" for everything else."""
    place: str
    backend: str
    """Empty where no model was needed."""
    requests: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of suggestions."""

    shown: int = 0
    whole: int = 0
    partly: int = 0
    typed: int = 0
    """Right, but typed out by hand."""
    accepted_chars: int = 0
    saved_keys: int = 0
    known: int = 0
    """Accepted ones of which it is known what still stood after five minutes."""
    kept: int = 0
    """Those of which at least half did."""
    known_chars: int = 0
    standing_chars: float = 0.0

    @property
    def accepted(self) -> int:
        return self.whole + self.partly

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.shown if self.shown else None

    @property
    def survival(self) -> float | None:
        """The share of accepted characters that still stood."""
        return self.standing_chars / self.known_chars if self.known_chars else None


@dataclass(frozen=True, slots=True)
class Fallback:
    """A backend failed before its first word, and another answered."""

    failed: str
    instead: str
    why: str
    requests: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds memory, in bytes."""

    name: str
    mean: float
    peak: int
    last: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything, over one time."""

    period: str
    """In words."""
    began: date | None
    """The first entry's day; None where there is none."""
    until: date
    weekly: bool
    """`days` are weeks."""
    yardstick: str
    """The cloud model that "would have cost" is about; empty where nobody knows a price."""
    configured: str
    """The cloud model of the configuration."""
    tasks: tuple[TaskFigures, ...]
    """The most frequent first."""
    days: tuple[Day, ...]
    first_tokens: tuple[FirstToken, ...]
    taken: Taken
    by_lane: tuple[tuple[str, Taken], ...]
    by_language: tuple[tuple[str, Taken], ...]
    fallbacks: tuple[Fallback, ...]
    cloud_reasons: tuple[tuple[str, int], ...]
    memory: tuple[Holder, ...]

    @property
    def is_empty(self) -> bool:
        return self.began is None

    @property
    def served(self) -> Served:
        return sum((each.served for each in self.tasks), Served())

    @property
    def asked(self) -> Served:
        """Without what comes while typing, of which there is so much that it drowns everything else."""
        return sum((each.served for each in self.tasks if each.task != COMPLETION), Served())

    @property
    def money(self) -> Money:
        return sum((each.money for each in self.tasks), Money())


COMPLETION = "completion"
ASKED = "asked for"
