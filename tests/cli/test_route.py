"""`emberline route` where a file, or an answer, is not as usual."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from emberline import cli
from emberline.cli import route
from emberline.cli.route import in_one_line
from emberline.models.info import ModelInfo
from emberline.privacy.labels import Place as Where
from emberline.routing import tasks
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Task
from tests.routing.served import Place
from tests.servers import Served

LLAMA = Candidate("ollama", "ollama", "http://localhost:11434", Where.MACHINE, ModelInfo("llama3.1:8b"))
DECISION = Decision(tasks.request(Task.FIX, 100), LLAMA, ("it stays here",))
LINE = "fix → llama3.1:8b (ollama, on this machine): it stays here"


@pytest.mark.parametrize(
    ("warnings", "end"),
    [
        ((), ""),
        (("look twice",), " (careful: look twice)"),
        (("look twice", "it is slow"), " (careful: look twice; see --explain)"),
        ((f"{'word ' * 40}",), f" (careful: {'word ' * 17}word…; see --explain)"),
    ],
)
def test_one_line_says_that_there_is_something_to_be_careful_about(
    warnings: tuple[str, ...], end: str
) -> None:
    assert in_one_line(replace(DECISION, warnings=warnings)) == LINE + end


def test_the_configurations_mistakes_are_told_aside(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.configure("completion: {max_line: 2}\n")
    cli.main(["route", "a.py", "--json"])
    captured = capsys.readouterr()
    json.loads(captured.out)
    assert captured.err.startswith(f"error: {place.config}:1: completion.max_line: ")


def test_what_has_no_end_is_not_read(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        for words in (
            ["route", str(path)],
            ["route", str(path), "--task", "fix"],
            ["complete", f"{path}:1:1"],
        ):
            assert cli.main(words) == 1
            assert f"{path} is no regular file" in capsys.readouterr().err


def test_a_large_file_is_estimated_from_its_beginning(
    place: Place, ollama: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "total = total + values[index] * 3\n"
    path = place.write("long.py", line * 20_000)

    def length() -> int:
        cli.main(["route", str(path), "--task", "log-summary", "--json"])
        told: int = json.loads(capsys.readouterr().out)["request"]["input_tokens"]
        return told

    whole = length()
    monkeypatch.setattr(route, "LARGE_BYTES", 100_000)
    monkeypatch.setattr(route, "SAMPLE_BYTES", 50_000)
    with path.open("ab") as file:
        file.write(b"\xff")  # no text, and never read
    assert length() == pytest.approx(whole, rel=0.01)


def test_no_file_is_no_count(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["route", "a.py", "--files", "0"]) == 2
    assert "at least one file is concerned" in capsys.readouterr().err
