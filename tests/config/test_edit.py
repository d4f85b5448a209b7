"""One value changed, everything else as the user wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emberline.config.edit import remove_value, set_value
from emberline.config.source import parse
from emberline.errors import UserError

REFERENCE = Path(__file__).parents[2] / "config.yaml"
FILE = """\
# The head.
completion:
    # in front
    max_lines: 3   # three
    # between

    budget_ms: 0x1E
    disabled_languages:
      - markdown   # prose
      - 'plaintext'
    # behind

# The router.
router: {local_endpoint: "http://gpu:1", thresholds: {max_tool_chain_length: 8}}
privacy:
  # mode: open
engine:
    model: "own"   # mine
"""

LIST = """\
    disabled_languages:
      - markdown   # prose
      - 'plaintext'
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("engine.model", "other", 'model: "own"   # mine', "model: other   # mine"),
        ("engine.model", "a: b", 'model: "own"   # mine', 'model: "a: b"  # mine'),
        ("engine.model", "very-long", 'model: "own"   # mine', "model: very-long # mine"),
        ("completion.disabled_languages", ["a"], LIST, "    disabled_languages: [a]\n"),
        ("completion.max_lines", 5, "max_lines: 3   # three", "max_lines: 5   # three"),
        ("engine.threads", 2, "# mine\n", "# mine\n    threads: 2\n"),
        ("privacy.mode", "open", "privacy:\n", "privacy:\n    mode: open\n"),
        ("privacy.mode", "on", "privacy:\n", 'privacy:\n    mode: "on"\n'),
        (
            "router.thresholds.privacy_enforced",
            True,
            "max_tool_chain_length: 8",
            "max_tool_chain_length: 8, privacy_enforced: true",
        ),
        ("budget.usd_per_month", 5, "# mine\n", "# mine\nbudget:\n    usd_per_month: 5\n"),
    ],
)
def test_one_value_is_set(file: Path, key: str, value: object, old: str, new: str) -> None:
    set_value(file, tuple(key.split(".")), value)
    assert file.read_text() == FILE.replace(old, new)


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("completion.max_lines", "    max_lines: 3   # three\n", ""),
        ("completion.budget_ms", "    budget_ms: 0x1E\n", ""),
        (
            "completion.disabled_languages",
            LIST,
            "",
        ),
        ("router.thresholds.max_tool_chain_length", ", thresholds: {max_tool_chain_length: 8}", ""),
        ("engine.model", 'engine:\n    model: "own"   # mine\n', ""),
        ("engine", 'engine:\n    model: "own"   # mine\n', ""),
        ("engine.threads", "", ""),
        ("budget.usd_per_month", "", ""),
        ("engine.model.name", "", ""),
    ],
)
def test_one_value_is_removed(file: Path, key: str, old: str, new: str) -> None:
    remove_value(file, tuple(key.split(".")))
    assert file.read_text() == FILE.replace(old, new)


def test_the_last_value_leaves_the_comments(file: Path) -> None:
    file.write_text("# head\na:\n  b: c\n# tail\n")
    remove_value(file, ("a", "b"))
    assert file.read_text() == "# head\n# tail\n"


def test_a_folder_as_a_key(file: Path) -> None:
    for folder in ("/home/me/a b: c", "~/src", r"C:\Users\me"):
        set_value(file, ("privacy", "folders", folder), "trusted")
    assert yaml.safe_load(file.read_text())["privacy"]["folders"] == dict.fromkeys(
        ("/home/me/a b: c", "~/src", r"C:\Users\me"), "trusted"
    )


# What the files hold that people write; what is set may be anything.
_NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=6)
_SCALARS = st.none() | st.booleans() | st.integers() | _NAMES
_VALUES = _SCALARS | st.lists(_SCALARS, max_size=3) | st.dictionaries(_NAMES, _SCALARS, max_size=3)
_ANYTHING = _VALUES | st.text(st.characters(codec="utf-8")) | st.lists(st.text(st.characters(codec="utf-8")))


