"""Where a prompt is cut, how sure a token is once part of it was typed, and what may be shown."""

import pytest

from emberline.backends.base import Alternative, Token
from emberline.completion.cadence import LONGEST_DELAY_MS, Cadence
from emberline.completion.gate import CALIBRATION, reveal
from emberline.completion.healing import conditional, forced


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ""),
        ("    return sel", " sel"),
        ("x = ", " "),
        ("        ", " "),
        ("\t\tif", "\tif"),
        ("foo(", "("),
        ("foo().ba", "ba"),
        ("x ==", " =="),
    ],
)
def test_the_prompt_is_cut_where_a_token_would_begin(line: str, expected: str) -> None:
    assert forced(line) == expected


def token(text: str, probability: float, *others: tuple[str, float]) -> Token:
    alternatives = (Alternative(text, probability), *(Alternative(*other) for other in others))
    return Token(text, probability, alternatives)


def test_a_token_is_surer_once_its_rivals_are_ruled_out_by_what_was_typed() -> None:
    written = token(" self", 0.3, (" other", 0.5), (" set", 0.1))
    assert conditional(written, "") == pytest.approx(0.3)
    assert conditional(written, " s") == pytest.approx(0.75)
    assert conditional(written, " self") == 1.0


def test_only_what_is_sure_enough_is_revealed_and_no_half_words() -> None:
    text = "self.value(other)"
    confidences = [(4, 0.99), (5, 0.98), (7, 0.95), (10, 0.9), (11, 0.8), (16, 0.2), (17, 0.1)]
    assert reveal(text, confidences, 0.5).text == "self.value("
    assert reveal(text, confidences[:3], 0.5).text == "self."  # "self.va" would be half a word
    assert reveal(text, confidences, 0.05).text == text


def test_nothing_but_white_space_reveals_nothing() -> None:
    assert reveal("   ", [(3, 1.0)], 0.1).text == ""
    assert reveal("", [], 0.1).text == ""


def test_the_confidence_told_is_the_calibrated_one() -> None:
    assert reveal("a", [(1, 0.8)], 0.1).confidence == pytest.approx(0.8**CALIBRATION)


def test_a_steady_typist_is_answered_at_once_and_a_burst_a_little_later() -> None:
    steady = burst = Cadence()
    for key in range(10):
        steady = steady.key(key * 160.0)
        burst = burst.key(key * 25.0)
    assert steady.delay_ms == 0
    assert 0 < burst.delay_ms <= LONGEST_DELAY_MS
