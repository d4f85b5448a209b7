"""What the ledger's rows come to: all that a report asks of it, in one pass, a day or a week at a time.

SQLite sorts what it groups. A week's rows fit into the processor's cache, a year's do not: in pieces, a
million rows take about a second, at once three. It also makes days those of the user's clock.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from emberline.observe import histogram
from emberline.observe.footprints import EVERY_SECONDS
from emberline.observe.record import Accepted, Part
from emberline.observe.store import Store

LENGTH = 65_536
"""Prices depend on the length of the input: it is counted in classes of so many tokens."""
_CLASSES = 64
_BUCKETS = 1024
BY_DAYS = 92
"""A longer time is told by weeks."""
CLOUD = "cloud"
"""The place of a request that went to one."""
SERVED = "ok"
"""The outcome of a request that got its answer."""
GONE_SECONDS = 2 * EVERY_SECONDS
"""Who is not among what was noted for so long holds no memory any more."""
MOST_REASONS = 8
"""Of why requests went to a cloud."""


class Kind(NamedTuple):
    """What requests have in common that are counted together. All texts as in `Record`."""

    task: str
    place: str
    backend: str
    model: str
    lane: str
    fallback_from: str
    outcome: str


@dataclass(slots=True)
class Sum:
    """What requests came to: totals."""

    requests: int = 0
    read: int = 0
    cached: int = 0
    written: int = 0
    cost_usd: float = 0.0
    duration_ms: float = 0.0

    def add(
        self, requests: int, read: int, cached: int, written: int, cost: float, duration: float
    ) -> None:  # written out: it is called a hundred thousand times
        self.requests += requests
        self.read += read
        self.cached += cached
        self.written += written
        self.cost_usd += cost
        self.duration_ms += duration


class Showing(NamedTuple):
    """What suggestions have in common that are counted together. All texts as in `Fate`."""

    lane: str
    backend: str
    model: str
    language: str
    accepted: Accepted


@dataclass(slots=True)
class Fates:
    """What became of suggestions: totals, characters and keys."""

    shown: int = 0
    shown_chars: int = 0
    accepted_chars: int = 0
    saved_keys: int = 0
    known: int = 0
    """Those of which it is known what still stood five minutes later."""
    known_chars: int = 0
    """What was accepted of them."""
    standing_chars: float = 0.0
    """What of it still stood."""
    kept: int = 0
    """Those of which at least half still stood."""

    def add(self, *figures: float) -> None:
        for name, figure in zip(Fates.__slots__, figures, strict=True):
            setattr(self, name, getattr(self, name) + figure)


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one holder over the whole time, in bytes; `last` is what was noted at the last look, 0 where it held
    nothing any more by then."""

    part: Part
    backend: str
    model: str
    samples: int
    mean: float
    peak: int
    last: int


@dataclass(slots=True)
class Summary:
    """All that a report is made of."""

    kinds: dict[tuple[Kind, int], Sum] = field(default_factory=dict)
    """By kind and class of length (of the whole input, in `LENGTH` tokens)."""
    step: timedelta = timedelta(days=1)
    """From one date to the next below."""
    days: dict[tuple[date, Kind], Sum] = field(default_factory=dict)
    """By the first day of each step."""
    first_tokens: dict[Kind, Counter[int]] = field(default_factory=dict)
    """By bucket of `histogram`."""
    fates: dict[Showing, Fates] = field(default_factory=dict)
    fates_by_day: dict[tuple[date, Showing], Fates] = field(default_factory=dict)
    fallbacks: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Those that were answered: by who failed, who answered instead, and why."""
    cloud_reasons: dict[str, int] = field(default_factory=dict)
    """Why requests went to a cloud, the most frequent first."""
    memory: tuple[Memory, ...] = ()
    began: float | None = None
    """The first entry's time, in seconds of the epoch; None where there is none."""


