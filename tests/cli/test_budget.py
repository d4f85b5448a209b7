"""`emberline budget`: what it shows and what it writes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emberline.cli import main
from emberline.config.load import load
from emberline.observe import periods
from emberline.observe.ledger import Ledger, default_file
from emberline.observe.record import Record
from emberline.observe.till import Till, till_file


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text("{}\n")
    return tmp_path / "config.yaml"


def spend(usd: float, at: float) -> None:
    ledger = Ledger(default_file())
    ledger.record(Record(at=at, task="refactor", place="cloud", model="gpt-4o", cost_usd=usd))
    ledger.close()


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    assert main(["budget", "show", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    return {each.pop("span"): each for each in state["limits"]} | {"": state}


def test_it_shows_limits_and_what_is_spent_and_under_way(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("budget: {usd_per_month: 20, usd_per_day: 2}\n")
    now = time.time()
    spend(0.5, now)
    spend(0.25, periods.month_began(now) - 1)
    asyncio.run(Till(till_file(), Ledger(None)).put_aside(0.125, [], lambda standings: None))

    state = shown(capsys)
    assert state["day"] | {"begins_anew": 0} == {
        "usd": 2.0, "from": f"{config}:1", "spent_usd": 0.5, "under_way_usd": 0.125, "left_usd": 1.375,
        "begins_anew": 0,
    }  # fmt: skip
    assert state["month"]["left_usd"] == 19.375 and state["month"]["begins_anew"] == periods.next_month(now)
    assert state["request"] == {
        "usd": 1.0, "from": "default", "spent_usd": None, "under_way_usd": None, "left_usd": None,
        "begins_anew": None,
    }  # fmt: skip
    assert state[""]["under_way"] == {"requests": 1, "usd": 0.125, "left_behind": 0}
    assert state[""]["troubles"] == [] and state[""]["kept"] is True

    assert main(["budget"]) == 0
    lines = capsys.readouterr().out.splitlines()
    today = next(line for line in lines if line.startswith("today"))
    assert today.split()[1:5] == ["$2.00", "$0.50", "$0.12", "$1.38"] and today.rstrip().endswith(
        f"{config}:1"
    )
    assert any("--unknown-price 15" in line for line in lines)


def test_without_a_limit_for_the_day_it_still_tells_what_today_has_cost(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spend(0.5, time.time())
    state = shown(capsys)
    assert (state["day"]["usd"], state["day"]["left_usd"], state["day"]["spent_usd"]) == (None, None, 0.5)
    assert main(["budget", "show"]) == 0
    assert "no limit" in capsys.readouterr().out


def test_what_a_program_left_behind_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(Till(till_file(), Ledger(None)).put_aside(0.125, [], lambda standings: None))
    monkeypatch.setattr("psutil.pid_exists", lambda pid: False)
    assert main(["budget"]) == 0
    assert (
        "1 of the requests under way belong to a program that ended without a word" in capsys.readouterr().out
    )


def test_what_a_program_left_behind_is_given_back_by_order_and_no_more(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["budget", "release"]) == 0
    assert capsys.readouterr().out == "Nothing was left behind.\n"
    leaving = (
        "import asyncio; from emberline.observe.ledger import Ledger; from emberline.observe.till import *\n"
        "asyncio.run(Till(till_file(), Ledger(None)).put_aside(0.125, [], lambda standings: None))"
    )
    subprocess.run([sys.executable, "-c", leaving], check=True)
    mine = Till(till_file(), Ledger(None))
    asyncio.run(mine.put_aside(0.25, [], lambda standings: None))
    assert main(["budget", "release"]) == 0
    assert capsys.readouterr().out.startswith("$0.12, put aside at ")
    assert [each.usd for each in mine.promises()] == [0.25]
    assert shown(capsys)[""]["under_way"] == {"requests": 1, "usd": 0.25, "left_behind": 0}


def test_a_file_that_cannot_be_used_is_told_of(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    till_file().parent.mkdir(parents=True)
    till_file().write_text("no database, of some length that SQLite would have a look at\n" * 20)
    assert main(["budget", "release"]) == 1
    assert "promises.sqlite3 cannot be used (file is not a database)" in capsys.readouterr().err


def test_it_writes_the_users_own_file_and_leaves_the_rest(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("# mine\nbudget:\n  usd_per_month: 5  # enough\nmemory:\n  limit_percent: 80\n")
    words = ["--day", "2", "--month", "20.50", "--request", "$0.5", "--unknown-price", "0"]
    assert main(["budget", "set", *words]) == 0
    assert config.read_text() == (
        "# mine\nbudget:\n  usd_per_month: 20.5 # enough\n  usd_per_day: 2\n  usd_per_request: 0.5\n"
        "  unknown_price_usd: 0\nmemory:\n  limit_percent: 80\n"
    )
    budget = load().settings.budget
    assert (budget.usd_per_day, budget.usd_per_month, budget.usd_per_request) == (2, 20.5, 0.5)
    assert budget.unknown_price_usd == 0
    assert "budget.usd_per_day: 2, by " in capsys.readouterr().out

    assert main(["budget", "set", "--day", "none", "--unknown-price", "none"]) == 0
    budget = load().settings.budget
    assert (budget.usd_per_day, budget.unknown_price_usd) == (None, None)


def test_where_something_tighter_holds_it_says_so(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.parent / ".emberline.yaml").write_text("budget:\n  usd_per_day: 1\n")
    monkeypatch.setenv("EMBERLINE_BUDGET__USD_PER_MONTH", "3")
    assert main(["budget", "set", "--day", "2", "--month", "20"]) == 0
    told = capsys.readouterr().out
    assert (
        "usd_per_day: written as 2, but here it is still 1, because of" in told
        and ".emberline.yaml:2" in told
    )
    assert "usd_per_month: written as 20, but here it is still 3, because of $EMBERLINE_BUDGET" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name at least one limit"),
        (["--day", "much"], "'much' is no amount from 0 to 1000000, such as 2.50"),
        (["--day", "-1"], "'-1' is no amount"),
        (["--month", "none"], "'none' is no amount"),
        (["--month", "nan"], "'nan' is no amount"),
        (["--request", "10001"], "'10001' is no amount from 0 to 10000"),
    ],
)
def test_what_is_no_limit_is_refused(
    config: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["budget", "set", *words]) == 2
    assert said in capsys.readouterr().err
    assert config.read_text() == "{}\n"


def test_without_a_ledger_that_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("observe: {ledger: false}\n")
    assert main(["budget"]) == 0
    assert "observe.ledger is false" in capsys.readouterr().out
    assert not default_file().exists() and not till_file().exists()
