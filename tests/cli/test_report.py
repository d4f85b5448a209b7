"""`emberline report` from the shell."""

from __future__ import annotations

import json
import webbrowser
from datetime import date
from pathlib import Path

import pytest

from emberline import cli
from tests.account.sample import fill
from tests.routing.served import Place


@pytest.fixture
def state(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state of the report"
    monkeypatch.setenv("EMBERLINE_STATE", str(folder))
    return folder


@pytest.fixture
def week(state: Path) -> Path:
    fill(state / "ledger.sqlite3", days=7, last=date.today())
    return state


def test_a_table_plain_for_a_pipe(week: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report"]) == 0
    printed = capsys.readouterr()
    assert "Where it ran" in printed.out and "\x1b" not in printed.out and printed.err == ""
    assert cli.main(["report", "--since", "1d"]) == 0
    assert "today" in capsys.readouterr().out


def test_nothing_yet_is_no_failure_and_makes_no_file(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ([], ["--json"], ["--prometheus"], ["--html", "-"]):
        assert cli.main(["report", *form]) == 0
    assert "Nothing is in the ledger" in capsys.readouterr().out
    assert not state.exists()


def test_json(week: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "--json", "--since", "all"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["period"]["words"] == "all that is kept" and len(found["days"]) == 7


def test_prometheus(week: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "--prometheus"]) == 0
    assert "# TYPE emberline_requests_total counter" in capsys.readouterr().out


def test_a_page_here_or_where_one_says_or_at_standard_output(
    week: Path, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", "--html"]) == 0
    assert (place.folder / "emberline-report.html").read_text().startswith("<!DOCTYPE html>")
    assert "emberline-report.html" in capsys.readouterr().out
    assert cli.main(["report", "--html", "mine.html"]) == 0
    assert (place.folder / "mine.html").exists()
    capsys.readouterr()
    assert cli.main(["report", "--html", "-"]) == 0
    assert capsys.readouterr().out.endswith("</html>\n")


def test_a_page_that_is_only_looked_at_lies_beside_the_ledger(
    week: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or bool(len(opened) == 1))
    assert cli.main(["report", "--open"]) == 0
    assert opened == [(week / "report.html").as_uri()]
    assert cli.main(["report", "--open"]) == 0
    assert "No browser was found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--since", "tomorrow"], 1, "no past time"),
        (["--html", "no/such/folder/x.html"], 1, "cannot be written"),
        (["--html", "-", "--open"], 1, "--open needs a file"),
        (["--html", "--json"], 2, "not allowed with"),
    ],
)
def test_what_goes_wrong_is_said(
    words: list[str], status: int, said: str, week: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", *words]) == status
    assert said in capsys.readouterr().err


def test_a_damaged_ledger(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state.mkdir()
    (state / "ledger.sqlite3").write_bytes(b"once a ledger" * 1000)
    assert cli.main(["report"]) == 1
    assert "is damaged" in capsys.readouterr().err
