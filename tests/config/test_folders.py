"""Which mode holds where, by `privacy.folders`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from emberline.config.load import load
from emberline.config.source import parse


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with some folders, and links between them."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("jobs/client/app", "jobs/app", "play", "elsewhere/app"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "jobs/out").symlink_to(tmp_path / "elsewhere/app")
    (tmp_path / "play/in").symlink_to(tmp_path / "jobs/client/app")
    (tmp_path / "alias").symlink_to(tmp_path / "jobs")
    return tmp_path


def mode(home: Path, privacy: str, *folders: str, editor: dict[str, object] | None = None) -> tuple[str, str]:
    """The mode in these folders, and who set it."""
    file = home / "user.yaml"
    file.write_text(f"privacy:\n  {privacy}\n")
    found = load([home / folder for folder in folders], editor, {"EMBERLINE_CONFIG": str(file), "W": "jobs"})
    origin = found.origins["privacy.mode"]
    return found.settings.privacy.mode, f"{os.path.relpath(origin.file, home)}:{origin.line}"


@pytest.mark.parametrize(
    ("privacy", "folders", "expected"),
    [
        ("folders: {~/jobs: trusted}", ["jobs"], "trusted"),
        ("folders: {~/jobs: trusted}", ["jobs/app"], "trusted"),
        ("folders: {~/jobs/: trusted}", ["jobs/app"], "trusted"),
        ("folders: {~/jobs: trusted}", ["play"], "strict"),
        ("folders: {~/jobs: trusted}", ["."], "strict"),
        ("folders: {~/wor: trusted}", ["jobs"], "strict"),
        ("folders: {'~/${W}': trusted}", ["jobs"], "trusted"),
        ("folders: {~/jobs: trusted}", [], "strict"),
        # The deepest entry holds, stricter or looser.
        ("folders: {~/jobs: open, ~/jobs/client: strict}", ["jobs/client/app"], "strict"),
        ("folders: {~/jobs: strict, ~/jobs/client: open}", ["jobs/client/app"], "open"),
        ("mode: open\n  folders: {~/jobs: strict}", ["jobs/app"], "strict"),
        ("mode: open\n  folders: {~/jobs: strict}", ["play"], "open"),
        # So does one for a folder inside what is opened, where it is stricter.
        ("folders: {~/jobs: open, ~/jobs/client: strict}", ["jobs"], "strict"),
        ("folders: {~/jobs: open, ~/jobs/client: strict}", ["alias"], "strict"),
        ("folders: {~/jobs: open, ~/alias/client: trusted}", ["jobs"], "trusted"),
        ("folders: {~/jobs: trusted, ~/jobs/client: open}", ["jobs"], "trusted"),
        ("folders: {~/jobs/client: open}", ["jobs"], "strict"),
        ("mode: open\n  folders: {~/jobs/client: strict}", ["."], "strict"),
        # Of several folders the strictest.
        ("folders: {~/jobs: open, ~/play: trusted}", ["jobs", "play"], "trusted"),
        ("folders: {~/jobs: open}", ["jobs", "elsewhere"], "strict"),
        ("mode: open\n  folders: {~/play: trusted}", ["jobs", "play"], "trusted"),
        # Links, on either side; what leads somewhere else has the stricter of both modes.
        ("folders: {~/alias: open}", ["jobs/app"], "open"),
        ("folders: {~/jobs: open}", ["alias/app"], "open"),
        ("folders: {~/jobs: open}", ["jobs/out"], "strict"),
        ("folders: {~/jobs: strict, ~/elsewhere: open}", ["jobs/out"], "strict"),
        ("folders: {~/play: open, ~/jobs/client: strict}", ["play/in"], "strict"),
        ("folders: {~/play/in: open}", ["play/in"], "open"),
        ("folders: {~/jobs: open, ~/alias: strict}", ["jobs"], "strict"),
        # A folder that is not there yet.
        ("folders: {~/new: open}", ["new/app"], "open"),
    ],
)
def test_the_mode_of_folders(home: Path, privacy: str, folders: list[str], expected: str) -> None:
    assert mode(home, privacy, *folders)[0] == expected


def test_the_origin_is_the_entry(home: Path) -> None:
    privacy = "mode: open\n  folders:\n    ~/jobs: open\n    ~/play: trusted"
    assert mode(home, privacy, "play") == ("trusted", "user.yaml:5")
    assert mode(home, privacy, "jobs", "play") == ("trusted", "user.yaml:5")
    assert mode(home, privacy, "jobs") == ("open", "user.yaml:4")
    assert mode(home, privacy, "elsewhere") == ("open", "user.yaml:2")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MODE": "strict"}, "strict"),
        ({"MODE": "trusted"}, "trusted"),
        ({"MODE": "open"}, "trusted"),
        ({"FOLDERS": "{~/jobs: open}"}, "open"),
        ({"MODE": "strict", "FOLDERS": "{~/jobs: open}"}, "open"),
    ],
)
def test_a_mode_by_variable_is_only_made_stricter(
    home: Path, variables: dict[str, str], expected: str
) -> None:
    (home / "user.yaml").write_text("privacy: {mode: open, folders: {~/jobs: trusted}}\n")
    environment = {f"EMBERLINE_PRIVACY__{name}": text for name, text in variables.items()}
    found = load([home / "jobs"], environment={"EMBERLINE_CONFIG": str(home / "user.yaml"), **environment})
    assert found.settings.privacy.mode == expected


@pytest.mark.parametrize(
    ("privacy", "expected"),
    [
        ("folders: {~/jobs: open}", ("open", "strict")),
        ("mode: trusted\n  folders: {~/jobs: open}", ("open", "trusted")),
        ("mode: open\n  folders: {~/jobs: strict}", ("strict", "open")),
        ("mode: trusted\n  folders: {~/play: open}", ("trusted", "trusted")),
    ],
)
def test_elsewhere_the_general_mode_holds(home: Path, privacy: str, expected: tuple[str, str]) -> None:
    (home / "user.yaml").write_text(f"privacy:\n  {privacy}\n")
    environment = {"EMBERLINE_CONFIG": str(home / "user.yaml")}
    found = load([home / "jobs"], environment=environment)
    assert (found.settings.privacy.mode, found.elsewhere) == expected
    (home / "jobs/.emberline.yaml").write_text("privacy: {mode: strict}\n")
    assert load([home / "jobs"], environment=environment).elsewhere == "strict"


def test_a_workspace_and_an_editor_can_only_tighten_it(home: Path) -> None:
    privacy = "folders: {~/jobs: trusted}"
    assert mode(home, privacy, "jobs", editor={"privacy": {"mode": "open"}})[0] == "trusted"
    assert mode(home, privacy, "jobs", editor={"privacy": {"mode": "strict"}})[0] == "strict"
    loose = {"privacy": {"folders": {str(home / "jobs"): "open"}}}
    assert mode(home, privacy, "jobs", editor=loose)[0] == "trusted"
    (home / "jobs/.emberline.yaml").write_text("privacy: {mode: strict}\n")
    assert mode(home, privacy, "jobs") == ("strict", "jobs/.emberline.yaml:1")
    (home / "jobs/.emberline.yaml").write_text(yaml.safe_dump(loose))
    assert mode(home, privacy, "jobs")[0] == "trusted"


@pytest.mark.parametrize(
    ("privacy", "words"),
    [
        (
            "folders: {~/jobs: opn}",
            "privacy.folders.~/jobs: must be one of strict, trusted, open; found 'opn': did you mean open?",
        ),
        ("folders: {~/jobs: open, ~/play: }", "privacy.folders.~/play: must be one of strict, trusted, open"),
        ("folders: {work: open}", "privacy.folders.work: must be a whole path (or one that begins with ~)"),
        ("folders: {~nobody-of-this-name/work: open}", "there is no home folder for ~nobody-of-this-name"),
        (
            "folders: {'${UNSET}/': open}",
            "the environment variable UNSET is not set, so what is meant is unclear",
        ),
        (
            "folders: [~/jobs]",
            "must be a section of paths, each with one of strict, trusted, open; found a list",
        ),
        ("folders: {~/jobs: open}\n  exclude: secrets", "must be a list of texts"),
        ("folders: {~/jobs: open, ~/jobs: strict}", "stands twice"),
    ],
)
def test_what_is_unclear_is_strict_everywhere(home: Path, privacy: str, words: str) -> None:
    assert mode(home, privacy, "jobs")[0] == "strict"
    file = home / "user.yaml"
    found = load([home / "jobs"], environment={"EMBERLINE_CONFIG": str(file)})
    assert any(words in str(problem) and problem.line for problem in found.errors), found.problems
    assert "Until then privacy is strict" in str(found.problems[-1])
    assert found.settings.router.thresholds.privacy_enforced


def test_the_lines_of_entries_with_variables() -> None:
    assert parse("f", "privacy:\n  folders:\n    /a.b: open\n").lines["privacy", "folders", "/a.b"] == 3
