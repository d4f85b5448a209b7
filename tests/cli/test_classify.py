"""`emberline classify`, with a scripted cloud or with no model at all."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emberline import cli
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving
from tests.servers.talking import KEY

LABELS = "bug=something is broken,wish"


@pytest.fixture
def cloud(place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        place.configure(
            f"privacy: {{mode: open}}\n{ALONE}"
            f"router: {{cloud_endpoint: '{served.url}/v1', cloud_api_key: {KEY}}}\n"
        )
        yield served


def answers(served: Served, *several: dict[str, str]) -> None:
    served.script(answers=[{"text": json.dumps(each)} for each in several])


def rows(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_lines_get_their_labels(place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    place.write("titles.txt", "It is broken\n\nA dark theme\n")
    answers(cloud, {"1": "bug", "2": "wish"})
    assert cli.main(["classify", "--labels", LABELS, "--lines", "titles.txt"]) == 0
    said = capsys.readouterr()
    assert said.out == "bug\tIt is broken\nwish\tA dark theme\n"
    assert "Computed by gpt-4o in the cloud" in said.err.replace("\n", " ")


def test_json_lines(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"It is broken\nA dark theme\n")))
    answers(cloud, {"1": "bug", "2": "wish"})
    assert cli.main(["classify", "--labels", LABELS, "--lines", "--json", "-"]) == 0
    head = {"item": "standard input", "reason": None, "shortened": False}
    assert rows(capsys.readouterr().out) == [
        {**head, "line": 1, "text": "It is broken", "label": "bug"},
        {**head, "line": 2, "text": "A dark theme", "label": "wish"},
    ]


def test_files_and_one_array(place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    place.write("a.txt", "It is\nbroken\n")
    place.write("b.txt", "A dark theme\n")
    answers(cloud, {"1": "bug", "2": "wish"})
    assert cli.main(["classify", "--labels", LABELS, "--array", "a.txt", "b.txt"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["item"], each["line"], each["label"]) for each in told] == [
        ("a.txt", None, "bug"),
        ("b.txt", None, "wish"),
    ]


def test_an_answer_that_never_validates_is_null_and_says_why(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write("a.txt", "x")
    cloud.script(text='{"label": "invented"}')
    assert cli.main(["classify", "--labels", LABELS, "--json", "a.txt"]) == 1
    (row,) = rows(capsys.readouterr().out)
    assert row["label"] is None and "not usable" in str(row["reason"])


def test_a_file_that_no_model_may_read_has_no_label(
    place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write(".env", "KEY=1")
    place.write("b.txt", "A dark theme")
    answers(cloud, {"label": "wish"})
    assert cli.main(["classify", "--labels", LABELS, "--json", ".env", "b.txt"]) == 1
    first, second = rows(capsys.readouterr().out)
    assert first["label"] is None and "no model may read" in str(first["reason"])
    assert second["label"] == "wish"


def test_it_goes_on_where_it_stopped(place: Place, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    place.write("titles.txt", "It is broken\nA dark theme\nBroken again\n")
    out = Path("sorted.jsonl")
    answers(cloud, {"1": "bug", "2": "wish", "3": "bug"})
    assert cli.main(["classify", "--labels", LABELS, "--lines", "--output", str(out), "titles.txt"]) == 0
    whole = out.read_text()
    out.write_text("".join(whole.splitlines(keepends=True)[:1]) + '{"item": "titles.txt", "li')
    answers(cloud, {"1": "wish", "2": "bug"})
    assert cli.main(["classify", "--labels", LABELS, "--lines", "--output", str(out), "titles.txt"]) == 0
    assert out.read_text() == whole
    assert cli.main(["classify", "--labels", LABELS, "--lines", "--output", str(out), "titles.txt"]) == 0
    assert out.read_text() == whole
    assert cli.main(["classify", "--labels", "a,b", "--lines", "--output", str(out), "titles.txt"]) == 1
    assert "not among --labels" in capsys.readouterr().err.replace("\n", " ")


def test_without_a_model_it_says_so_and_an_array_is_still_one(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(ALONE)
    place.write("a.txt", "x")
    assert cli.main(["classify", "--labels", LABELS, "--array", "a.txt"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == []
    assert "emberline: " in said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--labels", "one", "a.py"], "two labels"),
        (["--labels", LABELS, "none.txt"], "cannot be read"),
        (["--labels", LABELS, "-", "-"], "only once"),
        (["--labels", LABELS, "binary"], "is not text"),
    ],
)
def test_what_is_wrong_is_said(
    words: list[str], why: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.folder / "binary").write_bytes(b"\0\1\2")
    assert cli.main(["classify", *words]) == 1
    assert why in capsys.readouterr().err.replace("\n", " ")
