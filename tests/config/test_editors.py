"""What an editor sends: the user's values, and the folders' beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emberline.config.load import load


def of(editor: dict[str, Any]) -> tuple[Any, ...]:
    settings = load((), editor, {}).settings
    return (
        settings.completion.enabled,
        settings.completion.max_lines,
        settings.completion.disabled_languages,
        settings.privacy.mode,
    )


STANDARD = of({})


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user without a file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("EMBERLINE_CONFIG", raising=False)


def test_a_workspace_tightens_what_the_user_of_the_editor_said() -> None:
    users = {"completion": {"enabled": True, "max_lines": 20, "disabled_languages": ["markdown"]}}
    theirs = {"completion": {"enabled": False, "max_lines": 4, "disabled_languages": ["plaintext"]}}
    found = of({**users, "workspace": theirs})
    assert found[:3] == (False, 4, ("markdown", "plaintext"))


def test_a_workspace_loosens_nothing() -> None:
    users = {"completion": {"enabled": False, "max_lines": 4}}
    theirs = {"completion": {"enabled": True, "max_lines": 60}, "privacy": {"mode": "open"}}
    assert of({**users, "workspace": theirs}) == (False, 4, STANDARD[2], "strict")
    assert of({"workspace": {"completion": {"max_lines": 60}}}) == STANDARD


def test_it_cannot_raise_what_the_users_own_file_says(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("completion: {max_lines: 4}\n")
    found = load((), {"workspace": [{"completion": {"max_lines": 6}}]}, {"EMBERLINE_CONFIG": str(mine)})
    assert found.settings.completion.max_lines == 4


def test_the_strictest_of_several_folders_holds_and_is_named(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("privacy: {mode: open}\n")
    folders = [{}, {"privacy": {"mode": "trusted"}}, {"privacy": {"mode": "strict"}}]
    found = load((), {"workspace": folders}, {"EMBERLINE_CONFIG": str(mine)})
    assert found.settings.privacy.mode == "strict"
    assert str(found.origin("privacy.mode")) == "the workspace's settings in the editor"
    assert found.problems == ()


@pytest.mark.parametrize("said", [5, "strict", None, [5], [{}, "x"]])
def test_what_is_no_section_is_told_and_strict(tmp_path: Path, said: object) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("privacy: {mode: open}\n")
    found = load((), {"workspace": said}, {"EMBERLINE_CONFIG": str(mine)})
    assert found.settings.privacy.mode == "strict"
    (problem,) = found.errors
    assert problem.message.startswith("must be a section of settings")


def test_what_it_says_unclearly_of_privacy_is_strict(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("privacy: {mode: open}\n")
    found = load((), {"workspace": {"privacy": {"mode": 1}}}, {"EMBERLINE_CONFIG": str(mine)})
    assert found.settings.privacy.mode == "strict"
