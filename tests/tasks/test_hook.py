"""The hook in real repositories, run by a real git; what it writes comes from a script instead of a model."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from emberline.errors import UserError
from emberline.tasks import hook
from emberline.tasks.commit import git
from tests.tasks.repository import Repo


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    repo = Repo(tmp_path / "my work")
    repo.stage("a.py", "x = 1\n")
    repo.commit("Start")
    return repo


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An interpreter that writes a message into the file that it is given, after the hook's own options."""
    fake = tmp_path / "it's a python"
    fake.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> "{tmp_path}/calls"\n'
        'for last; do before="$file"; file="$last"; done\n'
        'printf "Suggested\\n%s" "$(cat "$before")" > "$before"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    return fake


def calls(repo: Repo) -> list[str]:
    found = repo.folder.parent / "calls"
    return found.read_text().splitlines() if found.exists() else []


def committed(repo: Repo) -> str:
    return repo.git("log", "-1", "--format=%B").strip()


def put(path: Path, text: str, mode: int = 0o755) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_a_commit_without_a_message_is_given_one(repo: Repo, python: Path) -> None:
    state = hook.install(git.at(repo.folder), 7)
    assert state.is_installed and not state.other
    repo.stage("a.py", "x = 2\n")
    repo.git("commit", "-q", GIT_EDITOR="true")
    assert committed(repo) == "Suggested"
    (call,) = calls(repo)
    assert call == "-P -m emberline hook write --seconds 7 .git/COMMIT_EDITMSG "


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "Mine"),
        ("-F", "message"),
        ("-C", "HEAD"),
        ("--amend", "--no-edit"),
        ("-m", "Mine", "-e"),
    ],
)
def test_a_message_that_was_given_stays(repo: Repo, python: Path, arguments: tuple[str, ...]) -> None:
    repo.write("message", "Mine\n")
    hook.install(git.at(repo.folder))
    repo.stage("a.py", "x = 2\n")
    repo.git("commit", "-q", *arguments, GIT_EDITOR="true")
    assert committed(repo) in ("Mine", "Start")
    assert calls(repo) == []


