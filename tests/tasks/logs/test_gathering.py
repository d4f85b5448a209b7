from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.tasks.logs import groups as grouping
from emberline.tasks.logs.gathering import LINE_BYTES
from emberline.tasks.logs.types import Overview, Severity
from tests.tasks.logs.made import gathered, only, overview_of

BEGIN = datetime(2026, 1, 2, 10, 0, 0)


def stamped(number: int, words: str) -> str:
    return f"{BEGIN + timedelta(seconds=number):%Y-%m-%d %H:%M:%S},123 {words}\n"


def pictured(found: Overview) -> object:
    """All that a reader sees of it."""
    return (
        found.lines,
        found.records,
        [
            (
                each.severity,
                each.template,
                each.count,
                each.first,
                each.last,
                each.first_time,
                each.last_time,
                each.lines,
            )
            for each in found.groups
        ],
        found.gaps,
        found.pace,
    )


WORDS = st.sampled_from(
    [
        "INFO served 12 in 3ms",
        "INFO served 7 in 40ms",
        "ERROR no till 4",
        "WARNING slow",
        "DEBUG id=550e8400-e29b-41d4-a716-446655440000",
        "ERROR sale failed\nTraceback (most recent call last):\n"
        '  File "/a/b.py", line 3, in f\n    f()\nValueError: bad 3',
        "INFO asked\nSELECT 1\n  FROM x",
        "INFO ok\n",
    ]
)


@given(st.lists(st.tuples(st.integers(0, 90), WORDS), min_size=1, max_size=60), st.integers(1, 400))
@settings(max_examples=60)
def test_it_does_not_matter_how_the_bytes_come(records: list[tuple[int, str]], block: int) -> None:
    at, text = 0, ""
    for step, words in records:
        at += step
        text += stamped(at, words)
    assert pictured(overview_of(text)) == pictured(overview_of(text, block=block))


@given(
    st.lists(
        st.sampled_from(["alpha", "beta {}", "ERROR gamma {}", "delta /x/y/{}"]), min_size=1, max_size=80
    )
)
@settings(max_examples=60)
def test_every_record_is_counted_at_its_line(kinds: list[str]) -> None:
    lines = [kind.format(number) for number, kind in enumerate(kinds)]
    found = overview_of("".join(stamped(number, line) for number, line in enumerate(lines)))
    assert sum(each.count for each in found.groups) == len(lines) == found.records == found.lines
    expected = Counter(kinds)
    for kind, count in expected.items():
        (group,) = [
            each
            for each in found.groups
            if each.template.split()[0] == kind.removeprefix("ERROR ").split()[0]
        ]
        assert group.count == count
        assert group.first.line == kinds.index(kind) + 1
        assert group.last.line == len(kinds) - kinds[::-1].index(kind)
        assert (
            found.time(group.first_time)
            == f"{BEGIN + timedelta(seconds=group.first.line - 1):%Y-%m-%d %H:%M:%S}"
        )
        assert (
            found.time(group.last_time)
            == f"{BEGIN + timedelta(seconds=group.last.line - 1):%Y-%m-%d %H:%M:%S}"
        )


@given(st.lists(st.binary(max_size=60), max_size=40), st.integers(1, 100))
@settings(max_examples=100)
def test_any_bytes_are_a_log(lines: list[bytes], block: int) -> None:
    data = b"\n".join(lines)
    found = overview_of(data, block=block)
    assert found.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert found.bytes == len(data)


def test_the_same_words_of_another_level_are_another_group() -> None:
    found = overview_of(stamped(0, "INFO till 1") + stamped(1, "ERROR till 2") + stamped(2, "INFO till 3"))
    assert [(each.severity, each.count) for each in found.groups] == [(Severity.ERROR, 1), (Severity.INFO, 2)]


def test_an_access_log_is_told_apart_by_status() -> None:
    line = '10.0.0.{} - - [02/Jan/2026:10:00:{:02} +0000] "GET /items/{}?q=1 HTTP/1.1" {} 52 "-" "curl/8"\n'
    statuses = [200, 500, 200, 404, 201, 200]
    found = overview_of(
        "".join(line.format(number, number, number, status) for number, status in enumerate(statuses))
    )
    assert [(each.severity, each.template, each.count, each.first.line) for each in found.groups] == [
        (Severity.ERROR, "GET /items/<n> → 5xx", 1, 2),
        (Severity.WARNING, "GET /items/<n> → 4xx", 1, 4),
        (Severity.INFO, "GET /items/<n> → 2xx", 4, 1),
    ]


