"""The figures of a soak: how memory and latency went on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emberline.replay.report import percentile

SETTLED = 0.2
"""Of the way: until then caches fill that have their limits, and an allocator takes what it will keep."""
GAUGES = ("descriptors", "threads", "tasks", "open_requests", "open_questions", "ledger")

Answers = Sequence[tuple[int, float, bool]]
"""Keys typed before, milliseconds, whether something was shown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: resident bytes for the two processes, counts for the rest."""

    keys: int
    seconds: float
    server: int
    engine: int
    server_own: int
    """Without pages of files, which the system takes away and gives back as it likes."""
    engine_own: int
    descriptors: int
    threads: int
    tasks: int
    open_requests: int
    open_questions: int
    ledger: int


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the straight line that fits best (least squares); 0.0 for fewer than two places."""
    count = len(points)
    if count < 2:
        return 0.0
    middle = sum(x for x, _ in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    height = sum(y for _, y in points) / count
    return sum((x - middle) * (y - height) for x, y in points) / spread if spread else 0.0


def summary(samples: Sequence[Sample], answers: Answers) -> dict[str, object]:
    """Memory in MB, growth in bytes for 1,000 keystrokes once all has settled, latency by quarters in ms."""
    last = samples[-1].keys or 1
    settled = [each for each in samples if each.keys >= SETTLED * last]
    late = [each for each in samples if each.keys >= 0.5 * last]
    return {
        "server MB": _ends([each.server for each in samples]),
        "engine MB": _ends([each.engine for each in samples]),
        "server grows, bytes a 1,000 keys": _growth(settled, late, "server_own"),
        "engine grows, bytes a 1,000 keys": _growth(settled, late, "engine_own"),
        **{name.replace("_", " "): _gauge([getattr(each, name) for each in settled]) for name in GAUGES},
        **{f"latency, quarter {number + 1}": _quarter(answers, last, number) for number in range(4)},
    }


def _growth(settled: Sequence[Sample], late: Sequence[Sample], who: str) -> dict[str, float]:
    def fitted(samples: Sequence[Sample]) -> float:
        return round(1000 * slope([(each.keys, getattr(each, who)) for each in samples]), 1)

    return {"after a fifth": fitted(settled), "second half": fitted(late)}


def _ends(values: Sequence[int]) -> dict[str, float]:
    named = {"first": values[0], "last": values[-1], "most": max(values)}
    return {name: round(value / 1e6, 1) for name, value in named.items()}


def _gauge(values: Sequence[int]) -> dict[str, int]:
    return {"first": values[0], "last": values[-1], "most": max(values)}


def _quarter(answers: Answers, last: int, number: int) -> dict[str, float]:
    found = [ms for keys, ms, _ in answers if number * last / 4 <= keys <= (number + 1) * last / 4]
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {"n": len(found), **{name: round(percentile(found, share), 2) for name, share in shares.items()}}
