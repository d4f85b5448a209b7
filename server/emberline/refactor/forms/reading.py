"""What models put around and into code, set right where it is certain what was meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_FENCE = re.compile(r"\s*(?P<fence>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)\n?[ \t]*(?P=fence)\s*", re.DOTALL)
_FENCE_LINE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)
_LEADING = re.compile(r"[ \t]*")


def unfenced(code: str) -> str:
    """Without the one code fence that stands around all of it."""
    found = _FENCE.fullmatch(code)
    if found is None or _FENCE_LINE.search(found["code"]):
        return code
    return found["code"]


def trimmed(code: str) -> str:
    """Without blank lines before it, and without white space behind it."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", code).rstrip()


def leading(line: str) -> str:
    """The white space that a line begins with."""
    found = _LEADING.match(line)
    return found[0] if found else ""


def usual_indent(text: str) -> str:
    """A tab, or the spaces of one step; empty where nothing is indented or both are in use."""
    tabs, steps, before = 0, Counter[int](), 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        white = leading(line)
        if "\t" in white:
            tabs += 1
        width = len(white)
        if width > before and width - before > 1:
            steps[width - before] += 1
        before = width
    if tabs:
        return "" if steps and any(re.search(r"^  +\S", line) for line in text.split("\n")) else "\t"
    return " " * max(steps, key=lambda step: (steps[step], -step)) if steps else ""


def indented_like(code: str, text: str) -> str:
    """The code with tabs or spaces as the file's text has them; lines that stand there keep theirs."""
    unit = usual_indent(text)
    if not unit:
        return code
    known = frozenset(text.split("\n"))
    own = usual_indent(code)
    if unit == "\t":
        step = len(own) if own and own != "\t" else 4

        def change(white: str) -> str:
            tabs, rest = divmod(len(white.expandtabs(step)), step)
            return "\t" * tabs + " " * rest
    elif "\t" in code:

        def change(white: str) -> str:
            return white.expandtabs(len(unit)) if "\t" in white else white
    else:
        return code
    lines = code.split("\n")
    return "\n".join(
        line if line in known or not line.strip() else change(leading(line)) + line.lstrip(" \t")
        for line in lines
    )


def rebased(code: str, base: str, original: Iterable[str] = ()) -> str:
    """The code with `base` before its first line, and its other lines moved along where they were written for
    another column. Lines of the original that were left as they are stay so."""
    lines = code.split("\n")
    filled = [index for index, line in enumerate(lines) if line.strip()]
    if not filled:
        return code
    first, rest = filled[0], filled[1:]
    own = leading(lines[first])
    if own == base:
        return code
    if base.startswith(own):
        added = base[len(own) :]
        least = _least(lines[first], base)
        if rest and all(
            leading(lines[index]).startswith(base) and len(leading(lines[index])) >= least for index in rest
        ):
            lines[first] = added + lines[first]  # only the first line's indentation was lost
            return "\n".join(lines)
        known = frozenset(original)
        moved = [
            line if not line.strip() or (line in known and added + line not in known) else added + line
            for line in lines
        ]
        return "\n".join(moved)
    surplus = own[len(base) :] if own.startswith(base) else ""
    if surplus and all(lines[index].startswith(own) for index in filled):
        return "\n".join(base + line[len(own) :] if line.strip() else line for line in lines)
    return code


def _least(first: str, base: str) -> int:
    """The least indentation of the other lines from which on they stand right, and only the first does
    not."""
    return len(base) + (1 if first.rstrip().endswith(":") else 0)
