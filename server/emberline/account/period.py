"""Which time a report is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from emberline.errors import UserError

DEFAULT = "30d"
_BACK = re.compile(r"(?P<count>\d{1,5})(?P<unit>[dw])")
_DAYS = {"d": 1, "w": 7}


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to `until` (exclusive), in seconds of the epoch."""

    since: float
    until: float
    words: str
    """E.g. "the last 30 days"."""


EVER = Period(0.0, 2.0**40, "all that is kept")


def period(text: str, now: datetime) -> Period:
    """What `--since` means: days ("7d", today counts) or weeks ("4w") back, a date, or "all".

    Days are those of the user's clock. Raises `UserError`.
    """
    until = now.timestamp() + 1.0
    if text == "all":
        return Period(0.0, until, "all that is kept")
    if found := _BACK.fullmatch(text):
        days = int(found["count"]) * _DAYS[found["unit"]]
        if 0 < days < 36_500:
            first = now.date() - timedelta(days=days - 1)
            return Period(_midnight(first), until, "today" if days == 1 else f"the last {days} days")
    else:
        try:
            first = date.fromisoformat(text)
        except ValueError:
            first = date.max
        if first <= now.date():
            return Period(_midnight(first), until, f"since {first.isoformat()}")
    raise UserError(f"{text!r} is no past time: say days (7d), weeks (4w), a date ({now.date()}), or all")


def _midnight(day: date) -> float:
    try:
        return datetime.combine(day, time.min).timestamp()
    except (OverflowError, OSError, ValueError):  # dates that this platform's clock does not know
        return 0.0
