"""How a person types: the keys of a text, and the time between them, seeded.

The times are log-normal, as inter-key intervals of typists are (Dhakal et al., "Observations on Typing from
136 Million Keystrokes", CHI 2018: mean 239 ms over all, some 120 ms for the fastest): here 150 ms in the
middle of a word, longer at its start and after punctuation, and a pause to think at a line's start.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Medians in milliseconds, and the spread of the log-normal distribution around them."""

    inside_ms: float = 150.0
    boundary_ms: float = 230.0
    line_ms: float = 800.0
    sigma: float = 0.35

    def faster(self, factor: float) -> Rhythm:
        return Rhythm(self.inside_ms / factor, self.boundary_ms / factor, self.line_ms / factor, self.sigma)


class Typist:
    """Draws the pauses; the same seed gives the same pauses for the same keys."""

    def __init__(self, rhythm: Rhythm, seed: int) -> None:
        self._rhythm = rhythm
        self._random = random.Random(seed)

    def pause(self, previous: str, key: str) -> float:
        """Seconds before `key` is pressed after `previous`."""
        rhythm = self._rhythm
        if not previous or previous[0] == "\n":
            median = rhythm.line_ms
        elif previous[-1].isalnum() and key[0].isalnum():
            median = rhythm.inside_ms
        else:
            median = rhythm.boundary_ms
        return self._random.lognormvariate(0.0, rhythm.sigma) * median / 1000.0


def next_key(remaining: str) -> str:
    """What the next key press enters: one character, or a line end with the indentation that editors add."""
    if remaining[0] != "\n":
        return remaining[0]
    rest = remaining[1:]
    blank = len(rest) - len(rest.lstrip(" \t"))
    return remaining[: 1 + blank]


def keys(text: str) -> Iterator[str]:
    """All key presses that enter `text`."""
    while text:
        key = next_key(text)
        yield key
        text = text[len(key) :]
