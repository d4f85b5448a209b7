"""Figures from the ledger's sums: on small ledgers, by hand."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from emberline.account import figures
from emberline.account.book import reported
from emberline.account.figures import Day, Fallback, Money, Report, Served, Taken
from emberline.account.period import Period, period
from emberline.account.yardstick import Rates, Yardstick, yardstick
from emberline.config.schema import CloudModels, ModelRouting, Router, Settings
from emberline.errors import UserError
from emberline.models import prices
from emberline.observe.record import Accepted, Entry, Fate, Footprint, Part, Record
from emberline.observe.store import Store

NOON = datetime(2026, 11, 24, 12)
AT = NOON.timestamp()
DAY = 86_400.0
LOCAL = Record(
    AT, "explain", "this machine", "ollama", "llama3.1:8b", "Q4_K_M", 1000, 3000, 200, 500.0, 900.0
)
CLOUD = replace(LOCAL, place="cloud", backend="openai", model="gpt-4o", cost_usd=0.25, reason="9 tool calls")
TYPED = Record(AT, "completion", "this machine", lane="recalled", first_token_ms=1.5, duration_ms=1.5)
SHOWN = Fate(AT, "generated", "engine", "tiny", "python", shown_chars=20)
WHOLE = replace(SHOWN, accepted=Accepted.WHOLE, accepted_chars=20, survived=1.0, saved_keys=19)


def reported_of(path: Path, *entries: Entry, since: str = "all", router: Router | None = None) -> Report:
    with closing(Store.open(path / "ledger.sqlite3", 1)) as store:
        store.append(entries)
    settings = Settings() if router is None else Settings(router=router)
    return reported(path / "ledger.sqlite3", settings, since, NOON)


def test_an_empty_ledger_and_none_at_all_are_empty_reports(tmp_path: Path) -> None:
    none = reported(tmp_path / "no such file", Settings(), "all", NOON)
    assert none.is_empty and not (tmp_path / "no such file").exists()
    assert reported_of(tmp_path).is_empty
    assert reported_of(tmp_path, LOCAL, since="2026-11-24").is_empty is False
    assert reported_of(tmp_path, since="1d").served.total == 1


def test_the_share_counts_what_was_answered_by_where(tmp_path: Path) -> None:
    entries = [LOCAL, LOCAL, replace(LOCAL, place="your host"), CLOUD, TYPED, TYPED, TYPED]
    entries += [replace(LOCAL, outcome="cancelled"), replace(LOCAL, outcome="timeout")]
    entries += [replace(LOCAL, place="", outcome="refused")]
    report = reported_of(tmp_path, *entries)
    assert report.asked == Served(machine=2, host=1, cloud=1) and report.asked.local == 0.75
    assert report.served == Served(machine=5, host=1, cloud=1)
    explain = next(each for each in report.tasks if each.task == "explain")
    assert (explain.cancelled, explain.failed, explain.tokens) == (1, 2, 7 * 4200)
    assert [each.task for each in report.tasks] == ["explain", "completion"]


def test_spared_is_what_answered_local_work_would_have_cost_by_the_users_cloud_model(tmp_path: Path) -> None:
    entries = [LOCAL, replace(LOCAL, outcome="cancelled"), CLOUD, TYPED]
    report = reported_of(tmp_path, *entries)
    one = prices.cost("openai", "gpt-4o", 1000, 3000, 200)
    assert one is not None
    assert report.money.paid == 0.25 and report.money.spared == pytest.approx(one)
    assert report.yardstick == report.configured == "gpt-4o"


def test_prices_are_those_of_the_inputs_length(tmp_path: Path) -> None:
    router = Router(model_routing=ModelRouting(cloud=CloudModels(default="claude-sonnet-4-5")))
    short, long = (
        replace(LOCAL, input_tokens=tokens, cached_tokens=0, output_tokens=1000) for tokens in (1000, 300_000)
    )
    report = reported_of(tmp_path, short, long, long, router=router)
    costs = [prices.cost("", "claude-sonnet-4-5", tokens, 0, 1000) for tokens in (1000, 300_000)]
    assert None not in costs
    assert report.money.spared == pytest.approx(costs[0] + 2 * costs[1])  # type: ignore[operator]
    assert costs[1] > 300 * costs[0] / 5  # type: ignore[operator]


def test_where_nobody_knows_a_price_that_is_said_and_the_second_model_counts(tmp_path: Path) -> None:
    unknown = Router(model_routing=ModelRouting(cloud=CloudModels(default="mine", fallback="theirs")))
    assert reported_of(tmp_path, LOCAL, router=unknown).money == Money(0.0, None)
    second = yardstick(Router(model_routing=ModelRouting(cloud=CloudModels(default="mine"))))
    assert second.model == "claude-3-5-sonnet"


def test_a_yardstick_is_linear_in_tokens() -> None:
    rates = Yardstick("any", lambda tokens: Rates(1.0, 0.5, 4.0) if tokens == 30 else None)
    assert rates.cost(2, 40, 20, 3) == 40 + 10 + 12
    assert rates.cost(1, 40, 20, 3) is None


def test_first_tokens_by_lane_and_backend(tmp_path: Path) -> None:
    entries = [replace(LOCAL, first_token_ms=float(number)) for number in range(100, 200)]
    entries += [replace(TYPED, first_token_ms=1.0 + number / 100) for number in range(100)]
    entries += [replace(LOCAL, first_token_ms=None, outcome="unreachable"), CLOUD]
    rows = reported_of(tmp_path, *entries).first_tokens
    assert [(row.lane, row.backend, row.requests) for row in rows] == [
        ("recalled", "", 100),
        (figures.ASKED, "ollama", 100),
        (figures.ASKED, "openai", 1),
    ]
    assert rows[0].p50 == pytest.approx(1.5, rel=0.02) and rows[0].p95 == pytest.approx(1.95, rel=0.02)
    assert rows[1].p50 == pytest.approx(150, rel=0.02) and rows[1].p95 == pytest.approx(195, rel=0.02)


def test_what_became_of_suggestions(tmp_path: Path) -> None:
    entries = [
        WHOLE,
        replace(WHOLE, survived=0.25),
        replace(WHOLE, survived=None, language="go"),
        replace(SHOWN, accepted=Accepted.PARTLY, accepted_chars=8, survived=0.5, saved_keys=7),
        replace(SHOWN, accepted=Accepted.TYPED, accepted_chars=20, lane="recalled"),
        *[SHOWN] * 5,
    ]
    taken = reported_of(tmp_path, *entries).taken
    assert taken == Taken(10, 3, 1, 1, 68, 64, 3, 2, 48, 20 + 5 + 4)
    assert (taken.accepted, taken.acceptance) == (4, 0.4)
    assert taken.survival == pytest.approx(29 / 48)
    report = reported_of(tmp_path)
    assert [(name, each.shown) for name, each in report.by_language] == [("python", 9), ("go", 1)]
    assert [(name, each.shown) for name, each in report.by_lane] == [("generated", 9), ("recalled", 1)]


def test_fallbacks_with_their_reasons_and_why_the_cloud(tmp_path: Path) -> None:
    fell = replace(LOCAL, backend="engine", fallback_from="ollama", fallback_why="out of memory")
    nobody = [replace(fell, outcome=outcome) for outcome in ("cancelled", "unreachable")]  # answered these
    report = reported_of(tmp_path, fell, fell, replace(fell, fallback_why="timeout"), *nobody, CLOUD, LOCAL)
    assert report.fallbacks == (
        Fallback("ollama", "engine", "out of memory", 2),
        Fallback("ollama", "engine", "timeout", 1),
    )
    assert report.cloud_reasons == (("9 tool calls", 1),)


def test_memory_now_usually_and_at_most(tmp_path: Path) -> None:
    entries = [Footprint(AT - 9 + number, Part.ENGINE, size) for number, size in enumerate((100, 300, 200))]
    gone = Footprint(AT - DAY, Part.MODEL, 80, "ollama", "qwen:7b")
    here = Footprint(AT, Part.MODEL, 50, "ollama", "llama3.1:8b")
    report = reported_of(tmp_path, *entries, gone, here)
    found = {holder.name: (holder.last, holder.mean, holder.peak) for holder in report.memory}
    assert found == {
        "engine": (200, 200.0, 300),
        "llama3.1:8b (ollama)": (50, 50.0, 50),
        "qwen:7b (ollama)": (0, 80.0, 80),
    }


def test_days_are_the_users_and_none_is_left_out(tmp_path: Path) -> None:
    report = reported_of(tmp_path, replace(CLOUD, at=AT - 2 * DAY), WHOLE, SHOWN, LOCAL)
    assert report.days == (
        Day(date(2026, 11, 22), Served(cloud=1), 0.25, 0, 0),
        Day(date(2026, 11, 23), Served(), 0.0, 0, 0),
        Day(date(2026, 11, 24), Served(machine=1), 0.0, 2, 1),
    )


def test_a_long_time_is_told_by_weeks(tmp_path: Path) -> None:
    report = reported_of(tmp_path, *[replace(LOCAL, at=AT - number * DAY) for number in range(200)])
    assert report.weekly and len(report.days) == 29
    assert sum(day.served.total for day in report.days) == 200
    assert {day.served.total for day in report.days[:-1]} == {7}


def test_a_clock_that_was_wrong_once_costs_nothing(tmp_path: Path) -> None:
    report = reported_of(tmp_path, replace(LOCAL, at=10.0), replace(LOCAL, at=AT * 50), LOCAL)
    assert report.served.total == 2 and len(report.days) < 3000


@pytest.mark.parametrize(
    ("text", "first", "words"),
    [
        ("1d", date(2026, 11, 24), "today"),
        ("7d", date(2026, 11, 18), "the last 7 days"),
        ("2w", date(2026, 11, 11), "the last 14 days"),
        ("2026-11-01", date(2026, 11, 1), "since 2026-11-01"),
        ("2026-11-24", date(2026, 11, 24), "since 2026-11-24"),
    ],
)
def test_periods(text: str, first: date, words: str) -> None:
    assert period(text, NOON) == Period(
        datetime.combine(first, datetime.min.time()).timestamp(), AT + 1, words
    )
    assert period("all", NOON).since == 0.0


@pytest.mark.parametrize(
    "text", ["", "0d", "7", "-3d", "yesterday", "2026-13-01", "2026-11-25", "99999w", "7D "]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UserError, match="no past time"):
        period(text, NOON)


def test_a_ledger_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database" * 999)
    with pytest.raises(UserError, match="is damaged"):
        reported(tmp_path / "ledger.sqlite3", Settings(), "all", NOON)


def test_all_days_add_up_to_the_whole(tmp_path: Path) -> None:
    start = NOON - timedelta(days=40)
    entries = [
        replace(entry, at=(start + timedelta(hours=17 * number)).timestamp())
        for number, entry in enumerate([LOCAL, CLOUD, TYPED] * 18)
    ]
    report = reported_of(tmp_path, *entries)
    total = sum((day.served for day in report.days), Served())
    assert total == report.served == Served(machine=36, cloud=18)
