"""`emberline commit-message` and the hook, from a shell and by git: a scripted cloud, or the real model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emberline import cli
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving
from tests.tasks.repository import Repo

BEFORE = "def close(force):\n    return force\n"
AFTER = "def close(force, retry=3):\n    return force\n"


@pytest.fixture
def repo(place: Place, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(place.folder.parent / "gitconfig"))
    place.configure(ALONE)
    repo = Repo(place.folder)
    repo.stage("store.py", BEFORE)
    repo.commit("Start")
    repo.stage("store.py", AFTER)
    return repo


@pytest.fixture
def cloud(place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        place.has_cloud(served)
        yield served


def said(subject: str) -> dict[str, str]:
    return {"text": json.dumps({"subject": subject})}


def test_the_message_alone_goes_to_standard_output(
    repo: Repo, cloud: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.script(answers=[said("Let close retry three times")])
    assert cli.main(["commit-message"]) == 0
    told = capsys.readouterr()
    assert told.out == "Let close retry three times\n"
    assert "Computed by gpt-4o in the cloud" in told.err


def test_as_json(repo: Repo, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.script(answers=[said("Fix #99"), said("Let close retry")])
    assert cli.main(["commit-message", "--json", str(repo.folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["message"] == told["subject"] == "Let close retry"
    assert (told["body"], told["attempts"]) == ("", 2)
    assert told["route"]["chosen"]["model"] == "gpt-4o"


def test_without_a_model_it_says_the_facts(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["commit-message"]) == 0
    told = capsys.readouterr()
    assert told.out == "Add retry to close\n"
    assert "No model was asked." in told.err


def test_what_cannot_be_done_is_said(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["commit-message", str(place.folder / "missing")]) == 1
    assert "is no folder" in capsys.readouterr().err
    assert cli.main(["commit-message"]) == 1
    assert "lies in no git working tree" in capsys.readouterr().err
    Repo(place.folder)
    assert cli.main(["commit-message"]) == 1
    assert "nothing is staged" in capsys.readouterr().err


def test_the_hook_by_git_itself(repo: Repo, cloud: Served, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.script(answers=[said("Let close retry three times")])
    assert cli.main(["hook", "status"]) == 0
    assert "does not ask" in capsys.readouterr().out
    assert cli.main(["hook", "install", "--seconds", "60"]) == 0
    assert "Git asks Emberline" in capsys.readouterr().out
    assert cli.main(["hook", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["installed"] is True
    repo.git("commit", "-q", GIT_EDITOR="cp .git/COMMIT_EDITMSG ../shown; true")
    assert repo.git("log", "-1", "--format=%B").strip() == "Let close retry three times"
    shown = (repo.folder.parent / "shown").read_text()
    assert "# Suggested by Emberline. Computed by gpt-4o in the cloud" in shown
    assert "# Please enter the commit message" in shown
    assert cli.main(["hook", "remove"]) == 0
    assert not (repo.folder / ".git/hooks/prepare-commit-msg").exists()


def test_a_message_that_is_there_is_left_alone(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_EDITOR", "vim")
    file = repo.write("message", "Mine\n")
    for source in ("", "message"):
        assert cli.main(["hook", "write", str(file), source]) == 0
        assert file.read_text() == "Mine\n"
    assert cli.main(["hook", "write", str(tmp_path / "missing"), ""]) == 0
    monkeypatch.setenv("GIT_EDITOR", ":")
    file.write_text("\n")
    assert cli.main(["hook", "write", str(file), ""]) == 0
    assert file.read_text() == "\n"


@pytest.mark.parametrize(
    "words", [[], ["dance"], ["install", "--seconds", "0"], ["install", "--seconds", "x"]]
)
def test_wrong_usage(words: list[str]) -> None:
    assert cli.main(["hook", *words]) == 2


@pytest.mark.model
def test_with_the_default_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "none.yaml"))
    repo = Repo(tmp_path / "work")
    repo.stage("store.py", BEFORE)
    repo.commit("Add a", "Fix b", "Add c", "Remove d", "Add e")
    repo.stage("store.py", AFTER)
    assert cli.main(["commit-message", "--json", str(repo.folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 5 < len(told["subject"]) <= 50
    assert told["subject"][0].isupper() and not told["subject"].endswith(".")
    # The model's own words or, where none of them held, the facts': true either way.
    assert "close" in told["subject"].lower() or "retry" in told["subject"].lower()
    assert "qwen2.5-coder-0.5b on this machine" in told["notes"][0]


@pytest.mark.model
def test_the_hook_with_the_default_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "none.yaml"))
    repo = Repo(tmp_path / "work")
    repo.stage("store.py", BEFORE)
    repo.commit("Start")
    repo.stage("store.py", AFTER)
    assert cli.main(["hook", "install", "--seconds", "300", str(repo.folder)]) == 0
    assert sys.executable in (repo.folder / ".git/hooks/prepare-commit-msg").read_text()
    repo.git("commit", "-q", GIT_EDITOR="true")
    subject = repo.git("log", "-1", "--format=%s").strip()
    assert "close" in subject.lower() or "retry" in subject.lower()
