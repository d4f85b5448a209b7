"""Names in code as the words that they are made of."""

from __future__ import annotations

import re

_CAMEL = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]*[a-z0-9]+[A-Z]|[A-Z]{2,}[a-z])[A-Za-z0-9]*"  # in one pass over each word
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def parts(name: str) -> tuple[str, ...]:
    """The words of a name as it spells them: `readHTTPHead2` → read, HTTP, Head2."""
    return tuple(_PARTS.findall(name)) if name.isascii() else tuple(filter(None, name.split("_")))


def expanded(text: str) -> str:
    """The text with the words of every camelCase name behind it, to be found by either.

    A name with underscores needs no more: the index takes them for spaces, and finds the whole as a phrase.
    """
    return _CAMEL.sub(_with_parts, text)


def _with_parts(found: re.Match[str]) -> str:
    return f"{found[0]} {' '.join(_PARTS.findall(found[0]))}"
