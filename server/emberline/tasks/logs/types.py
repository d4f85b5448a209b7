"""What is known of a log once it was read: groups of like records, and what stands out among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from emberline.tasks.logs.moments import Calendar


class Severity(IntEnum):
    """How bad a record says it is; by its words where it names no level."""

    TRACE = 1
    DEBUG = 2
    UNSAID = 3
    """It names no level, and none of its words sounds like trouble."""
    INFO = 4
    WARNING = 5
    ERROR = 6
    FATAL = 7


@dataclass(frozen=True, slots=True)
class Place:
    """A line of one of the sources."""

    source: int
    """The source's number from 0."""
    line: int
    """From 1."""


@dataclass(eq=False, slots=True)
class Group:
    """Records that differ by their variables alone. Grows while the log is read; equal only to itself."""

    severity: Severity
    template: str
    """The first line's message with its variables masked, without time and level; in a second line what an
    exception said."""
    example: str
    """What the first such record said, as it was written, without time and level, shortened."""
    first: Place
    last: Place
    first_time: int | None = None
    """Seconds of the epoch; None where the log tells no times."""
    last_time: int | None = None
    count: int = 0
    lines: int = 1
    """Of the longest record."""
    kinds: int = 1
    """Templates that were put together because a word of theirs proved to be a variable."""
    pace: dict[int, int] = field(default_factory=dict)
    """Records by slice of time."""
    slice_seconds: int = 1
    """The length of one slice, a power of two."""


@dataclass(frozen=True, slots=True)
class Burst:
    """A time in which records of a group came far faster than on the whole."""

    group: Group
    begin: int
    end: int
    """Seconds of the epoch."""
    count: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence that is long for this log."""

    before: Place
    """The last line before it."""
    after: Place
    begin: int
    end: int
    """Seconds of the epoch."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole log, or several read as one."""

    sources: tuple[str, ...]
    lines: int
    records: int
    bytes: int
    groups: tuple[Group, ...]
    """The most important first: errors before the rest, rare ones before frequent ones."""
    counts: Mapping[Severity, int]
    """Records by severity."""
    first_error: Group | None
    """The error that came first: by time where there are times, else by line."""
    bursts: tuple[Burst, ...]
    gaps: tuple[Gap, ...]
    begin: int | None
    end: int | None
    """The first and the last time, in seconds of the epoch."""
    pace: Mapping[int, int]
    """Records by slice of time."""
    trouble: Mapping[int, int]
    """Errors by slice of time."""
    slice_seconds: int
    calendar: Calendar
    """How this log writes its times."""
    notes: tuple[str, ...] = ()
    """What the user should know of the reading: a file that ends early, lines that were cut."""

    def at(self, place: Place) -> str:
        """The place as the user reads it: "line 12", of several sources "app.log line 12"."""
        return (
            f"line {place.line}"
            if len(self.sources) == 1
            else f"{self.sources[place.source]} line {place.line}"
        )

    def time(self, seconds: int | None) -> str:
        """A time as this log writes it; empty where there is none."""
        return "" if seconds is None else self.calendar.written(seconds)
