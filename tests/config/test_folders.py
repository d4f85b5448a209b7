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
    for name in ("work/client/app", "work/app", "play", "elsewhere/app"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "work/out").symlink_to(tmp_path / "elsewhere/app")
    (tmp_path / "play/in").symlink_to(tmp_path / "work/client/app")
    (tmp_path / "alias").symlink_to(tmp_path / "work")
    return tmp_path


def mode(home: Path, privacy: str, *folders: str, editor: dict[str, object] | None = None) -> tuple[str, str]:
    """The mode in these folders, and who set it."""
    file = home / "user.yaml"
    file.write_text(f"privacy:\n  {privacy}\n")
    found = load([home / folder for folder in folders], editor, {"EMBERLINE_CONFIG": str(file), "W": "work"})
    origin = found.origins["privacy.mode"]
    return found.settings.privacy.mode, f"{os.path.relpath(origin.file, home)}:{origin.line}"


@pytest.mark.parametrize(
    ("privacy", "folders", "expected"),
    [
        ("folders: {~/work: trusted}", ["work"], "trusted"),
        ("folders: {~/work: trusted}", ["work/app"], "trusted"),
        ("folders: {~/work/: trusted}", ["work/app"], "trusted"),
        ("folders: {~/work: trusted}", ["play"], "strict"),
        ("folders: {~/work: trusted}", ["."], "strict"),
        ("folders: {~/wor: trusted}", ["work"], "strict"),
        ("folders: {'~/${W}': trusted}", ["work"], "trusted"),
        ("folders: {~/work: trusted}", [], "strict"),
        # The deepest entry holds, stricter or looser.
        ("folders: {~/work: open, ~/work/client: strict}", ["work/client/app"], "strict"),
        ("folders: {~/work: strict, ~/work/client: open}", ["work/client/app"], "open"),
        ("mode: open\n  folders: {~/work: strict}", ["work/app"], "strict"),
        ("mode: open\n  folders: {~/work: strict}", ["play"], "open"),
        # So does one for a folder inside what is opened, where it is stricter.
        ("folders: {~/work: open, ~/work/client: strict}", ["work"], "strict"),
        ("folders: {~/work: open, ~/work/client: strict}", ["alias"], "strict"),
        ("folders: {~/work: open, ~/alias/client: trusted}", ["work"], "trusted"),
        ("folders: {~/work: trusted, ~/work/client: open}", ["work"], "trusted"),
        ("folders: {~/work/client: open}", ["work"], "strict"),
        ("mode: open\n  folders: {~/work/client: strict}", ["."], "strict"),
        # Of several folders the strictest.
        ("folders: {~/work: open, ~/play: trusted}", ["work", "play"], "trusted"),
        ("folders: {~/work: open}", ["work", "elsewhere"], "strict"),
        ("mode: open\n  folders: {~/play: trusted}", ["work", "play"], "trusted"),
        # Links, on either side; what leads somewhere else has the stricter of both modes.
        ("folders: {~/alias: open}", ["work/app"], "open"),
        ("folders: {~/work: open}", ["alias/app"], "open"),
        ("folders: {~/work: open}", ["work/out"], "strict"),
        ("folders: {~/work: strict, ~/elsewhere: open}", ["work/out"], "strict"),
        ("folders: {~/play: open, ~/work/client: strict}", ["play/in"], "strict"),
        ("folders: {~/play/in: open}", ["play/in"], "open"),
        ("folders: {~/work: open, ~/alias: strict}", ["work"], "strict"),
        # A folder that is not there yet.
        ("folders: {~/new: open}", ["new/app"], "open"),
    ],
)
def test_the_mode_of_folders(home: Path, privacy: str, folders: list[str], expected: str) -> None:
    assert mode(home, privacy, *folders)[0] == expected


