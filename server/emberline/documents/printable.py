"""Text that may hold what steers a terminal: names and words from servers, files and users."""

from __future__ import annotations

import re

_STEERING = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""Controls, ends of lines, directions of writing, and halves of characters."""


def printable(text: str) -> str:
    """One line without what would steer a terminal."""
    return _STEERING.sub("�", text)
