"""Which passages answer a question best: a pure function of what the index found for each of its words."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emberline.tasks.questions.passages import Passage
from emberline.tasks.questions.question import SAME, Query, Wanted

OF_ITS_FILE = 0.25
"""A passage profits from what the rest of its file has of the question by so much."""
DEFINES = 1.5
"""A passage counts so many times that defines what the question spells as a name."""
DEFINES_WORD = 1.1
"""The same for a definition that is called as one of the question's words."""
IS_TEST = 0.6
IS_HISTORY = 0.5
MOST_OF_A_FILE = 4
CONSIDERED = 400
"""Passages whose places are looked up, best first."""
_TEST = re.compile(r"(^|[/_.-])(tests?|spec|benchmarks?|testdata|fixtures?)([/_.-]|$)", re.IGNORECASE)
_HISTORY = re.compile(r"(^|/)(change(s|log)|history|news|licen[cs]e|copying)[^/]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found for one choice of words: passage → how well it matches."""

    weight: float
    scores: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A passage's whereabouts."""

    path: str
    name: str
    """As it is called in its workspace."""
    passage: Passage


@dataclass(frozen=True, slots=True)
class Ranked:
    number: int
    place: Place
    score: float
    coverage: float


def ranked(
    query: Query,
    found: Sequence[Sequence[Matches]],
    passages: int,
    defining: Callable[[Sequence[str]], frozenset[int]],
    places: Callable[[Sequence[int]], Mapping[int, Place]],
    most: int,
) -> list[Ranked]:
    """The best passages in order. `found` has for each thing wanted its matches, choice by choice."""
    scores: dict[int, float] = defaultdict(float)
    covered: dict[int, float] = defaultdict(float)
    whole = 0.0
    for wanted, matches in zip(query.wanted, found, strict=True):
        rarity = wanted.bearing * _rarity(matches, passages)
        whole += rarity
        for number, (score, weight) in _best(matches).items():
            scores[number] += wanted.bearing * score
            covered[number] += rarity * weight
    first = sorted(scores, key=lambda each: (-scores[each], each))[:CONSIDERED]
    known = places(first)
    of_file: dict[str, float] = defaultdict(float)
    for number in first:
        path = known[number].path
        of_file[path] = max(of_file[path], scores[number])
    named, worded = defining(query.names), defining(query.words)
    spread = _spread(query.wanted, found, known)
    rows = [
        Ranked(
            number,
            known[number],
            (scores[number] + OF_ITS_FILE * spread[known[number].path])
            * _standing(query, known[number])
            * (DEFINES if number in named else DEFINES_WORD if number in worded else 1.0),
            min(1.0, covered[number] / whole) if whole else 0.0,
        )
        for number in first
    ]
    rows.sort(key=lambda each: (-each.score, each.place.name, each.place.passage.first))
    return _varied(rows, most)


def _best(matches: Sequence[Matches]) -> dict[int, tuple[float, float]]:
    """For each passage the best score of a choice, and the weight of the best choice that it has."""
    best: dict[int, tuple[float, float]] = {}
    for each in matches:
        for number, score in each.scores.items():
            known = best.get(number, (0.0, 0.0))
            best[number] = max(known[0], each.weight * score), max(known[1], each.weight)
    return best


def _rarity(matches: Sequence[Matches], passages: int) -> float:
    """Of the question's own word, whatever its form: what stands everywhere tells nothing."""
    having: set[int] = set()
    for each in matches:
        if each.weight >= SAME:
            having.update(each.scores)
    return max(0.05, math.log((passages - len(having) + 0.5) / (len(having) + 0.5)))


def _spread(
    wanted: Sequence[Wanted], found: Sequence[Sequence[Matches]], known: Mapping[int, Place]
) -> dict[str, float]:
    """For each file what its passages have together: the best of each thing wanted."""
    sums: dict[str, float] = defaultdict(float)
    for each, matches in zip(wanted, found, strict=True):
        best: dict[str, float] = {}
        for number, (score, _) in _best(matches).items():
            place = known.get(number)
            if place is not None:
                best[place.path] = max(best.get(place.path, 0.0), each.bearing * score)
        for path, score in best.items():
            sums[path] += score
    return sums


def _standing(query: Query, place: Place) -> float:
    factor = 1.0
    if _TEST.search(place.name) and not query.mentions_tests:
        factor *= IS_TEST
    if _HISTORY.search(place.name):
        factor *= IS_HISTORY
    return factor


def _varied(rows: Sequence[Ranked], most: int) -> list[Ranked]:
    """Without windows that overlap a better one, and with no more of a file than `MOST_OF_A_FILE`."""
    taken: list[Ranked] = []
    for row in rows:
        own = [each.place.passage for each in taken if each.place.path == row.place.path]
        here = row.place.passage
        if len(own) < MOST_OF_A_FILE and not any(
            each.first <= here.last and here.first <= each.last for each in own
        ):
            taken.append(row)
            if len(taken) == most:
                break
    return taken


def fused(rankings: Sequence[Sequence[int]], constant: float = 60.0) -> list[int]:
    """One order of several by reciprocal rank: who stands high in most comes first."""
    sums: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for place, number in enumerate(ranking, 1):
            sums[number] += 1.0 / (constant + place)
    return sorted(sums, key=lambda each: (-sums[each], each))
