"""How many keys a text takes to type."""

from __future__ import annotations

import re

_NEW_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*")


def keystrokes(text: str) -> int:
    """One for each character; a new line is one with its indentation, which editors put there themselves."""
    return len(_NEW_LINE.sub("\n", text))
