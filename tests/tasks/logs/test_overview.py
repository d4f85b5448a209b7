from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from emberline.tasks.logs.overview import chosen
from emberline.tasks.logs.reading import in_order, read
from emberline.tasks.logs.sources import Log
from emberline.tasks.logs.types import Group, Place, Severity
from tests.tasks.logs.made import overview_of

BEGIN = datetime(2026, 1, 2, 10, 0, 0)


def stamped(seconds: float, words: str) -> str:
    return f"{BEGIN + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} {words}\n"


def test_errors_come_first_and_the_rare_before_the_frequent() -> None:
    text = "".join(stamped(number, "INFO tick") for number in range(9))
    text += "".join(stamped(10 + number, "ERROR again") for number in range(5))
    text += (
        stamped(20, "WARNING slow")
        + stamped(21, "ERROR once")
        + stamped(22, "CRITICAL down")
        + stamped(23, "INFO bye")
    )
    found = overview_of(text)
    assert [each.template for each in found.groups] == ["down", "once", "again", "slow", "bye", "tick"]
    assert found.first_error is not None and found.first_error.template == "again"


def test_a_burst_is_found() -> None:
    text = "".join(stamped(number * 10, "INFO tick") for number in range(200))
    text += "".join(stamped(1000 + number / 20, "ERROR refused") for number in range(60))
    lines = "".join(sorted(text.splitlines(keepends=True), key=lambda line: line[:19]))
    found = overview_of(lines)
    (burst,) = found.bursts
    assert (burst.group.template, burst.count) == ("refused", 60)
    assert found.time(burst.begin) <= "2026-01-02 10:16:40" <= found.time(burst.end)
    steady = overview_of("".join(stamped(number * 10, "ERROR refused") for number in range(200)))
    assert steady.bursts == ()


def test_silences_are_told_by_their_lines() -> None:
    text = "".join(stamped(number, "INFO tick") for number in range(50))
    text += "".join(stamped(5000 + number, "INFO tick") for number in range(50))
    found = overview_of(text)
    (gap,) = found.gaps
    assert (gap.before, gap.after, gap.end - gap.begin) == (Place(0, 50), Place(0, 51), 4951)
    assert overview_of("".join(stamped(number * 3600, "INFO hourly") for number in range(50))).gaps == ()


def test_a_short_table_has_the_rarest_and_the_most_frequent_of_what_does_not_fit() -> None:
    groups = [
        Group(Severity.ERROR, f"error {number}", "", Place(0, number), Place(0, number), count=number)
        for number in range(1, 21)
    ]
    groups.append(Group(Severity.INFO, "tick", "", Place(0, 99), Place(0, 99), count=1))
    assert [each.count for each in chosen(groups, 6)] == [1, 2, 3, 18, 19, 20]
    assert chosen(groups, 30) == tuple(groups)
    assert chosen(groups, 1)[0].count == 1


def test_several_logs_are_one(tmp_path: Path) -> None:
    old, new = tmp_path / "app.log.1", tmp_path / "app.log"
    old.write_text(stamped(0, "INFO tick 1") + stamped(5, "ERROR no till"))
    new.write_text(stamped(10, "INFO tick 2") + stamped(20, "INFO bye"))
    logs = in_order([Log.of(new), Log.of(old)])
    assert [log.path for log in logs] == [old, new]
    found = read(logs)
    tick = next(each for each in found.groups if each.template == "tick <n>")
    assert (tick.count, tick.first, tick.last) == (2, Place(0, 1), Place(1, 1))
    assert found.at(tick.last) == f"{new} line 1"
    assert (found.lines, found.records) == (4, 4)


def test_parallel_logs_have_their_first_by_time(tmp_path: Path) -> None:
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    one.write_text(stamped(0, "INFO up") + stamped(100, "ERROR refused"))
    two.write_text(stamped(1, "INFO up") + stamped(50, "ERROR refused"))
    found = read(in_order([Log.of(one), Log.of(two)]))
    error = found.groups[0]
    assert (error.first, error.last, error.count) == (Place(1, 2), Place(0, 2), 2)
    assert found.first_error is error
