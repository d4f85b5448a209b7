"""`emberline complete FILE:LINE:COLUMN`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emberline import cli

CODE = 'import math\n\n\ndef circle_area(radius: float) -> float:\n    """The area of a circle."""\n    \n'


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file in a folder of its own; no model, no engine, an empty configuration."""
    (tmp_path / "config.yaml").write_text("{}\n")
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    path = tmp_path / "work" / "area.py"
    path.parent.mkdir()
    path.write_text(CODE)
    return path


def test_files_that_cannot_be_read(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["complete", f"{file.parent / 'none.py'}:1:1"]) == 1
    assert "none.py cannot be read: No such file" in capsys.readouterr().err
    file.write_bytes(b"\xff\xfe\x00")
    assert cli.main(["complete", f"{file}:1:1"]) == 1
    assert "is not UTF-8 text" in capsys.readouterr().err


def test_without_a_model(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["complete", f"{file}:6:5"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "qwen2.5-coder-0.5b is not here yet (→ emberline models pull qwen2.5-coder-0.5b)" in captured.err


def test_with_the_engine_switched_off(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parents[1] / "config.yaml").write_text("engine: {embedded: false}\n")
    assert cli.main(["complete", f"{file}:6:5"]) == 1
    assert "engine.embedded is false (→ set engine.embedded: true in" in capsys.readouterr().err


def test_a_model_that_the_engine_cannot_load(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = file.parent / "own.gguf"
    own.write_bytes(b"GGUF\x03\x00\x00\x00")
    (file.parents[1] / "config.yaml").write_text(
        f"engine: {{model_path: {str(own)!r}}}\ncompletion: {{max_line: 2}}\n"
    )
    assert cli.main(["complete", f"{file}:6:5"]) == 1
    captured = capsys.readouterr()
    assert "own.gguf" in captured.err and "`emberline doctor` says what mends it" in captured.err


@pytest.mark.model
def test_with_the_real_model(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EMBERLINE_MODELS")
    subprocess.run([sys.executable, "-m", "emberline", "models", "pull"], check=True)
    assert cli.main(["complete", f"{file}:6:5", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["file"], result["line"], result["column"]) == (str(file), 6, 5)
    assert result["engine"] == "qwen2.5-coder-0.5b, warm"
    first = result["suggestions"][0]
    assert first["text"].startswith("return") and first["lane"] == "generated"
    assert (first["start"], first["end"]) == (5, 5)
    assert cli.main(["complete", f"{file}:6:5"]) == 0
    assert "1 · generated · " in capsys.readouterr().out
    assert file.read_text() == CODE
