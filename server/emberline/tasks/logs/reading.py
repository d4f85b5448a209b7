"""Logs read to their end: the overview of files, of a pipe, of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice

from emberline.tasks.logs.gathering import Gatherer
from emberline.tasks.logs.moments import Scale, find
from emberline.tasks.logs.overview import overview
from emberline.tasks.logs.sources import BLOCK_BYTES, BROKEN, BadLog, Log
from emberline.tasks.logs.types import Overview

_PEEKED_LINES = 50


def read(logs: Sequence[Log], progress: Callable[[int], None] = lambda done: None) -> Overview:
    """All of these logs, in the order of their times where all have times. Raises `BadLog`.

    `progress` is told how many bytes of all were read. Takes as long as it takes: not for the event loop.
    """
    gatherers: list[Gatherer] = []
    notes: list[str] = []
    before = 0
    for number, log in enumerate(logs):
        gatherer = Gatherer(number, log.today)
        gatherers.append(gatherer)
        try:
            for piece in log.pieces():
                gatherer.feed(piece.data)
                progress(before + piece.done)
        except BROKEN as error:
            if not gatherer.tally.bytes:
                raise BadLog(f"{log.name} cannot be read: {error}") from error
            notes.append(f"{log.name} is damaged or breaks off: what stands before that was read ({error}).")
        gatherer.finish()
        before += log.size
    return _overview([log.name for log in logs], gatherers, notes)


def read_text(name: str, text: str) -> Overview:
    """A text that is at hand, as an editor has it."""
    gatherer = Gatherer(0, datetime.now(UTC).date())
    data = text.encode("utf-8", "replace")
    for start in range(0, len(data), BLOCK_BYTES):
        gatherer.feed(data[start : start + BLOCK_BYTES])
    gatherer.finish()
    return _overview([name], [gatherer], ())


def overview_of(names: Sequence[str], gatherers: Sequence[Gatherer]) -> Overview:
    """What is known so far, while it is still being read."""
    return _overview(names, gatherers, ())


def _overview(names: Sequence[str], gatherers: Sequence[Gatherer], notes: Sequence[str]) -> Overview:
    return overview(
        names, [each.tally for each in gatherers], [each.groups.all() for each in gatherers], notes
    )


def in_order(logs: Sequence[Log]) -> list[Log]:
    """By the first time that stands in each, where each has one: rotated logs are named newest first."""
    begins = [_begin(log) for log in logs]
    if len(logs) < 2 or None in begins:
        return list(logs)
    return [log for _, log in sorted(zip(begins, logs, strict=True), key=lambda each: each[0] or 0)]


def _begin(log: Log) -> int | None:
    """The first time of a log, in seconds of the epoch."""
    if log.path is None:
        return None
    try:
        head = next((piece.data for piece in log.pieces()), b"")
    except BROKEN:
        return None
    for line in islice(head.split(b"\n"), _PEEKED_LINES):
        if (found := find(line, log.today)) is not None and found.form.scale is Scale.EPOCH:
            return found.seconds
    return None
