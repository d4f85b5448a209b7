"""One path is judged as a walk of the whole folder would judge it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emberline.privacy.walk import Bounds, reachable, walk

NAMES = (
    "a.py",
    "b.gen.py",
    ".hidden",
    "node_modules",
    "build",
    "logs",
    "x.min.js",
    "id_rsa",
    "keep.gen.py",
    "sub",
)
LINES = ("*.gen.py", "!keep.gen.py", "/build", "build/", "logs/*", "!logs/a.py", "sub", "*")


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    if any(each.is_file() for each in path.parents) or path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)
IGNORED = st.dictionaries(
    st.sampled_from((".gitignore", ".emberlineignore", "sub/.gitignore", "build/.emberlineignore")),
    st.lists(st.sampled_from(LINES), min_size=1, max_size=3).map("\n".join),
    max_size=2,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(PATHS, min_size=1, max_size=8),
    IGNORED,
    st.lists(st.sampled_from(("/build", "!/build/a.py", "logs", "*.min.js", "!a.py")), max_size=2),
)
def test_what_is_reachable_is_what_a_walk_finds(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str], ignored: dict[str, str], exclude: list[str]
) -> None:
    root = tmp_path_factory.mktemp("walk")
    for name, lines in ignored.items():
        write(root, name, lines)
    for name in paths:
        write(root, name, "x")
    found = {path for path in walk(root, Bounds(), exclude) if path is not None}
    every = {path for path in root.rglob("*") if path.is_file()}
    assert {path for path in every if reachable(path, root, exclude)} == found


def test_links_and_what_lies_elsewhere_are_not_reachable(tmp_path: Path) -> None:
    write(tmp_path, "w/real/a.py", "x")
    (tmp_path / "w" / "link").symlink_to(tmp_path / "w" / "real")
    root = tmp_path / "w"
    assert (
        reachable(root / "real" / "a.py", root) and reachable(root / "real", root) and reachable(root, root)
    )
    assert not reachable(root / "link" / "a.py", root)
    assert not reachable(tmp_path, root) and not reachable(tmp_path / "other.py", root)
