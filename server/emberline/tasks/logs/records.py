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


def spans(seen: Sequence[Seen]) -> list[Span]:
    """The records that these lines make up, in order; lines before the first, and empty ones, are none's.

    A traceback stays with the record above it where that tells of trouble, or of nothing; below a record that
    says all is well it is one of its own.
    """
    found: list[Span] = []
    start: int | None = None
    telling: int | None = None
    last = 0
    is_waiting = False  # for the line with which a traceback ends
    is_chained = False
    for at, each in enumerate(seen):
        kind, line = each.kind, each.line
        if kind is Kind.BLANK:
            continue
        goes_on = start is not None
        if start is not None:
            head = seen[start].line
            if kind is Kind.RECORD:
                goes_on = not line.is_timed and (is_waiting or (head.is_header and at == start + 1))
            elif kind in (Kind.OPENING, Kind.START):
                follows = at == start + 1 and not (head.is_said and head.severity < Severity.WARNING)
                goes_on = is_chained or follows
        if not goes_on:
            if start is not None:
                found.append(Span(start, last + 1, telling))
            start, telling, is_waiting, is_chained = at, None, False, False
        elif is_waiting and kind in (Kind.RECORD, Kind.LOOSE, Kind.START):
            telling, is_waiting, is_chained = at, False, False
        elif (
            line.is_telling
            or kind is Kind.START
            or (start is not None and seen[start].line.is_header and at == start + 1)
        ):
            telling = at
        if kind is Kind.OPENING:
            is_waiting, is_chained = True, False
        elif kind is Kind.CHAIN:
            is_chained = True
        last = at
    if start is not None:
        found.append(Span(start, last + 1, telling))
    return found
