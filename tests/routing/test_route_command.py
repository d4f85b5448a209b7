"""`emberline route FILE`, with a model server that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emberline import cli
from tests.servers import Served, serving


@pytest.fixture(scope="module")
def ollama() -> Iterator[Served]:
    with serving("tests.servers.ollama") as served:
        yield served


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ollama: Served) -> Path:
    """A workspace with a module and a secret, whose user has that server alone and the default privacy."""
    (tmp_path / "config.yaml").write_text(
        f"router: {{local_endpoint: '{ollama.url}'}}\n"
        "backends: {discover: false}\n"
        "engine: {embedded: false}\n"
    )
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "EMBERLINE_RUNTIME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    work = tmp_path / "work"
    work.mkdir()
    (work / "app.py").write_text("def area(radius):\n    return 3.14159 * radius**2\n" * 20)
    (work / ".env").write_text("TOKEN=1\n")
    monkeypatch.chdir(work)
    return work


def test_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.main(["route", "app.py", "--task", "explain"])
    out = capsys.readouterr().out

    assert (status, out.count("\n")) == (0, 1)
    assert out.startswith("explain → ")
    assert out.endswith("(ollama, on this machine): an explanation is routine work\n")


def test_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["route", "app.py", "--task", "fix", "--explain"]) == 0
    out = capsys.readouterr().out

    assert "because         privacy is strict (the default), so it stays on this machine\n" in out
    assert f"privacy         {folder / 'app.py'} is strict: " in out
    assert "gpt-oss:120b-cloud (ollama, in the cloud at https://ollama.com:443): it runs in the cloud" in out
    assert "\x1b" not in out


def test_the_measures_can_be_given(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--tokens", "90000", "--files", "4", "--tool-chain", "3", "--json"]
    cli.main(["route", "app.py", "--task", "long-document", *words])
    told = json.loads(capsys.readouterr().out)

    asked = told["request"]
    assert (asked["input_tokens"], asked["files"], asked["tool_chain"]) == (90_000, 4, 3)
    assert told["parts"] > 1


def test_the_files_length_is_estimated_and_a_completion_sees_a_window(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def length(file: str, task: str) -> int:
        cli.main(["route", file, "--task", task, "--json"])
        told: int = json.loads(capsys.readouterr().out)["request"]["input_tokens"]
        return told

    Path("long.py").write_text("print('a line of code')\n" * 2_000)
    assert 300 < length("app.py", "question") < 700
    assert length("long.py", "question") > 10_000
    assert length("long.py", "completion") < 2_000


def test_where_nothing_serves_it_the_status_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["route", "app.py", "--task", "refactor", "--tokens", "300000"]) == 1
    out = capsys.readouterr().out

    assert out.startswith("refactor → nowhere: ")
    assert "300 000" not in out  # with the longest answer it is longer
    assert "302 000 tokens" in out


def test_a_file_that_no_model_may_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["route", ".env", "--explain"]) == 1
    assert "no model may read this file" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["missing.py"], 1, "missing.py cannot be read"),
        (["app.py", "--task", "poem"], 2, "invalid choice: 'poem'"),
        (["app.py", "--tokens", "-1"], 2, "not a whole number"),
        ([], 2, "FILE"),
    ],
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, complaint: str
) -> None:
    assert cli.main(["route", *words]) == status
    assert complaint in capsys.readouterr().err


def test_nothing_of_the_file_is_sent(folder: Path, ollama: Served) -> None:
    before = len(ollama.requests())
    cli.main(["route", "app.py", "--task", "explain"])
    asked = ollama.requests()[before:]

    assert asked
    assert "radius" not in json.dumps(asked)
    assert {request["path"] for request in asked} <= {
        "/",
        "/api/version",
        "/api/tags",
        "/api/ps",
        "/api/show",
    }
