"""A paragraph that a small model can help with: what is told, and in which order, is settled by the figures,
and the model says in plain words what single records mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emberline.backends.messages import Chat, Message
from emberline.tasks.logs.faithful import Verified, stems, verified
from emberline.tasks.logs.sheet import Row, Sheet, event_rows, head, many, said
from emberline.tasks.logs.types import Group, Overview, Severity

MOST = 3
"""Records that it is asked about: each takes a small machine some seconds."""
_WORDS_CHARS = 140
_ASKED_CHARS = 300
_GLOSS_TOKENS = 50
_VALUE = re.compile(r"[^\W_][\w.-]*[^\W_]")
_GUESS = re.compile(r",? (?:because|which|causing|leading to|indicating|suggesting|so that)\b")
_SYSTEM = "You explain what single messages of a log mean to the engineer who runs the program."
_QUESTION = """\
{}

For each of these messages say in one short plain sentence what happened. Do not repeat the message. Use no
numbers. Answer as JSON."""


def picked(overview: Overview) -> tuple[Group, ...]:
    """The records that the paragraph is about: the first error, what goes wrong most often, and the gravest
    of the rest; where nothing goes wrong, what there is most of."""
    grave = [each for each in overview.groups if each.severity >= Severity.WARNING]
    found = [] if overview.first_error is None else [overview.first_error]
    if grave:
        found += [max(grave, key=lambda each: each.count), *grave]
    else:
        found += sorted(overview.groups, key=lambda each: -each.count)
    return tuple(dict.fromkeys(found))[:MOST]


def question(groups: Sequence[Group]) -> Chat:
    """What the model is asked."""
    shown = (" | ".join(map(str.strip, each.example[:_ASKED_CHARS].split("\n"))) for each in groups)
    listed = "\n".join(f"message {number}: {words}" for number, words in enumerate(shown, start=1))
    messages = (Message("system", _SYSTEM), Message("user", _QUESTION.format(listed)))
    return Chat(messages, _GLOSS_TOKENS * len(groups) + 30, temperature=0.1)


def schema(groups: Sequence[Group]) -> Mapping[str, Any]:
    """{"1": words, "2": words, …}."""
    keys = [str(number) for number in range(1, len(groups) + 1)]
    words = {"type": "string", "minLength": 1, "maxLength": _WORDS_CHARS}
    return {
        "type": "object",
        "properties": dict.fromkeys(keys, words),
        "required": keys,
        "additionalProperties": False,
    }


def composed(overview: Overview, groups: Sequence[Group], answer: Mapping[str, str]) -> Verified:
    """The paragraph. Words that name what does not stand in their record are left out, and the record speaks
    for itself; its line is then not among those cited."""
    sentences = [f"{head(overview)}."]
    cited: list[int] = []
    complaints: list[str] = []
    for number, group in enumerate(groups, start=1):
        gloss = _sentence(answer[str(number)])
        found = verified(f"{gloss[:-1]} (line {group.first.line}).", _alone(group))
        complaints += found.complaints
        holds = found.is_enough and adds(gloss, f"{group.example} {group.template}")
        if holds:
            cited.append(group.first.line)
            gloss = f"The first says: {gloss}" if is_of_one_alone(gloss, group) else gloss
        sentences.append(_told(overview, group, gloss if holds else ""))
    sentences += [f"{each.words[:1].upper()}{each.words[1:]}." for each in event_rows(overview)]
    return Verified(" ".join(sentences), tuple(cited), tuple(dict.fromkeys(complaints)))


def _sentence(words: str) -> str:
    """One sentence of it, with a full stop, and without its guess at causes and consequences, of which a
    message tells nothing."""
    first = _GUESS.split(" ".join(words.split()).split(". ", 1)[0], maxsplit=1)[0].rstrip(".,… ")
    return f"{first[:1].upper()}{first[1:]}."


def is_of_one_alone(gloss: str, group: Group) -> bool:
    """Whether a sentence uses a word of the first record that the others of its group do not share."""
    if group.count == 1:
        return False
    common = set(_VALUE.findall(group.template.casefold()))
    values = set(_VALUE.findall(group.example.casefold())) - common
    return not values.isdisjoint(_VALUE.findall(gloss.casefold()))


def adds(gloss: str, message: str) -> bool:
    """Whether a sentence says in a word of its own what the message says."""
    return not set(stems(gloss)) <= set(stems(message))


def _alone(group: Group) -> Sheet:
    """What may be said of a record: what stands in it."""
    return Sheet("", (Row(f"{group.example}\n{group.template}", frozenset((group.first,)), True),), ("",))


def _told(overview: Overview, group: Group, gloss: str) -> str:
    """One record in the paragraph: where it stands, how often, what it says, and what that means."""
    where = overview.at(group.first)
    if group.count > 1:
        where += f" and {many(group.count - 1, 'more time')} until {overview.at(group.last)}"
    name = "The first error" if group is overview.first_error else _NAMES.get(group.severity, "A message")
    sentence = f"{name} is in {where}: {said(group)}."
    return f"{sentence} {gloss}" if gloss else sentence


_NAMES = {
    Severity.FATAL: "A fatal error",
    Severity.ERROR: "An error",
    Severity.WARNING: "A warning",
}
