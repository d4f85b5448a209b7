from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.tasks.logs.moments import Calendar, find, layout_of
from tests.tasks.logs.made import TODAY


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (b"2026-01-02T10:11:12.123Z ready", "2026-01-02 10:11:12Z"),
        (b"2026-01-02 10:11:12,123 ERROR core: no", "2026-01-02 10:11:12"),
        (b"2026-01-02T10:11:12.123+0200 host unit[1]: x", "2026-01-02 10:11:12+02:00"),
        (b"2026/01/02 10:11:12 [error] 12#0: *1 open() failed", "2026-01-02 10:11:12"),
        (b"20260102T101112Z compact", "2026-01-02 10:11:12Z"),
        (b"Jan  2 10:11:12 host sshd[1]: x", "2026-01-02 10:11:12"),
        (b'10.0.0.1 - - [02/Jan/2026:10:11:12 -0330] "GET / HTTP/1.1" 200 5', "2026-01-02 10:11:12-03:30"),
        (b"[Fri Jan 02 10:11:12.123456 2026] [core:error] x", "2026-01-02 10:11:12"),
        (b"I0102 10:11:12.123456 1 file.go:1] x", "2026-01-02 10:11:12"),
        (b"12:M 02 Jan 2026 10:11:12.123 * Ready", "2026-01-02 10:11:12"),
        (b"Jan 02, 2026 10:11:12 PM com.shop.Till open", "2026-01-02 22:11:12"),
        (b"Jan 02, 2026 12:11:12 AM com.shop.Till open", "2026-01-02 00:11:12"),
        (b"1/13/2026, 1:02:03 PM x", "2026-01-13 13:02:03"),
        (b"260102 101112 148 INFO block", "2026-01-02 10:11:12"),
        (b"01-02 10:11:12.123  900  901 E Tag: x", "2026-01-02 10:11:12"),
        (b"1767348672.123 x", "2026-01-02 10:11:12"),
        (b'{"level":30,"time":1767348672123,"msg":"x"}', "2026-01-02 10:11:12"),
        (b'time="2026-01-02T10:11:12Z" level=info msg=x', "2026-01-02 10:11:12Z"),
        (b"10:11:12.123 [main] INFO x", "10:11:12"),
        (b"[  123.456789] usb 1-1: new device", "123 s"),
        (b"web_1  | 2026-01-02 10:11:12 x", "2026-01-02 10:11:12"),
        (b"2026-12-31 23:59:60 a leap second", "2026-12-31 23:59:60"),
    ],
)
def test_a_time_is_found_in_whatever_form(line: bytes, written: str) -> None:
    found = find(line, TODAY)
    assert found is not None
    told = Calendar(found.form.scale, found.offset).written(found.seconds)
    assert told == written.replace("2026-12-31 23:59:60", "2027-01-01 00:00:00")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"user 1234567890123456789 signed in",
        b"version 1.2.3-4",
        b"2026-02-30T10:11:12 no such day",
        b"at 99:99:99",
    ],
)
def test_what_is_no_time_is_none(line: bytes) -> None:
    assert find(line, TODAY) is None or b"10:11:12" in line


@pytest.mark.parametrize(
    ("line", "today", "year"),
    [
        (b"Dec 31 23:59:59 host x", date(2026, 1, 1), 2025),
        (b"Jan  1 00:00:01 host x", date(2026, 1, 1), 2026),
        (b"Mar 11 10:00:00 host x", date(2026, 3, 10), 2026),  # a clock that is a little ahead
        (b"Mar 20 10:00:00 host x", date(2026, 3, 10), 2025),
    ],
)
def test_a_date_without_a_year_lies_in_the_last_twelve_months(line: bytes, today: date, year: int) -> None:
    found = find(line, today)
    assert found is not None
    assert Calendar().written(found.seconds).startswith(str(year))


@given(st.binary(max_size=300))
def test_no_line_breaks_it(line: bytes) -> None:
    found = find(line, TODAY)
    assert found is None or line[found.start : found.whole]


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)), st.sampled_from(["", "Z", "+05:30", "-0800"])
)
def test_what_was_written_is_read_and_written_again(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    found = find(f"{moment:%Y-%m-%d %H:%M:%S}{zone} x".encode(), TODAY)
    assert found is not None
    assert (
        Calendar(found.form.scale, found.offset)
        .written(found.seconds)
        .startswith(f"{moment:%Y-%m-%d %H:%M:%S}")
    )


@pytest.mark.parametrize(
    "template",
    [
        "{0:%Y-%m-%d %H:%M:%S},123 INFO x",
        "[{0:%Y-%m-%d %H:%M:%S}] x",
        "WARNING {0:%Y-%m-%d %H:%M:%S} {1} x",
        '10.0.{1}.7 - - [{0:%d/%b/%Y:%H:%M:%S} +0000] "GET /{1}" 200 1',
        '{{"pid":{1},"level":30,"time":"{0:%Y-%m-%dT%H:%M:%S}Z","msg":"x"}}',
        '{{"log":"a line {1} of some length","stream":"stdout","time":"{0:%Y-%m-%dT%H:%M:%S}.123456Z"}}',
        "<{1}>1 {0:%Y-%m-%dT%H:%M:%S}Z host app - - - x",
    ],
)
def test_equal_keys_are_equal_times(template: str) -> None:
    moments = [datetime(2026, 1, 2, 10, 0, 0) + timedelta(seconds=number // 3) for number in range(300)]
    lines = [template.format(each, number * 37 % 190).encode() for number, each in enumerate(moments)]
    layout, share = layout_of(lines, TODAY)
    assert layout is not None and layout.is_regular and share == 1.0
    keys = layout.keys(lines)
    assert len(set(keys)) == 100
    for key, line, moment in zip(keys, lines, moments, strict=True):
        found = layout.find(line, TODAY)
        assert found is not None and key in line
        assert Calendar().written(found.seconds) == f"{moment:%Y-%m-%d %H:%M:%S}"
