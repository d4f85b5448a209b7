"""Which lines of a log belong together as one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emberline.tasks.logs.lines import Kind, Line
from emberline.tasks.logs.types import Group, Severity


@dataclass(eq=False, slots=True)
class Seen:
    """A line whose like was read; equal only to itself, so that it is counted fast."""

    line: Line
    bare: bytes
    """What lines like it have in common."""
    kind: Kind
    group: Group | None = None
    """Of records that are such a line alone."""


@dataclass(frozen=True, slots=True)
class Span:
    """The lines of one record, in a list of lines."""

    start: int
    end: int
    telling: int | None = None
    """The line that names what happened, where that is not the first."""


@dataclass(slots=True)
class _Open:
    """A record that may go on."""

    start: int
    end: int
    telling: int | None = None
    is_waiting: bool = False
    """For the line with which a traceback ends."""
    is_chained: bool = False
    """Another part of the traceback follows."""

    def takes(self, at: int, seen: Sequence[Seen]) -> bool:
        """Whether the line at `at` belongs to it."""
        head, kind = seen[self.start].line, seen[at].kind
        if kind is Kind.RECORD or kind is Kind.HEADER:
            is_message = head.kind is Kind.HEADER and at == self.start + 1
            return not seen[at].line.is_timed and (self.is_waiting or is_message)
        if kind is Kind.OPENING or kind is Kind.START:
            is_well = head.is_said and head.severity < Severity.WARNING
            is_awaited = self.is_chained or (self.is_waiting and kind is Kind.START)
            return is_awaited or (at == self.start + 1 and not is_well)
        return True

    def take(self, at: int, seen: Sequence[Seen]) -> None:
        """Adds the line, which may be the one that tells what happened."""
        kind, line = seen[at].kind, seen[at].line
        if self.is_waiting and kind in _ENDING:
            self.telling, self.is_waiting, self.is_chained = at, False, False
        elif line.is_telling or (seen[self.start].kind is Kind.HEADER and at == self.start + 1):
            self.telling = at
        self.note(kind)
        self.end = at + 1

    def note(self, kind: Kind) -> None:
        """What a line of this kind announces."""
        if kind is Kind.OPENING:
            self.is_waiting, self.is_chained = True, False
        elif kind is Kind.CHAIN:
            self.is_chained = True


_ENDING = frozenset((Kind.RECORD, Kind.LOOSE, Kind.START))


def spans(seen: Sequence[Seen]) -> list[Span]:
    """The records that these lines make up, in order. Empty lines are none's.

    A traceback stays with the record above it where that tells of trouble, or of nothing; below a record that
    says all is well it is one of its own.
    """
    found: list[Span] = []
    record: _Open | None = None
    for at, each in enumerate(seen):
        if each.kind is Kind.BLANK:
            continue
        if record is not None and record.takes(at, seen):
            record.take(at, seen)
            continue
        if record is not None:
            found.append(Span(record.start, record.end, record.telling))
        record = _Open(at, at + 1)
        record.note(each.kind)
    if record is not None:
        found.append(Span(record.start, record.end, record.telling))
    return found
