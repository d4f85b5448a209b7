"""One value changes, and nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emberline.config.edit import remove_value, set_value, with_value, without
from emberline.errors import UserError

REFERENCE = Path(__file__).parents[2] / "config.yaml"


@pytest.mark.parametrize(
    ("text", "key", "value", "expected"),
    [
        ("", "privacy.mode", "open", "privacy:\n  mode: open\n"),
        ("# only this\n", "a", 1, "# only this\na: 1\n"),
        ("a: 1", "b", 2, "a: 1\nb: 2\n"),
        ("a: 1  # why\nb: 2\n", "a", 3, "a: 3  # why\nb: 2\n"),
        ("a: 'x' # why\n", "a", "y", "a: y # why\n"),
        ("a: null   # why\n", "a", True, "a: true   # why\n"),
        ("a:   # why\nb: 2\n", "a", 1, "a: 1   # why\nb: 2\n"),
        (
            "s:\n    x: 1\n\n# about t\nt:\n    y: 2\n",
            "s.z",
            3,
            "s:\n    x: 1\n    z: 3\n\n# about t\nt:\n    y: 2\n",
        ),
        ("s:  # why\n  # x: 1\nt: 2\n", "s.x", 3, "s:  # why\n  x: 3\n  # x: 1\nt: 2\n"),
        ("s:", "s.x", 3, "s:\n  x: 3\n"),
        ("s: ~\n", "s.x.y", 3, "s: \n  x:\n    y: 3\n"),
        ("s: {x: 1} # why\n", "s.y", [1, "b, c"], "s: {y: [1, 'b, c'], x: 1} # why\n"),
        ("s: {x: }\n", "s.x.y", 1, "s: {x: {y: 1} }\n"),
        ("s: {}\n", "s.x.y", 1, "s: {x: {y: 1}}\n"),
        ("{}\n", "s.x", 1, "{s: {x: 1}}\n"),
        ("l:\n  - 1\n  - 2 # two\n# after\nm: 1\n", "l", [3], "l: [3] # two\n# after\nm: 1\n"),
        ("l: # why\n- 1\n", "l", [3], "l: # why\n [3]\n"),
        ("t: |\n  long\n  text\n\nm: 1\n", "t", "short", "t: short\n\nm: 1\n"),
        ("a: 1\r\ns:\r\n  x: 1\r\nb: 2\r\n", "s.y", 2, "a: 1\r\ns:\r\n  x: 1\r\n  y: 2\r\nb: 2\r\n"),
        ("\ufeffa: 1\n", "a", 2, "\ufeffa: 2\n"),
        ("a: 1\n", "a", "on", "a: 'on'\n"),
        ("a: 1\n", "a", "größer", "a: größer\n"),
        ("f:\n  /x: open\n", "f./home/a b: c", "strict", "f:\n  /x: open\n  '/home/a b: c': strict\n"),
    ],
)
def test_set(tmp_path: Path, text: str, key: str, value: Any, expected: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(text.encode())
    set_value(path, tuple(key.split(".")), value)
    assert path.read_bytes().decode() == expected


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("a: 1  # why\n# about b\nb: 2\n", "a", "# about b\nb: 2\n"),
        ("s:\n  x: 1\n  # about y\n  y: 2\n", "s.x", "s:\n  # about y\n  y: 2\n"),
        ("a: 1\ns:\n  x: 1\n", "s.x", "a: 1\n"),
        ("s:\n  x:\n    y: 1\n", "s.x.y", ""),
        ("s: {x: 1, y: 2, z: 3}\n", "s.x", "s: {y: 2, z: 3}\n"),
        ("s: {x: 1, y: 2, z: 3}\n", "s.z", "s: {x: 1, y: 2}\n"),
        ("l:\n  - 1\n  - 2\nm: 1\n", "l", "m: 1\n"),
        ("a: 1\n", "b", None),
        ("a: 1\n", "a.b", None),
        ("", "a", None),
    ],
)
def test_remove(tmp_path: Path, text: str, key: str, expected: str | None) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    assert remove_value(path, tuple(key.split("."))) is (expected is not None)
    assert path.read_text() == (text if expected is None else expected)


def test_the_reference_changes_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    before = REFERENCE.read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    set_value(path, ("privacy", "mode"), "open")
    after = path.read_text(encoding="utf-8")
    changed = [
        (old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new
    ]
    assert len(changed) == 1 and changed[0][1].lstrip().startswith("mode: open")
    assert changed[0][1].partition("#")[2] == changed[0][0].partition("#")[2]


def test_a_new_file_and_its_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "config.yaml"
    set_value(path, ("privacy", "folders", str(tmp_path)), "open")
    assert yaml.safe_load(path.read_text()) == {"privacy": {"folders": {str(tmp_path): "open"}}}
    assert path.stat().st_mode & 0o777 == 0o600
    assert not remove_value(path.with_name("absent.yaml"), ("a",))


def test_mode_and_link_are_kept_and_nothing_is_left_behind(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.yaml", tmp_path / "config.yaml"
    real.write_text("a: 1\n")
    real.chmod(0o640)
    link.symlink_to(real)
    set_value(link, ("a",), 2)
    assert link.is_symlink() and real.read_text() == "a: 2\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert set(tmp_path.iterdir()) == {real, link}


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("a: 1\nb: [\n", "a", ":3: is not valid YAML"),
        ("a: 1\na: 2\n", "a", ":2: a: stands twice"),
        ("- a list\n", "a", ":1: must be a mapping"),
        ("a: text\n", "a.b", "a is no section there, so b cannot be set in it"),
        ("a: &x {y: 1}\nb: *x\n", "b.y", "cannot be changed there without changing more"),
        ("a: &x 1\nb: *x\n", "a", "cannot be changed there without changing more"),
    ],
)
def test_what_cannot_be_changed_safely_stays_as_it_is(
    tmp_path: Path, text: str, key: str, words: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        set_value(path, tuple(key.split(".")), 3)
    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        set_value(tmp_path / "file" / "config.yaml", ("a",), 1)


_NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=6)
_SCALARS = st.none() | st.booleans() | st.integers(-999, 999) | _NAMES
_TREES = st.dictionaries(_NAMES, _SCALARS | st.dictionaries(_NAMES, _SCALARS, max_size=3), max_size=3)


@given(_TREES, st.booleans(), st.tuples(_NAMES) | st.tuples(_NAMES, _NAMES), _SCALARS)
def test_any_text_then_says_it_and_no_longer_once_it_is_removed(
    tree: Any, flow: bool, key: tuple[str, ...], value: Any
) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    old = tree.get(key[0])
    if len(key) > 1 and old is not None and not isinstance(old, dict):
        with pytest.raises(UserError, match="is no section"):
            with_value(text, key, value)
        return
    changed = with_value(text, key, value)
    wanted = {**tree, key[0]: {**(old or {}), key[1]: value} if len(key) > 1 else value}
    assert yaml.safe_load(changed) == wanted
    gone = without(changed, key)
    assert gone is not None
    left = {name: inner for name, inner in (old or {}).items() if name != key[1]} if len(key) > 1 else {}
    others = {name: inner for name, inner in tree.items() if name != key[0]}
    assert (yaml.safe_load(gone) or {}) == others | ({key[0]: left} if left else {})
