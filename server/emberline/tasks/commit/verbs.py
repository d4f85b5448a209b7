"""The verbs that subjects of commits begin with, and their forms."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Mood(StrEnum):
    """How subjects begin."""

    IMPERATIVE = "add"
    PAST = "added"
    GERUND = "adding"
    THIRD = "adds"
    FREE = ""
    """With no verb in particular: a sentence, a noun."""


_REGULAR = """
" abort accept add address adjust adapt align allow annotate apply attach assert avoid avert block bump
cache calculate call catch change check clarify clean clear close collapse collect combine comment compare
compute configure convert copy correct count cover create declare decrease deduplicate defer define delay
delete deprecate derive detect disable discard display document drop dump duplicate enable encode enforce
enhance ensure escape evaluate exclude expand explain expose export extend extract factor fail filter finish
fix flatten flush follow force format generate group guard handle harden ignore implement import improve
include increase indent infer initialize inline insert install instrument integrate introduce invert isolate
join limit lint list load localize lock log loosen lower map mark match measure mention merge migrate mock
modify move name narrow normalize note offer omit open optimize order organize parse pass patch pin polish
port prefer prepare preserve prevent print process prune publish pull push quote raise rearrange record
redirect reduce refactor reformat refresh register relax release reload remove rename render reorder
reorganize repair replace report require resolve respect restore restrict restructure retry return reuse
revert review revise rework rotate round sanitize save scan secure select separate serialize share shorten
show silence simplify skip sort specify stabilize start state stop store streamline strip support suppress
switch sync synchronize test tidy tighten time toggle touch trace track translate trim truncate tune tweak
type unify update upgrade use validate verify wait warn widen wire work wrap
"""
_IRREGULAR = {
    "make": ("made", "making", "makes"),
    "build": ("built", "building", "builds"),
    "bring": ("brought", "bringing", "brings"),
    "cut": ("cut", "cutting", "cuts"),
    "do": ("did", "doing", "does"),
    "find": ("found", "finding", "finds"),
    "get": ("got", "getting", "gets"),
    "give": ("gave", "giving", "gives"),
    "hide": ("hid", "hiding", "hides"),
    "hold": ("held", "holding", "holds"),
    "keep": ("kept", "keeping", "keeps"),
    "let": ("let", "letting", "lets"),
    "put": ("put", "putting", "puts"),
    "read": ("read", "reading", "reads"),
    "rewrite": ("rewrote", "rewriting", "rewrites"),
    "run": ("ran", "running", "runs"),
    "send": ("sent", "sending", "sends"),
    "set": ("set", "setting", "sets"),
    "show": ("showed", "showing", "shows"),
    "speed": ("sped", "speeding", "speeds"),
    "split": ("split", "splitting", "splits"),
    "take": ("took", "taking", "takes"),
    "tell": ("told", "telling", "tells"),
    "throw": ("threw", "throwing", "throws"),
    "turn": ("turned", "turning", "turns"),
    "undo": ("undid", "undoing", "undoes"),
    "write": ("wrote", "writing", "writes"),
}
_DOUBLING = "drop log map pin skip stop strip trim wrap scan prefer defer infer omit"
_DOUBLED = frozenset(_DOUBLING.split())
"""Their last letter comes twice before an ending."""


def _forms(verb: str) -> tuple[str, str, str]:
    """Past, gerund and third person of a regular verb."""
    if verb in _DOUBLED:
        return f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing", f"{verb}s"
    if verb.endswith("e"):
        stem = verb if verb.endswith("ee") else verb[:-1]
        return f"{verb}d", f"{stem}ing", f"{verb}s"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied", f"{verb}ing", f"{verb[:-1]}ies"
    ending = "es" if verb.endswith(("s", "x", "z", "ch", "sh")) else "s"
    return f"{verb}ed", f"{verb}ing", f"{verb}{ending}"


_ALL = {verb: _IRREGULAR.get(verb) or _forms(verb) for verb in (*_REGULAR.split(), *_IRREGULAR)}
_KNOWN = MappingProxyType(
    {
        form: (verb, mood)
        for verb, forms in _ALL.items()
        for form, mood in zip(
            (*forms, verb), (Mood.PAST, Mood.GERUND, Mood.THIRD, Mood.IMPERATIVE), strict=True
        )
    }
)
"""Every form with its verb; what is both past and imperative ("set") counts as imperative."""


def verb_of(word: str) -> str:
    """The verb that a word is a form of; empty where it is none that is known."""
    found = _KNOWN.get(word.lower())
    return found[0] if found else ""


def mood_of(word: str) -> Mood | None:
    """The mood that a first word is in; None where it is no verb."""
    found = _KNOWN.get(word.lower())
    return found[1] if found else None


def inflected(verb: str, mood: Mood) -> str:
    """The form of a known verb, lower case."""
    past, gerund, third = _ALL[verb]
    return {Mood.PAST: past, Mood.GERUND: gerund, Mood.THIRD: third}.get(mood, verb)
