"""`emberline ask`, with a scripted cloud or with no model at all."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from emberline import cli
from tests.routing.served import Place
from tests.servers import Served, serving
from tests.servers.talking import KEY

ALONE = "engine: {embedded: false}\nbackends: {discover: false}\n"
STORE = "class Store:\n    def shut(self):\n        'Closes every session.'\n        self.sessions.clear()\n"


@pytest.fixture
def workspace(place: Place) -> Place:
    place.configure(ALONE)
    (place.folder / ".git").mkdir()
    place.write("src/store.py", STORE)
    return place


@pytest.fixture
def cloud(workspace: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        workspace.configure(
            "privacy: {mode: open}\n"
            f"router: {{cloud_endpoint: '{served.url}/v1', cloud_api_key: {KEY}}}\n{ALONE}"
        )
        served.script(answers=[{"text": "`shut` closes every session [1]."}])
        yield served


def test_it_prints_the_answer_and_where_it_stands(
    workspace: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ask", "how", "are", "sessions", "closed?"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("`shut` closes every session [1].\n\n[1] src/store.py:1  Store\n")
    assert "        'Closes every session.'" in said.out
    assert "gpt-4o in the cloud" in said.err.replace("\n", " ")


def test_json_tells_programs_all_of_it(
    workspace: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ask", "--json", "how are sessions closed?"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["found"] is True and told["route"]["chosen"]["model"] == "gpt-4o"
    place = told["citations"][0]
    assert place["path"] == str(workspace.folder / "src/store.py") and place["name"] == "src/store.py"
    assert (place["first"], place["last"], place["symbol"], place["cited"]) == (1, 4, "Store", True)
    assert place["excerpt"] == STORE.rstrip("\n") and place["excerptLine"] == 1


def test_without_a_model_it_tells_the_places(workspace: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ask", "how are sessions closed?"]) == 0
    said = capsys.readouterr()
    assert "src/store.py:1  Store" in said.out and "No model has answered" in said.err


def test_what_is_not_there_is_said_to_be_not_there(
    workspace: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ask", "--json", "which Kubernetes ingress is deployed?"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["found"] is False and told["markdown"].startswith("Not found here")
    assert told["citations"] == [] and told["route"] is None


def test_what_stands_in_a_file_does_not_steer_the_terminal(
    workspace: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.write("src/store.py", STORE.replace("Closes every session.", "Closes \x1b[2Jevery session."))
    assert cli.main(["ask", "how", "are", "sessions", "closed?"]) == 0
    said = capsys.readouterr().out
    assert "Closes �[2Jevery session." in said and "\x1b" not in said


def test_another_folder_can_be_asked(
    workspace: Place, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "zoo.py").write_text("def feed_the_zebra():\n    pass\n")
    assert cli.main(["ask", "--folder", str(other), "who feeds the zebra?"]) == 0
    assert f"{other / 'zoo.py'}:1  feed_the_zebra" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_an_error(workspace: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ask", "--folder", "nowhere", "why?"]) == 1
    assert "nowhere is no folder" in capsys.readouterr().err


def test_no_question_is_an_error(workspace: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ask", " "]) == 1
    assert "no question" in capsys.readouterr().err
    assert cli.main(["ask"]) == 2