def test_the_origin_is_the_entry(home: Path) -> None:
    privacy = "mode: open\n  folders:\n    ~/work: open\n    ~/play: trusted"
    assert mode(home, privacy, "play") == ("trusted", "user.yaml:5")
    assert mode(home, privacy, "work", "play") == ("trusted", "user.yaml:5")
    assert mode(home, privacy, "work") == ("open", "user.yaml:4")
    assert mode(home, privacy, "elsewhere") == ("open", "user.yaml:2")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MODE": "strict"}, "strict"),
        ({"MODE": "trusted"}, "trusted"),
        ({"MODE": "open"}, "trusted"),
        ({"FOLDERS": "{~/work: open}"}, "open"),
        ({"MODE": "strict", "FOLDERS": "{~/work: open}"}, "open"),
    ],
)
def test_a_mode_by_variable_is_only_made_stricter(
    home: Path, variables: dict[str, str], expected: str
) -> None:
    (home / "user.yaml").write_text("privacy: {mode: open, folders: {~/work: trusted}}\n")
    environment = {f"EMBERLINE_PRIVACY__{name}": text for name, text in variables.items()}
    found = load([home / "work"], environment={"EMBERLINE_CONFIG": str(home / "user.yaml"), **environment})
    assert found.settings.privacy.mode == expected


@pytest.mark.parametrize(
    ("privacy", "expected"),
    [
        ("folders: {~/work: open}", ("open", "strict")),
        ("mode: trusted\n  folders: {~/work: open}", ("open", "trusted")),
        ("mode: open\n  folders: {~/work: strict}", ("strict", "open")),
        ("mode: trusted\n  folders: {~/play: open}", ("trusted", "trusted")),
    ],
)
def test_elsewhere_the_general_mode_holds(home: Path, privacy: str, expected: tuple[str, str]) -> None:
    (home / "user.yaml").write_text(f"privacy:\n  {privacy}\n")
    environment = {"EMBERLINE_CONFIG": str(home / "user.yaml")}
    found = load([home / "work"], environment=environment)
    assert (found.settings.privacy.mode, found.elsewhere) == expected
    (home / "work/.emberline.yaml").write_text("privacy: {mode: strict}\n")
    assert load([home / "work"], environment=environment).elsewhere == "strict"


def test_a_workspace_and_an_editor_can_only_tighten_it(home: Path) -> None:
    privacy = "folders: {~/work: trusted}"
    assert mode(home, privacy, "work", editor={"privacy": {"mode": "open"}})[0] == "trusted"
    assert mode(home, privacy, "work", editor={"privacy": {"mode": "strict"}})[0] == "strict"
    loose = {"privacy": {"folders": {str(home / "work"): "open"}}}
    assert mode(home, privacy, "work", editor=loose)[0] == "trusted"
    (home / "work/.emberline.yaml").write_text("privacy: {mode: strict}\n")
    assert mode(home, privacy, "work") == ("strict", "work/.emberline.yaml:1")
    (home / "work/.emberline.yaml").write_text(yaml.safe_dump(loose))
    assert mode(home, privacy, "work")[0] == "trusted"


@pytest.mark.parametrize(
    ("privacy", "words"),
    [
        (
            "folders: {~/work: opn}",
            "privacy.folders.~/work: must be one of strict, trusted, open; found 'opn': did you mean open?",
        ),
        ("folders: {~/work: open, ~/play: }", "privacy.folders.~/play: must be one of strict, trusted, open"),
        ("folders: {work: open}", "privacy.folders.work: must be a whole path (or one that begins with ~)"),
        ("folders: {~nobody-of-this-name/work: open}", "there is no home folder for ~nobody-of-this-name"),
        (
            "folders: {'${UNSET}/': open}",
            "the environment variable UNSET is not set, so what is meant is unclear",
        ),
        (
            "folders: [~/work]",
            "must be a section of paths, each with one of strict, trusted, open; found a list",
        ),
        ("folders: {~/work: open}\n  exclude: secrets", "must be a list of texts"),
        ("folders: {~/work: open, ~/work: strict}", "stands twice"),
    ],
)
def test_what_is_unclear_is_strict_everywhere(home: Path, privacy: str, words: str) -> None:
    assert mode(home, privacy, "work")[0] == "strict"
    file = home / "user.yaml"
    found = load([home / "work"], environment={"EMBERLINE_CONFIG": str(file)})
    assert any(words in str(problem) and problem.line for problem in found.errors), found.problems
    assert "Until then privacy is strict" in str(found.problems[-1])
    assert found.settings.router.thresholds.privacy_enforced


def test_the_lines_of_entries_with_variables() -> None:
    assert parse("f", "privacy:\n  folders:\n    /a.b: open\n").lines["privacy", "folders", "/a.b"] == 3
