"""How a repository's commits are worded, learnt from the latest of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from emberline.tasks.commit.verbs import Mood, mood_of

_T = TypeVar("_T")

ENOUGH = 5
"""Commits below this number say nothing of a style."""
USUAL = 0.5
"""The share of commits from which on something is the repository's way."""
SUBJECT, SHORTEST, LONGEST = 72, 50, 100
"""Characters of a subject: where nothing is known, and the bounds of what is learnt."""
_TYPES = "feat feature fix docs doc style refactor perf test tests build ci chore revert deps wip release"
TYPES = frozenset(_TYPES.split())
_CONVENTIONAL = re.compile(r"(?P<type>[A-Za-z]{2,10})(?:\((?P<scope>[^()]{1,40})\))?!?:\s+(?=\S)")
_AREA = re.compile(r"(?P<scope>[\w.*/+-]+(?:, ?[\w.*/+-]+)*):\s+(?=\S)")
_BRACKETED = re.compile(r"\[(?P<scope>[^\[\]]{1,40})\]:?\s*(?=\S)")
TICKET = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{1,9}-\d{1,6}(?![A-Za-z0-9])")
_TICKET_FIRST = re.compile(r"(?P<open>[\[(]?)(?P<key>[A-Z][A-Z0-9]{1,9})-\d{1,6}(?P<behind>[\])]?:?\s*-?\s+)")
_EMOJI = re.compile(r"(?::[a-z0-9_+-]+:|[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?)\s*")
_PULL = re.compile(r"\s*\((?:#|!|GH-)\d+\)$")
_TRAILER = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Za-z]+)*: \S")
_MACHINE_MADE = re.compile(
    r"(?:fixup|squash|amend)! |Revert \"|Merge (?:branch|pull request|tag|remote|commit)|Initial commit$"
    r"|\d+(?:\.\d+)+$|v\d"
)
_BULLET = re.compile(r"^\s*[-*•] ", re.MULTILINE)
_LANGUAGES = {
    "German": "der die das und nicht für mit ein eine bei wird werden ist auf nach hinzugefügt entfernt",
    "French": "le la les des du une et pour dans avec sur ajout ajoute corrige suppression",
    "Spanish": "el la los las de una y para en con se del añade corrige elimina agrega",
    "Italian": "il lo la gli di una e per nel con che della aggiunge aggiunto corregge",
    "Portuguese": "o os as de uma e para em com não do da adiciona corrige remove",
    "Dutch": "de het een en voor met niet van bij toegevoegd verwijderd",
    "English": "the a an and of to for in with is not on when from be that it",
}
_STOP_WORDS = {name: frozenset(words.split()) for name, words in _LANGUAGES.items()}
_SCRIPTS = (
    ("Japanese", re.compile(r"[\u3040-\u30ff]")),
    ("Chinese", re.compile(r"[\u4e00-\u9fff]")),
    ("Korean", re.compile(r"[\uac00-\ud7af]")),
    ("Russian", re.compile(r"[\u0400-\u04ff]")),
)
ENGLISH = "English"


class Prefix(StrEnum):
    """What stands before the words of a subject."""

    NONE = "none"
    CONVENTIONAL = "type(scope): "
    AREA = "area: "
    BRACKETED = "[area] "


@dataclass(frozen=True, slots=True)
class Style:
    """What a subject, and what follows it, look like here."""

    prefix: Prefix = Prefix.NONE
    types: tuple[str, ...] = ()
    """Of conventional commits, the most frequent first."""
    scopes: tuple[str, ...] = ()
    """Those in use, the most frequent first; also the areas."""
    scope_is_usual: bool = False
    mood: Mood = Mood.IMPERATIVE
    is_capital: bool = True
    """Whether the first word of the words themselves begins with a capital."""
    full_stop: bool = False
    most_chars: int = SUBJECT
    """Of a whole subject."""
    body_is_usual: bool = False
    bullets: bool = True
    """A body is a list."""
    projects: tuple[str, ...] = ()
    """The keys of the tickets that subjects begin with, where that is usual: "ABC" of "ABC-12"."""
    ticket_opens: str = ""
    ticket_closes: str = ""
    """What stands before such a ticket and behind it."""
    language: str = ENGLISH
    seen: int = 0
    """The commits that it was learnt from."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A subject taken apart."""

    whole: str
    ticket: re.Match[str] | None
    prefix: re.Match[str] | None
    kind: Prefix
    words: str


