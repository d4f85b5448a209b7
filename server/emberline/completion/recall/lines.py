"""The spelling in which code is indexed: indentation reduced to steps, blank lines left out.

Two pieces of code that differ only in their depth are the same to the index. What is kept of indentation is
whether a line is deeper than, level with or shallower than the line above it, as the separator between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LEVEL = "\n"
DEEPER = "\x0e"
SHALLOWER = "\x0f"
SEPARATORS = LEVEL + DEEPER + SHALLOWER

_KEEP = str.maketrans(dict.fromkeys("\n\r\x0e\x0f", " "))


def separator(above: str, below: str) -> str:
    """The step from one line to the next, both with their indentation."""
    first, second = depth_of(above), depth_of(below)
    return LEVEL if first == second else DEEPER if second > first else SHALLOWER


def collapse(lines: Iterable[str], above: str = "") -> str:
    """The lines that are not blank, each behind its separator; `above` is the line before them.

    White space at line ends is dropped.
    """
    parts: list[str] = []
    for line in lines:
        text = line.strip()
        if text:
            parts.append(separator(above, line) + text.translate(_KEEP))
            above = line
    return "".join(parts)


def tail_of(line_before: str, lines_above: Sequence[str]) -> str:
    """The same spelling for the text before a cursor; white space before the cursor is kept."""
    head = collapse(lines_above)
    above = next((line for line in reversed(lines_above) if line.strip()), "")
    return head + separator(above, line_before or "") + line_before.lstrip()


def depth_of(line: str) -> int:
    """Width of the indentation, a tab counted as four columns."""
    space = line[: len(line) - len(line.lstrip())]
    return len(space) + 3 * space.count("\t")
