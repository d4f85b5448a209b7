"""Files cut into passages, and names into words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.tasks.questions.identifiers import expanded, parts
from emberline.tasks.questions.passages import OVERLAP_LINES, WHOLE_LINES, Passage, cut, lines_of

PYTHON = """\
\"\"\"A store.\"\"\"

import os

LIMIT = 3
WIDTH = 4


def first(value):
    return value


# About the second.
@cached
def second():
    def inner():
        return 1

    return inner


class Small:
    def one(self):
        return 1

    def two(self):
        return 2
"""
MARKDOWN = """\
Before any heading.

# Shop

Sells things.

```sh
# no heading
```

## Basket

### Merging

Twice the same counts twice.

## Till
Takes money.
"""


def spans(text: str, language: str) -> list[tuple[int, int, str, bool]]:
    return [(each.first, each.last, each.symbol, each.is_definition) for each in cut(text, language)]


def test_code_is_cut_along_its_definitions() -> None:
    assert spans(PYTHON, "python") == [
        (1, 6, "", False),
        (9, 10, "first", True),
        (13, 19, "second", True),
        (22, 27, "Small", True),
    ]


def test_a_long_class_is_cut_into_its_head_and_its_methods() -> None:
    methods = "".join(f"    def m{n}(self):\n        a = {n}\n        return a\n\n" for n in range(20))
    text = f'class Large:\n    """Much."""\n\n    kind = 1\n\n    size = 2\n\n{methods}'
    found = cut(text, "python")
    assert found[0] == Passage(1, 6, "Large", True)
    assert [each.symbol for each in found[1:]] == [f"Large.m{n}" for n in range(20)]
    assert all(each.last - each.first == 2 and each.is_definition for each in found[1:])


def test_few_lines_between_two_definitions_belong_to_the_next_one() -> None:
    text = "def a():\n    pass\n\n\n# -- the others ---\n\n\ndef b():\n    pass\n"
    assert spans(text, "python") == [(1, 2, "a", True), (5, 9, "b", True)]


def test_a_long_function_is_cut_into_windows_that_overlap() -> None:
    text = "def long():\n" + "".join(f"    step({n})\n" for n in range(200))
    found = cut(text, "python")
    assert found[0].is_definition and not any(each.is_definition for each in found[1:])
    assert all(each.symbol == "long" for each in found)
    assert (found[0].first, found[-1].last) == (1, 201)
    for one, other in pairwise(found):
        assert other.first == one.last + 1 - OVERLAP_LINES


def test_markdown_is_cut_at_its_headings_and_not_in_code() -> None:
    assert spans(MARKDOWN, "markdown") == [
        (1, 1, "", False),
        (3, 9, "Shop", True),
        (11, 11, "Shop > Basket", True),
        (13, 15, "Shop > Basket > Merging", True),
        (17, 18, "Shop > Till", True),
    ]


def test_what_has_no_grammar_is_cut_into_windows_at_blank_lines() -> None:
    lines = [f"line {n}" if n % 10 else "" for n in range(1, 151)]
    found = cut("\n".join(lines), "plaintext")
    assert found[0] == Passage(1, 40, "")  # line 40 is blank
    assert found[-1].last == 149


@pytest.mark.parametrize("language", ["python", "markdown", "typescript", "plaintext", "go"])
@given(st.text(alphabet=st.sampled_from("ab(){}:# \t\r\n\"'`~\x0c\u2028é{class def=")))
def test_every_line_with_text_is_in_a_passage_and_none_is_beyond_the_end(language: str, text: str) -> None:
    lines, found = lines_of(text), cut(text, language)
    covered = {number for each in found for number in range(each.first, each.last + 1)}
    assert {number for number, line in enumerate(lines, 1) if line.strip()} <= covered
    assert all(1 <= each.first <= each.last <= len(lines) for each in found)
    assert all(each.last - each.first <= WHOLE_LINES for each in found if each.symbol == "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("readText", ("read", "Text")),
        ("readHTTPHead2", ("read", "HTTP", "Head2")),
        ("read_text", ("read", "text")),
        ("MAX_SIZE", ("MAX", "SIZE")),
        ("_private", ("private",)),
        ("größe_max", ("größe", "max")),
        ("v2", ("v2",)),
    ],
)
def test_a_name_is_taken_apart(name: str, words: tuple[str, ...]) -> None:
    assert parts(name) == words


def test_only_names_in_camel_case_are_followed_by_their_words() -> None:
    assert expanded("x = readText(HTTPServer, plain, snake_case, ALL_CAPS, Word)") == (
        "x = readText read Text(HTTPServer HTTP Server, plain, snake_case, ALL_CAPS, Word)"
    )