def learnt(messages: Sequence[str]) -> Style:
    """The style of these messages; a usual one where they are too few."""
    kept = [each for each in map(str.strip, messages) if each and not _MACHINE_MADE.match(each)]
    if len(kept) < ENOUGH:
        return Style(seen=len(kept))
    subjects = [_taken_apart(each.partition("\n")[0]) for each in kept]
    bodies = [_body(each) for each in kept]
    counted = Counter(each.kind for each in subjects)
    kind = next(
        (each for each, count in counted.most_common() if each is not Prefix.NONE and _is_usual(count, kept)),
        Prefix.NONE,
    )
    # A body is looked for where the subject is worded as this repository's are.
    alike = [each for each in subjects if each.kind is kind] or subjects
    prefixes = [each.prefix for each in alike if each.prefix is not None]
    scopes = Counter(scope for each in prefixes if (scope := each["scope"]))
    types = Counter(each["type"].lower() for each in prefixes if kind is Prefix.CONVENTIONAL)
    projects, opens, closes = _tickets(subjects)
    with_body = [each for each in bodies if each]
    first = [each.words.split(maxsplit=1)[0] for each in alike if each.words]
    lengths = sorted(len(each.whole) for each in subjects)
    return Style(
        kind,
        tuple(name for name, _ in types.most_common(12)),
        tuple(name for name, _ in scopes.most_common(40)),
        kind is not Prefix.NONE and _is_usual(scopes.total(), alike),
        _mood(first),
        _share(first, lambda word: word[:1].isupper()) >= USUAL,
        _share(alike, lambda each: each.words.endswith(".")) >= USUAL,
        min(LONGEST, max(SHORTEST, lengths[len(lengths) * 9 // 10])),
        _is_usual(len(with_body), kept),
        not with_body or _share(with_body, lambda body: bool(_BULLET.search(body))) >= USUAL,
        projects,
        opens,
        closes,
        _language(kept),
        len(kept),
    )


def ticket_in(branch: str, projects: Sequence[str]) -> str:
    """The ticket of one of these projects that a branch is named after: "ABC-12" of "feature/abc-12-faster";
    empty without one."""
    found = (each for each in TICKET.findall(branch.upper()) if each.partition("-")[0] in projects)
    return next(found, "")


def bare(subject: str) -> str:
    """The words of a subject, without ticket, type, area, emoji and the number of a pull request."""
    return _taken_apart(subject).words


def _taken_apart(subject: str) -> _Subject:
    whole = _PULL.sub("", subject.strip())
    rest = whole
    if emoji := _EMOJI.match(rest):
        rest = rest[emoji.end() :]
    ticket = _TICKET_FIRST.match(rest)
    if ticket is not None:
        rest = rest[ticket.end() :]
    kind, prefix = Prefix.NONE, None
    for each, pattern in (
        (Prefix.CONVENTIONAL, _CONVENTIONAL),
        (Prefix.AREA, _AREA),
        (Prefix.BRACKETED, _BRACKETED),
    ):
        found = pattern.match(rest)
        if found and (each is not Prefix.CONVENTIONAL or found["type"].lower() in TYPES):
            kind, prefix, rest = each, found, rest[found.end() :]
            break
    if emoji := _EMOJI.match(rest):
        rest = rest[emoji.end() :]
    return _Subject(whole, ticket, prefix, kind, rest.strip())


def _body(message: str) -> str:
    """What stands below the subject, without trailers."""
    lines = message.split("\n")[1:]
    return "\n".join(line for line in lines if not _TRAILER.match(line)).strip()


def _tickets(subjects: Sequence[_Subject]) -> tuple[tuple[str, ...], str, str]:
    """The projects of tickets and what stands around them, where tickets are usual."""
    found = [each.ticket for each in subjects if each.ticket]
    if not _is_usual(len(found), subjects):
        return (), "", ""
    projects = dict.fromkeys(each["key"] for each in found)
    forms = Counter((each["open"], each["behind"]) for each in found)
    return (tuple(projects), *forms.most_common(1)[0][0])


def _mood(first: Sequence[str]) -> Mood:
    moods = Counter(found for word in first if (found := mood_of(word)) is not None)
    if not first or moods.total() < len(first) * USUAL:
        return Mood.FREE
    return moods.most_common(1)[0][0]


def _language(messages: Sequence[str]) -> str:
    """The language of most; English where it is not clear."""
    text = "\n".join(messages)
    for name, script in _SCRIPTS:
        if len(script.findall(text)) > len(text) * 0.1:
            return name
    words = Counter(re.findall(r"[a-zà-öø-ÿ]+", text.lower()))
    scores = {name: sum(words[each] for each in stop) for name, stop in _STOP_WORDS.items()}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > scores[ENGLISH] * 1.5 + 2 else ENGLISH


def _share(of: Sequence[_T], holds: Callable[[_T], bool]) -> float:
    return sum(map(holds, of)) / len(of) if of else 0.0


def _is_usual(count: int, of: Sequence[object]) -> bool:
    return count >= len(of) * USUAL and count > 0
