"""Patterns in .gitignore's notation (gitignore(5)), each line by itself: one that is none spoils no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def compiled(lines: Iterable[str]) -> GitIgnoreSpec:
    """All that these lines say. As git does it, those that are no patterns are passed over."""
    from pathspec import GitIgnoreSpec

    lines = [tame(line) for line in lines]
    try:
        return GitIgnoreSpec.from_lines(lines)
    except _NONE:
        return GitIgnoreSpec.from_lines(filter(is_pattern, lines))


def tame(line: str) -> str:
    """The line with no more stars in a name than can be matched in no time.

    A stranger's repository ships such lines, and each further star multiplies the time that a long name takes
    (`*a*a*a*a*b`: seconds). What is cut off is replaced by one star: more is ignored, never less. A line that
    takes back (`!`) is left out then, for the same reason.
    """
    names = line.split("/")
    if line.startswith("#") or all(name.count("*") <= MOST_STARS for name in names):
        return line
    if line.startswith("!") or not is_pattern(line):
        return ""
    return "/".join(_cut(name) for name in names)


def _cut(name: str) -> str:
    kept = name.split("*")[:MOST_STARS]
    return name if name.count("*") <= MOST_STARS else "*".join(kept) + "*"


MOST_STARS = 3


def is_pattern(line: str) -> bool:
    """Whether the line names any files: a comment, a lone `!` or `[z-a]` do not."""
    from pathspec import GitIgnoreSpec

    try:
        return any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([line]).patterns)
    except _NONE:
        return False


_NONE = (ValueError, re.error)
"""What pathspec raises: its own error, or that of the regular expression which it makes of the line."""