_REQUESTS = f"""
    SELECT (kind * {_CLASSES} + min((input_tokens + cached_tokens) / {LENGTH}, {_CLASSES - 1})) * {_BUCKETS}
            + {histogram.sql("first_token_ms")} + 1 AS key,
        count(*), sum(input_tokens), sum(cached_tokens), sum(output_tokens), total(cost_usd),
        total(duration_ms)
    FROM request WHERE at >= ? AND at < ? GROUP BY key
"""
_FATES = """
    SELECT lane, backend, model, language, accepted,
        count(*), sum(shown_chars), sum(accepted_chars), sum(saved_keys), count(survived),
        total(accepted_chars) FILTER (WHERE survived IS NOT NULL), total(accepted_chars * survived),
        count(*) FILTER (WHERE survived >= 0.5)
    FROM fate WHERE at >= ? AND at < ? GROUP BY lane, backend, model, language, accepted
"""
_WHYS = """
    SELECT kind, fallback_why, reason, count(*) FROM request
    WHERE kind IN ({}) AND at >= ? AND at < ? GROUP BY kind, fallback_why, reason
"""
_MEMORY = """
    SELECT part, backend, model, count(*), avg(bytes), max(bytes), max(id), max(at)
    FROM footprint WHERE at >= ? AND at < ? GROUP BY part, backend, model
"""


def summarize(path: Path, since: float, until: float) -> Summary:
    """Everything from `since` to `until` (exclusive; seconds of the epoch). May raise `store.TROUBLES`.

    Requests are read in one thread and all else in another: SQLite lets both work at once.
    """
    with ThreadPoolExecutor(1, "emberline report") as beside:
        rest = beside.submit(_read, path, since, until, _Reading.rest)
        requests = _read(path, since, until, _Reading.requests)
        others = rest.result()
    return replace(
        requests,
        fates=others.fates,
        fates_by_day=others.fates_by_day,
        fallbacks=others.fallbacks,
        cloud_reasons=others.cloud_reasons,
        memory=others.memory,
    )


def _read(path: Path, since: float, until: float, read: Callable[[_Reading, Summary], None]) -> Summary:
    """What `read` finds, in one view of the file, whatever is written meanwhile."""
    with closing(Store.current(path)) as store:
        store.connection.execute("BEGIN")
        reading = _Reading(store.connection, since, until)
        summary = Summary(began=reading.began, step=reading.step)
        if reading.began is not None:
            read(reading, summary)
        store.connection.execute("ROLLBACK")
    return summary


