"""Where git's ignore file for all repositories is."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.privacy.ignores import excludes_file


@pytest.mark.parametrize(
    ("config", "other", "expected"),
    [
        ("", "", ".config/git/ignore"),
        ("[core]\n\texcludesFile = ~/mine\n", "", "mine"),
        ("", "[core]\n\texcludesfile=~/mine # all of them\n", "mine"),
        ("[core] excludesfile = ~/mine\n", "[core]\nexcludesfile = ~/other\n", "mine"),
        ('[core]\neditor = vi\nEXCLUDESFILE = ~/other\nexcludesfile = "~/my own"\n', "", "my own"),
        ("[ CORE ]\n# excludesfile = ~/other\n[user]\nexcludesfile = ~/other\n", "", ".config/git/ignore"),
        ('[core "sub"]\nexcludesfile = ~/other\n', "", ".config/git/ignore"),
        ("[core]\nexcludesfile\n[\n=\n", "", ".config/git/ignore"),
    ],
)
def test_it_is_where_git_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, other: str, expected: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(config)
    (tmp_path / ".config/git").mkdir(parents=True)
    (tmp_path / ".config/git/config").write_text(other)
    assert excludes_file({}) == tmp_path / expected


def test_in_a_configuration_folder_of_the_users_choice(tmp_path: Path) -> None:
    assert excludes_file({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "git" / "ignore"
