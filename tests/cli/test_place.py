"""A file, and a place in it, as people name them on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emberline.cli.place import BadPlace, Place, head, offset_of, parse, read, size_of, workspace_of


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("a.py:1:2", Place(Path("a.py"), 1, 2)),
        ("C:\\code\\a.py:10:1", Place(Path("C:\\code\\a.py"), 10, 1)),
        ("a:b.py:3:4", Place(Path("a:b.py"), 3, 4)),
    ],
)
def test_a_place(word: str, place: Place) -> None:
    assert parse(word) == place


@pytest.mark.parametrize("word", ["a.py", "a.py:1", "a.py:1:x", ":1:1", "a.py:-1:2", "a.py:0:1", "a.py:1:0"])
def test_no_place(word: str) -> None:
    with pytest.raises(BadPlace):
        parse(word)


@pytest.mark.parametrize(
    ("text", "line", "column", "offset"),
    [
        ("ab\ncd", 1, 1, 0),
        ("ab\ncd", 1, 3, 2),
        ("ab\ncd", 2, 3, 5),
        ("ab\r\ncd", 2, 1, 4),
        ("a\fb\n\u2028c", 2, 2, 5),  # neither ends a line
        ("😀b", 1, 2, 1),  # columns are characters
        ("", 1, 1, 0),
        ("ab\n", 2, 1, 3),
    ],
)
def test_where_a_place_is(text: str, line: int, column: int, offset: int) -> None:
    assert offset_of(text, Place(Path("a"), line, column)) == offset


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [(3, 1, "a.py has 2 lines, so no line 3"), (1, 4, "line 1 of a.py ends at column 3, before 4")],
)
def test_a_place_that_is_not_there(line: int, column: int, message: str) -> None:
    with pytest.raises(BadPlace, match=message):
        offset_of("ab\ncd", Place(Path("a.py"), line, column))


def test_reading_keeps_line_ends_and_drops_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("\ufeffa\r\nb".encode())
    assert read(path) == "a\r\nb"


def test_the_workspace_is_the_repository(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    inner = tmp_path / "repository" / "a" / "b"
    inner.mkdir(parents=True)
    assert workspace_of(inner / "c.py") == tmp_path / "repository"


@pytest.mark.parametrize(("most", "text"), [(0, ""), (1, "a"), (2, "a"), (3, "aä"), (99, "aäb")])
def test_the_first_bytes_of_a_file(most: int, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("aäb".encode())
    assert head(path, most) == text


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), tmp_path):
        for question in (size_of, read):
            with pytest.raises(BadPlace, match="is no regular file"):
                question(path)


def test_a_file_that_breaks_off_within_a_character_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("aä".encode()[:-1])
    with pytest.raises(BadPlace, match="is not UTF-8 text"):
        read(path)
