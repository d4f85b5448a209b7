"""Whether what a model wrote of a log stands in what it was shown. Sentences that invent are taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emberline.tasks.logs.sheet import Row, Sheet

_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=[\"'(\[]?[A-Z0-9])|\n+")
_NUMBER = r"\d+(?:,\d{3})*(?![\d%]| ?(?:times|records|errors|warnings|messages|seconds|ms\b))"
_LINES = re.compile(
    rf"\blines?\s+({_NUMBER}(?:\s*(?:,|and|or|to|-|–|through|until|&)\s*(?:lines?\s+)?{_NUMBER})*)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.])\d[\d,]*(?:[.:]\d+)*")
_TIMES = re.compile(r"\b(\d[\d,]*) times\b")
"""How often something happened is a figure of its own line, and no other's."""
_QUOTED = re.compile(r"[\"“`]([^\"”`\n]{2,})[\"”`]")
_NAME = re.compile(r"[\w$@][\w$@./:\\-]*[\w$]")
_IS_NAME = re.compile(r"[a-z][A-Z]|[A-Za-z]\d|_|\w[./\\:@]\w")
"""Letters in an odd case, a digit, an underscore, something inside that no word of prose has."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_BULLET = re.compile(r"^[ \t]*(?:[-*•]|\d+[.)])[ \t]+", re.MULTILINE)
_FIRST = re.compile(
    r"\b(?:failed|fails) first\b|\bfirst (?:\w+ )?(?:error|failure|problem)\b|\bfirst to fail\b",
    re.IGNORECASE,
)
# fmt: off
_COMMON = frozenset((
    "line", "lines", "error", "errors", "warning", "warnings", "message", "messages", "time", "times", "once",
    "first", "last", "this", "that", "with", "from", "after", "before", "there", "were", "been", "have",
    "which", "while", "also", "occurred", "happened", "records", "record", "logged", "shows",
))
# fmt: on
"""Words of every log, which tell none from another."""
_STEM = 4
SENTENCES = 6
"""A paragraph; a model that goes on after that only repeats itself."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What is left of a model's words."""

    text: str
    """Sentences that hold, in order."""
    cited: tuple[int, ...]
    """The line numbers in them."""
    complaints: tuple[str, ...]
    """Why the others do not hold, in words that a model can follow."""

    @property
    def is_enough(self) -> bool:
        """Something is left that points into the log."""
        return bool(self.cited)


def verified(text: str, sheet: Sheet) -> Verified:
    """The sentences of `text` that keep to the sheet."""
    kept: list[str] = []
    cited: list[int] = []
    complaints: list[str] = []
    for sentence in _sentences(text):
        if len(kept) == SENTENCES:
            break
        complaint = _complaint(sentence, sheet)
        if complaint:
            complaints.append(complaint)
        elif sentence not in kept:
            kept.append(sentence)
            cited += cited_lines(sentence)
    return Verified(" ".join(kept), tuple(dict.fromkeys(cited)), tuple(dict.fromkeys(complaints)))


def cited_lines(text: str) -> tuple[int, ...]:
    """The numbers that stand as lines in a text, in order."""
    found = (each for match in _LINES.finditer(text) for each in re.findall(_NUMBER, match[1]))
    return tuple(int(each.replace(",", "")) for each in found)


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCE.split(_BULLET.sub("", text.replace("**", ""))):
        bare = (part or "").strip()
        if bare:
            yield bare if bare[-1] in ".!?:" else f"{bare}."


def _complaint(sentence: str, sheet: Sheet) -> str:
    """What of a sentence stands nowhere; empty where all holds."""
    lines = cited_lines(sentence)
    rows = [row for row in sheet.rows if any(place.line in lines for place in row.places)]
    known = {place.line for row in sheet.rows for place in row.places}
    if unknown := [line for line in lines if line not in known]:
        return f"line {unknown[0]} was not among those shown"
    for line in lines:
        own = [row for row in rows if any(place.line == line for place in row.places)]
        if not any(_shares(sentence, row) for row in own):
            return f"what it says of line {line} is not what stands there"
    shown = "\n".join((sheet.head, *(row.words for row in rows or sheet.rows)))
    figures = set(_figures(_LINES.sub(" ", shown)))
    if invented := [each for each in _figures(_LINES.sub(" ", sentence)) if each not in figures]:
        return f"the number {invented[0]} stands nowhere in what it tells of"
    told = set(_figures("\n".join(row.words for row in rows)))
    if rows and (wrong := [each for each in _TIMES.findall(sentence) if each.replace(",", "") not in told]):
        return f"the number {wrong[0]} stands nowhere in what it tells of"
    everything = sheet.text.casefold()
    for name in _names(sentence):
        if name.casefold() not in everything:
            return "it names something that stands nowhere in the log"
    if not lines and not _figures(sentence):
        return "a sentence names neither a line nor a figure"
    if lines and _FIRST.search(sentence) and not any(row.is_first_error for row in rows):
        return "it calls another error the first than the one that is marked so"
    return ""


def _figures(text: str) -> list[str]:
    return [each.replace(",", "").rstrip(".:") for each in _FIGURE.findall(text)]


def _names(sentence: str) -> Iterator[str]:
    """What is quoted, or written as names are: it must stand in the log."""
    for quoted in _QUOTED.findall(sentence):
        yield quoted.strip().rstrip(".…")
    for word in _NAME.findall(_QUOTED.sub(" ", sentence)):
        if _IS_NAME.search(word) and not _FIGURE.fullmatch(word):
            yield word.rstrip(":")


def _shares(sentence: str, row: Row) -> bool:
    """Whether the sentence speaks of the row: they have a word in common that is not one of every log."""
    theirs = set(stems(row.words))
    return not theirs or not theirs.isdisjoint(stems(sentence))


def stems(text: str) -> Iterable[str]:
    """The beginnings of its words, without those of every log."""
    words = (word.casefold() for word in _WORD.findall(text))
    return [word[:_STEM] for word in words if word not in _COMMON]
