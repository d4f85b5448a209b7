"""Whether a subject that a model wrote may stand: true to the change, as far as rules tell, and of use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from emberline.privacy.secrets import secrets_in
from emberline.tasks.commit.facts import Deed, FileFacts
from emberline.tasks.commit.style import TICKET
from emberline.tasks.commit.verbs import verb_of

FEWEST_WORDS = 2
_NUMBER = re.compile(r"(?<![\w&])(?:#|GH-|!)\d+\b|\bissues? \d+\b", re.IGNORECASE)
_CODE = re.compile(
    r"`([^`]+)`|(?<![\w.])((?:[A-Za-z_$][\w$]*(?:[./:]+[A-Za-z_$][\w$]*)+|[A-Za-z_$][\w$]*)(?:\(\))?)"
)
_TOLD = re.compile(r"_|[./:]|\(\)|[a-z\d][A-Z]|\d")
"""What makes a word a name of code rather than a word."""
_QUOTED = re.compile(r"^(?:diff --git|@@ |[+-]{3} |index [0-9a-f]{7})|```|<\||\bEMBERLINE_SECRET_")
_FILLER = re.compile(
    r"\b(?:new features|improvements|bug ?fixes|various|other changes|more detailed|more information)\b",
    re.IGNORECASE,
)
_EMPTY_WORDS = """
code codebase file files change changes changed commit update updates updated improve improvement
improvements features functionality functions function variables methods classes missing necessary fix
fixes bug bugs issue issues various several minor some small stuff things misc general the and for with
from into this that its their new more add added remove removed make made diff project
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 4
"""Letters by which words are compared: "caching" and "cache" are one."""
_NOTHING_TO_FIX = frozenset((Deed.ADDED,))


def complaints(words: str, evidence: str, facts: Sequence[FileFacts], others: Sequence[str]) -> Iterator[str]:
    """What is wrong with a subject's words, told so that it helps to mend them.

    `evidence` is all that the model was shown of the change; `others` are subjects of earlier commits.
    """
    if len(words.split()) < FEWEST_WORDS:
        yield "the subject must say what changes, in a few words"
        return
    if _QUOTED.search(words):
        yield "the subject must be words, not lines of the diff"
    if TICKET.search(words) or _NUMBER.search(words):
        yield "the subject must name no issue or ticket"
    if secrets_in(words):
        yield "the subject must hold no secret"
    lower = evidence.lower()
    if unknown := [name for name in names_in(words) if name.lower() not in lower]:
        yield f"the subject names {', '.join(unknown[:3])}, which the change does not hold"
    if words.casefold() in {each.casefold() for each in others}:
        yield "the subject is that of an earlier commit"
    if not any(each[:_STEM] in lower for each in _telling(words, facts)):
        yield "the subject is too vague: say what changes, not only where"
    if _FILLER.search(words):
        yield "the subject must not promise features or improvements that it does not name"
    yield from _against(words, facts)


def _telling(words: str, facts: Sequence[FileFacts]) -> Iterator[str]:
    """The words that say something: not the first verb, nothing that fits every change, and no mere name of a
    file, unless it is the file itself that comes or goes."""
    first, _, rest = words.lower().partition(" ")
    where: set[str] = set()
    if all(each.deed is Deed.CHANGED for each in facts):
        where = {word for each in facts for word in _WORD.findall(each.path.lower())}
    yield from (each.lower() for each in names_in(words) if "/" not in each and not _is_file(each, facts))
    for each in _WORD.findall(rest if verb_of(first) else f"{first} {rest}"):
        if each not in _EMPTY and each not in where:
            yield each


def _is_file(name: str, facts: Sequence[FileFacts]) -> bool:
    return any(each.path.endswith(name) for each in facts)


def names_in(words: str) -> list[str]:
    """The words that are names of code: in backticks, with a sign in them, in camel case."""
    found = []
    for quoted, word in _CODE.findall(words):
        name = (quoted or word).removesuffix("()").strip()
        if quoted or _TOLD.search(word):
            found.append(name)
    return found


def _against(words: str, facts: Sequence[FileFacts]) -> Iterator[str]:
    """Where the first verb contradicts what was counted."""
    verb = verb_of(words.split(" ", 1)[0])
    deeds = {each.deed for each in facts}
    added, deleted = sum(each.added for each in facts), sum(each.deleted for each in facts)
    if verb in ("add", "introduce", "create", "implement") and (
        deeds == {Deed.REMOVED} or (deleted and not added)
    ):
        yield "the change only removes; the subject says that something is added"
    if verb in ("remove", "delete", "drop") and (deeds == {Deed.ADDED} or (added and not deleted)):
        yield "the change only adds; the subject says that something is removed"
    if known := _object(words, facts, Deed.CHANGED):
        if verb in ("add", "introduce", "create", "implement"):
            yield f"{known} was there already: say what was added to it"
        if verb in ("remove", "delete", "drop"):
            yield f"{known} is still there: say what was removed from it"
    if verb == "rename" and not _renames(facts):
        yield "nothing is renamed in the change"
    if verb in ("move", "relocate") and not any(each.is_moved for each in facts) and not (added and deleted):
        yield "nothing is moved in the change"
    if verb == "fix" and deeds == _NOTHING_TO_FIX:
        yield "all files are new, so nothing in them was fixed"


def _object(words: str, facts: Sequence[FileFacts], deed: Deed) -> str:
    """What directly follows the verb, where it is a definition that this became of; else empty."""
    named = {
        spelling: symbol.name
        for each in facts
        for symbol in each.symbols
        for spelling in (symbol.name, symbol.name.rpartition(".")[2])
        if symbol.deed is deed
    }
    rest = [each.strip(",.()") for each in words.split()[1:]]
    return next((named.get(each, "") for each in rest if each.lower() not in _ARTICLES), "")


_ARTICLES = frozenset(
    ("the", "a", "an", "new", "function", "method", "class", "helper", "variable", "constant")
)


def _renames(facts: Sequence[FileFacts]) -> bool:
    """Whether anything may have been renamed: a file, a definition, or a name within lines that changed."""
    inside = any(symbol.deed is Deed.RENAMED for each in facts for symbol in each.symbols)
    return inside or any(each.is_moved or (each.added and each.deleted) for each in facts)
