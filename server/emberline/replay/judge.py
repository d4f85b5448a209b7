"""What a careful user makes of ghost text: right or wrong, and which key takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emberline.replay.typist import keys

_WORD_STEP = re.compile(r"\s*(?:\w+|[^\w\s]+)[ \t]*")


@dataclass(frozen=True, slots=True)
class Take:
    """What an accept enters, and how many key presses it costs."""

    text: str
    presses: int
    whole: bool


def is_right(ghost: str, remaining: str) -> bool:
    """Whether the user was about to type exactly this, to the end of a word at least."""
    ghost = ghost.rstrip()
    if not ghost or not remaining.startswith(ghost):
        return False
    beyond = remaining[len(ghost) : len(ghost) + 1]
    return not (_is_word(ghost[-1]) and _is_word(beyond))


def take(ghost: str, remaining: str) -> Take | None:
    """How a careful user accepts: all of it if right, else its right words if that saves keys."""
    if is_right(ghost, remaining):
        text = ghost if remaining.startswith(ghost) else ghost.rstrip()
        return Take(text, 1, True) if _presses(text) > 1 else None
    best: Take | None = None
    for presses, step in enumerate(_WORD_STEP.finditer(ghost), 1):
        text = ghost[: step.end()]
        stripped = text.rstrip(" \t")
        if not remaining.startswith(text) or not is_right(stripped, remaining):
            break
        if _presses(text) >= presses + 2:
            best = Take(text, presses, False)
    return best


def _presses(text: str) -> int:
    return sum(1 for _ in keys(text))


def _is_word(character: str) -> bool:
    return bool(character) and (character.isalnum() or character == "_")
