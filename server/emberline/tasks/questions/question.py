"""A question in words as what the index is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emberline.tasks.questions.identifiers import parts
from emberline.tasks.questions.synonyms import forms, others

_QUOTED = re.compile(r"`([^`\n]{1,200})`|\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”")
_WORD = re.compile(r"[^\W_](?:[\w]|[.'’](?=[A-Za-z_])|::(?=\w)|-(?=\w))*|_\w+")
_NAME = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}|_|::|\w\.[A-Za-z_]|\w-\w.*-\w")
_STOP_WORDS = """
a about after all also always am an and another any are as at back be because been before being between
both but by call called calls can code codebase could defined definition describe did do does done during
each either else every exactly explain find first for from gets give given go goes had happen happens has
have having he her here him his how however i if implementation implemented in into is it its itself just
kind last let list live lives located long made make many may me might more most much must my need never
new no nor not of off often old on once one only or other our out over own please point program project
really repo repository responsible said same say says shall she should show so some something such take
takes tell than that the their them then there these they this those three through to too two under until
up upon us use used uses using very was way we were what whats when where wheres which while who whom
whose why will with within without work works workspace would you your
"""
STOP = frozenset(_STOP_WORDS.split())
"""Words that a question has and its answer need not have."""
MOST_WORDS = 40
SAME = 0.95
"""Of choices from this weight on it is told by how many passages have them how rare the thing is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which something may be said; `words` are looked for side by side."""

    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that the question names, in its several ways; the best that a passage has counts."""

    choices: tuple[Choice, ...]
    bearing: float = 1.0
    """How much of the question it is, beside a word's 1."""


@dataclass(frozen=True, slots=True)
class Query:
    wanted: tuple[Wanted, ...]
    names: tuple[str, ...]
    """What is spelt as the name of a definition is, in lower case; the last part of a dotted one."""
    words: tuple[str, ...]
    """Its other words: they too could be names."""
    mentions_tests: bool = False


def query(question: str) -> Query:
    """What the question asks for. Nothing is wanted where it has stop words alone."""
    question = question.encode("utf-8", "replace").decode()  # JSON may hold halves of characters
    wanted: dict[str, Wanted] = {}
    names: dict[str, None] = {}
    plain: list[str] = []
    for found in _QUOTED.finditer(question):
        phrase = next(filter(None, found.groups()))
        if _is_name(phrase):
            _add_name(phrase, wanted, names)
        elif phrase.strip():
            wanted.setdefault(phrase.lower(), Wanted((Choice(phrase, 1.5), *_words(phrase)), 1.5))
    rest = _QUOTED.sub(" ", question)
    words = _WORD.findall(rest)[:MOST_WORDS]
    for word in words:
        word = re.sub(r"['’]s?$|['’](?:re|ll|ve|t)$", "", word)
        if _is_name(word) and word.lower() not in STOP:
            _add_name(word, wanted, names)
        elif word.lower() not in STOP and len(word) > 1:
            lower = word.lower()
            plain.append(lower)
            choices = [Choice(lower, 1.0), *(Choice(each, SAME) for each in forms(lower))]
            choices += [
                Choice(each, 0.5) for each in dict.fromkeys(others(lower)) if each not in forms(lower)
            ]
            if "-" in lower:
                choices += [Choice(each, 0.5) for each in lower.split("-")]
            wanted.setdefault(lower, Wanted(tuple(choices)))
    tests = any(word.lower() in ("test", "tests", "tested", "testing", "benchmark") for word in words)
    return Query(tuple(wanted.values()), tuple(names), tuple(plain), tests)


def _is_name(word: str) -> bool:
    """Whether it is spelt as names in code are and words are not."""
    return " " not in word.strip() and _NAME.search(word) is not None


def _words(phrase: str) -> list[Choice]:
    return [Choice(each, 0.4) for each in phrase.split() if each.lower() not in STOP]


def _add_name(name: str, wanted: dict[str, Wanted], names: dict[str, None]) -> None:
    """The whole weighs most; its last part and its words count for something."""
    name = name.strip().removesuffix("()")
    steps = [each for each in re.split(r"[^\w]+", name) if each]
    if not steps:
        return
    names.setdefault(steps[-1].lower())
    words = [each.lower() for step in steps for each in parts(step) if len(each) > 1]
    choices = [Choice(name, 1.0)]
    if steps[-1] != name:
        choices.append(Choice(steps[-1], 0.9))
    if len(words) > 1:
        choices.append(Choice(" ".join(words), 0.7))
    choices += [Choice(each, 0.35) for each in dict.fromkeys(words)]
    wanted.setdefault(name.lower(), Wanted(tuple(choices), 1.5))