def test_objects_are_read_by_their_fields() -> None:
    rows = [
        {"level": 30, "time": 1767348672000, "msg": "served 1"},
        {
            "level": 50,
            "time": 1767348673000,
            "msg": "sale 7 failed",
            "err": {"type": "TillError", "message": "closed"},
        },
        {"level": 30, "time": 1767348674000, "msg": "served 2"},
        {"level": "warn", "time": 1767348675000, "message": "slow"},
        {"time": 1767348676000, "event": "ERROR no disk"},
        {"time": 1767348677000, "colour": "red"},
    ]
    found = overview_of("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in rows))
    assert {(each.severity, each.template, each.count) for each in found.groups} == {
        (Severity.ERROR, "sale <n> failed\nTillError: closed", 1),
        (Severity.ERROR, "no disk", 1),
        (Severity.WARNING, "slow", 1),
        (Severity.INFO, "served <n>", 2),
        (Severity.UNSAID, 'colour="red"', 1),
    }
    assert found.time(found.begin) == "2026-01-02 10:11:12"


def test_syslog_by_its_priority() -> None:
    text = "".join(
        f"<{priority}>Jan  2 10:00:0{number} host app[{number}]: tick\n"
        for number, priority in enumerate((34, 38, 38))
    )
    found = overview_of(text)
    assert [(each.severity, each.template, each.count) for each in found.groups] == [
        (Severity.FATAL, "host app[<n>]: tick", 1),
        (Severity.INFO, "host app[<n>]: tick", 2),
    ]


def test_a_word_of_many_values_is_a_variable() -> None:
    names = ["ann", "bob", "cid", "dan", "eve"]
    found = overview_of(
        "".join(stamped(number, f"INFO {name} signed in") for number, name in enumerate(names * 2))
    )
    group = only(found)
    assert (group.template, group.count, group.kinds, group.first.line, group.last.line) == (
        "<*> signed in",
        10,
        5,
        1,
        10,
    )
    few = overview_of(
        "".join(stamped(number, f"INFO door {name}") for number, name in enumerate(["opened", "closed"] * 5))
    )
    assert [each.template for each in few.groups] == ["door opened", "door closed"]


def test_memory_is_bounded_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST", 200)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [
        f"{a}{b} {c}{a} {b}{c} {c}{b}{a}" for a in letters[:12] for b in letters[:12] for c in letters[:12]
    ]
    text = "".join(stamped(number, f"INFO {each}") for number, each in enumerate(words))
    text += stamped(len(words), "ERROR the one that matters")
    gatherer = gathered(text, block=4000)
    kept = gatherer.groups.all()
    assert len(kept) <= 400
    assert sum(each.count for each in kept) == len(words) + 1
    assert [each.first.line for each in kept if each.severity is Severity.ERROR] == [len(words) + 1]


def test_hashes_in_every_line_are_one_group_at_full_speed() -> None:
    text = "".join(
        stamped(number // 50, f"INFO id={number * 2654435761 * 7919 % 2**48:012x} done")
        for number in range(9000)
    )
    gatherer = gathered(text, block=20_000)
    assert sum(each.count for each in gatherer.groups.all()) == 9000
    assert len(gatherer.groups.all()) <= 3
    assert gatherer._is_random


def test_carriage_returns_colours_and_long_lines() -> None:
    text = b"\x1b[31mERROR\x1b[0m red\r\n 10 %\r 50 %\rdone\r\n" + b"x" * (3 * LINE_BYTES) + b"\nlast\n"
    found = overview_of(text, block=1000)
    assert found.lines == 4
    assert (found.groups[0].severity, found.groups[0].template) == (Severity.ERROR, "red")
    assert any(each.template == "done" for each in found.groups)
    assert found.notes == ("1 lines are so long that only their beginning was read.",)


def test_a_clock_without_a_day_goes_on_past_midnight() -> None:
    found = overview_of("23:59:58 INFO a\n23:59:59 INFO b\n00:00:01 INFO c\n00:00:02 ERROR d\n")
    assert (found.end or 0) - (found.begin or 0) == 4
    assert found.time(found.end) == "00:00:02 (day 2)"


def test_another_program_goes_on_in_the_same_file() -> None:
    first = "".join(stamped(number, "INFO tick") for number in range(40))
    second = "".join(f"Jan  2 11:00:{number:02} host app[1]: ERROR tock\n" for number in range(40))
    gatherer = gathered((first + second).encode(), block=len(first))
    assert {(each.severity, each.count) for each in gatherer.groups.all()} == {
        (Severity.INFO, 40),
        (Severity.ERROR, 40),
    }
    assert gatherer.tally.end is not None and gatherer.tally.begin is not None
    assert gatherer.tally.end - gatherer.tally.begin == 3639
