"""White space at the start of a candidate that the cursor's line has already."""

from __future__ import annotations

from emberline.completion.context import Context
from emberline.completion.context import leading_space as space_at_start
from emberline.completion.lexical import in_comment, in_string, open_at


def leading_space(candidate: str, context: Context) -> str:
    """Removes one doubled space behind text, and indentation that was given twice.

    Tokens of most models start with a space, hence the doubling. Two spaces or more are alignment, and
    spaces in strings and comments are text: both stay.
    """
    own = space_at_start(candidate)
    if not own:
        return candidate
    line = context.line_before
    if not line.strip():
        return candidate[len(own) :] if line and own == line and not _may_deepen(context) else candidate
    if line[-1] != " " or own != " ":
        return candidate
    stack = open_at(context)
    if in_string(stack, context.language_id) or in_comment(stack, context.language_id):
        return candidate
    return candidate[1:]


def _may_deepen(context: Context) -> bool:
    """The line above asks for a deeper line, or the cursor's line continues an open bracket."""
    above = context.previous_line
    if len(space_at_start(above)) > len(context.line_before):
        return True  # the editor has stepped out, the candidate may step in again
    stack = open_at(context)
    return above.endswith((":", "{", "(", "[", "\\", ",", "=", "->", "=>")) or (
        bool(stack) and stack[-1].kind != "{"
    )
