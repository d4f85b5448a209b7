"""Loops: small models repeat the line above, their own lines, or a few words for ever."""

from __future__ import annotations

import re

from emberline.completion.context import Context
from emberline.completion.words import is_telling

_LINES_BACK = 8
_WORD = re.compile(r"[A-Za-z]{3}")
"""What a repeated unit must hold to be a loop: tables of numbers and format strings repeat, and rightly."""
_LOOP = re.compile(r"([^\n]{4,40}?)\1{4}")
_LOOP_CHARS = 400
"""How much of a candidate's start is searched for a loop: the pattern is slow."""


def repetition(candidate: str, context: Context) -> str:
    """Drops what repeats the lines just above the cursor; cuts a repetition of its own at the second turn."""
    lines = candidate.split("\n")
    full = [(context.line_before + lines[0]).rstrip(), *(line.rstrip() for line in lines[1:])]
    if full and not full[0]:
        full, offset = full[1:], 1
    else:
        offset = 0
    if full and _repeats_above(full, context):
        return ""
    end = _second_turn(full) + offset
    if end < len(lines):
        candidate = "\n".join(lines[:end])
    return _without_loop(candidate)


def _repeats_above(lines: list[str], context: Context) -> bool:
    """The candidate starts with the one line above, or with the last few in the same order."""
    start = context.before.rfind("\n") + 1
    above = [line.rstrip() for line in context.before[:start].split("\n") if line.strip()][-_LINES_BACK:]
    wanted = [line for line in lines if line]
    if context.line_before.strip() and context.line_after.strip():
        return False  # what follows on the line makes it another line
    if above and wanted and wanted[0] == above[-1] and is_telling(wanted[0]):
        return True
    return any(
        wanted[:count] == above[-count:] and any(map(is_telling, wanted[:count]))
        for count in range(2, min(len(wanted), len(above)) + 1)
    )


def _second_turn(lines: list[str]) -> int:
    """Index of the line with which the candidate starts to repeat its own; their number if it does not."""
    for index in range(1, len(lines)):
        for period in range(1, min(index, 4) + 1):
            turn = lines[index : index + period]
            if turn == lines[index - period : index] and any(map(is_telling, turn)):
                return index
    return len(lines)


def _without_loop(candidate: str) -> str:
    found = _LOOP.search(candidate[:_LOOP_CHARS])
    if found is None or _WORD.search(found[1]) is None:
        return candidate
    return candidate[: found.start() + len(found[1])].rstrip()