class _Reading:
    """One reading of the file, with its words and kinds."""

    def __init__(self, connection: sqlite3.Connection, since: float, until: float) -> None:
        self._ask = connection.execute
        self._since, self._until = since, until
        self._texts: dict[int, str] = {}
        columns = ", ".join(f"(SELECT text FROM word WHERE id = kind.{name})" for name in Kind._fields)
        self._kinds = {
            number: Kind(*texts) for number, *texts in self._ask(f"SELECT id, {columns} FROM kind")
        }
        self.began = self._began()
        self._ends = until if self.began is None else min(until, self._ended())
        is_long = self.began is not None and self._ends - max(since, self.began) > BY_DAYS * 86_400
        self.step = timedelta(days=7 if is_long else 1)

    def requests(self, result: Summary) -> None:
        for day, start, end in self._spans():
            self._requests(result, day, start, end)

    def rest(self, result: Summary) -> None:
        for day, start, end in self._spans():
            self._fates(result, day, start, end)
        span = (self._since, self._until)
        self._whys(result, span)
        holders = self._ask(_MEMORY, span).fetchall()
        newest = max((at for *_, at in holders), default=0.0)
        result.memory = tuple(
            Memory(
                Part(self._text(part)),
                self._text(backend),
                self._text(model),
                count,
                mean,
                peak,
                self._bytes(last) if newest - at < GONE_SECONDS else 0,
            )
            for part, backend, model, count, mean, peak, last, at in holders
        )

    def _bytes(self, number: int) -> int:
        (found,) = self._ask("SELECT bytes FROM footprint WHERE id = ?", (number,)).fetchone()
        return int(found)

    def _spans(self) -> Iterator[tuple[date, float, float]]:
        began = 0.0 if self.began is None else self.began
        return _spans(max(self._since, began), self._ends, self.step)

    def _began(self) -> float | None:
        found = [
            self._ask(f"SELECT min(at) FROM {table} WHERE at >= ? AND at < ?", (self._since, self._until))
            for table in ("request", "fate", "footprint")
        ]
        return min((at for (at,) in (each.fetchone() for each in found) if at is not None), default=None)

    def _ended(self) -> float:
        """Past the last entry. Clocks that were wrong once must not make a report count empty centuries."""
        found = [
            self._ask(f"SELECT max(at) FROM {table} WHERE at < ?", (self._until,))
            for table in ("request", "fate", "footprint")
        ]
        return max(float(at) for (at,) in (each.fetchone() for each in found) if at is not None) + 1.0

    def _requests(self, result: Summary, day: date, start: float, end: float) -> None:
        kinds, days, first_tokens = result.kinds, result.days, result.first_tokens
        for key, *figures in self._ask(_REQUESTS, (start, end)):
            rest, bucket = divmod(key, _BUCKETS)
            number, length = divmod(rest, _CLASSES)
            kind = self._kinds.get(number)
            if kind is None:  # written by an older version beside this one
                continue
            if (in_all := kinds.get((kind, length))) is None:
                in_all = kinds[kind, length] = Sum()
            in_all.add(*figures)
            if (of_day := days.get((day, kind))) is None:
                of_day = days[day, kind] = Sum()
            of_day.add(*figures)
            if bucket:
                if (counts := first_tokens.get(kind)) is None:
                    counts = first_tokens[kind] = Counter()
                counts[bucket - 1] += figures[0]

    def _fates(self, result: Summary, day: date, start: float, end: float) -> None:
        for lane, backend, model, language, accepted, *figures in self._ask(_FATES, (start, end)):
            showing = Showing(
                self._text(lane),
                self._text(backend),
                self._text(model),
                self._text(language),
                Accepted(self._text(accepted)),
            )
            result.fates.setdefault(showing, Fates()).add(*figures)
            result.fates_by_day.setdefault((day, showing), Fates()).add(*figures)

    def _whys(self, result: Summary, span: tuple[float, float]) -> None:
        """Reasons are only asked of requests whose reasons matter: few, in one scan."""
        asked = [number for number, kind in self._kinds.items() if kind.fallback_from or kind.place == CLOUD]
        if not asked:
            return
        fallbacks: Counter[tuple[str, str, str]] = Counter()
        reasons: Counter[str] = Counter()
        for number, why, reason, count in self._ask(_WHYS.format(", ".join(map(str, asked))), span):
            kind = self._kinds[number]
            if kind.fallback_from and kind.outcome == SERVED:
                fallbacks[kind.fallback_from, kind.backend, self._text(why)] += count
            if kind.place == CLOUD:
                reasons[self._text(reason)] += count
        result.fallbacks = dict(fallbacks.most_common())
        result.cloud_reasons = dict(reasons.most_common(MOST_REASONS))

    def _text(self, number: int) -> str:
        if (found := self._texts.get(number)) is None:
            (found,) = self._ask("SELECT text FROM word WHERE id = ?", (number,)).fetchone()
            self._texts[number] = found
        return found


def _spans(since: float, until: float, step: timedelta) -> Iterator[tuple[date, float, float]]:
    """Days or weeks of the user's clock with their first and last moments, cut to since..until."""
    day = datetime.fromtimestamp(since).date()
    start = since
    while start < until:
        end = datetime.combine(day + step, datetime.min.time()).timestamp()
        yield day, start, min(end, until)
        day, start = day + step, end
