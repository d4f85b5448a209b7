"""Which files a model may read, and how far their text may travel."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emberline.privacy import files, ignores
from emberline.privacy.files import Boundaries, Patterns
from emberline.privacy.labels import Label, Level

MODE = "privacy.mode in your file:3"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Without the tester's own configuration of git."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A workspace with ignore files at two depths, in a repository that begins one folder higher."""
    _write(
        tmp_path,
        {
            "repository/.git/info/exclude": "private-notes/\n",
            "repository/.gitignore": "*.local.py\n/jobs/out/\n",
            "repository/jobs/.gitignore": "build/\n!kept.local.py\n*.gen.py\n!build/taken_back.py\n",
            "repository/jobs/.emberlineignore": "customers/\n*.gold.py\n!a.gen.py\n",
            "repository/jobs/sub/.gitignore": "!b.gen.py\n!customers\n!x.gold.py\nown.py\n",
            "repository/jobs/sub/.emberlineignore": "*.deep.py\n",
        },
    )
    return tmp_path / "repository" / "jobs"


def _write(root: Path, contents: dict[str, str]) -> None:
    for name, content in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _boundaries(work: Path, **changes: object) -> Boundaries:
    policy: dict[str, object] = {
        "folders": (work,),
        "exclude": ("secrets/", "*.x.py"),
        "local_only": ("models/",),
        "mode": Level.OPEN,
        "mode_from": "your file:3",
    }
    return Boundaries(**{**policy, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "level", "why"),
    [
        ("a.py", Level.OPEN, MODE),
        ("sub/deep/a.py", Level.OPEN, MODE),
        ("a.local.py", Level.STRICT, ".gitignore"),  # by the repository's rules, above the workspace
        ("out/a.py", Level.STRICT, ".gitignore"),
        ("sub/out/a.py", Level.OPEN, MODE),
        ("private-notes/a.py", Level.STRICT, ".gitignore"),
        ("kept.local.py", Level.OPEN, MODE),
        ("build/a.py", Level.STRICT, ".gitignore"),
        ("build/taken_back.py", Level.STRICT, ".gitignore"),  # its folder is ignored as a whole
        ("sub/build/a.py", Level.STRICT, ".gitignore"),
        ("x.gen.py", Level.STRICT, ".gitignore"),
        ("a.gen.py", Level.OPEN, MODE),  # .emberlineignore comes last
        ("sub/b.gen.py", Level.OPEN, MODE),
        ("sub/own.py", Level.STRICT, ".gitignore"),
        ("own.py", Level.OPEN, MODE),
        ("models/a.py", Level.STRICT, "privacy.local_only"),
    ],
)
def test_how_far_a_text_may_travel(work: Path, name: str, level: Level, why: str) -> None:
    path = work / name
    expected = Label(level, str(path), why)
    assert _boundaries(work).label(path) == expected
    assert _boundaries(work).label(str(path)) == expected
    assert _boundaries(work).label(path.as_uri()) == expected


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "sub/.env.local",
        "deploy/server.pem",
        "aws_credentials.json",
        ".ssh/notes.txt",
        ".kube/config",
        "secrets/a.py",
        "sub/secrets/a.py",
        "a.x.py",
        "customers/a.py",
        "sub/customers/a.py",  # no line of git's takes it back
        "a.gold.py",
        "sub/x.gold.py",
        "sub/deeper/a.deep.py",
    ],
)
@pytest.mark.parametrize("enforced", [True, False])
def test_what_no_model_may_read(work: Path, name: str, enforced: bool) -> None:
    assert _boundaries(work, enforced=enforced).label(work / name) is None


