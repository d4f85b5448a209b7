"""Text that follows on the cursor's line stays on it."""

from __future__ import annotations

from emberline.completion.context import Context
from emberline.completion.words import is_word


def mid_line(candidate: str, context: Context) -> str:
    """Where words follow the cursor, the candidate is its first line alone: more would push them away.

    Brackets and quotes that follow are no words: an editor put them there, and lines may come between.
    """
    if any(map(is_word, context.line_after)):
        return candidate.split("\n", 1)[0]
    return candidate
