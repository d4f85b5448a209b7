"""What belongs together stays together."""

from __future__ import annotations

import pytest

from emberline.tasks.logs.types import Severity
from tests.tasks.logs.made import only, overview_of

PYTHON = """\
Traceback (most recent call last):
  File "/srv/shop.py", line 4, in sell
    till[item] += 1
KeyError: 'apple'
"""
CHAINED = f"""\
{PYTHON}
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop.py", line 9, in main
    sell()
shop.SoldOutError: nothing left of apple
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: till is closed
\tat com.shop.Till.open(Till.java:12)
\tat com.shop.Main.main(Main.java:5)
Caused by: java.io.IOException: no such drawer
\tat com.shop.Drawer.pull(Drawer.java:3)
\t... 2 more
"""
NODE = """\
TypeError: Cannot read properties of undefined (reading 'price')
    at total (/srv/shop.js:3:10)
    at Object.<anonymous> (/srv/shop.js:9:1)
"""
RUST = """\
thread 'main' panicked at src/main.rs:2:5:
index out of bounds: the len is 3 but the index is 9
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""


@pytest.mark.parametrize(
    ("text", "template", "lines"),
    [
        (PYTHON, "KeyError: 'apple'", 4),
        (CHAINED, "shop.SoldOutError: nothing left of apple", 11),
        (
            JAVA,
            'Exception in thread "main" java.lang.IllegalStateException: till is closed\n'
            "Caused by: java.io.IOException: no such drawer",
            6,
        ),
        (NODE, "TypeError: Cannot read properties of undefined (reading 'price')", 3),
        (RUST, "index out of bounds: the len is <n> but the index is <n>", 3),
    ],
)
def test_a_program_that_only_dies_leaves_one_record(text: str, template: str, lines: int) -> None:
    group = only(overview_of(text))
    assert (group.template, group.lines, group.count, group.first.line) == (template, lines, 1, 1)
    assert group.severity >= Severity.ERROR


@pytest.mark.parametrize("trace", [PYTHON, CHAINED, JAVA, NODE, RUST])
def test_a_trace_stays_with_the_error_above_it(trace: str) -> None:
    above = "2026-01-02 10:00:00 INFO open\n2026-01-02 10:00:01 ERROR sale failed\n"
    text = f"{above}{trace}2026-01-02 10:00:02 INFO closed\n"
    found = overview_of(text)
    assert found.records == 3
    error = found.groups[0]
    assert error.template.startswith("sale failed\n") or error.template == "sale failed"
    assert (error.severity, error.first.line) == (Severity.ERROR, 2)
    assert found.groups[-1].template == "closed"
    assert found.groups[-1].first.line == 3 + trace.count("\n")


@pytest.mark.parametrize(
    "trace",
    [
        PYTHON,
        CHAINED,
        JAVA,
        RUST,
        "panic: no till\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:4 +0x1d\n",
    ],
)
def test_below_a_record_that_says_all_is_well_a_trace_is_its_own(trace: str) -> None:
    text = f"2026-01-02 10:00:00 INFO served\n{trace}2026-01-02 10:00:02 INFO served\n"
    found = overview_of(text)
    assert found.counts[Severity.INFO] == 2
    (error,) = [each for each in found.groups if each.severity >= Severity.ERROR]
    assert (error.count, error.first.line, error.lines) == (1, 2, trace.rstrip("\n").count("\n") + 1)
    assert found.first_error is error


def test_lines_without_a_time_go_on() -> None:
    text = "2026-01-02 10:00:00 INFO asked:\nSELECT apple\nFROM till\n2026-01-02 10:00:01 INFO done\n"
    found = overview_of(text)
    assert [each.template for each in found.groups] == ["asked:", "done"]
    assert found.groups[0].lines == 3


def test_a_level_at_its_beginning_makes_a_line_a_record() -> None:
    stamped = "".join(f"2026-01-02 10:00:0{number} INFO tick\n" for number in range(5))
    found = overview_of(f"{stamped}WARNING: no disk\n{stamped}")
    assert found.counts == {Severity.INFO: 10, Severity.WARNING: 1}


def test_two_lines_of_java_logging_are_one_record() -> None:
    text = "".join(
        f"Jan 02, 2026 10:00:0{number} AM com.shop.Till open\n{level}: drawer {number} {words}\n"
        for number, level, words in ((1, "INFO", "opened"), (2, "SEVERE", "is stuck"), (3, "INFO", "opened"))
    )
    found = overview_of(text)
    assert [(each.severity, each.template, each.count) for each in found.groups] == [
        (Severity.ERROR, "com.shop.Till open drawer <n> is stuck", 1),
        (Severity.INFO, "com.shop.Till open drawer <n> opened", 2),
    ]
