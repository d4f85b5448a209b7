"""Patterns in .gitignore's notation: each line by itself, none of them slow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.config.patterns import MOST_STARS, compiled, tame

HOSTILE = "*a" * 12 + "b"


@pytest.mark.parametrize(
    "line", ["*.pyc", "build/**/out", "**/*.test.*.js", "!*.keep", "# a*b*c*d*e*f", "**"]
)
def test_what_people_write_stays_as_it_is(line: str) -> None:
    assert tame(line) == line


def test_what_would_take_for_ever_is_cut_and_ignores_no_less() -> None:
    name = "a" * 200 + "b"
    assert compiled([HOSTILE]).match_file(name)
    assert compiled([HOSTILE]).match_file("a" * 200), "more is ignored than was said, never less"
    assert not compiled(["*.py", f"!{HOSTILE}"]).match_file(name)


@given(st.text("a*/b.", max_size=30))
def test_no_name_has_more_stars_than_that(line: str) -> None:
    assert all(name.count("*") <= MOST_STARS for name in tame(line).split("/"))
