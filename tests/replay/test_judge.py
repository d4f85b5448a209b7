"""What a careful user makes of ghost text."""

import pytest

from emberline.replay.judge import Take, is_right, take


@pytest.mark.parametrize(
    ("ghost", "remaining", "right"),
    [
        ("return x", "return x\n", True),
        ("return x", "return xs\n", False),  # half a word
        ("return x\n", "return x", True),  # white space at its end is nobody's business
        ("return", "return x", True),
        ("raise", "return x", False),
        ("", "return x", False),
        ("  ", "  x", False),
        ("foo(", "foo(bar)", True),
    ],
)
def test_right_is_what_was_about_to_be_typed(ghost: str, remaining: str, right: bool) -> None:
    assert is_right(ghost, remaining) is right


def test_all_of_it_is_taken_with_one_press() -> None:
    assert take("return x", "return x\n") == Take("return x", 1, True)


def test_nobody_presses_tab_for_one_character() -> None:
    assert take(")", ")\n") is None


def test_right_words_are_taken_one_by_one_if_that_saves_keys() -> None:
    taken = take("return value + other", "return value - other\n")
    assert taken is not None
    assert (taken.text, taken.whole) == ("return value ", False)
    assert taken.presses == 2


def test_wrong_from_the_start_is_not_taken() -> None:
    assert take("raise x", "return x\n") is None
    assert take("retur", "return x\n") is None
