"""A name in all the forms in which it is spelt: `word_count`, `wordCount`, `WORD-COUNTS`, "word count"."""

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
    sought, many = folded(name), _plural(name)
    return bool(sought) and any(each in folded(text) for each in (sought, many))


def renamed(text: str, old: str, new: str) -> frozenset[str]:
    """What the folded text may be with the new name for every form of the old one."""
    said, sought = folded(text), folded(old)
    if not sought:
        return frozenset((said,))
    many = said.replace(_plural(old), _plural(new)).replace(sought, folded(new))
    return frozenset((said.replace(sought, folded(new)), many))


def _plural(name: str) -> str:
    """More than one of it, folded: "entries", "boxes", "stores"."""
    said = folded(name)
    if re.search(r"[^aeiou]y$", said):
        return f"{said[:-1]}ies"
    return f"{said}es" if re.search(r"(?:s|x|z|ch|sh)$", said) else f"{said}s"