def test_merges_and_squashes_are_left_alone(repo: Repo, python: Path) -> None:
    hook.install(git.at(repo.folder))
    for name in ("side", "other"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.stage(f"{name}.py", "y = 1\n")
        repo.git("commit", "-q", "-m", name)
    repo.git("checkout", "-q", "main")
    repo.stage("c.py", "z = 1\n")
    repo.git("commit", "-q", "-m", "Main")
    repo.git("merge", "-q", "side", GIT_EDITOR="true")
    assert committed(repo).startswith("Merge branch 'side'")
    repo.git("merge", "-q", "--squash", "other")
    repo.git("commit", "-q", GIT_EDITOR="true")
    assert committed(repo).startswith("Squashed commit")
    assert calls(repo) == []


def test_the_hook_that_was_there_runs_first_and_comes_back(repo: Repo, python: Path) -> None:
    there = repo.folder / ".git/hooks" / hook.NAME
    put(there, '#!/bin/sh\necho "before $2" >> ../calls\n')
    state = hook.install(git.at(repo.folder))
    assert state.other == "runs first"
    assert hook.install(git.at(repo.folder)).other == "runs first"  # again: ours is brought up to date
    repo.stage("a.py", "x = 2\n")
    repo.git("commit", "-q", GIT_EDITOR="true")
    repo.stage("a.py", "x = 3\n")
    repo.git("commit", "-q", "-m", "Mine")
    assert calls(repo)[0] == "before "
    assert calls(repo)[2] == "before message"
    removed = hook.remove(git.at(repo.folder))
    assert (removed.is_installed, removed.other) == (False, "is there alone")
    assert there.read_text().startswith('#!/bin/sh\necho "before')
    assert os.access(there, os.X_OK)
    assert not there.with_name(hook.KEPT).exists()


def test_what_the_other_hook_forbids_stays_forbidden(repo: Repo, python: Path) -> None:
    put(repo.folder / ".git/hooks" / hook.NAME, "#!/bin/sh\nexit 3\n")
    hook.install(git.at(repo.folder))
    repo.stage("a.py", "x = 2\n")
    assert repo.tried("commit", "-q", GIT_EDITOR="true").returncode != 0
    assert calls(repo) == []


def test_a_hook_that_could_not_run_still_cannot(repo: Repo, python: Path) -> None:
    there = repo.folder / ".git/hooks" / hook.NAME
    put(there, "#!/bin/sh\nexit 3\n", 0o644)
    hook.install(git.at(repo.folder))
    repo.stage("a.py", "x = 2\n")
    repo.git("commit", "-q", GIT_EDITOR="true")
    assert committed(repo) == "Suggested"
    hook.remove(git.at(repo.folder))
    assert there.read_text() == "#!/bin/sh\nexit 3\n"
    assert not os.access(there, os.X_OK)


@pytest.mark.parametrize("trouble", ["gone", "fails"])
def test_a_commit_never_fails_by_it(repo: Repo, python: Path, trouble: str) -> None:
    hook.install(git.at(repo.folder))
    if trouble == "gone":
        python.unlink()
    else:
        put(python, "#!/bin/sh\necho words; echo words >&2; exit 9\n")
    repo.stage("a.py", "x = 2\n")
    done = repo.tried("commit", GIT_EDITOR="sh -c 'echo By hand > \"$1\"' -")
    assert done.returncode == 0
    assert "words" not in done.stdout + done.stderr
    assert committed(repo) == "By hand"


def test_removing_twice_and_never_installed(repo: Repo) -> None:
    assert not hook.remove(git.at(repo.folder)).is_installed
    assert not hook.state(git.at(repo.folder)).is_installed


def test_a_hook_that_somebody_put_over_ours_is_not_touched(repo: Repo, python: Path) -> None:
    there = repo.folder / ".git/hooks" / hook.NAME
    put(there, "#!/bin/sh\nexit 0\n")
    hook.install(git.at(repo.folder))
    put(there, "#!/bin/sh\n# another\n")
    with pytest.raises(UserError, match=r"no longer Emberline's"):
        hook.remove(git.at(repo.folder))
    with pytest.raises(UserError, match="put one of them away"):
        hook.install(git.at(repo.folder))
    assert there.read_text() == "#!/bin/sh\n# another\n"


def test_core_hooks_path_of_the_repository(repo: Repo, python: Path, tmp_path: Path) -> None:
    repo.git("config", "core.hooksPath", str(tmp_path / "my hooks"))
    state = hook.install(git.at(repo.folder))
    assert state.place.hook == tmp_path / "my hooks" / hook.NAME
    repo.stage("a.py", "x = 2\n")
    repo.git("commit", "-q", GIT_EDITOR="true")
    assert committed(repo) == "Suggested"


def test_hooks_of_all_repositories_are_asked_for_by_name(repo: Repo, python: Path, tmp_path: Path) -> None:
    repo.git("config", "--global", "core.hooksPath", str(tmp_path / "everywhere"))
    with pytest.raises(UserError, match="--shared"):
        hook.install(git.at(repo.folder))
    assert not (tmp_path / "everywhere").exists()
    assert hook.install(git.at(repo.folder), shared=True).is_installed


@pytest.mark.parametrize(
    ("hooks", "said"),
    [(".husky/_", r"husky's.*\.husky/prepare-commit-msg"), ("tools/hooks", "part of its files")],
)
def test_hooks_that_belong_to_everybody_are_not_touched(repo: Repo, hooks: str, said: str) -> None:
    (repo.folder / hooks).mkdir(parents=True)
    repo.git("config", "core.hooksPath", hooks)
    with pytest.raises(UserError, match=said):
        hook.install(git.at(repo.folder))
    assert list((repo.folder / hooks).iterdir()) == []


def test_one_hook_serves_all_working_trees(repo: Repo, python: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    repo.git("worktree", "add", "-q", str(tree), "-b", "side")
    hook.install(git.at(tree))
    assert hook.state(git.at(repo.folder)).is_installed
    (tree / "a.py").write_text("x = 5\n")
    repo.other(tree, "add", ".")
    repo.environment["GIT_EDITOR"] = "true"
    repo.other(tree, "commit", "-q")
    assert repo.git("log", "-1", "--format=%s", "side").strip() == "Suggested"


@pytest.mark.parametrize(
    ("source", "editor", "wanted"),
    [
        ("", "vim", True),
        ("template", "", True),
        ("message", "vim", False),
        ("merge", "", False),
        ("squash", "", False),
        ("commit", "", False),
        ("", ":", False),
    ],
)
def test_when_it_is_wanted(source: str, editor: str, wanted: bool) -> None:
    assert hook.is_wanted(source, editor) is wanted


@pytest.mark.parametrize(
    ("present", "comment", "expected"),
    [
        ("\n# Please\n", "#", "Add it\n\n# By a model.\n# Please\n"),
        ("# Please\n", "#", "Add it\n\n# By a model.\n# Please\n"),
        ("\n; Please\n", ";", "Add it\n\n; By a model.\n; Please\n"),
        ("", "", "Add it\n\n"),
        ("\n# Please\n", "", "Add it\n\n# Please\n"),
        ("Mine\n# Please\n", "#", None),
        ("\n# -----\n\nMine\n", "#", None),
        (
            "\n# ------------------------ >8 ------------------------\ndiff --git a b\n",
            "#",
            "Add it\n\n# By a model.\n"
            "# ------------------------ >8 ------------------------\ndiff --git a b\n",
        ),
    ],
)
def test_what_becomes_of_the_message_file(present: str, comment: str, expected: str | None) -> None:
    assert hook.filled(present, "Add it", "By a model.", comment) == expected


@pytest.mark.parametrize(
    ("key", "value", "sign"),
    [
        ("core.commentChar", ";", ";"),
        ("commit.cleanup", "whitespace", ""),
        ("commit.cleanup", "strip", "#"),
        ("core.commentChar", "auto", "%"),
    ],
)
def test_what_comments_begin_with(repo: Repo, key: str, value: str, sign: str) -> None:
    assert hook.comment_sign(git.at(repo.folder), "\n% a\n") == "#"
    repo.git("config", key, value)
    assert hook.comment_sign(git.at(repo.folder), "\n% a\n") == sign


def test_a_file_is_replaced_at_once_and_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    put(file, "old", 0o600)
    hook.write(file, "new \udce9\n")
    assert file.read_bytes() == b"new \xe9\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["COMMIT_EDITMSG"]
