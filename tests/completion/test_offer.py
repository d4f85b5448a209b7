"""What is offered of a draft, of a memory, and of both together."""

import pytest

from emberline.backends.base import Token
from emberline.completion import offer
from emberline.completion.context import Context
from emberline.completion.draft import Draft, Origin
from emberline.completion.offer import NOTHING, Offer
from emberline.completion.recall.library import Recalled
from emberline.completion.types import Lane
from emberline.documents.text import Point

CONTEXT = Context("def f(a, b):\n    x = ", "\n", "python", "\n")
MEMORY = Offer("compute(a, b)", Lane.RECALLED, 0.8, True)


def draft(*tokens: tuple[str, float]) -> Draft:
    made = Draft(Origin("file:///a.py", Point(1, 8), CONTEXT.before, CONTEXT.after))
    for text, probability in tokens:
        made.append(Token(text, probability))
    return made


def test_a_draft_is_offered_as_far_as_it_is_sure_and_then_final() -> None:
    made = draft(("compute", 0.99), ("(", 0.95), ("a", 0.9), (",", 0.2), (" b", 0.9))
    found = offer.drafted(made, "", CONTEXT, 8, 0.5)
    assert (found.text, found.lane, found.complete) == ("compute(a", Lane.GENERATED, True)


def test_an_unfinished_last_word_is_held_back() -> None:
    found = offer.drafted(draft(("com", 0.99), ("(", 0.99), ("ab", 0.99)), "", CONTEXT, 8, 0.5)
    assert (found.text, found.complete) == ("com(", False)


def test_typing_confirms_what_was_unsure_and_reveals_more() -> None:
    made = draft(("compute", 0.4), ("(a, b)", 0.95), ("\n", 0.9))
    assert offer.drafted(made, "", CONTEXT, 8, 0.5).text == ""
    context = Context(CONTEXT.before + "compute", "\n", "python", "\n")
    found = offer.drafted(made, "compute", context, 8, 0.5)
    assert (found.text, found.lane) == ("(a, b)", Lane.TYPED_THROUGH)


def test_a_draft_that_says_something_else_offers_nothing() -> None:
    assert offer.drafted(draft(("compute", 0.9)), "sum", CONTEXT, 8, 0.5) == NOTHING
    assert offer.drafted(None, "", CONTEXT, 8, 0.5) == NOTHING


def test_one_character_is_not_worth_a_key() -> None:
    assert offer.worthwhile(")") == offer.worthwhile(" , ") == ""
    assert offer.worthwhile("()") == "()"


def test_nothing_is_recalled_in_the_middle_of_a_line() -> None:
    middle = Context("x = ", "value + 1\n", "python", "\n")
    assert offer.recalled(Recalled("compute(a)", 0.9), middle) == NOTHING
    assert offer.recalled(None, CONTEXT) == NOTHING
    assert offer.recalled(Recalled("compute(a, b)", 0.8), CONTEXT) == MEMORY


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", "compute(a, b)"),  # until the model has said something
        ("compute", "compute(a, b)"),  # where both agree
        ("compute(a, b)\n", "compute(a, b)"),
        ("total(", "total("),  # the model replaces it
    ],
)
def test_memory_and_model(written: str, expected: str) -> None:
    model = Offer(written.strip(), Lane.GENERATED, 0.9, False)
    assert offer.best(model, MEMORY, written, 0.5).text == expected


def test_an_unsure_memory_is_not_offered() -> None:
    model = Offer("", Lane.GENERATED, 0.0, True)
    assert offer.best(model, MEMORY, "", 0.9) == model
