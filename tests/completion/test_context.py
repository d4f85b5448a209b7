from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.completion.context import Context
from emberline.documents.store import Document
from emberline.documents.text import Point, Text


def _document(text: str) -> Document:
    return Document("file:///a.py", "python", 1, Text.of(text))


def test_the_lines_around_the_cursor() -> None:
    context = Context.of(_document("a = 1\n\n  b = 2 + 3\n\nc = 4\n"), Point(2, 6))
    assert (context.line_before, context.line_after) == ("  b = ", "2 + 3")
    assert (context.indent, context.previous_line, context.next_line) == ("  ", "a = 1", "c = 4")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_are_normalised_and_remembered(newline: str) -> None:
    context = Context.of(_document(f"a{newline}b{newline}c"), Point(1, 1))
    assert (context.before, context.after, context.newline) == ("a\nb", "\nc", newline)


@given(st.lists(st.text(alphabet="ab ", max_size=9), min_size=1, max_size=40), st.data())
def test_a_window_is_a_bounded_part_of_the_whole(lines: list[str], data: st.DataObject) -> None:
    line = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[line])))
    whole = "\n".join(lines)
    context = Context.of(_document(whole), Point(line, column), before_chars=30, after_chars=20)
    at = sum(len(above) + 1 for above in lines[:line]) + column
    assert whole[:at].endswith(context.before)
    assert whole[at:].startswith(context.after)
    assert len(context.before) <= 30
    assert len(context.after) <= 20
    assert context.line_before == lines[line][:column]
    assert context.line_after == lines[line][column:]


def test_only_the_window_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    content = Text.content

    def counting(self: Text, number: int) -> str:
        read.append(number)
        return content(self, number)

    monkeypatch.setattr(Text, "content", counting)
    text = Text.of("some line of code\n" * 50_000)
    Context.of(Document("file:///a.py", "python", 1, text), Point(25_000, 3))
    assert len(read) < 1_000


def test_a_cursor_beyond_the_text_is_clamped() -> None:
    assert Context.of(_document("ab"), Point(9, 9)).before == "ab"
