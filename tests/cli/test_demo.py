"""`emberline demo`: its stage, its figures, its faces, and whole sessions with the real server."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from emberline import cli
from emberline.demo import stage
from emberline.demo.events import Accepted, Answered, Event, Typed
from emberline.demo.lines import Lines
from emberline.demo.live import Terminal
from emberline.demo.picture import Painter
from emberline.demo.play import Scene
from emberline.demo.sample import expenses
from emberline.demo.summary import summarize
from emberline.demo.words import one_line

EVENTS: tuple[Event, ...] = (
    Typed("f"),
    Answered("", "", 4.0),
    Typed("o"),
    Answered("r each in all:", "recalled", 1.0),
    Answered("late", "generated", 40.0, stale=True),
    Typed("r"),
    Answered(" each in all:", "typed through", 0.5),
    Accepted(" each in all:", "typed through", 1),
    Typed("\n    "),
    Answered("total += each\nreturn total", "generated", 30.0, refreshed=True),
    Accepted("total += ", "generated", 2),
)


def scene(ghost: str = " each in all:", lane: str = "generated", right: bool = True) -> Scene:
    return Scene("a.py", "python", "x = 1\nfor", ghost, "\ny = 2\n", lane, 12.0, False, right)


# -- the stage ----------------------------------------------------------------------------------------


def test_the_sample_is_typed_back_to_what_it_is() -> None:
    segments = stage.sample()
    text = stage.SAMPLE.read_text()
    last = segments[-1]
    assert last.before + last.target + last.after == text
    assert [segment.target.split("(")[0] + "(" for segment in segments] == list(stage.FUNCTIONS)


def test_what_comes_later_is_not_there_yet() -> None:
    segments = stage.sample()
    for index, segment in enumerate(segments):
        there = segment.before + segment.after
        for other, opening in enumerate(stage.FUNCTIONS):
            assert (opening in there) == (other < index)
        assert segment.before.endswith("\n\n\n") and segment.after.startswith("\n\n\ndef ")


def test_the_sample_works(tmp_path: Path) -> None:
    """It is real code, so it has a test like any other."""
    path = tmp_path / "expenses.csv"
    path.write_text(
        "day,category,amount,note\n2026-02-03,Rent,800,\n2026-01-02,food,12.50,market\n2026-02-01,food,7,\n"
    )
    found = expenses.read(path)
    assert expenses.total(found) == Decimal("819.50")
    assert expenses.by_month(found) == {"2026-01": Decimal("12.50"), "2026-02": Decimal(807)}
    assert [each.note for each in expenses.between(found, date(2026, 1, 1), date(2026, 1, 31))] == ["market"]
    assert [each.category for each in expenses.largest(found, 1)] == ["rent"]
    assert expenses.exceeded(found, {"food": Decimal(10), "rent": Decimal(900)}) == {"food": Decimal("9.50")}
    with pytest.raises(expenses.BadRow, match="day"):
        expenses.parse({"category": "food"})


@pytest.mark.parametrize(
    ("text", "opening", "lines"),
    [
        ("a\ndef f():\n    x\n\n    y\n\n\nb\n", "def f", range(1, 5)),
        ("class A:\n    def f(self):\n        x\n\n    def g(self): ...\n", "def f", range(1, 3)),
        ("def f():\n    x", "def f", range(2)),
        ("def f(): ...\n\n", "def f", range(1)),
    ],
)
def test_a_block_goes_to_its_last_line(text: str, opening: str, lines: range) -> None:
    assert stage.block(text, opening) == lines


def test_a_block_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no line begins with"):
        stage.block("x = 1\n", "def f")


def test_a_file_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    content = "\n".join(f"value_{number} = {number}" for number in range(40)) + "\n"
    path.write_text(content)
    segments = stage.own(path)
    assert len(segments) == stage.STRETCHES
    assert all(segment.before + segment.target + segment.after == content for segment in segments)
    assert path.read_text() == content


# -- the figures --------------------------------------------------------------------------------------


def test_the_figures_of_a_session() -> None:
    summary = summarize(EVENTS)
    assert (summary.total.answers, summary.total.accepted) == (5, 2)
    assert (summary.total.p50, summary.total.p95) == (4.0, 40.0)
    assert summary.lanes["recalled"].answers == 1
    assert (summary.lanes["typed through"].accepted, summary.lanes["typed through"].keys_saved) == (1, 12)
    assert (summary.lanes["generated"].answers, summary.lanes["generated"].keys_saved) == (2, 7)
    assert summary.lanes[""].answers == 1
    assert (summary.keys, summary.pressed) == (4 + 13 + 9, 4 + 1 + 2)
    assert summary.saved == pytest.approx(19 / 26)
    assert summary.as_json()["keystrokes_saved"] == pytest.approx(19 / 26, abs=1e-4)


def test_a_session_in_which_nothing_happened() -> None:
    summary = summarize(())
    assert (summary.total.answers, summary.saved) == (0, 0.0)


def test_one_line() -> None:
    assert one_line("a\nb") == "a⏎b"
    assert one_line("abcdef", 4) == "abc…"


# -- the faces ----------------------------------------------------------------------------------------


def test_plain_lines_are_one_an_event() -> None:
    output = io.StringIO()
    face = Lines(output)
    face.ready("a model, warm")
    for event in EVENTS:
        face.happened(event, scene())
    face.done(summarize(EVENTS))
    lines = output.getvalue().splitlines()
    assert lines[:7] == [
        "server    a model, warm",
        "typed     fo",
        "ghost         1.0 ms  recalled       r each in all:",
        "typed     r",
        "ghost         0.5 ms  typed through   each in all:",
        "accepted   each in all:  (typed through, 1 key)",
        "typed     ⏎    ",
    ]
    assert "late" not in output.getvalue()
    assert "total += each⏎return total  (refreshed)" in output.getvalue()
    assert lines[-8].split()[:2] == ["lane", "answers"]
    assert lines[-7].split() == ["recalled", "1", "1.0", "1.0", "0", "0"]
    assert lines[-1] == "26 key presses by hand, 7 with Emberline: 73 % of the keystrokes saved"
    assert "\x1b" not in output.getvalue()


async def test_a_terminal_shows_file_ghost_and_figures() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=80, height=24)
    face = Terminal(console, "demo · a.py")
    with face:
        face.ready("a model, warm")
        for event in EVENTS:
            face.happened(event, scene())
        with console.capture() as capture:
            console.print(face.frame())
    shown = capture.get()
    assert "for" in shown and " generated 12 ms " in shown and "73 % of keystrokes saved" in shown
    assert max(len(line) for line in _plain(shown).splitlines()) <= 80
    face.done(summarize(EVENTS))
    assert "keys saved" in output.getvalue()


async def test_the_picture_is_the_longest_right_ghost_and_loads_nothing(tmp_path: Path) -> None:
    painter = Painter("demo")
    with painter:
        painter.happened(Typed("r"), scene("short"))
        painter.happened(Typed("r"), scene("the_one_to_see"))
        painter.happened(Typed("r"), scene("wrong_and_the_longest_of_all", right=False))
        painter.happened(Typed("r"), scene("recalled_and_longer_than_it", lane="recalled"))
    path = tmp_path / "picture.svg"
    assert painter.save(path) == f"{path}: a ghost text of 14 characters"
    svg = path.read_text()
    assert "he_one_to_see" in svg  # the cursor stands on the first letter
    assert "longest" not in svg
    assert "@font-face" not in svg and "url(http" not in svg


async def test_no_picture_without_a_right_ghost(tmp_path: Path) -> None:
    painter = Painter("demo")
    assert "no ghost text was right" in painter.save(tmp_path / "picture.svg")
    assert not (tmp_path / "picture.svg").exists()


# -- whole sessions -----------------------------------------------------------------------------------


@pytest.fixture
def without_engine(tmp_path: Path) -> Mapping[str, str]:
    """An environment in which the server has its instant lane alone, and no way to a model."""
    (tmp_path / "config.yaml").write_text("engine: {embedded: false}\n")
    return {
        **os.environ,
        "EMBERLINE_CONFIG": str(tmp_path / "config.yaml"),
        "EMBERLINE_MODELS": str(tmp_path / "models"),
        "EMBERLINE_RUNTIME": str(tmp_path / "run"),
    }


def demo(*words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emberline", "demo", *words]
    return subprocess.run(command, capture_output=True, text=True, env=dict(environment))


def test_a_session_as_json_without_a_model(without_engine: Mapping[str, str]) -> None:
    done = demo("--json", "--seconds", "6", environment=without_engine)
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert result["file"] == str(stage.SAMPLE)
    assert result["keys_pressed"] > 0 and result["lanes"]["generated"]["answers"] == 0
    assert "`emberline doctor` says what mends it" in done.stderr


def test_ctrl_c_ends_in_order_with_the_figures_so_far(without_engine: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "emberline", "demo"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(without_engine)
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith("server ")
        servers = psutil.Process(process.pid).children(recursive=True)
        assert servers
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate()
    assert process.returncode == 130
    assert "key presses by hand" in output and "Traceback" not in complaints
    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []


def test_a_model_that_cannot_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "none.yaml"))
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert cli.main(["demo", "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and "could not be fetched" in captured.err


def test_a_download_that_the_user_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr("emberline.cli.models.fetch", stop)
    assert cli.main(["demo"]) == 130
    assert "the next `emberline demo` goes on from here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--file", "none.py"], 1, "none.py is no file"),
        (["--file", "notes.txt"], 1, "notes.txt is in no language that the demo types"),
        (["--seconds", "soon"], 2, "'soon' is not a number of seconds"),
        (["--seconds", "0"], 2, "'0' is not a number of seconds"),
    ],
)
def test_wrong_words(
    words: list[str],
    status: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "notes.txt").write_text("milk\n")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["demo", *words]) == status
    assert message in capsys.readouterr().err


@pytest.mark.model
def test_a_session_with_the_real_model(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "emberline", "models", "pull"], check=True)
    (tmp_path / "config.yaml").write_text("{}\n")
    environment = {
        **os.environ,
        "EMBERLINE_RUNTIME": str(tmp_path / "run"),
        "EMBERLINE_CONFIG": str(tmp_path / "config.yaml"),
    }
    done = demo("--seconds", "25", environment=environment)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("server ") and lines[0].endswith("warm")
    assert any(line.startswith("ghost ") for line in lines)
    assert lines[-1].endswith("of the keystrokes saved")


def _plain(text: str) -> str:
    from rich.text import Text

    return Text.from_ansi(text).plain
