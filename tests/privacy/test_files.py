"""Which files a model may read, and how far their text may travel."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.privacy import files
from emberline.privacy.files import Boundaries, Patterns
from emberline.privacy.labels import Label, Level

MODE = "privacy.mode in your file:3"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A workspace with ignore files at two depths, in a repository that begins one folder higher."""
    _write(
        tmp_path,
        {
            "repository/.git/info/exclude": "private-notes/\n",
            "repository/.gitignore": "*.local.py\n/work/out/\n",
            "repository/work/.gitignore": "build/\n!kept.local.py\n*.gen.py\n!build/taken_back.py\n",
            "repository/work/.emberlineignore": "customers/\n*.gold.py\n!a.gen.py\n",
            "repository/work/sub/.gitignore": "!b.gen.py\n!customers\n!x.gold.py\nown.py\n",
            "repository/work/sub/.emberlineignore": "*.deep.py\n",
        },
    )
    return tmp_path / "repository" / "work"


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

    monkeypatch.setattr(files, "_stamp", looked)
    assert boundaries.label(work / "sub" / "a.py") is first


def test_patterns_hold_within_folders_and_by_name_outside(tmp_path: Path) -> None:
    patterns = Patterns(("secrets/", "*.key.py"), (tmp_path,))
    assert patterns.cover(tmp_path / "deep" / "secrets" / "a.py")
    assert patterns.cover(tmp_path / "secrets", is_folder=True)
    assert not patterns.cover(tmp_path / "secrets")
    assert patterns.cover(Path("/elsewhere/a.key.py"))
    assert not patterns.cover(Path("/elsewhere/secrets/a.py"))
