"""The end of a candidate that the rest of the line says already."""

from __future__ import annotations

from emberline.completion.closers import closers_to_spare
from emberline.completion.context import Context
from emberline.completion.lexical import open_at, scan
from emberline.completion.words import is_word


def suffix_overlap(candidate: str, context: Context) -> str:
    """Trims the rest of the line off the candidate's end, unless the candidate needs it for itself.

    `print(|)` with `name)` becomes `name`; with `str(name)` it stays, as that bracket closes the candidate's
    own. Where the candidate goes on behind what it repeats, `placement` covers it instead.
    """
    if _stands_behind(candidate.strip(), context.line_after):
        return ""
    tail = context.line_after.rstrip()
    if not tail.strip() or not candidate.rstrip().endswith(tail):
        return candidate
    kept = candidate.rstrip()[: -len(tail)]
    if is_word(tail[0]) and is_word(kept[-1:] or context.line_before[-1:]):
        return candidate  # `max` does not end with the variable `x`
    if "\n" in kept and not kept[kept.rfind("\n") :].strip():
        return candidate  # it closes on a line of its own, which the document's bracket does not
    stack = open_at(context)
    if len(scan(kept, context.language_id, stack).stack) > len(stack):
        return candidate
    closed = len(scan(candidate, context.language_id, stack).closings)
    trimmed = closed - len(scan(kept, context.language_id, stack).closings)
    if not trimmed and kept.endswith(tail):
        return candidate  # a rule of signs, or quotes in quotes: which of them is doubled, nobody knows
    return kept if trimmed == max(0, closed - closers_to_spare(context)) else candidate


def _stands_behind(text: str, line_after: str) -> bool:
    """Whether all of `text` is what follows the cursor anyway, as a draft cut short may be."""
    return len(text) >= 3 and any(map(is_word, text)) and line_after.lstrip().startswith(text)
