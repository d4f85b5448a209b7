"""A first look at many files: which of them have most of a question's words, by their plain text."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from emberline.tasks.questions.question import Query

_ENDING = re.compile(r"(?:ation|ing|ion|ies|ed|es|er|s|e|y)$")
_SHORTEST = 3


class _Seen(NamedTuple):
    path: str
    size: int
    has: tuple[bool, ...]


class Sieve:
    """Coarse on purpose: it compares beginnings of words, and rather keeps too much than too little."""

    def __init__(self, query: Query) -> None:
        self._wanted = [
            (each.bearing, tuple(dict.fromkeys(stem(choice.words) for choice in each.choices)))
            for each in query.wanted
        ]
        self._has: list[_Seen] = []

    def drop(self, path: str, text: str) -> None:
        """Looks at one file."""
        plain = f"{path}\n{text}".lower()
        has = tuple(any(each in plain for each in stems) for _, stems in self._wanted)
        if any(has):
            self._has.append(_Seen(path, len(text), has))

    def kept(self, most_bytes: int) -> list[str]:
        """The files with the most of what is wanted, each by how few have it, up to so many bytes together;
        of those that have as much the shorter ones, for there it stands closer together."""
        count = len(self._has)
        rarity = [
            bearing * math.log(1 + count / (1 + sum(each.has[index] for each in self._has)))
            for index, (bearing, _) in enumerate(self._wanted)
        ]

        def order(each: _Seen) -> tuple[float, int, str]:
            score = sum(rare for rare, there in zip(rarity, each.has, strict=True) if there)
            return -score, each.size, each.path

        taken: list[str] = []
        size = 0
        for each in sorted(self._has, key=order):
            size += each.size
            if taken and size > most_bytes:
                break
            taken.append(each.path)
        return taken


def stem(words: str) -> str:
    """A word without what it may end in, in lower case, for a look at plain text."""
    lower = words.lower()
    short = _ENDING.sub("", lower)
    return short if len(short) >= _SHORTEST else lower
