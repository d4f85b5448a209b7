"""From the ledger's sums to the figures of a report. Pure, but for the prices' data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from emberline.account.figures import (
    ASKED,
    COMPLETION,
    Day,
    Fallback,
    FirstToken,
    Holder,
    Money,
    Report,
    Served,
    Taken,
    TaskFigures,
)
from emberline.account.yardstick import Yardstick
from emberline.observe import histogram
from emberline.observe.record import Accepted, Part
from emberline.observe.summary import SERVED, Fates, Kind, Memory, Showing, Sum, Summary
from emberline.privacy.labels import Place

_CANCELLED = "cancelled"


def report(summary: Summary, period: str, until: date, yardstick: Yardstick, configured: str) -> Report:
    """All figures. `period` in words; `until` is the last day; `configured`, the user's cloud model."""
    began = None if summary.began is None else date.fromtimestamp(summary.began)
    return Report(
        period=period,
        began=began,
        until=until,
        weekly=summary.step > timedelta(days=1),
        yardstick=yardstick.model,
        configured=configured,
        tasks=_tasks(summary.kinds, yardstick),
        days=_days(summary, until),
        first_tokens=_first_tokens(summary.first_tokens),
        taken=_taken(summary.fates),
        by_lane=_by(summary.fates, "lane"),
        by_language=_by(summary.fates, "language"),
        fallbacks=tuple(Fallback(*named, requests) for named, requests in summary.fallbacks.items()),
        cloud_reasons=tuple(summary.cloud_reasons.items()),
        memory=tuple(sorted((_holder(each) for each in summary.memory), key=lambda holder: -holder.last)),
    )


def _tasks(kinds: Mapping[tuple[Kind, int], Sum], yardstick: Yardstick) -> tuple[TaskFigures, ...]:
    found: dict[str, TaskFigures] = {}
    for (kind, _), total in kinds.items():
        known = found.get(kind.task) or TaskFigures(kind.task, Served(), Money(), 0, 0, 0)
        outcome = kind.outcome
        is_failure = outcome not in (SERVED, _CANCELLED)
        found[kind.task] = replace(
            known,
            served=known.served + _served(kind, total),
            money=known.money + _money(kind, total, yardstick),
            cancelled=known.cancelled + (total.requests if outcome == _CANCELLED else 0),
            failed=known.failed + (total.requests if is_failure else 0),
            tokens=known.tokens + total.read + total.cached + total.written,
        )
    return tuple(sorted(found.values(), key=lambda each: (-each.served.total, each.task)))


def _served(kind: Kind, total: Sum) -> Served:
    if kind.outcome != SERVED:
        return Served()
    count = total.requests
    match kind.place:
        case Place.MACHINE:
            return Served(machine=count)
        case Place.HOST:
            return Served(host=count)
        case Place.CLOUD:
            return Served(cloud=count)
    return Served()


def _money(kind: Kind, total: Sum, yardstick: Yardstick) -> Money:
    """Only what was answered is spared: what was given up half-way, nobody would have asked a cloud for."""
    is_local = kind.outcome == SERVED and kind.place in (Place.MACHINE, Place.HOST)
    if not is_local or not total.read + total.cached + total.written:
        return Money(total.cost_usd)
    return Money(total.cost_usd, yardstick.cost(total.requests, total.read, total.cached, total.written))


def _days(summary: Summary, until: date) -> tuple[Day, ...]:
    """Every day from the first to the last, also where nothing happened."""
    if summary.began is None:
        return ()
    served: dict[date, Served] = {}
    paid: dict[date, float] = {}
    shown: Counter[date] = Counter()
    accepted: Counter[date] = Counter()
    for (day, kind), total in summary.days.items():
        served[day] = served.get(day, Served()) + _served(kind, total)
        paid[day] = paid.get(day, 0.0) + total.cost_usd
    for (day, showing), fates in summary.fates_by_day.items():
        shown[day] += fates.shown
        accepted[day] += fates.shown if showing.accepted in (Accepted.WHOLE, Accepted.PARTLY) else 0
    first = date.fromtimestamp(summary.began)
    steps = max(0, (until - first) // summary.step)
    days = (first + index * summary.step for index in range(steps + 1))
    return tuple(
        Day(day, served.get(day, Served()), paid.get(day, 0.0), shown[day], accepted[day]) for day in days
    )


def _first_tokens(counts: Mapping[Kind, Counter[int]]) -> tuple[FirstToken, ...]:
    found: dict[tuple[str, str, str], Counter[int]] = {}
    for kind, counted in counts.items():
        lane = kind.lane or (COMPLETION if kind.task == COMPLETION else ASKED)
        found.setdefault((lane, kind.place, kind.backend), Counter()).update(counted)
    rows = [
        FirstToken(*named, counted.total(), p50, p95)
        for named, counted in found.items()
        if (p50 := histogram.percentile(counted, 0.5)) is not None
        and (p95 := histogram.percentile(counted, 0.95)) is not None
    ]
    return tuple(sorted(rows, key=lambda row: (row.lane == ASKED, row.p50, row.backend)))


def _taken(fates: Mapping[Showing, Fates]) -> Taken:
    taken = Taken()
    for showing, each in fates.items():
        is_taken = showing.accepted in (Accepted.WHOLE, Accepted.PARTLY)
        taken = Taken(
            shown=taken.shown + each.shown,
            whole=taken.whole + (each.shown if showing.accepted is Accepted.WHOLE else 0),
            partly=taken.partly + (each.shown if showing.accepted is Accepted.PARTLY else 0),
            typed=taken.typed + (each.shown if showing.accepted is Accepted.TYPED else 0),
            accepted_chars=taken.accepted_chars + (each.accepted_chars if is_taken else 0),
            saved_keys=taken.saved_keys + each.saved_keys,
            known=taken.known + each.known,
            kept=taken.kept + each.kept,
            known_chars=taken.known_chars + int(each.known_chars),
            standing_chars=taken.standing_chars + each.standing_chars,
        )
    return taken


def _by(fates: Mapping[Showing, Fates], what: str) -> tuple[tuple[str, Taken], ...]:
    names: Iterable[str] = {getattr(showing, what) for showing in fates}
    found = [
        (name, _taken({showing: each for showing, each in fates.items() if getattr(showing, what) == name}))
        for name in names
    ]
    return tuple(sorted(found, key=lambda pair: (-pair[1].shown, pair[0])))


def _holder(memory: Memory) -> Holder:
    names = {Part.SERVER: "server", Part.ENGINE: "engine"}
    model = f"{memory.model} ({memory.backend})" if memory.backend else memory.model
    return Holder(names.get(memory.part, model), memory.mean, memory.peak, memory.last)
