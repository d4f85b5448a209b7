"""Files: where they lie, and what an unreadable, strange or hostile one does."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from emberline.config.load import load, load_file, user_file
from emberline.config.schema import Settings
from emberline.config.source import MAX_BYTES, parse


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"EMBERLINE_CONFIG": str(tmp_path / "user.yaml")}


def test_the_users_file(tmp_path: Path, environment: dict[str, str]) -> None:
    assert user_file(environment) == tmp_path / "user.yaml"
    assert user_file({}) == platformdirs.user_config_path("emberline", appauthor=False) / "config.yaml"


def test_user_and_workspaces_together(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "user.yaml").write_text("completion: {max_lines: 20, alternatives: 5}\n")
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder, text in zip(folders, ["max_lines: 9", "max_lines: 4", "alternatives: 7"], strict=True):
        folder.mkdir()
        (folder / ".emberline.yaml").write_text(f"completion: {{{text}}}\n")
    found = load([*folders, tmp_path / "absent"], environment=environment)
    assert (found.settings.completion.max_lines, found.settings.completion.alternatives) == (4, 5)
    assert str(found.origins["completion.max_lines"]) == f"{folders[1] / '.emberline.yaml'}:1"
    assert [problem.key for problem in found.problems] == ["completion.alternatives"]


def test_a_named_file_that_is_not_there_is_told(environment: dict[str, str]) -> None:
    found = load(environment=environment)
    assert "cannot be read: No such file" in str(found.problems[0])
    assert found.settings == Settings()


def test_no_file_at_all_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: tmp_path)
    assert load([tmp_path], environment={}).problems == ()


def test_a_file_by_its_name_is_a_workspaces(tmp_path: Path) -> None:
    path = tmp_path / ".emberline.yaml"
    path.write_text("completion: {budget_ms: 70}\n")
    assert [str(problem.severity) for problem in load_file(path).problems] == ["warning"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "completion:\n", "\ufeffcompletion: {}\n"])
def test_an_empty_file_is_right(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_file(path).problems == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"completion:\n  budget_ms: [1\n", ":3: is not valid YAML"),
        (b"a: 1\nb: \xff\n", ":2: is not UTF-8 text"),
        (b"completion\n", ":1: must be a mapping of sections"),
        (b"a: \x00\n", "is not valid YAML"),
        (b"a: 2026-99-99\n", "holds an impossible value"),
        (b"a: !!python/name:os.system\n", "is not valid YAML"),
        (b"#" * (MAX_BYTES + 1), "is larger than 256 KiB"),
        (b"a: " + b"[" * 5000, "has more values, or deeper ones"),
    ],
)
def test_a_strange_file_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / ".emberline.yaml"
    path.write_bytes(content)
    found = load_file(path)
    assert words in str(found.problems[0])
    assert found.settings == Settings()


def test_aliases_cannot_multiply() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    source = parse("bomb.yaml", "l0: &l0 [x, x, x, x, x, x, x, x, x]\n" + "\n".join(levels))
    assert "has more values" in str(source.problems[0])


def test_an_alias_of_itself() -> None:
    assert "deeper" in str(parse("loop.yaml", "a: &a [*a]").problems[0])


def test_a_link_to_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".emberline.yaml").symlink_to("/dev/stdin")
    found = load_file(tmp_path / ".emberline.yaml")
    assert "is no regular file" in str(found.problems[0]) or "cannot be read" in str(found.problems[0])


def test_a_file_that_cannot_be_reached_fails_closed(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "user.yaml").write_text("privacy: {mode: open}\n")
    (tmp_path / ".emberline.yaml").symlink_to(tmp_path / ".emberline.yaml")  # a loop: there, and unreachable
    found = load([tmp_path], environment=environment)
    assert found.settings.privacy.mode == "strict" and "cannot be read" in str(found.problems[0])
