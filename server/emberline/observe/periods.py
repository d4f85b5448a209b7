"""The days and months by which money is counted: from local midnight to local midnight.

A day may have 23 or 25 hours. Where a clock change skips midnight, the day begins at the change.
"""

from __future__ import annotations

from datetime import datetime, timedelta


def day_began(now: float) -> float:
    """The midnight that the day of `now` began with. Times are seconds of the epoch throughout."""
    return _midnight(now).timestamp()


def next_day(now: float) -> float:
    """The midnight that ends the day of `now`."""
    return (_midnight(now) + timedelta(days=1)).timestamp()


def month_began(now: float) -> float:
    """The midnight that the month of `now` began with."""
    return _midnight(now).replace(day=1).timestamp()


def next_month(now: float) -> float:
    """The midnight that ends the month of `now`."""
    some_day_of_it = _midnight(now).replace(day=1) + timedelta(days=31)
    return some_day_of_it.replace(day=1).timestamp()


def _midnight(now: float) -> datetime:
    """Naive, in local time: of two equal ones at a clock change `timestamp` takes the first, and of one that
    is skipped the moment of the change."""
    return datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
