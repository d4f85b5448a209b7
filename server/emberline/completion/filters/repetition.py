"""Loops: small models repeat the line above, their own lines, or a few words for ever."""

from __future__ import annotations

import re

from emberline.completion.context import Context

_WORDY = 8
"""Characters below which a repeated line is taken for ordinary (`},`, `pass`, `None,`)."""
_LINES_BACK = 8
# A unit with a letter in it, five times or more in a row.
_LOOP = re.compile(r"(?=([^\n]{3,40}?)\1{4})[^\n]*?[A-Za-z]")


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
    if above and wanted and wanted[0] == above[-1] and _wordy(wanted[0]):
        return True
    return any(
        wanted[:count] == above[-count:] and any(map(_wordy, wanted[:count]))
        for count in range(2, min(len(wanted), len(above)) + 1)
    )


def _second_turn(lines: list[str]) -> int:
    """Index of the line with which the candidate starts to repeat its own; their number if it does not."""
    for index in range(1, len(lines)):
        for period in range(1, min(index, 4) + 1):
            turn = lines[index : index + period]
            if turn == lines[index - period : index] and any(map(_wordy, turn)):
                return index
    return len(lines)


def _wordy(line: str) -> bool:
    text = line.strip()
    return len(text) >= _WORDY and sum(map(str.isalpha, text)) >= 4


def _without_loop(candidate: str) -> str:
    found = _LOOP.search(candidate[:1000])
    if found is None or not any(map(str.isalpha, found[1])) or len(found[1]) * 5 < 20:
        return candidate
    return candidate[: found.start() + len(found[1])].rstrip()
