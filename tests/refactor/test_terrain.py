"""Where a refactoring may write: nothing leads out, and names and paths are each other's inverse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emberline.refactor.types import Unfit
from tests.refactor.places import source, terrain, written

REFUSED = {
    "": "needs a name",
    "  ": "needs a name",
    "/etc/passwd": "absolute",
    "~/notes.py": "absolute",
    "C:/notes.py": "absolute",
    "C:notes.py": "absolute",
    "file:///etc/passwd": "absolute",
    "../out.py": "'..'",
    "src/../../out.py": "'..'",
    "src/./a.py": "'.'",
    "src//a.py": "empty part",
    "src/": "empty part",
    "src\\a.py": "slashes",
    "a\0.py": "cannot be seen",
    "a\n.py": "cannot be seen",
    "a\u202e.py": "cannot be seen",
    "a\u200b.py": "cannot be seen",
    "a\ud800.py": "cannot be seen",
    "src/\uff0e\uff0e/a.py": "'..'",
    "a:stream.py": ":",
    "what?.py": "?",
    "con": "device",
    "src/NUL.txt": "device",
    "Com1.py": "device",
    "a.py ": "space",
    "a.py.": "dot",
    "x" * 300: "too long",
    "/".join(["folder"] * 200): "too long",
    ".git/config": "hidden",
    ".github/workflows/ci.yml": "hidden",
    ".vscode/tasks.json": "hidden",
    ".env": "hidden",
    "src/.hidden.py": "hidden",
    "node_modules/left/index.js": "tools",
    "lib/Node_Modules/x.js": "tools",
    "__pycache__/a.py": "tools",
    "lib/site-packages/x.py": "tools",
    "keys/id_rsa": "kept from models",
    "server.pem": "kept from models",
    "private/notes.py": "kept from models",
    "generated/x.py": "kept from models",
    "build/x.py": "git ignores it",
    "deep/build/x.py": "git ignores it",
    "out/x.py": "leads out",
    "out/new/x.py": "leads out",
    "hooks/x.py": "hidden",
    "broken/x.py": "leads out",
    "Src/new.py": "spelt src",
    "src/a.py/b.py": "is a file",
    "src": "a folder",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    written(
        folder,
        {
            "src/a.py": "x = 1\n",
            ".gitignore": "build/\n",
            ".emberlineignore": "private/\n",
            ".git/config": "",
        },
    )
    (tmp_path / "elsewhere").mkdir()
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    (folder / "hooks").symlink_to(folder / ".git")
    (folder / "broken").symlink_to(tmp_path / "not there")
    (folder / "also").symlink_to(folder / "src")
    return folder


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(workspace: Path, name: str) -> None:
    with pytest.raises(Unfit, match=".*" + REFUSED[name].replace("?", r"\?").replace(".", r"\.")):
        terrain(workspace, exclude=("generated/",)).path_of(name)


@pytest.mark.parametrize(
    "name", ["new.py", "src/a.py", "src/b.py", "new/deep/c.py", "größe/ü.py", "also/x.py", "Makefile"]
)
def test_allows(workspace: Path, name: str) -> None:
    ground = terrain(workspace)
    path = ground.path_of(name)
    assert path == workspace / name
    assert ground.name_of(path) == name


def test_a_folder_that_is_a_link_keeps_its_spelling(workspace: Path, tmp_path: Path) -> None:
    link = tmp_path / "project"
    link.symlink_to(workspace)
    ground = terrain(link)
    assert ground.path_of("src/b.py") == link / "src" / "b.py"
    assert ground.name_of(workspace / "src" / "a.py") == "src/a.py"
    assert ground.name_of(link / "src" / "a.py") == "src/a.py"


def test_several_folders_are_told_by_their_names(tmp_path: Path) -> None:
    one, two, inner = tmp_path / "x" / "app", tmp_path / "y" / "app", tmp_path / "x" / "app" / "part"
    for each in (one, two, inner):
        each.mkdir(parents=True)
    ground = terrain(one, two, inner)
    assert ground.path_of("app/a.py") == one / "a.py"
    assert ground.path_of("app-2/a.py") == two / "a.py"
    assert ground.name_of(inner / "b.py") == "app/part/b.py"
    for wrong in ("a.py", "app", "other/a.py"):
        with pytest.raises(Unfit, match="begins with its folder's"):
            ground.path_of(wrong)


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="no folder is open"):
        terrain().path_of("a.py")
    with pytest.raises(Unfit, match="outside"):
        terrain().name_of(tmp_path / "a.py")


def test_what_was_sent_may_be_hidden_or_ignored_but_not_elsewhere(workspace: Path, tmp_path: Path) -> None:
    ground = terrain(workspace)
    written(workspace, {".github/ci.yml": "", "build/x.py": "", "private/p.py": "", "node_modules/m.js": ""})
    for name in (".github/ci.yml", "build/x.py", "src/a.py", "also/a.py", "not yet there.py"):
        ground.admit(source(workspace, name, ""))
    written(tmp_path / "elsewhere", {"a.py": ""})
    os.mkfifo(workspace / "pipe.py")
    for name, why in {
        "out/a.py": "outside",
        "../elsewhere/a.py": "outside",
        ".git/config": "nothing is written in .git",
        "hooks/config": "nothing is written in .git",
        "node_modules/m.js": "nothing is written in node_modules",
        "private/p.py": "kept from models",
        "pipe.py": "no ordinary file",
    }.items():
        with pytest.raises(Unfit, match=why):
            ground.admit(source(workspace, name, ""))


def test_two_names_for_one_file_are_one(workspace: Path) -> None:
    ground = terrain(workspace)
    assert ground.identity(workspace / "also/a.py") == ground.identity(workspace / "src/a.py")
    assert ground.identity(workspace / "New.py") == ground.identity(workspace / "new.py")
    assert ground.identity(workspace / "u\u0308.py") == ground.identity(workspace / "\u00fc.py")
    assert ground.taken(workspace / "src/A.PY")
    assert ground.taken(workspace / "src/a.py")
    assert not ground.taken(workspace / "src/b.py")


PARTS = st.one_of(
    st.sampled_from(
        [
            "..",
            ".",
            "",
            "src",
            "Src",
            "out",
            "hooks",
            "broken",
            "also",
            ".git",
            "build",
            "a.py",
            "new",
            "~",
            "C:",
        ]
    ),
    st.text(max_size=6),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(st.lists(PARTS, max_size=5).map("/".join))
def test_no_name_leads_out(workspace: Path, name: str) -> None:
    ground = terrain(workspace)
    try:
        path = ground.path_of(name)
    except Unfit as unfit:
        assert all(str(each).isprintable() for each in unfit.complaints)
        return
    real = Path(os.path.realpath(path))
    assert real.is_relative_to(workspace.resolve())
    assert not any(part.startswith(".") for part in real.relative_to(workspace.resolve()).parts)
    assert ground.name_of(path) == name
