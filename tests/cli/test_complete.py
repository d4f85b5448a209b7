"""`emberline complete FILE:LINE:COLUMN`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emberline import cli
from emberline.cli import complete
from emberline.errors import UserError

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


def status(kind: str, message: str, engine: str = "a model, not running") -> dict[str, Any]:
    return {"kind": kind, "message": message, "busy": False, "stats": {"engine": engine}}


WRONG, MISTAKE = status("warning", "no model"), status("warning", "a mistake in a file")


@pytest.mark.parametrize(
    "before", [[], [WRONG, WRONG], [WRONG, status("normal", "starting"), WRONG], [MISTAKE, WRONG, MISTAKE]]
)
async def test_a_trouble_of_the_moment_is_waited_for(
    before: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complete, "PAUSE_SECONDS", 0.0)
    told = iter([*before, status("normal", "", "a model, warm")])

    async def ask() -> dict[str, Any]:
        return next(told)

    assert await complete.until_warm(ask, "a mistake in a file") == "a model, warm"


async def test_one_that_stands_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "TROUBLE_SECONDS", 0.0)

    async def ask() -> dict[str, Any]:
        return WRONG

    with pytest.raises(UserError, match="no model; `emberline doctor` says what mends it"):
        await complete.until_warm(ask, "a mistake in a file")


class Server:
    """Answers nothing, says that it is busy, and counts."""

    def __init__(self, busy_for: int) -> None:
        self.asked = 0
        self._busy_for = busy_for

    async def ask(self) -> list[dict[str, Any]]:
        self.asked += 1
        return []

    async def is_busy(self) -> bool:
        return self.asked < self._busy_for


async def test_it_asks_again_when_told_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "PAUSE_SECONDS", 3600.0)
    server, there_is_more = Server(busy_for=3), asyncio.Event()
    task = asyncio.create_task(complete.until_answered(server.ask, server.is_busy, there_is_more))
    for asked in (1, 2):
        for _ in range(100):
            await asyncio.sleep(0)
        assert server.asked == asked and not task.done()
        there_is_more.set()
    await task
    assert server.asked == 3


async def test_it_asks_again_after_a_pause_and_no_more_once_nothing_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(complete, "PAUSE_SECONDS", 0.001)
    server = Server(busy_for=4)
    await complete.until_answered(server.ask, server.is_busy, asyncio.Event())
    assert server.asked == 4


async def test_an_answer_ends_the_asking() -> None:
    asked = []

    async def ask() -> list[dict[str, Any]]:
        asked.append(True)
        return [{"insertText": "x"}]

    await complete.until_answered(ask, Server(9).is_busy, asyncio.Event())
    assert len(asked) == 1


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
