"""A first look at many files: which of them have most of a question's words, by their plain text."""

from __future__ import annotations

import math
import re

from emberline.tasks.questions.question import Query

_ENDING = re.compile(r"(?:ation|ing|ion|ies|ed|es|er|s|e|y)$")
_SHORTEST = 3


class Sieve:
    """Coarse on purpose: it compares beginnings of words, and rather keeps too much than too little."""

    def __init__(self, query: Query) -> None:
        self._wanted = [
            (each.bearing, tuple(dict.fromkeys(stem(choice.words) for choice in each.choices)))
            for each in query.wanted
        ]
        self._has: list[tuple[str, tuple[bool, ...]]] = []

    def drop(self, path: str, text: str) -> None:
        """Looks at one file."""
        plain = f"{path}\n{text}".lower()
        has = tuple(any(each in plain for each in stems) for _, stems in self._wanted)
        if any(has):
            self._has.append((path, has))

    def kept(self, most: int) -> list[str]:
        """The files with the most of what is wanted, each by how few have it; in the order they came."""
        count = len(self._has)
        rarity = [
            bearing * math.log(1 + count / (1 + sum(has[index] for _, has in self._has)))
            for index, (bearing, _) in enumerate(self._wanted)
        ]
        scores = [sum(rare for rare, there in zip(rarity, has, strict=True) if there) for _, has in self._has]
        best = sorted(range(count), key=lambda each: (-scores[each], each))[:most]
        return [self._has[each][0] for each in sorted(best)]


def stem(words: str) -> str:
    """A word without what it may end in, in lower case, for a look at plain text."""
    lower = words.lower()
    short = _ENDING.sub("", lower)
    return short if len(short) >= _SHORTEST else lower
