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

    lines = list(lines)
    try:
        return GitIgnoreSpec.from_lines(lines)
    except _NONE:
        return GitIgnoreSpec.from_lines(filter(is_pattern, lines))


def is_pattern(line: str) -> bool:
    """Whether the line names any files: a comment, a lone `!` or `[z-a]` do not."""
    from pathspec import GitIgnoreSpec

    try:
        return any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([line]).patterns)
    except _NONE:
        return False


_NONE = (ValueError, re.error)
"""What pathspec raises: its own error, or that of the regular expression which it makes of the line."""
