"""Whether an answer stands on the passages that it cites: a pure check, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from emberline.tasks.questions.identifiers import parts
from emberline.tasks.questions.prompt import NOT_FOUND
from emberline.tasks.questions.question import STOP

LEAST_SHARE = 0.5
"""Of a sentence's own words that a passage must have to say what the sentence says."""
ATTRIBUTED_SHARE = 0.7
"""The same where the model named no passage."""
_LEAST_WORDS = 2
_ABOUT = 0.3
_NUMBERS = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_TICKS = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"[A-Za-z_]\w*")
_WORD = re.compile(r"[^\W_]+(?:_\w+)*|_\w+")
_END = re.compile(r"(?<=[.!?])(?:(?:\s*\[[\d,; ]+\])+\.?)?\s+(?=[^\s\[a-z])|\n+")
_NONE = re.compile(
    r"not[ _]found|no(?:ne of the)? passages?\b|passages? (?:do|does|did)(?: not|n't)", re.IGNORECASE
)
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_ADDRESS = re.compile(r"<[^<>\n]*://[^<>\n]*>|^[ \t]*\[[^\[\]\n]+\]:.*$", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Checked:
    """What of an answer stands."""

    sentences: tuple[str, ...]
    """Those that are supported, each with its citations as [n]."""
    cited: tuple[int, ...]
    """The passages that they cite, from 1, in the order in which they are named first."""
    complaints: tuple[str, ...]
    """Why the others do not stand, one each."""
    says_none: bool
    """The model says that the passages do not answer."""


def checked(answer: str, passages: Sequence[str]) -> Checked:
    """The sentences whose citations exist and whose words and names the cited passages have.

    One without a citation is given that of the passage that has nearly all of its words, if there is one.
    """
    known = [_Known.of(each) for each in passages]
    kept: list[str] = []
    cited: dict[int, None] = {}
    complaints: list[str] = []
    for sentence in sentences(_without_links(answer)):
        if NOT_FOUND in sentence.upper():
            continue
        words, numbers = _NUMBERS.sub("", sentence), _cited(sentence)
        found = _supporting(words, numbers, known)
        if isinstance(found, str):
            complaints.append(found)
            continue
        kept.append(_with_numbers(words, found))
        cited.update(dict.fromkeys(found))
    says_none = not kept and _NONE.search(answer) is not None
    return Checked(tuple(kept), tuple(cited), tuple(complaints), says_none)


def sentences(answer: str) -> list[str]:
    """An answer's sentences, without the marks of lists. Code blocks are left out: no sentence cites them."""
    text = re.sub(r"```.*?(?:```|\Z)", "\n", answer, flags=re.DOTALL)
    found, start = [], 0
    for end in _END.finditer(text):
        found.append(text[start : end.end()])
        start = end.end()
    found.append(text[start:])
    return [each for piece in found if len(each := _BULLET.sub("", piece).strip()) > 1]


def _without_links(answer: str) -> str:
    """With the words of its links and pictures alone: a file must not have an editor fetch something, or show
    something as ours, by telling the model to write it."""

    def words(found: re.Match[str]) -> str:
        return f"[{found[1]}]" if _NUMBERS.fullmatch(f"[{found[1]}]") else found[1]

    return _ADDRESS.sub("", _LINK.sub(words, answer))


def renumbered(text: str, numbers: dict[int, int]) -> str:
    """The text with other numbers for its citations; what is in none of them is left out."""

    def new(found: re.Match[str]) -> str:
        old = (int(each) for each in re.findall(r"\d+", found[1]))
        return "".join(f"[{numbers[each]}]" for each in old if each in numbers)

    return _NUMBERS.sub(new, text)


@dataclass(frozen=True, slots=True)
class _Known:
    """A passage for comparison."""

    words: frozenset[str]
    names: frozenset[str]
    title: frozenset[str]
    """The names in its first line, which says what it is."""

    @staticmethod
    def of(text: str) -> _Known:
        title = frozenset(_NAME.findall(text.partition("\n")[0]))
        return _Known(frozenset(_stems(text)), frozenset(_NAME.findall(text)), title)

    def share(self, stems: Sequence[str]) -> float:
        return sum(each in self.words for each in stems) / len(stems) if stems else 0.0

    def closeness(self, stems: Sequence[str], names: Sequence[str]) -> float:
        """The same, for a choice among several: what is about a name that is spelt out comes first."""
        return self.share(stems) + _ABOUT * any(each in self.title for each in names)


def _supporting(words: str, numbers: Sequence[int], known: Sequence[_Known]) -> tuple[int, ...] | str:
    """The passages that say this, or why none does."""
    valid = [each for each in numbers if 1 <= each <= len(known)]
    names = [name for ticks in _TICKS.findall(words) for name in _NAME.findall(ticks)]
    everywhere = frozenset().union(*(each.names for each in known))
    strange = next((name for name in names if name not in everywhere), None)
    if strange is not None:
        return f"`{strange}` stands in none of the passages."
    stems = list(dict.fromkeys(_stems(words)))
    if len(stems) < _LEAST_WORDS:
        return "A sentence says too little."
    standing = [each for each in valid if known[each - 1].share(stems) >= LEAST_SHARE]
    if standing:
        return tuple(dict.fromkeys(standing))
    best = max(range(len(known)), key=lambda each: known[each].closeness(stems, names), default=None)
    if best is not None and known[best].share(stems) >= (LEAST_SHARE if valid else ATTRIBUTED_SHARE):
        return (best + 1,)
    if numbers and not valid:
        return f"There is no passage [{numbers[0]}]."
    return f"Passage [{valid[0]}] does not say that." if valid else "A sentence names no passage."


def _cited(sentence: str) -> list[int]:
    return [int(each) for found in _NUMBERS.findall(sentence) for each in re.findall(r"\d+", found)]


def _with_numbers(words: str, numbers: Sequence[int]) -> str:
    plain = re.sub(r"\s+([.!?,;:])", r"\1", re.sub(r"[ \t]+", " ", words)).strip()
    plain = re.sub(r"([.!?])[.\s]*$", r"\1", plain)
    marks = "".join(f"[{each}]" for each in numbers)
    return f"{plain[:-1]} {marks}{plain[-1]}" if plain[-1:] in ".!?" else f"{plain} {marks}."


def _stems(text: str) -> list[str]:
    """The words that carry meaning, roughly without their endings; names in their parts."""
    found = []
    for word in _WORD.findall(text):
        for part in parts(word) or (word,):
            lower = part.lower()
            if len(lower) > 2 and lower not in STOP:
                found.append(_ENDING.sub("", lower) if len(lower) > 4 else lower)
    return found


_ENDING = re.compile(r"(?:ations?|ings?|ions?|ies|ed|es|ers?|s|e|y)$")
