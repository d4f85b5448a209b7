"""The words of a text, in any language."""

from __future__ import annotations

import re

_WORD = re.compile(r"\b[^\W\d]\w*")


def words(text: str) -> frozenset[str]:
    """Every word that could be a name, also those in comments and strings; numbers are none."""
    return frozenset(_WORD.findall(text))