@given(
    st.dictionaries(_NAMES, _SCALARS | st.dictionaries(_NAMES, _VALUES, max_size=3), max_size=3),
    st.sampled_from([True, False, None]),
    st.tuples(_NAMES) | st.tuples(_NAMES, _NAMES),
    _ANYTHING,
)
def test_any_file_then_says_it_and_no_more_once_it_is_removed(
    tmp_path_factory: pytest.TempPathFactory,
    tree: dict[str, Any],
    flow: bool | None,
    key: tuple[str, ...],
    value: Any,
) -> None:
    path = tmp_path_factory.mktemp("edit") / "config.yaml"
    path.write_text(yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True), encoding="utf-8")
    section = tree.get(key[0])
    if len(key) == 2 and section is not None and not isinstance(section, dict):
        with pytest.raises(UserError, match="must be a section"):
            set_value(path, key, value)
        return
    set_value(path, key, value)
    inner = {**(section or {}), key[1]: value} if len(key) == 2 else value
    assert data(path) == {**tree, key[0]: inner}
    remove_value(path, key)
    left = {name: each for name, each in inner.items() if name != key[1]} if len(key) == 2 else {}
    others = {name: each for name, each in tree.items() if name != key[0]}
    assert data(path) == others | ({key[0]: left} if left else {})


def data(path: Path) -> dict[str, Any]:
    return parse("config.yaml", path.read_bytes().decode()).data


def test_the_reference_changes_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    before = REFERENCE.read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    set_value(path, ("privacy", "mode"), "open")
    after = path.read_text(encoding="utf-8")
    lines = zip(before.splitlines(), after.splitlines(), strict=True)
    ((old, new),) = [(old, new) for old, new in lines if old != new]
    assert new == old.replace("mode: strict ", "mode: open   ")


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "---\n# nothing yet\n"])
def test_a_file_without_values(file: Path, content: str) -> None:
    file.write_text(content)
    set_value(file, ("privacy", "mode"), "open")
    text = file.read_text()
    assert text.startswith(content.strip()) and text.endswith("privacy:\n  mode: open\n")


def test_a_file_and_folders_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "config.yaml"
    set_value(path, ("privacy", "mode"), "open")
    assert path.read_text() == "privacy:\n  mode: open\n"
    assert path.stat().st_mode & 0o777 == 0o600
    remove_value(path.with_name("absent.yaml"), ("privacy", "mode"))
    assert [each.name for each in path.parent.iterdir()] == ["config.yaml"]


def test_mode_link_and_line_ends_stay(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"engine:\r\n  model: own # mine\r\n")
    file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    set_value(link, ("engine", "threads"), 2)
    assert link.is_symlink() and file.stat().st_mode & 0o777 == 0o640
    assert file.read_bytes() == b"engine:\r\n  model: own # mine\r\n  threads: 2\r\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: 1\nb: [1\n", "config.yaml:3: is not valid YAML"),
        (b"privacy:\n  mode: open\n  mode: open\n", "config.yaml:3: privacy.mode: stands twice"),
        (b"a: 1\nb: \xff\n", "config.yaml:2: is not UTF-8 text"),
        (b"- a\n- b\n", "config.yaml:1: must be a mapping of sections"),
        (
            b"a: &a {mode: strict}\nprivacy: *a\n",
            "privacy.mode cannot be changed there without changing more",
        ),
        (b"a: 1\nprivacy: strict\n", "config.yaml:2: privacy: must be a section of keys"),
    ],
)
def test_a_file_that_is_wrong_stays_and_the_line_is_named(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        set_value(file, ("privacy", "mode"), "open")
    assert words in str(caught.value)
    assert file.read_bytes() == content


def test_a_place_that_cannot_be_written_is_told(file: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be (read|written)"):
        set_value(file / "below.yaml", ("privacy", "mode"), "open")
