"""The ledger's figures for Prometheus, in its text format.

Everything that is kept counts, so that counters only grow; when old rows go they begin anew, as Prometheus
takes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric

from emberline.observe import histogram
from emberline.observe.summary import Kind, Summary

BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000)
"""Upper bounds of the histogram's buckets, in milliseconds."""


def exposition(summary: Summary) -> str:
    """The whole text."""
    registry = CollectorRegistry()
    registry.register(_Collector(summary))
    return generate_latest(registry).decode()


class _Collector:
    """As prometheus-client wants one: it hands over its metrics when asked."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary

    def collect(self) -> Iterator[Metric]:
        yield from _requests(self._summary)
        yield _first_tokens(self._summary)
        yield from _suggestions(self._summary)
        yield _fallbacks(self._summary)
        yield _memory(self._summary)


def _requests(summary: Summary) -> Iterator[Metric]:
    labels = ("task", "place", "backend", "model", "lane", "outcome")
    requests = CounterMetricFamily("emberline_requests", "Requests, by what became of them", labels=labels)
    tokens = CounterMetricFamily(
        "emberline_tokens", "Tokens: read anew, cached, or written", labels=("task", "place", "model", "what")
    )
    cost = CounterMetricFamily(
        "emberline_cost_usd", "US dollars that the cloud cost", labels=("task", "model")
    )
    counts: dict[tuple[str, ...], float] = {}
    amounts: dict[tuple[str, ...], float] = {}
    dollars: dict[tuple[str, ...], float] = {}
    for (kind, _), total in summary.kinds.items():
        alike = kind.task, kind.place, kind.backend, kind.model, kind.lane, kind.outcome
        _add(counts, alike, total.requests)
        for what, number in (("read", total.read), ("cached", total.cached), ("written", total.written)):
            _add(amounts, (kind.task, kind.place, kind.model, what), number)
        if total.cost_usd:
            _add(dollars, (kind.task, kind.model), total.cost_usd)
    for family, found in ((requests, counts), (tokens, amounts), (cost, dollars)):
        for named, amount in sorted(found.items()):
            family.add_metric(named, amount)
        yield family


def _add(sums: dict[tuple[str, ...], float], named: tuple[str, ...], amount: float) -> None:
    sums[named] = sums.get(named, 0.0) + amount


def _first_tokens(summary: Summary) -> Metric:
    family = HistogramMetricFamily(
        "emberline_first_token_seconds", "Time to the first token", labels=("task", "lane", "backend")
    )
    found: dict[tuple[str, str, str], Counter[int]] = {}
    for kind, counts in summary.first_tokens.items():
        found.setdefault(_lane_of(kind), Counter()).update(counts)
    for named, counts in sorted(found.items()):
        middle = ((sum(histogram.bounds(bucket)) / 2, number) for bucket, number in counts.items())
        total = sum(duration * number for duration, number in middle) / 1000
        family.add_metric(named, list(_buckets(counts)), total)
    return family


def _lane_of(kind: Kind) -> tuple[str, str, str]:
    return kind.task, kind.lane, kind.backend


def _buckets(counts: Counter[int]) -> Iterable[tuple[str, float]]:
    for bound in BOUNDS_MS:
        below = sum(
            number for bucket, number in counts.items() if histogram.bounds(bucket)[1] <= bound * 1.0001
        )
        yield f"{bound / 1000:g}", below
    yield "+Inf", counts.total()


def _suggestions(summary: Summary) -> Iterator[Metric]:
    labels = ("lane", "language", "accepted")
    shown = CounterMetricFamily(
        "emberline_suggestions", "Suggestions shown, by what was taken", labels=labels
    )
    saved = CounterMetricFamily("emberline_saved_keystrokes", "Keystrokes saved", labels=labels[:2])
    accepted = CounterMetricFamily(
        "emberline_followed_characters", "Accepted, and looked for five minutes later", labels=labels[:2]
    )
    standing = CounterMetricFamily(
        "emberline_surviving_characters", "Of those, still there five minutes later", labels=labels[:2]
    )
    keys: dict[tuple[str, ...], float] = {}
    known: dict[tuple[str, ...], float] = {}
    stood: dict[tuple[str, ...], float] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for showing, fates in summary.fates.items():
        named = showing.lane, showing.language
        counts[(*named, showing.accepted or "no")] += fates.shown
        _add(keys, named, fates.saved_keys)
        _add(known, named, fates.known_chars)
        _add(stood, named, fates.standing_chars)
    for labelled, number in sorted(counts.items()):
        shown.add_metric(labelled, number)
    for family, found in ((saved, keys), (accepted, known), (standing, stood)):
        for pair, total in sorted(found.items()):
            family.add_metric(pair, total)
    yield from (shown, saved, accepted, standing)


def _fallbacks(summary: Summary) -> Metric:
    family = CounterMetricFamily(
        "emberline_fallbacks", "Requests that another backend answered", labels=("failed", "instead", "why")
    )
    for named, number in sorted(summary.fallbacks.items()):
        family.add_metric(named, number)
    return family


def _memory(summary: Summary) -> Metric:
    family = GaugeMetricFamily(
        "emberline_memory_bytes", "Memory at the last look", labels=("part", "backend", "model")
    )
    for each in summary.memory:
        family.add_metric((each.part, each.backend, each.model), each.last)
    return family
