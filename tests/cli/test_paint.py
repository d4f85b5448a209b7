"""Code with ghost text in it."""

from __future__ import annotations

import pytest
from rich.text import Text

from emberline.cli.paint import GHOST, paint


def rows_of(text: Text) -> list[str]:
    return [line.rstrip() for line in text.plain.split("\n")]


def test_ghost_text_stands_behind_the_cursor() -> None:
    painted = paint("import os\nx = ", "os.getcwd()", "\nprint(x)\n", "python", rows=10, width=40)
    assert rows_of(painted) == [" 1  import os", " 2  x = os.getcwd()", " 3  print(x)", " 4"]
    dimmed = {painted.plain[span.start : span.end] for span in painted.spans if span.style == GHOST}
    assert dimmed == {"os.getcwd()"}


def test_ghost_text_of_several_lines_pushes_what_follows_down() -> None:
    painted = paint("def f():\n    ", "a\n    b", "\nend", "python", rows=10, width=40)
    assert rows_of(painted) == [" 1  def f():", " 2      a", " 3      b", " 4  end"]


def test_long_lines_are_cut_and_the_note_stays_off_them() -> None:
    note = Text("generated 3 ms")
    painted = paint("x" * 100, "", "\ny", "python", rows=2, width=30, note=note)
    assert [len(row) for row in rows_of(painted)] == [30, 5]
    assert "generated" not in painted.plain
    painted = paint("x", "", "\ny", "python", rows=2, width=30, note=note)
    assert rows_of(painted)[0] == " 1  x" + " " * 11 + "generated 3 ms"


@pytest.mark.parametrize("line", [0, 3, 40, 198, 199])
def test_the_cursors_line_is_among_those_shown(line: int) -> None:
    lines = [f"value_{number} = {number}" for number in range(200)]
    before = "\n".join(lines[:line]) + ("\n" if line else "")
    painted = paint(before, "", "\n".join(lines[line:]), "python", rows=8, width=60)
    rows = rows_of(painted)
    assert len(rows) == 8
    assert any(row.split() == [str(line + 1), *lines[line].split()] for row in rows)


def test_a_long_file_keeps_its_line_numbers() -> None:
    before = "x = 1\n" * 5000
    assert "5001  y" in paint(before, "", "y\n" + "z\n" * 5000, "python", rows=5, width=40).plain


@pytest.mark.parametrize("language", ["typescriptreact", "plaintext", "no such language"])
def test_any_language_can_be_shown(language: str) -> None:
    assert rows_of(paint("a ", "b", " c", language, rows=1, width=20)) == [" 1  a b c"]


def test_accepted_text_is_lit_up() -> None:
    painted = paint("abc", "", "", "plaintext", rows=1, width=20, flash=2)
    lit = [painted.plain[span.start : span.end] for span in painted.spans if span.style == "black on green"]
    assert lit == ["bc"]
