"""From what a model or the recall says to what may be shown: small pure functions, applied in this order.

Each takes a candidate (with `\\n` line ends) and the context it would be inserted into, and returns the
candidate, shortened or mended; an empty string drops it. They are conservative: where it is unclear whether
the candidate is wrong, it stays. Applying them twice gives what applying them once gives.
"""

from __future__ import annotations

from collections.abc import Callable

from emberline.completion.context import Context
from emberline.completion.filters.blank import blank
from emberline.completion.filters.brackets import brackets
from emberline.completion.filters.indentation import indentation
from emberline.completion.filters.leading_space import leading_space
from emberline.completion.filters.mid_line import mid_line
from emberline.completion.filters.mid_word import mid_word
from emberline.completion.filters.next_lines import next_lines
from emberline.completion.filters.repetition import repetition
from emberline.completion.filters.sentinels import sentinels
from emberline.completion.filters.suffix_overlap import suffix_overlap

Filter = Callable[[str, Context], str]

FILTERS: tuple[Filter, ...] = (
    sentinels,
    leading_space,
    indentation,
    repetition,
    mid_line,
    next_lines,
    suffix_overlap,
    brackets,
    mid_word,
    blank,
)


def apply(candidate: str, context: Context) -> str:
    """All filters in order; empty as soon as one of them drops the candidate."""
    for one in FILTERS:
        if not candidate:
            return ""
        candidate = one(candidate, context)
    return candidate
