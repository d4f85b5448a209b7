"""The figures of a replay."""

import pytest

from emberline.replay.editor import Answer
from emberline.replay.report import distribution, median_of, percentile, share, summarize
from emberline.replay.run import Record, Shown


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.95) == 95
    assert percentile(values, 1.0) == 100
    assert percentile([7.0], 0.99) == 7
    assert percentile([], 0.5) == 0


def test_shares_of_nothing_are_nothing() -> None:
    assert share(1, 0) == 0
    assert share(1, 3) == 0.3333
    assert distribution([]) == {"n": 0, "p50": 0, "p95": 0, "p99": 0}


def test_a_record_is_summed_up() -> None:
    record = Record(
        answers=[
            Answer(10, "recalled", "x", False),
            Answer(60, "generated", "y", False),
            Answer(5, "", "", False),
        ],
        shown=[Shown("x", "recalled", True, 30.0), Shown("y", "generated", False, 90.0)],
        first_right_ms=[30.0],
        cancelled=2,
        by_hand=100,
        pressed=70,
        accepted=1,
        accepted_chars=31,
        accepted_by_lane={"recalled": 1},
        seconds=12.34,
        stats={"tokens written": 140, "engine busy ms": 700},
    )
    figures = summarize(record, 50)
    assert figures["requests"] == 5
    assert figures["within_budget_shown"] == share(1, 3)
    assert figures["shown_right"] == 0.5
    assert figures["shown_right_by_lane"] == {"recalled": 1.0, "typed through": 0, "generated": 0}
    assert figures["keystrokes_saved"] == 0.3
    assert figures["tokens_per_key"] == 2
    assert figures["engine_busy_ms_per_key"] == 10
    assert figures["first_right_ms"] == {"n": 1, "p50": 30, "p95": 30, "p99": 30}


def test_an_empty_record_has_every_figure_too() -> None:
    assert summarize(Record(), 50).keys() == summarize(Record(pressed=1), 50).keys()


def test_the_median_of_runs_is_taken_figure_by_figure() -> None:
    runs: list[dict[str, object]] = [{"a": value, "b": {"c": value * 2}} for value in (3, 1, 2)]
    assert median_of(runs) == {"a": 2, "b": {"c": 4}}
    assert median_of([{"a": 1}, {"a": 2}])["a"] == pytest.approx(1.5)


def test_a_lane_that_only_a_later_run_used_is_not_lost() -> None:
    runs: list[dict[str, object]] = [{"by": {}}, {"by": {"recalled": 4}}, {"by": {"recalled": 2}}]
    assert median_of(runs) == {"by": {"recalled": 2}}
