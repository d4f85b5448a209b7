"""`emberline refactor`, with a scripted cloud or with no model at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from emberline import cli
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving

STORE = """\
class Store:
    def close(self, force):
        return force


def shut(store):
    return store.close(True)
"""
USER = """\
from store import Store, shut


def run():
    shut(Store())
    return Store().close(False)
"""


@pytest.fixture
def cloud(place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        place.has_cloud(served)
        (place.folder / ".git").mkdir()
        place.write("store.py", STORE)
        place.write("use.py", USER)
        yield served


def edits(*changes: tuple[str, str, str]) -> dict[str, object]:
    """An answer in the form of edits."""
    rows = [{"file": f, "anchor": a, "replacement": r} for f, a, r in changes]
    return {"text": json.dumps({"summary": "Done.", "edits": rows, "create": [], "move": [], "delete": []})}


RENAMED = edits(
    ("store.py", "def close(self, force):", "def shut_down(self, force):"),
    ("store.py", "return store.close(True)", "return store.shut_down(True)"),
    ("use.py", "return Store().close(False)", "return Store().shut_down(False)"),
)
WORDS = ["refactor", "store.py", "--instruction", "call Store.close Store.shut_down, also where it is used"]


def texts(place: Place) -> dict[str, str]:
    return {name: (place.folder / name).read_text() for name in ("store.py", "use.py")}


def test_it_shows_the_difference_and_writes_nothing(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.script(answers=[RENAMED])
    assert cli.main([*WORDS, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "--- a/store.py" in said.out and "+    def shut_down(self, force):" in said.out
    assert "+    return Store().shut_down(False)" in said.out
    assert "Changed store.py, use.py; computed by gpt-4o in the cloud" in said.err.replace("\n", " ")
    assert "Nothing was written" in said.err
    assert texts(place) == {"store.py": STORE, "use.py": USER}


def test_applied_it_is_written_in_all_files(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.script(answers=[RENAMED])
    assert cli.main([*WORDS, "--apply"]) == 0
    assert texts(place) == {
        "store.py": STORE.replace("def close", "def shut_down").replace("store.close", "store.shut_down"),
        "use.py": USER.replace(".close(", ".shut_down("),
    }
    assert "Nothing was written" not in capsys.readouterr().err


def test_a_pipe_is_not_asked_and_writes_nothing(place: Place, cloud: Served) -> None:
    cloud.script(answers=[RENAMED])
    assert not sys.stdin.isatty() and cli.main(WORDS) == 0
    assert texts(place) == {"store.py": STORE, "use.py": USER}


def test_json_tells_programs_all_of_it(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.script(answers=[RENAMED])
    assert cli.main([*WORDS, "--apply", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["applied"] is True and told["route"]["chosen"]["model"] == "gpt-4o"
    assert [(each["kind"], each["path"].rpartition("/")[2]) for each in told["files"]] == [
        ("edit", "store.py"),
        ("edit", "use.py"),
    ]
    assert told["diff"].count("\n+++ ") + told["diff"].startswith("+++ ") == 2
    assert told["details"]["attempts"] == 1 and told["details"]["costUsd"] > 0


def test_an_answer_that_breaks_the_code_changes_nothing_and_says_why(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = edits(("store.py", "def close(self, force):", "def close(self, force:"))
    cloud.script(answers=[broken] * 4)
    assert cli.main([*WORDS, "--apply"]) == 1
    said = capsys.readouterr().err.replace("\n", " ")
    assert "nothing was changed" in said and "after 4 attempts" in said and "store.py" in said
    assert texts(place) == {"store.py": STORE, "use.py": USER}
    temperatures = [each["json"]["temperature"] for each in cloud.requests("/v1/chat/completions")]
    assert temperatures == sorted(temperatures, reverse=True) and len(set(temperatures)) > 1


def test_in_a_strict_workspace_the_cloud_is_not_asked(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(place.config.read_text().replace("mode: open", "mode: strict"))
    assert cli.main([*WORDS, "--apply", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["applied"] is False and "privacy" in told["words"]
    assert cloud.requests("/v1/chat/completions") == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--selection", "x"], "is not of the form"),
        (["--selection", "99"], "so no line 99"),
        (["--selection", "3-2"], "its end lies before its start"),
        (["--selection", "2:99"], "ends at column"),
    ],
)
def test_a_selection_that_is_none_is_told(
    place: Place, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    place.write("store.py", STORE)
    assert cli.main(["refactor", "store.py", "--action", "simplify", *words]) == 1
    assert complaint in capsys.readouterr().err.replace("\n", " ")


def test_an_action_that_needs_an_answer_asks_for_it(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["refactor", "store.py", "--action", "rename-concept", "--selection", "2:9"]) == 1
    assert "Rename close to: say it with --answer" in capsys.readouterr().err


def test_an_unknown_action_names_those_that_there_are(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["refactor", "store.py", "--action", "beautify"]) == 1
    said = capsys.readouterr().err.replace("\n", " ")
    assert "no action 'beautify'" in said and "extract-function" in said


def test_what_needs_no_model_uses_none(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.configure(ALONE)
    place.write("area.py", "def area(width, height):\n    total = width * height\n    return total\n")
    words = ["refactor", "area.py", "--action", "rename-local", "--selection", "2:5", "--answer", "product"]
    assert cli.main([*words, "--apply"]) == 0
    assert (place.folder / "area.py").read_text() == (
        "def area(width, height):\n    product = width * height\n    return product\n"
    )
    assert "no model was asked" in capsys.readouterr().err.replace("\n", " ")


def test_the_list_says_where_each_would_run(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["refactor", "store.py", "--list", "--selection", "2:9", "--json"]) == 0
    rows = {each["action"]: each for each in json.loads(capsys.readouterr().out)}
    assert "in 2 files · cloud, gpt-4o · " in rows["change-signature"]["title"]
    assert all("·" in each["title"] for each in rows.values() if not each["disabled"])


def test_a_file_that_no_model_may_read_is_left_alone(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write(".emberlineignore", "store.py\n")
    assert cli.main([*WORDS, "--apply"]) == 1
    assert "no model may read store.py" in capsys.readouterr().err.replace("\n", " ")
    assert cloud.requests("/v1/chat/completions") == []


def test_a_path_through_another_folder_is_the_files_own(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.folder / "below").mkdir()
    cloud.script(answers=[RENAMED])
    assert cli.main(["refactor", "below/../store.py", *WORDS[2:], "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in told["files"]] == [str(place.folder / name) for name in texts(place)]


def test_programs_are_told_as_well_what_could_not_be_written(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.folder / "use.py").chmod(0o444)
    cloud.script(answers=[RENAMED])
    assert cli.main([*WORDS, "--apply", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told == {"applied": False, "words": "use.py is read-only", "files": []}
    assert texts(place) == {"store.py": STORE, "use.py": USER}
