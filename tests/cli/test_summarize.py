"""`emberline summarize`, with a scripted cloud or the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emberline import cli
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving

TEXT = "# Shop\n\nThe shop sells books. It opens at nine.\n\n## Till\n\nThe till counts money.\n"
GOOD = "The shop sells books and opens at nine.\n\n- The till counts money."


@pytest.fixture
def cloud(place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        place.has_cloud(served)
        place.write("shop.md", TEXT)
        yield served


def test_a_document_in_words_and_as_json(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.script(answers=[{"text": GOOD}, {"text": GOOD}])
    assert cli.main(["summarize", "shop.md"]) == 0
    told = capsys.readouterr()
    assert told.out == GOOD + "\n"
    assert "Computed by gpt-4o in the cloud" in told.err
    assert cli.main(["summarize", "--json", "shop.md"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["paths"], found["markdown"], found["parts"]) == (["shop.md"], GOOD, 1)
    assert found["route"]["chosen"]["model"] == "gpt-4o"


def test_a_folder_in_which_a_strict_file_keeps_all_here(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(place.config.read_text().replace("mode: open", "mode: open, local_only: [notes.md]"))
    place.write("notes.md", "# Notes\n\nOnly for us here.\n")
    assert cli.main(["summarize", "."]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("# work\n\n3 files, ")
    assert "No model was asked." in told.err
    assert cloud.requests("/v1/chat/completions") == []


def test_what_cannot_be_done_is_said(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.configure(ALONE)
    for words, said in (
        (["missing.md"], "missing.md is not there"),
        ([".", "a.py"], "either files or one folder"),
    ):
        assert cli.main(["summarize", *words]) == 1
        assert said in capsys.readouterr().err
    assert cli.main(["summarize"]) == 2


@pytest.mark.model
def test_with_the_default_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "none.yaml"))
    (tmp_path / "shop.md").write_text(TEXT)
    assert cli.main(["summarize", "--json", str(tmp_path / "shop.md")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "book" in told["markdown"].lower()
    assert "qwen2.5-coder-0.5b on this machine" in told["notes"][0]
