"""`emberline log`, with a scripted cloud, with no model, and as it follows."""

from __future__ import annotations

import gzip
import io
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emberline import cli
from emberline.cli.log_follow import Following
from emberline.cli.log_table import bar, painted, spark
from emberline.tasks.logs.sources import Log
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving
from tests.servers.talking import KEY
from tests.tasks.logs.made import overview_of
from tests.tasks.logs.test_faithful import LOG

TABLE = """\
app.log: 11 lines: 2 errors, 8 warnings, 1 other record
from 2026-01-02 10:00:00 to 2026-01-02 10:00:30
level    times  lines  when                 what
ERROR        1  10     10:00:20             cannot reach till_7: TimeoutError
ERROR        1  11     10:00:30             sale lost
WARNING      8  2 – 9  10:00:01 – 10:00:08  drawer <n> is slow
INFO         1  1      10:00:00             shop opened
"""


@pytest.fixture
def log(place: Place) -> Path:
    place.configure(ALONE)
    return place.write("app.log", LOG)


@pytest.fixture
def cloud(log: Path, place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        place.configure(
            f"privacy: {{mode: open}}\n{ALONE}"
            f"router: {{cloud_endpoint: '{served.url}/v1', cloud_api_key: {KEY}}}\n"
        )
        yield served


def test_the_figures_are_there_without_a_model(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log", "--no-model", "app.log"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (TABLE, "")


def test_a_model_words_them(log: Path, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.script(
        answers=[{"text": "The shop opened (line 1). A sale was lost (line 11). It burned (line 5000)."}]
    )
    assert cli.main(["log", "app.log"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{TABLE}\nThe shop opened (line 1). A sale was lost (line 11).\n"
    err = said.err.replace("\n", " ")
    assert "Computed by gpt-4o in the cloud" in err and "line 5000 was not among those shown" in err


def test_without_a_model_it_says_so(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log", "app.log"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(TABLE)
    assert "The first error is in line 10" in said.out
    assert "No model worded it" in said.err


def test_json_has_every_group(log: Path, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.script(answers=[{"text": "A sale was lost (line 11)."}])
    assert cli.main(["log", "--json", "app.log"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["lines"], told["records"], told["begin"]) == (11, 11, "2026-01-02 10:00:00")
    assert told["levels"] == {"error": 2, "warning": 8, "info": 1}
    assert told["groups"][2]["template"] == "drawer <n> is slow"
    assert told["groups"][2]["first"] == {"source": "app.log", "line": 2, "time": "2026-01-02 10:00:01"}
    assert told["groups"][told["firstError"]]["first"]["line"] == 10
    assert told["summary"]["lines"] == [11] and told["summary"]["worded"] is True
    assert told["summary"]["route"]["chosen"]["model"] == "gpt-4o"


def test_packed_and_piped_logs(
    place: Place, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.folder / "app.log.gz").write_bytes(gzip.compress(LOG.encode()))
    assert cli.main(["log", "--no-model", "app.log.gz"]) == 0
    assert capsys.readouterr().out == TABLE.replace("app.log", "app.log.gz", 1)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(LOG.encode()))))
    assert cli.main(["log", "--no-model", "-"]) == 0
    assert capsys.readouterr().out == TABLE.replace("app.log", "standard input", 1)


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (["none.log"], 1, "No such file"),
        (["."], 1, "is a folder"),
        (["-", "-"], 1, "only once"),
        (["-f", "--json", "app.log"], 1, "does not go with -f"),
        (["--top", "0", "app.log"], 2, "not a whole number"),
    ],
)
def test_what_is_wrong_is_said(
    words: list[str], status: int, why: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["log", *words]) == status
    assert why in capsys.readouterr().err.replace("\n", " ")


def test_in_a_terminal_it_is_a_picture() -> None:
    from rich.console import Console

    console = Console(width=140, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(painted(overview_of(LOG), 20))
    file = console.file
    assert isinstance(file, io.StringIO)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines[0] == "app.log  11 lines: 2 errors, 8 warnings, 1 other record"
    assert lines[1].startswith("      all ████") and lines[2].startswith("   errors  ")
    (first,) = [line for line in lines if "till_7" in line]
    assert first.startswith(" ERROR ") and "← first error" in file.getvalue().replace("\n", " ")


def test_bars_and_sparks_are_as_long_as_what_they_tell() -> None:
    assert [bar(count, 1000) for count in (1, 1000)] == ["▏", "████████"]
    assert bar(1, 1) == "▏"
    found = overview_of(LOG)
    marks = spark(found, found.trouble)
    assert len(marks) == 31 and marks.strip() == "█         █"


# -- following ----------------------------------------------------------------------------------------------


def test_it_follows_through_rotation(log: Path) -> None:
    following = Following([Log.of(log)])
    assert following.step()
    log.replace(log.with_suffix(".old"))
    log.write_text("2026-01-02 10:01:00 ERROR sale lost\n")
    for _ in range(3):
        following.step()
    following.finish()
    found = following.overview()
    assert found.sources == (str(log), f"{log} (2)")
    lost = next(each for each in found.groups if each.template == "sale lost")
    assert (lost.count, found.at(lost.last)) == (2, f"{log} (2) line 1")


def eventually(is_so: Callable[[], bool]) -> None:
    """Waits for it; a test that hangs here is ended by pytest's own limit."""
    while not is_so():
        time.sleep(0.02)


def test_a_pipe_is_told_each_new_kind_and_ctrl_c_ends_with_the_table(log: Path) -> None:
    command = [sys.executable, "-m", "emberline", "log", "-f", "--no-model", "app.log"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=log.parent)
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
    reader.start()
    eventually(lambda: any("sale lost" in line for line in lines))
    with log.open("a") as file:
        file.write("2026-01-02 10:02:00 ERROR flood\n2026-01-02 10:02:01 ERROR sale lost\n")
    eventually(lambda: any("flood" in line for line in lines))
    assert "2026-01-02 10:02:00 ERROR line 12: flood\n" in lines
    assert sum("sale lost" in line for line in lines) == 1
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    reader.join()
    assert "app.log: 13 lines: 4 errors, 8 warnings, 1 other record\n" in lines


def test_a_piped_log_is_followed_to_its_end(log: Path) -> None:
    command = [sys.executable, "-m", "emberline", "log", "-f", "--no-model", "-"]
    done = subprocess.run(command, input=LOG, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2026-01-02 10:00:20 ERROR line 10: cannot reach till_7: TimeoutError\n" in done.stdout
    assert done.stdout.endswith(TABLE.replace("app.log", "standard input", 1))
