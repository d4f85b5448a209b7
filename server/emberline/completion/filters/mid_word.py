"""A cursor inside a word."""

from __future__ import annotations

import re

from emberline.completion.context import Context
from emberline.completion.lexical import ends_open
from emberline.completion.words import is_word

_WORD_START = re.compile(r"\w+")


def mid_word(candidate: str, context: Context) -> str:
    """Inside a word, a candidate must go on with the rest of that word, or make two words of it."""
    rest = _WORD_START.match(context.line_after)
    if rest is None or not context.line_before or not is_word(context.line_before[-1]):
        return candidate
    if candidate.startswith(rest[0]) or (not is_word(candidate[0]) and ends_open(candidate)):
        return candidate
    return ""
