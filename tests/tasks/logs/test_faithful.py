from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.tasks.logs.faithful import cited_lines, verified
from emberline.tasks.logs.sheet import plain, sheet
from tests.tasks.logs.made import overview_of

LOG = (
    "2026-01-02 10:00:00 INFO shop opened\n"
    + "".join(f"2026-01-02 10:00:{number:02} WARNING drawer {number} is slow\n" for number in range(1, 9))
    + "2026-01-02 10:00:20 ERROR cannot reach till_7: TimeoutError\n"
    + "2026-01-02 10:00:30 ERROR sale lost\n"
)
SHEET = sheet(overview_of(LOG))


def test_the_sheet_tells_lines_counts_and_times() -> None:
    assert SHEET.text.splitlines() == [
        "app.log: 11 lines from 2026-01-02 10:00:00 to 2026-01-02 10:00:30: "
        "2 errors, 8 warnings, 1 other record",
        "line 10: error, once at 2026-01-02 10:00:20, the first error of the log: "
        "cannot reach till_7: TimeoutError",
        "line 11: error, once at 2026-01-02 10:00:30: sale lost",
        "line 2: warning, 8 times, last in line 9, 2026-01-02 10:00:01 to 2026-01-02 10:00:08: "
        "drawer <n> is slow",
        "line 1: info, once at 2026-01-02 10:00:00: shop opened",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The till could not be reached (line 10).",
        "First a till_7 timeout was logged at 10:00:20 (line 10).",
        "Drawers were slow 8 times (lines 2 to 9).",
        "The shop opened (line 1) and then a sale was lost (line 11).",
        "There were 2 errors and 8 warnings.",
        "The first error is that `till_7` cannot be reached (line 10).",
    ],
)
def test_what_holds_stays(sentence: str) -> None:
    found = verified(sentence, SHEET)
    assert found.text == sentence
    assert found.complaints == ()


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("The till could not be reached (line 12).", "line 12 was not among those shown"),
        ("The drawer was slow 9 times (line 2).", "the number 9 stands nowhere"),
        ("The database crashed (line 10).", "what it says of line 10 is not what stands there"),
        ("The host till_8 cannot be reached (line 10).", "it names something that stands nowhere"),
        ("It calls `open_drawer`.", "it names something that stands nowhere"),
        ("The file /srv/shop.py is broken.", "it names something that stands nowhere"),
        ("The first error is that a sale was lost (line 11).", "it calls another error the first"),
        ("The sale was lost 8 times (line 11).", "the number 8 stands nowhere"),
        ("There were 400 errors.", "the number 400 stands nowhere"),
    ],
)
def test_what_is_invented_goes(sentence: str, complaint: str) -> None:
    found = verified(f"The shop opened (line 1). {sentence} A sale was lost (line 11).", SHEET)
    assert found.text == "The shop opened (line 1). A sale was lost (line 11)."
    assert found.cited == (1, 11)
    (said,) = found.complaints
    assert said.startswith(complaint)


def test_without_a_line_it_is_not_enough() -> None:
    assert not verified("Something went wrong with the till.", SHEET).is_enough
    assert not verified("", SHEET).is_enough


def test_lists_are_sentences_and_what_is_said_twice_is_kept_once() -> None:
    found = verified(
        "- The shop opened (line 1)\n- The shop opened (line 1)\n1. A **sale** was lost (line 11)", SHEET
    )
    assert found.text == "The shop opened (line 1). A sale was lost (line 11)."


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("line 12", (12,)),
        ("Lines 3, 5 and 1,009", (3, 5, 1009)),
        ("lines 3-7 and line 9", (3, 7, 9)),
        ("line 5, and 20 times", (5,)),
        ("a deadline 7", ()),
        ("online 7", ()),
    ],
)
def test_the_lines_in_a_text(text: str, lines: tuple[int, ...]) -> None:
    assert cited_lines(text) == lines


@given(st.text(max_size=200))
def test_whatever_is_kept_cites_only_what_was_shown(text: str) -> None:
    shown = {place.line for row in SHEET.rows for place in row.places}
    assert set(verified(text, SHEET).cited) <= shown


@given(st.lists(st.sampled_from(LOG.splitlines()), min_size=1, max_size=30))
def test_plain_sentences_point_only_at_lines_that_are_there(lines: list[str]) -> None:
    found = overview_of("\n".join(lines))
    assert all(1 <= line <= len(lines) for line in cited_lines(plain(found)))
