"""Token healing: a cursor rarely stands where a tokenizer would have cut.

What was typed of a token makes the model start in an unnatural place. So the prompt is cut back to where
that token began and the answer is forced to begin with what was cut, by a grammar. It costs nothing: the
forced token is written instead of read.
"""

from __future__ import annotations

import re

from emberline.backends.base import Token

_LAST_PIECE = re.compile(r"(?:[ \t]?\w{1,32}|[ ]?[^\w\s]{1,8}|[ \t])\Z")
"""The end of a line as byte-pair tokenizers of code cut it: a word or a run of punctuation with the one
space before it, or the last blank of an indentation, which belongs to the word that follows."""


def forced(typed: str) -> str:
    """The end of `typed` that the answer has to repeat; empty at a line's start."""
    found = _LAST_PIECE.search(typed)
    return found[0] if found else ""


def conditional(token: Token, given: str) -> float:
    """The probability (0..1) of `token` once it is known that the text here begins with `given`.

    That is its share among the likely tokens that begin so too. A token shorter than `given` is certain:
    it merely repeats what is known.
    """
    if not given:
        return token.probability
    if len(token.text) <= len(given):
        return 1.0
    rivals = sum(other.probability for other in token.alternatives if other.text.startswith(given))
    # Shorter tokens could have led here as well; they are few, and counted against this one.
    rivals += sum(
        other.probability
        for other in token.alternatives
        if len(other.text) < len(given) and given.startswith(other.text)
    )
    own = token.probability
    if own <= 0.0:
        return 0.0
    return own / max(rivals, own)
