"""What of a draft still holds after the user typed on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.backends.base import Alternative, Token
from emberline.completion.context import Context
from emberline.completion.draft import Draft, Origin
from emberline.documents.store import Document
from emberline.documents.text import Point, Text


def document(text: str, uri: str = "file:///a.py") -> Document:
    return Document(uri, "python", 1, Text.of(text))


def draft_at(text: str, cursor: Point, forced: str = "", *tokens: str) -> Draft:
    base = document(text)
    draft = Draft(Origin.of(base, cursor, Context.of(base, cursor)), forced)
    for token in tokens:
        draft.append(Token(token, 0.9))
    return draft


def typed(draft: Draft, text: str, cursor: Point, uri: str = "file:///a.py") -> str | None:
    now = document(text, uri)
    return draft.typed(now, cursor, Context.of(now, cursor))


@given(st.text(alphabet="ab ", max_size=6), st.text(alphabet="ab\n", max_size=12), st.data())
def test_the_forced_text_is_skipped_however_the_tokens_fall(
    forced: str, rest: str, data: st.DataObject
) -> None:
    whole = forced + rest
    draft = draft_at("", Point(0, 0), forced)
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        draft.append(Token(whole[:size], 0.9))
        whole = whole[size:]
    assert draft.text == rest
    assert not draft.misplaced


def test_a_draft_that_does_not_repeat_the_forced_text_fits_nowhere() -> None:
    draft = draft_at("retur\n", Point(0, 5), "retur", "re", "set", " math")
    assert draft.misplaced
    assert not draft.agrees("")


def test_an_unfinished_draft_may_yet_come_to_say_what_is_typed() -> None:
    draft = draft_at("x\n", Point(0, 1), "", " =")
    assert draft.agrees(" = 1")
    assert draft.agrees(" ")
    assert not draft.agrees(" +")
    draft.finished = True
    assert not draft.agrees(" = 1")
    assert draft.agrees(" =")


def test_what_was_typed_is_cut_off_the_rest() -> None:
    draft = draft_at("x\n", Point(0, 1), "", " = 1", "\n", "y")
    assert typed(draft, "x = \n", Point(0, 4)) == " = "
    assert draft.rest(" = ") == "1\ny"
    assert typed(draft, "x = 1\r\n\n", Point(1, 0)) == " = 1\n"


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("\n", Point(0, 0)),  # before the place that it continues
        ("y =\n", Point(0, 3)),  # what stood before is another text now
        ("x =\nz\n", Point(0, 3)),  # so is what stands behind
        ("x +\n", Point(0, 3)),
    ],
)
def test_a_draft_does_not_hold_elsewhere(text: str, cursor: Point) -> None:
    draft = draft_at("x\n", Point(0, 1), "", " = 1", "\n")
    assert typed(draft, text, cursor) is None


def test_a_draft_does_not_hold_in_another_document() -> None:
    draft = draft_at("x\n", Point(0, 1), "", " = 1", "\n")
    assert typed(draft, "x\n", Point(0, 1), "file:///b.py") is None


@pytest.mark.parametrize("closed", [")", ")]", '"', "')"])
def test_brackets_and_quotes_that_an_editor_closes_do_not_end_it(closed: str) -> None:
    draft = draft_at("f\nx = 1\n", Point(0, 1), "", "(a")
    assert typed(draft, f"f({closed}\nx = 1\n", Point(0, 2)) == "("


def test_probabilities_count_from_the_cursor_and_know_what_was_typed() -> None:
    draft = draft_at("x\n", Point(0, 1), "")
    rivals = (Alternative(" self", 0.5), Alternative(" other", 0.5))
    draft.append(Token(" self", 0.5, rivals))
    draft.append(Token(".x", 0.8))
    assert draft.confidences("") == [(5, 0.5), (7, pytest.approx(0.4))]
    assert draft.confidences(" s") == [(3, 1.0), (5, pytest.approx(0.8))]
    assert draft.confidences(" self") == [(2, pytest.approx(0.8))]