def test_without_enforcement_files_go_as_far_as_the_mode(work: Path) -> None:
    lax = _boundaries(work, enforced=False, mode=Level.TRUSTED)
    for name in ("build/a.py", "models/a.py", "a.local.py"):
        assert lax.label(work / name) == Label(Level.TRUSTED, str(work / name), MODE)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("untitled:Untitled-1", Label(Level.OPEN, "untitled:Untitled-1", MODE)),
        ("/elsewhere/a.py", Label(Level.OPEN, "/elsewhere/a.py", MODE)),
        ("untitled:.env", None),
        ("git:/elsewhere/.env?%7B%22ref%22%3A%22HEAD%22%7D", None),
        ("vscode-notebook-cell:/elsewhere/a.x.py#c1", None),
        ("/elsewhere/deep/a.x.py", None),
        ("/home/ann/.ssh/config", None),
    ],
)
def test_outside_of_the_workspace(work: Path, document: str, expected: Label | None) -> None:
    assert _boundaries(work).label(document) == expected


def test_a_link_is_judged_by_where_it_leads_too(work: Path) -> None:
    _write(work, {"build/a.py": "", ".env": "", "plain.py": ""})
    for name, target in (("one.py", "build/a.py"), ("two.py", ".env"), ("three.py", "plain.py")):
        (work / name).symlink_to(work / target)
    boundaries = _boundaries(work)
    assert boundaries.label(work / "one.py") == Label(Level.STRICT, str(work / "one.py"), ".gitignore")
    assert boundaries.label(work / "two.py") is None
    assert boundaries.label(work / "three.py") == Label(Level.OPEN, str(work / "three.py"), MODE)


def test_what_git_ignores_everywhere_stays_here_too(work: Path, home: Path) -> None:
    scratch, kept = work / "scratch" / "a.py", work / "kept.scratch.py"
    _write(home, {".config/git/ignore": "scratch/\n*.scratch.py\n"})
    _write(work, {".gitignore": "!kept.scratch.py\n"})  # the repository's own files count more
    boundaries = _boundaries(work)
    assert boundaries.label(scratch) == Label(Level.STRICT, str(scratch), ".gitignore")
    assert boundaries.label(kept) == Label(Level.OPEN, str(kept), MODE)
    (home / ".config/git/ignore").unlink()
    boundaries.invalidate()
    assert boundaries.label(scratch) == Label(Level.OPEN, str(scratch), MODE)


@pytest.mark.parametrize(
    "line",
    ["", "!", "foo\\", "[z-a]", "[a", "/", "\0", "**a**[", "\ufeff!"],
)
@pytest.mark.parametrize("name", [".gitignore", ".emberlineignore", ".git/info/exclude"])
def test_a_line_that_is_no_pattern_spoils_no_other(tmp_path: Path, line: str, name: str) -> None:
    _write(tmp_path, {name: f"one.py\n{line}\ntwo.py\n"})
    boundaries = _boundaries(tmp_path)
    for ignored in ("one.py", "two.py"):
        label = boundaries.label(tmp_path / ignored)
        assert label is None or (label.level, label.why) == (Level.STRICT, ".gitignore")
    assert boundaries.label(tmp_path / "a.py") == Label(Level.OPEN, str(tmp_path / "a.py"), MODE)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _waited_for(path: Path) -> None:
    os.mkfifo(path)


def _too_large(path: Path) -> None:
    path.write_text("#" * (ignores.MAX_BYTES + 1))


def _too_many(path: Path) -> None:
    path.write_text("".join(f"name{number}\n" for number in range(ignores.MAX_PATTERNS + 1)))


@pytest.mark.parametrize("refused", [_endless, _waited_for, _too_large, _too_many])
@pytest.mark.parametrize("name", [".gitignore", ".emberlineignore", ".git/info/exclude"])
def test_what_a_refused_ignore_file_would_govern_stays_here(
    work: Path, name: str, refused: Callable[[Path], None]
) -> None:
    _write(
        work,
        {"sub/.git/info/exclude": "", "sub/.gitignore": "!*\n", "sub/.emberlineignore": "!*\n*.deep.py\n"},
    )
    (work / "sub" / name).unlink()
    refused(work / "sub" / name)
    _write(work, {"sub/deep/.gitignore": "!*\n", "sub/deep/.emberlineignore": "!*\n"})
    boundaries = _boundaries(work)
    for path in (work / "sub" / "a.py", work / "sub" / "deep" / "a.py"):
        assert boundaries.label(path) == Label(Level.STRICT, str(path), ".gitignore")
    assert boundaries.label(work / "a.py") == Label(Level.OPEN, str(work / "a.py"), MODE)
    if name != ".emberlineignore":
        assert boundaries.label(work / "sub" / "x.deep.py") is None  # what the others say still holds


