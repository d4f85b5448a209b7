"""Closing brackets that the lines below have already."""

from __future__ import annotations

from emberline.completion.closers import closed_below
from emberline.completion.context import Context
from emberline.completion.lexical import in_comment, in_string, open_at, scan

_TRAILING = frozenset(")]};,: \t\n")


def brackets(candidate: str, context: Context) -> str:
    """Cuts closing brackets off the end that close something the document below closes again.

    What follows on the cursor's own line is the matter of `suffix_overlap` and of `placement`.
    """
    stack = open_at(context)
    if not stack or in_string(stack, context.language_id) or in_comment(stack, context.language_id):
        return candidate
    closings = scan(candidate, context.language_id, stack).closings
    if not closings:
        return candidate
    already = closed_below(context)
    line_end = len(context.line_after)
    for closing in closings:
        doubled = already.get(closing.entry, -1) > line_end
        if doubled and _TRAILING.issuperset(candidate[closing.start :]):
            return candidate[: closing.start].rstrip(" \t\n")
    return candidate
