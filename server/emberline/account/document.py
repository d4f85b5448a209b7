"""A report as one JSON document: docs/report.md says what each figure means."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from emberline.account.figures import CLAIM, Report, Served, Taken


def document(report: Report) -> dict[str, object]:
    """Money in US dollars, durations in milliseconds, shares from 0 to 1, memory in bytes."""
    money = report.money
    return {
        "period": {"words": report.period, "from": _day(report.began), "to": report.until.isoformat()},
        "local": {
            "asked": _served(report.asked),
            "all": _served(report.served),
            "claim": {"from": CLAIM[0], "to": CLAIM[1]},
        },
        "cloud": {
            "paid_usd": money.paid,
            "spared_usd": money.spared,
            "prices_of": report.yardstick or None,
            "configured": report.configured,
        },
        "tasks": [
            {
                "task": each.task,
                **_served(each.served),
                "cancelled": each.cancelled,
                "failed": each.failed,
                "tokens": each.tokens,
                "paid_usd": each.money.paid,
                "spared_usd": each.money.spared,
            }
            for each in report.tasks
        ],
        "weeks" if report.weekly else "days": [
            {
                "first": each.first.isoformat(),
                **_served(each.served),
                "paid_usd": each.paid,
                "shown": each.shown,
                "accepted": each.accepted,
            }
            for each in report.days
        ],
        "first_token_ms": [asdict(each) for each in report.first_tokens],
        "suggestions": {
            **_taken(report.taken),
            "by_lane": {name: _taken(taken) for name, taken in report.by_lane},
            "by_language": {name: _taken(taken) for name, taken in report.by_language},
        },
        "fallbacks": [asdict(each) for each in report.fallbacks],
        "cloud_reasons": [{"reason": why, "requests": number} for why, number in report.cloud_reasons],
        "memory_bytes": [asdict(each) for each in report.memory],
    }


def _served(served: Served) -> dict[str, Any]:
    return {**asdict(served), "local": served.local}


def _taken(taken: Taken) -> dict[str, Any]:
    return {
        **asdict(taken),
        "accepted": taken.accepted,
        "acceptance": taken.acceptance,
        "survival": taken.survival,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
