"""A name in all the forms in which it is spelt: `word_count`, `wordCount`, `WORD-COUNT`, "word count"."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words(name: str) -> tuple[str, ...]:
    """The words that a name is made of, in small letters."""
    return tuple(each.lower() for each in _BOUNDARY.split(name) if each)


def folded(text: str) -> str:
    """The text with nothing of its spelling: no case, no separators."""
    return re.sub(r"[\W_]+", "", text).casefold()


def holds(text: str, name: str) -> bool:
    """Whether the text spells the name somewhere, in any form, also as a part of a longer name."""
    sought = folded(name)
    return bool(sought) and sought in folded(text)


def renamed(text: str, old: str, new: str) -> str:
    """The folded text with the new name for every form of the old one."""
    sought = folded(old)
    return folded(text).replace(sought, folded(new)) if sought else folded(text)
