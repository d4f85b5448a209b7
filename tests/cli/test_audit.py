"""`emberline audit`: from files to a table and to JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emberline.cli import main
from tests.account.usage.exports import (
    DAY,
    OCTOBER,
    anthropic_bucket,
    anthropic_result,
    openai_bucket,
    openai_cost,
    openai_csv,
    openai_page,
    openai_row,
    page,
    spend_log,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text(
        "engine: {embedded: false}\nbackends: {discover: false}\nrouter: {local_endpoint: 'http://127.0.0.1:9'}\n"
    )
    for name in ("OPENAI", "ANTHROPIC", "MISTRAL", "DEEPSEEK"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
    rows = [
        openai_row(
            OCTOBER + n * DAY, requests=900, model="gpt-4o-mini-2024-07-18", input_tokens=2_000_000,
            output_tokens=180_000,
        )
        for n in range(10)
    ]  # fmt: skip
    (tmp_path / "openai.csv").write_text(openai_csv(*rows))
    logs = [spend_log(n, 800, 60, 0.0026, request_tags=["commit-message"]) for n in range(200)]
    (tmp_path / "spend.json").write_text(json.dumps(logs))
    buckets = [anthropic_bucket(OCTOBER + n * DAY, anthropic_result(400_000, 30_000)) for n in range(10)]
    (tmp_path / "claude.json").write_text(json.dumps(page(*buckets)))
    bill = openai_page(
        *(openai_bucket(OCTOBER + n * DAY, openai_cost(0.408)) for n in range(10)), has_more=True
    )
    (tmp_path / "bill.json").write_text(json.dumps(bill))
    return tmp_path


FILES = ("openai.csv", "spend.json", "claude.json", "bill.json")


def told(capsys: pytest.CaptureFixture[str], *files: str) -> dict[str, Any]:
    assert main(["audit", *files, "--json"]) == 0
    state: dict[str, Any] = json.loads(capsys.readouterr().out)
    return state


def test_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = told(capsys, *FILES)
    assert [(each["source"], each["records"], each["files"]) for each in state["read"]] == [
        ("Anthropic usage", 10, ["claude.json"]),
        ("LiteLLM spend log", 200, ["spend.json"]),
        ("OpenAI costs", 10, ["bill.json"]),
        ("OpenAI usage", 10, ["openai.csv"]),
    ]
    assert state["saved_usd"] == pytest.approx(10 * (2 * 0.15 + 0.18 * 0.6) + 200 * 0.0026)
    assert state["usd"] == pytest.approx(state["saved_usd"] + 10 * (0.4 * 3 + 0.03 * 15))
    assert [(line["verdict"], line["requests"]) for line in state["by_verdict"]] == [
        ("could run here", 9200),
        ("cannot be told: the export counts tokens, not requests", 0),
    ]
    assert [line["name"] for line in state["by_work"]] == ["not said", "commit messages"]
    assert {each["how"] for each in state["known"]} == {"each request by itself", "means of many requests"}
    assert state["advice"]["model"]
    assert any("bill.json" in note and "has_more" in note for note in state["notes"])
    assert any("openai's bill comes to $4.08, and $4.08 by list prices" in note for note in state["notes"])
    assert told(capsys, *FILES) == state, "the same twice"


def test_as_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *FILES]) == 0
    out = capsys.readouterr().out
    assert all(len(line) <= 80 for line in out.splitlines())
    plain = " ".join(out.split())
    assert "could run here 9,200 20.2 M 1.81 M $4.60" in plain
    assert "gpt-4o-mini-2024-07-18 9,000 $4.08 $4.08 100 %" in plain
    assert "commit messages 200" in plain
    assert "On this machine: by " in plain and "60–80 %" in plain
    assert "openai: gpt-4o-2024-08-06 $4.08" in plain


def test_names_from_an_export_are_told_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("x[bold]y", "[/b]", "z\x1b[2J")
    logs = [spend_log(number, 800, 60, 0.1, model=name) for number, name in enumerate(names)]
    bill = openai_page(*(openai_bucket(OCTOBER, openai_cost(1.0, name)) for name in names))
    for name, content in (("odd.json", logs), ("odder.json", bill)):
        (folder / name).write_text(json.dumps(content))
    assert main(["audit", "odd.json", "odder.json"]) == 0
    out = capsys.readouterr().out
    assert "x[bold]y " in out and "openai: [/b] " in out and "z�[2J " in out and "\x1b" not in out


def test_the_limit_is_the_configurations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = told(capsys, "openai.csv")
    config = folder / "config.yaml"
    config.write_text(
        config.read_text().replace("router: {", "router: {thresholds: {max_local_context_tokens: 1000}, ")
    )
    after = told(capsys, "openai.csv")
    assert before["saved_usd"] > 0 and after["saved_usd"] == 0
    assert after["by_verdict"][0]["verdict"] == "is too long for local models"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("missing.csv",), "missing.csv: cannot be read: No such file or directory"),
        (("config.yaml",), "config.yaml:1: no known export has the columns"),
        (("openai.csv", "./openai.csv"), "openai.csv: is named twice, and would count twice"),
        (("openai.csv", "state"), "state: cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], files: tuple[str, ...], words: str
) -> None:
    assert main(["audit", *files]) == 1
    assert words in capsys.readouterr().err


def test_without_a_file_it_says_what_it_wants(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 2
    assert "FILE" in capsys.readouterr().err
