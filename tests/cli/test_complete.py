"""`emberline complete FILE:LINE:COLUMN`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emberline import cli
from emberline.cli.complete import BadPlace, Place, offset_of, parse, read, workspace_of

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


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("a.py:1:2", Place(Path("a.py"), 1, 2)),
        ("C:\\code\\a.py:10:1", Place(Path("C:\\code\\a.py"), 10, 1)),
        ("a:b.py:3:4", Place(Path("a:b.py"), 3, 4)),
    ],
)
def test_a_place(word: str, place: Place) -> None:
    assert parse(word) == place


@pytest.mark.parametrize("word", ["a.py", "a.py:1", "a.py:1:x", ":1:1", "a.py:-1:2", "a.py:0:1", "a.py:1:0"])
def test_no_place(word: str) -> None:
    with pytest.raises(BadPlace):
        parse(word)


@pytest.mark.parametrize(
    ("text", "line", "column", "offset"),
    [
        ("ab\ncd", 1, 1, 0),
        ("ab\ncd", 1, 3, 2),
        ("ab\ncd", 2, 3, 5),
        ("ab\r\ncd", 2, 1, 4),
        ("a\fb\n\u2028c", 2, 2, 5),  # neither ends a line
        ("😀b", 1, 2, 1),  # columns are characters
        ("", 1, 1, 0),
        ("ab\n", 2, 1, 3),
    ],
)
def test_where_a_place_is(text: str, line: int, column: int, offset: int) -> None:
    assert offset_of(text, Place(Path("a"), line, column)) == offset


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [(3, 1, "a.py has 2 lines, so no line 3"), (1, 4, "line 1 of a.py ends at column 3, before 4")],
)
def test_a_place_that_is_not_there(line: int, column: int, message: str) -> None:
    with pytest.raises(BadPlace, match=message):
        offset_of("ab\ncd", Place(Path("a.py"), line, column))


def test_reading_keeps_line_ends_and_drops_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("\ufeffa\r\nb".encode())
    assert read(path) == "a\r\nb"


def test_the_workspace_is_the_repository(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    inner = tmp_path / "repository" / "a" / "b"
    inner.mkdir(parents=True)
    assert workspace_of(inner / "c.py") == tmp_path / "repository"


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
