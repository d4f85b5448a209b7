"""The numbers of a replay: pure functions of its record."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from emberline.replay.run import Record

LANES = ("recalled", "typed through", "generated")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of `values` lie (nearest rank); 0.0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 9)) - 1)]


def distribution(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, with how many there were."""
    return {
        "n": len(values),
        "p50": round(percentile(values, 0.50), 2),
        "p95": round(percentile(values, 0.95), 2),
        "p99": round(percentile(values, 0.99), 2),
    }


def share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def summarize(record: Record, budget_ms: float) -> dict[str, object]:
    """All figures of one run; times in milliseconds, shares in 0..1."""
    answers, shown = record.answers, record.shown
    written = record.stats.get("tokens written", 0)
    busy = record.stats.get("engine busy ms", 0)
    return {
        "requests": len(answers) + record.cancelled,
        "cancelled": record.cancelled,
        "answer_ms": distribution([answer.milliseconds for answer in answers]),
        "answer_ms_by_lane": {
            lane: distribution([answer.milliseconds for answer in answers if answer.lane == lane])
            for lane in (*LANES, "")
        },
        "first_right_ms": distribution(record.first_right_ms),
        "within_budget_shown": share(
            sum(1 for answer in answers if answer.text and answer.milliseconds <= budget_ms), len(answers)
        ),
        "shown": len(shown),
        "shown_right": share(sum(1 for each in shown if each.right), len(shown)),
        "shown_right_by_lane": {
            lane: share(
                sum(1 for each in shown if each.right and each.lane == lane),
                sum(1 for each in shown if each.lane == lane),
            )
            for lane in LANES
        },
        "shown_by_lane": {lane: sum(1 for each in shown if each.lane == lane) for lane in LANES},
        "accepted": record.accepted,
        "accepted_by_lane": record.accepted_by_lane,
        "accepted_chars": record.accepted_chars,
        "keys_by_hand": record.by_hand,
        "keys_pressed": record.pressed,
        "keystrokes_saved": share(record.by_hand - record.pressed, record.by_hand),
        "tokens_written": written,
        "tokens_per_key": share(written, record.pressed),
        "engine_busy_ms_per_key": share(busy, record.pressed),
        "seconds": round(record.seconds, 1),
    }


def median_of(runs: Sequence[dict[str, object]]) -> dict[str, object]:
    """The runs' figures, each the median of its values, nested alike."""
    result: dict[str, object] = {}
    for key in dict.fromkeys(key for run in runs for key in run):
        values = [run.get(key) for run in runs]
        if any(isinstance(each, dict) for each in values):
            result[key] = median_of([each if isinstance(each, dict) else {} for each in values])
        else:
            result[key] = statistics.median(
                [each if isinstance(each, int | float) else 0.0 for each in values]
            )
    return result
