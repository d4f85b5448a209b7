"""What counts as a word, and as a line that says something."""

from __future__ import annotations

_TELLING_CHARS = 8
_TELLING_LETTERS = 4


def is_word(character: str) -> bool:
    """`character` may be part of a name; an empty string may not."""
    return character.isalnum() or character == "_"


def is_telling(line: str) -> bool:
    """`line` is long enough that an equal line nearby is a copy rather than a coincidence.

    `},`, `pass` and `None,` often stand next to their like, and rightly.
    """
    text = line.strip()
    return len(text) >= _TELLING_CHARS and sum(map(str.isalpha, text)) >= _TELLING_LETTERS
