"""What lines of ignore files say, and where git's file for all repositories is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.config.patterns import compiled
from emberline.privacy import ignores
from emberline.privacy.ignores import Lines, excludes_file


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


_LINES = st.text(st.sampled_from("ab/*?![]-\\ #."), max_size=9)
_PATHS = st.lists(st.text(st.sampled_from("ab*[\\ #!.-"), min_size=1, max_size=4), min_size=1, max_size=3)


@given(lines=st.lists(_LINES, max_size=6), names=_PATHS, end=st.sampled_from(["", "/"]))
def test_lines_say_what_their_patterns_say(lines: list[str], names: list[str], end: str) -> None:
    path = "/".join(names) + end
    assert Lines(lines).include(path) == compiled(lines).check_file(path).include


def test_a_line_is_compiled_once_and_only_for_a_path_it_may_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def recorded(lines: tuple[str, ...]) -> object:
        made.extend(lines)
        return compiled(lines)

    monkeypatch.setattr(ignores, "compiled", recorded)
    lines = ["# once-a", "once-a/", "*.once-b", "once-c*", "!/deep/*/once-d?"]
    assert Lines(lines).include("deep/a.once-b")
    assert made == ["*.once-b"]
    assert Lines([*lines, "once-e"]).include("once-a/a.once-b")
    assert made == ["*.once-b", "once-a/"]
