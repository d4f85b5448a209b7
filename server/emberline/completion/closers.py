"""Who closes what: the brackets and quotes that are open at the cursor, and those the suffix closes again."""

from __future__ import annotations

from functools import lru_cache

from emberline.completion.context import Context, leading_space
from emberline.completion.lexical import CLOSERS, open_at, scan


@lru_cache(maxsize=16)
def closers_to_spare(context: Context) -> int:
    """How many of the brackets and quotes opened on the cursor's line its rest leaves open.

    A candidate may close as many; what it closes beyond them, the rest of the line closes as well.
    """
    stack = open_at(context)
    inner = len(stack) - len(_open_before_line(context))
    outer = len(scan(context.line_after, context.language_id, stack).closings)
    return max(0, inner - outer)


@lru_cache(maxsize=16)
def closed_below(context: Context) -> dict[int, int]:
    """Which entries of what is open at the cursor the lines below close: index → offset in `after`.

    A closing bracket that starts a line belongs to an opener of that line's indentation; where the window
    shows none, it belongs to something outside, and nothing behind it is counted.
    """
    stack = open_at(context)
    closed: dict[int, int] = {}
    line_end = len(context.line_after)
    for closing in scan(context.after, context.language_id, stack).closings:
        character = context.after[closing.start : closing.end]
        opener = CLOSERS.get(character)
        if opener is None or closing.entry < 0:
            break
        index = closing.entry
        line_start = context.after.rfind("\n", 0, closing.start) + 1
        if closing.start > line_end and not context.after[line_start : closing.start].strip():
            indent = leading_space(context.after[line_start : closing.start])
            fitting = [
                place
                for place, entry in enumerate(stack)
                if entry.kind == opener and entry.indent == indent and place not in closed
            ]
            if not fitting:
                break
            index = fitting[-1]
        closed[index] = closing.start
    return closed


def _open_before_line(context: Context) -> tuple[object, ...]:
    """What was open already where the cursor's line starts, less what the line has closed of it."""
    line_start = context.before.rfind("\n") + 1
    if not line_start:
        return ()
    above = Context(context.before[:line_start], "", context.language_id, context.newline)
    stack = open_at(above)
    closings = scan(context.line_before, context.language_id, stack).closings
    lowest = min((closing.entry for closing in closings if closing.entry >= 0), default=len(stack))
    return stack[:lowest]
