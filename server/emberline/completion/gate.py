"""How much of a draft is sure enough to be shown: a wrong suggestion costs the user more than none.

The product of the token probabilities from the cursor on is the model's own estimate that everything up to
a token is right. On code of 2026 (benchmarks/calibrate.py, 240 places) what it put at 0.3, 0.4, 0.5, 0.6 and
0.7 was right in 29, 42, 52, 55 and 68 % of the cases, once the alternatives that the typed text rules out
were left out (healing.conditional); a power of it keeps on the safe side.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CALIBRATION = 1.25
"""Exponent that turns the product of token probabilities into the observed share of right texts."""
_WORD = re.compile(r"\w")


class Revealed(NamedTuple):
    """The beginning of a candidate that may be shown, and how likely (0..1) all of it is right."""

    text: str
    confidence: float
    final: bool
    """The candidate became too unsure: however it goes on, no more of it can be shown here."""


def reveal(text: str, confidences: list[tuple[int, float]], threshold: float) -> Revealed:
    """The longest beginning of `text` that ends at a sensible place and is right with `threshold` at least.

    `confidences` pairs token ends within the draft with the probability of everything up to them; text
    that ends inside a token takes that token's. An empty text reveals nothing.
    """
    shown, confidence, final = "", 0.0, False
    for end, probability in confidences:
        calibrated = probability**CALIBRATION
        if calibrated < threshold:
            final = True
            break
        end = min(end, len(text))
        if _sensible_end(text, end):
            shown, confidence = text[:end], calibrated
        if end == len(text):
            break
    return Revealed(shown, confidence, final) if shown.strip() else Revealed("", 0.0, final)


def _sensible_end(text: str, end: int) -> bool:
    """Not inside a word, and not right behind the blank that separates the next one."""
    if end >= len(text):
        return True
    if end == 0 or text[end - 1] in " \t":
        return False
    return not (_WORD.match(text[end - 1]) and _WORD.match(text[end]))
