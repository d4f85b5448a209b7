from __future__ import annotations

import pytest

from emberline.documents.text import Point, Text


def test_only_the_protocols_three_terminators_end_a_line() -> None:
    text = Text.of("a\rb\r\nc\nd\fe\vf\x1cg\u2028h")
    assert text.lines(0, 9) == ("a\r", "b\r\n", "c\n", "d\fe\vf\x1cg\u2028h")
    assert [text.content(n) for n in range(3)] == ["a", "b", "c"]


@pytest.mark.parametrize(("string", "count"), [("", 1), ("\n", 2), ("a", 1), ("a\r\n", 2), ("\n\r", 3)])
def test_every_text_has_a_last_line_without_terminator(string: str, count: int) -> None:
    text = Text.of(string)
    assert text.line_count == count
    assert text.line(count - 1) == text.content(count - 1)
    assert str(text) == string


def test_positions_are_clamped() -> None:
    text = Text.of("ab\r\nc\n\rlast")
    assert text.clamp(Point(0, 9)) == Point(0, 2)
    assert text.clamp(Point(0, 3)) == Point(0, 2)
    assert text.clamp(Point(1, 1)) == Point(1, 1)
    assert text.clamp(Point(2, 1)) == Point(2, 0)
    assert text.clamp(Point(3, 9)) == Point(3, 4)
    assert text.clamp(Point(9, 0)) == text.end == Point(3, 4)
    assert text.clamp(Point(-1, 5)) == Point(0, 0)
    assert text.clamp(Point(0, -1)) == Point(0, 0)


def test_lines_outside_the_text() -> None:
    text = Text.of("a\nb")
    assert text.lines(-5, 1) == ("a\n",)
    assert text.lines(1, 99) == ("b",)
    assert text.lines(2, 1) == ()
    for number in (-1, 2):
        with pytest.raises(IndexError):
            text.line(number)


def test_slice_across_lines() -> None:
    text = Text.of("first\r\nsecond\nthird")
    assert text.slice(Point(0, 2), Point(2, 2)) == "rst\r\nsecond\nth"
    assert text.slice(Point(1, 1), Point(1, 3)) == "ec"
    assert text.slice(Point(2, 1), Point(0, 1)) == ""


def test_deleting_between_a_return_and_a_line_feed_joins_them() -> None:
    text = Text.of("a\rx\nb")
    assert text.replace(Point(1, 0), Point(1, 1), "").lines(0, 9) == ("a\r\n", "b")


def test_inserting_a_line_feed_after_a_return_joins_them() -> None:
    text = Text.of("a\rb")
    assert text.replace(Point(1, 0), Point(1, 0), "\nz").lines(0, 9) == ("a\r\n", "zb")


def test_reversed_ends_are_swapped() -> None:
    assert str(Text.of("abcd").replace(Point(0, 3), Point(0, 1), "-")) == "a-d"


def test_earlier_texts_stay_valid() -> None:
    old = Text.of("a\nb\n")
    new = old.replace(Point(1, 0), Point(1, 1), "changed\nand more")
    assert (str(old), str(new)) == ("a\nb\n", "a\nchanged\nand more\n")
