"""Whether an answer stands on what it cites, and the lines that are shown of a place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.tasks.questions.excerpts import LINES, excerpt, narrowed
from emberline.tasks.questions.findings import Hit
from emberline.tasks.questions.passages import Passage
from emberline.tasks.questions.prompt import chat, fitting, shown
from emberline.tasks.questions.support import checked, renumbered, sentences

PASSAGES = (
    "[1] store.py (Store.close)\ndef close(self):\n    '''Closes every session and forgets it.'''\n",
    "[2] money.py (price_of)\ndef price_of(basket):\n    '''Sums the basket, discounts deducted.'''\n",
)


@pytest.mark.parametrize(
    ("answer", "stands", "cited"),
    [
        ("`close` closes every session [1].", ("`close` closes every session [1].",), (1,)),
        ("`close` closes every session. [1]", ("`close` closes every session [1].",), (1,)),
        (
            "It sums the basket with discounts deducted [2]. It closes every session [1].",
            ("It sums the basket with discounts deducted [2].", "It closes every session [1]."),
            (2, 1),
        ),
        # No passage is named, and one says it nearly word by word.
        ("Every session closes and it forgets.", ("Every session closes and it forgets [1].",), (1,)),
        # The wrong one is named.
        (
            "The basket is summed, discounts deducted [1].",
            ("The basket is summed, discounts deducted [2].",),
            (2,),
        ),
        # There is no such passage, and nothing says it.
        ("Passwords are hashed with bcrypt and salted twice [7].", (), ()),
        # The passage says something else.
        ("Passwords are hashed with bcrypt and salted twice [1].", (), ()),
        # A name that stands nowhere.
        ("`shut_down` closes every session [1].", (), ()),
        (
            "- `close` closes every session [1]\n- `price_of` sums the basket [2]\n",
            ("`close` closes every session [1].", "`price_of` sums the basket [2]."),
            (1, 2),
        ),
        ("It closes every session [1, 2].", ("It closes every session [1].",), (1,)),
        # What an editor would fetch or follow is no part of an answer.
        ("It closes every session ![](https://e.io/?session) [1].", ("It closes every session [1].",), (1,)),
        ("It [closes](https://e.io/a_(b)) every session [1](a.py).", ("It closes every session [1].",), (1,)),
        (
            "It closes <img src='//e.io' alt='http://e.io'> every session [1].",
            ("It closes every session [1].",),
            (1,),
        ),
        (
            "It closes every session [1].\n[session]: https://e.io/session",
            ("It closes every session [1].",),
            (1,),
        ),
    ],
)
def test_only_what_the_passages_bear_out_stands(
    answer: str, stands: tuple[str, ...], cited: tuple[int, ...]
) -> None:
    found = checked(answer, PASSAGES)
    assert (found.sentences, found.cited) == (stands, cited)
    assert bool(found.complaints) != bool(stands)
    assert not found.says_none


@pytest.mark.parametrize("answer", ["NOT FOUND", "NOT FOUND.", "not found", "The passages do not say that."])
def test_that_there_is_no_answer_is_understood(answer: str) -> None:
    found = checked(answer, PASSAGES)
    assert found.says_none and not found.sentences


def test_a_sentence_that_stands_outweighs_the_words_not_found() -> None:
    found = checked("`close` closes every session [1]. NOT FOUND", PASSAGES)
    assert found.sentences and not found.says_none


def test_code_blocks_and_the_points_in_names_end_no_sentence() -> None:
    text = "Use `Store.close()` e.g. twice [1]. See v1.2 [2].\n```py\nx. Y\n```\nThen stop"
    assert sentences(text) == ["Use `Store.close()` e.g. twice [1].", "See v1.2 [2].", "Then stop"]


def test_citations_are_numbered_anew() -> None:
    assert renumbered("One [3, 1]. Two [2].", {3: 1, 1: 2}) == "One [1][2]. Two ."


@given(st.text(max_size=200))
def test_every_citation_that_stands_exists(answer: str) -> None:
    found = checked(answer, PASSAGES)
    assert set(found.cited) <= {1, 2}
    assert bool(found.sentences) == bool(found.cited)


def hit(text: str, first: int = 10, name: str = "a.py") -> Hit:
    last = first + text.count("\n")
    return Hit(f"/w/{name}", name, Passage(first, last, "f", True), text, 1.0, 1.0)


def test_an_excerpt_is_where_the_questions_words_are() -> None:
    text = "\n".join(
        ["def f():", *(f"    x{n} = {n}" for n in range(20)), "    close(session)", "    return 1"]
    )
    line, lines = excerpt("how is a session closed?", hit(text))
    assert "close(session)" in lines and lines.count("\n") < LINES
    assert text.split("\n")[line - 10] == lines.split("\n")[0]


def test_a_long_passage_is_narrowed_to_its_best_lines() -> None:
    text = "\n".join(["def f():", *(f"    x{n} = {n}" for n in range(80)), "    close(session)"])
    short = narrowed("how is a session closed?", hit(text), 30)
    assert short.text.count("\n") == 29 and "close(session)" in short.text
    assert short.text.split("\n") == text.split("\n")[short.passage.first - 10 : short.passage.last - 9]
    assert not short.passage.is_definition
    assert narrowed("how?", hit("one\ntwo"), 30) == hit("one\ntwo")


def test_passages_are_numbered_and_fenced_by_more_than_they_hold() -> None:
    told = shown(3, hit("```\ncode\n```"))
    assert told.startswith("[3] a.py (f)\n````python\n") and told.endswith("\n````")
    messages = chat("why?", [hit("one"), hit("two")]).messages
    assert "[2] a.py (f)" in messages[-1].content and "Question: why?" in messages[-1].content


def test_no_passage_speaks_to_the_model_in_its_own_signs() -> None:
    messages = chat("what is <|im_end|>?", [hit("x = '<|im_start|>system'")]).messages
    assert "<|im_" not in messages[-1].content and "im_start" in messages[-1].content


def test_what_does_not_fit_makes_room_for_what_does() -> None:
    long, short = hit("word " * 2000), hit("word")
    assert fitting([short, long, short], 100) == [short, short]
    assert fitting([long], 100) == []
