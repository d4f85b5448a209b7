from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.routing import estimate
from emberline.tasks.long import grouped
from emberline.tasks.pieces import Titled, cut, packed

TEXTS = st.lists(
    st.sampled_from(
        [
            "def f(x):\n",
            "    return x\n",
            "\n",
            "# Heading\n",
            "words of prose. " * 9,
            "ä" * 70,
            "\r\n",
            "x" * 400,
        ]
    )
).map("".join)


@given(TEXTS, st.integers(1, 300))
def test_pieces_make_up_the_text_and_hold_their_size(text: str, most: int) -> None:
    pieces = cut(text, most)
    assert "".join(pieces) == text
    assert all(pieces)
    # A line is counted by itself, and what is rounded adds up.
    assert all(estimate.tokens(each) <= most * 1.2 + 3 or len(each) == 1 for each in pieces)


def test_what_fits_stays_whole_and_nothing_makes_no_piece() -> None:
    assert cut("one\ntwo\n", 100) == ["one\ntwo\n"]
    assert cut("", 100) == []


def test_a_cut_falls_before_a_definition_rather_than_inside_one() -> None:
    functions = [
        f"def f{number}(value):\n    total = value + {number}\n    return total\n\n" for number in range(40)
    ]
    pieces = cut("".join(functions), 200)
    assert len(pieces) > 2
    assert all(each.startswith("def ") for each in pieces)


def test_a_cut_falls_before_a_heading() -> None:
    chapters = [f"# Chapter {number}\n\n" + "Some words about it.\n\n" * 6 for number in range(12)]
    assert all(each.startswith("# ") for each in cut("".join(chapters), 150))


def test_pieces_are_of_one_size_rather_than_full_ones_and_a_rest() -> None:
    text = "a line of words here\n" * 110
    whole = estimate.tokens(text)
    sizes = [estimate.tokens(each) for each in cut(text, whole - 20)]
    assert len(sizes) == 2
    assert min(sizes) > whole * 0.35


def test_a_long_line_breaks_between_words() -> None:
    line = "wonderful " * 400
    pieces = cut(line, 100)
    assert len(pieces) > 3
    assert all(each.endswith(" ") for each in pieces)


def test_several_texts_stand_below_their_names_in_their_order() -> None:
    texts = [Titled("a.py", "a = 1\n"), Titled("b.py", "b = 2\n" * 200), Titled("c.py", "c = 3\n")]
    parts = packed(texts, 300)
    assert parts[0].startswith("=== a.py ===\na = 1")
    assert sum("=== b.py ===" in each for each in parts) == 1
    assert any("=== b.py (continued) ===" in each for each in parts)
    assert parts[-1].rstrip().endswith("=== c.py ===\nc = 3")
    assert sum(each.count("b = 2") for each in parts) == 200


@pytest.mark.parametrize("most", [50, 200, 1000])
@given(st.lists(st.sampled_from(["short words", "many words " * 60, "ä" * 900]), min_size=2, max_size=30))
def test_every_round_of_joining_leaves_fewer(most: int, texts: list[str]) -> None:
    groups = grouped(texts, most)
    assert len(groups) < len(texts)
    assert sum(map(len, groups)) == len(texts)
    assert all(len(each) > 1 for each in groups[:-1])
    assert all(sum(map(estimate.tokens, each)) <= most * 1.3 + 10 for each in groups)
