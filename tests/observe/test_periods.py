"""Days and months by local midnight, over clock changes and month ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.observe import periods


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "now", "day", "next_day", "month", "next_month"),
    [
        # An ordinary day, and the last moment of a year.
        ("UTC", "2026-11-24 23:20", "2026-11-24", "2026-11-25", "2026-11-01", "2026-12-01"),
        ("UTC", "2026-12-31 23:59:59", "2026-12-31", "2027-01-01", "2026-12-01", "2027-01-01"),
        ("UTC", "2028-02-29 12:00", "2028-02-29", "2028-03-01", "2028-02-01", "2028-03-01"),
        ("UTC", "2026-03-01 00:00", "2026-03-01", "2026-03-02", "2026-03-01", "2026-04-01"),
        # 23 hours, and 25: the clocks of Berlin change at 01:00 UTC.
        (
            "Europe/Berlin", "2026-03-29 10:00",
            "2026-03-28 23:00", "2026-03-29 22:00", "2026-02-28 23:00", "2026-03-31 22:00",
        ),
        (
            "Europe/Berlin", "2026-10-25 00:30",
            "2026-10-24 22:00", "2026-10-25 23:00", "2026-09-30 22:00", "2026-10-31 23:00",
        ),
        # In the hour that comes twice, the second time.
        (
            "Europe/Berlin", "2026-10-25 01:30",
            "2026-10-24 22:00", "2026-10-25 23:00", "2026-09-30 22:00", "2026-10-31 23:00",
        ),
        # A month that is not over in UTC has ended east of it, and west of it the old one goes on.
        (
            "Pacific/Auckland", "2026-10-31 12:00",
            "2026-10-31 11:00", "2026-11-01 11:00", "2026-10-31 11:00", "2026-11-30 11:00",
        ),
        (
            "America/Los_Angeles", "2026-12-01 05:00",
            "2026-11-30 08:00", "2026-12-01 08:00", "2026-11-01 07:00", "2026-12-01 08:00",
        ),
        # In Cairo the clocks go forward at midnight: that day begins at one.
        (
            "Africa/Cairo", "2026-04-24 08:00",
            "2026-04-23 22:00", "2026-04-24 21:00", "2026-03-31 22:00", "2026-04-30 21:00",
        ),
    ],
    indirect=["zone"],
)  # fmt: skip
def test_it_is_counted_from_local_midnight(
    zone: ZoneInfo, now: str, day: str, next_day: str, month: str, next_month: str
) -> None:
    moment = utc(now)
    assert periods.day_began(moment) == utc(day)
    assert periods.next_day(moment) == utc(next_day)
    assert periods.month_began(moment) == utc(month)
    assert periods.next_month(moment) == utc(next_month)


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"], indirect=True
)
def test_every_moment_lies_in_its_day_and_its_month(zone: ZoneInfo) -> None:
    @given(st.integers(utc("2024-01-01").__int__(), utc("2030-01-01").__int__()))
    @settings(max_examples=150)
    def check(moment: int) -> None:
        day, month = periods.day_began(moment), periods.month_began(moment)
        assert month <= day <= moment < periods.next_day(moment) <= periods.next_month(moment)
        assert 22.9 * 3600 <= periods.next_day(moment) - day <= 25.1 * 3600
        here, then = (datetime.fromtimestamp(each, zone) for each in (moment, day))
        assert here.date() == then.date() and (here.year, here.month) == (
            datetime.fromtimestamp(month, zone).year,
            datetime.fromtimestamp(month, zone).month,
        )
        # Whichever of its moments is asked about, the day and its end are the same.
        assert periods.day_began(day) == day and periods.next_day(day) == periods.next_day(moment)

    check()