@pytest.mark.parametrize("name", [".gitignore", ".emberlineignore", ".git/info/exclude"])
def test_an_ignore_file_that_is_nothing_states_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).symlink_to(os.devnull)
    (tmp_path / "sub" / name).mkdir(parents=True)
    for path in (tmp_path / "a.py", tmp_path / "sub" / "a.py"):
        assert _boundaries(tmp_path).label(path) == Label(Level.OPEN, str(path), MODE)


def test_patterns_that_are_none_spoil_no_others(work: Path) -> None:
    boundaries = _boundaries(work, exclude=("!", "[z-a]", "*.x.py"), local_only=("foo\\", "models/"))
    assert boundaries.label(work / "a.x.py") is None
    label = boundaries.label(work / "models" / "a.py")
    assert label is not None and label.level is Level.STRICT


@pytest.mark.parametrize(
    "document",
    [
        "file:///a%00b.py",
        "file://[x/a.py",
        "/a\0b.py",
        "/\ud800/a.py",
        "untitled:\0",
        "\0",
        "file:",
        "",
        "//",
    ],
)
@given(rest=st.text(max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_no_address_raises(work: Path, document: str, rest: str) -> None:
    boundaries = _boundaries(work, by_folder={"/a": "strict", "/\0": "strict"})
    for each in (document, document + rest, rest, str(work / rest), work / rest):
        boundaries.label(each)
    assert boundaries.label("/a\0b.py") is None


def test_a_folder_that_may_not_be_looked_into(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is for another user than root, who alone may look everywhere."""
    closed, original = work / "closed", Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.is_relative_to(closed):
            raise PermissionError(13, "Permission denied")
        return original(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    label = _boundaries(closed).label(closed / "a.py")
    assert label == Label(Level.OPEN, str(closed / "a.py"), MODE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("secret/a.py", (Level.STRICT, "privacy.folders")),
        ("secret/deep/a.py", (Level.STRICT, "privacy.folders")),
        ("secret", (Level.STRICT, "privacy.folders")),
        ("secret/demo/a.py", (Level.OPEN, MODE)),  # the deepest counts
        ("secret/demo/out/a.py", (Level.TRUSTED, "privacy.folders")),  # by where it leads
        ("link/a.py", (Level.STRICT, "privacy.folders")),
        ("host/a.py", (Level.TRUSTED, "privacy.folders")),
        ("alias/a.py", (Level.TRUSTED, "privacy.folders")),  # its entry is for the link
        ("aliased/a.py", (Level.TRUSTED, "privacy.folders")),
        ("secrets.py", (Level.OPEN, MODE)),
        ("repository/jobs/a.py", (Level.OPEN, MODE)),
        ("repository/jobs/client/a.py", (Level.STRICT, "privacy.folders")),
    ],
)
def test_a_folder_has_a_mode_of_its_own_wherever_it_lies(
    work: Path, tmp_path: Path, name: str, expected: tuple[Level, str]
) -> None:
    _write(tmp_path, {"secret/demo/a.py": "", "host/a.py": "", "aliased/a.py": ""})
    for link, target in (("link", "secret"), ("alias", "aliased"), ("secret/demo/out", "host")):
        (tmp_path / link).symlink_to(tmp_path / target)
    by_folder = {
        str(tmp_path / "secret"): "strict",
        str(tmp_path / "secret/demo"): "open",
        str(tmp_path / "host"): "trusted",
        str(tmp_path / "alias"): "trusted",
        str(work / "client"): "strict",
    }
    path = tmp_path / name
    label = Label(expected[0], str(path), expected[1])
    assert _boundaries(work, by_folder=by_folder).label(path) == label
    assert _boundaries(work, by_folder=by_folder, enforced=False).label(path.as_uri()) == label
    strict = _boundaries(work, by_folder=by_folder, mode=Level.STRICT).label(path)
    assert strict == Label(Level.STRICT, str(path), MODE)  # no entry raises it


def test_what_lies_elsewhere_has_the_general_mode(work: Path, tmp_path: Path) -> None:
    by_folder = {str(work): "open", str(tmp_path / "play"): "open"}
    boundaries = _boundaries(work, by_folder=by_folder, elsewhere=Level.TRUSTED)
    (work / "out").symlink_to(tmp_path / "elsewhere")
    for path, level in (
        (work / "a.py", Level.OPEN),
        (tmp_path / "play/a.py", Level.OPEN),
        (tmp_path / "elsewhere/a.py", Level.TRUSTED),
        (work / "out.py", Level.OPEN),
        (work / "out/a.py", Level.STRICT),  # by the repository's .gitignore
    ):
        label = boundaries.label(path)
        assert label is not None and label.level is level, path
    assert boundaries.label("untitled:Untitled-1") == Label(Level.OPEN, "untitled:Untitled-1", MODE)
    lower = _boundaries(work, mode=Level.STRICT, elsewhere=Level.OPEN).label("/elsewhere/a.py")
    assert lower == Label(Level.STRICT, "/elsewhere/a.py", MODE)


@pytest.mark.parametrize("opened", ["real", "link"])
@pytest.mark.parametrize("document", ["real", "link"])
def test_patterns_hold_on_either_side_of_a_link(tmp_path: Path, opened: str, document: str) -> None:
    _write(tmp_path, {"real/sub/a.py": "", "real/keep/a.py": "", "real/.git/info/exclude": ""})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    boundaries = _boundaries(tmp_path / opened, exclude=["sub/*.py"], local_only=["keep/"])
    assert boundaries.label(tmp_path / document / "sub" / "a.py") is None
    label = boundaries.label(tmp_path / document / "keep" / "a.py")
    assert label is not None and label.why == "privacy.local_only"


def test_a_changed_ignore_file_is_noticed(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boundaries = _boundaries(work)
    path = work / "sub" / "a.py"
    assert boundaries.label(path) == Label(Level.OPEN, str(path), MODE)
    (work / "sub" / ".emberlineignore").unlink()
    (work / ".emberlineignore").write_text("a.py\n")
    boundaries.invalidate()
    assert boundaries.label(path) is None
    monkeypatch.setattr(files, "RECHECK_SECONDS", 0.0)
    (work / ".emberlineignore").unlink()
    (work / "sub" / ".gitignore").write_text("a.*\n")
    assert boundaries.label(path) == Label(Level.STRICT, str(path), ".gitignore")


def test_files_are_not_looked_at_again_at_every_keystroke(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boundaries = _boundaries(work)
    first = boundaries.label(work / "sub" / "a.py")

    def looked(path: Path) -> int:
        raise AssertionError(f"looked at {path}")

    monkeypatch.setattr(files, "stamp", looked)
    assert boundaries.label(work / "sub" / "a.py") is first


def test_patterns_hold_within_folders_and_by_name_outside(tmp_path: Path) -> None:
    patterns = Patterns(("secrets/", "*.key.py"), (tmp_path,))
    assert patterns.cover(tmp_path / "deep" / "secrets" / "a.py")
    assert patterns.cover(tmp_path / "secrets", is_folder=True)
    assert not patterns.cover(tmp_path / "secrets")
    assert patterns.cover(Path("/elsewhere/a.key.py"))
    assert not patterns.cover(Path("/elsewhere/secrets/a.py"))
