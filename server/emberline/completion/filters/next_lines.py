"""Lines that the document has below the cursor already."""

from __future__ import annotations

from emberline.completion.context import Context
from emberline.completion.words import is_telling

_TOO_MUCH = 12
"""Characters of a line: two lines that begin alike for longer than this are one and the same."""


def next_lines(candidate: str, context: Context) -> str:
    """Cuts where the candidate goes over into the lines below; drops it where it is just the next line."""
    below = [line.rstrip() for line in context.after.split("\n")[1:] if line.strip()]
    if not below:
        return candidate
    lines = candidate.split("\n")
    if not context.line_after.strip() and is_telling(below[0]):
        first = (context.line_before + lines[0]).rstrip()
        if lines[0].strip() and (first == below[0] or _begins(first, below[0])):
            return ""
    for index in range(1, len(lines)):
        rest = [line.rstrip() for line in lines[index:] if line.strip()]
        if rest and _continues_into(rest, below):
            return "\n".join(lines[:index])
    return candidate


def _continues_into(rest: list[str], below: list[str]) -> bool:
    """All of `rest` stands in `below` in the same order; its last line may have been cut short."""
    if len(rest) > len(below) or rest[:-1] != below[: len(rest) - 1]:
        return False
    last, original = rest[-1], below[len(rest) - 1]
    if last != original and not (is_telling(last) and original.startswith(last)):
        return False
    return any(map(_has_word, rest))


def _begins(line: str, original: str) -> bool:
    """Whether `line` is the beginning of `original`, cut short, and too much of it for chance."""
    return is_telling(line) and len(line.strip()) >= _TOO_MUCH and original.startswith(line)


def _has_word(line: str) -> bool:
    return any(map(str.isalnum, line))
