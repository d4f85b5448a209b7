"""What a model is asked for a commit's subject: the facts, and what it can read in time of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emberline.backends.messages import Chat, Message
from emberline.completion.sentinels import neutralise
from emberline.privacy.secrets import secrets_in
from emberline.routing import estimate
from emberline.tasks.commit import plain
from emberline.tasks.commit.change import Change, Staged
from emberline.tasks.commit.style import ENGLISH
from emberline.tasks.commit.verbs import Mood
from emberline.tasks.pieces import cut

ANSWER_TOKENS = 90
POINTS_TOKENS = 260
"""For a body as well."""
MOST_FACTS = 15
"""Files that are told by a line each; what is more is counted."""
HIDDEN = "…"
"""In place of a secret."""
_MOODS = {
    Mood.IMPERATIVE: "Begin with a verb in the imperative, such as Add, Fix, Remove, Rename, Make.",
    Mood.PAST: "Begin with a verb in the past tense, such as Added, Fixed, Removed.",
    Mood.GERUND: "Begin with a verb in -ing, such as Adding, Fixing, Removing.",
    Mood.THIRD: "Begin with a verb in the third person, such as Adds, Fixes, Removes.",
    Mood.FREE: "Write one short sentence or phrase.",
}
_SUBJECT = {"type": "string", "description": "one line that says what this commit changes"}
_POINTS = {
    "type": "array",
    "items": {"type": "string"},
    "description": "up to five short points that say what changes and why",
}


def schema(with_points: bool) -> dict[str, Any]:
    """Of the answer."""
    properties = {"subject": _SUBJECT, **({"points": _POINTS} if with_points else {})}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def chat(change: Change, shown: str, words_chars: int, with_points: bool, examples: Sequence[str]) -> Chat:
    """`shown` is the difference, perhaps cut; `words_chars` what a subject without its prefix may take."""
    form = '{"subject": "…", "points": ["…"]}' if with_points else '{"subject": "…"}'
    language = change.style.language
    rules = (
        "You write the subject line of a git commit. Say what the change does and, where the diff shows it, "
        "why. "
        f"{_MOODS[change.style.mood]} At most {words_chars} characters. "
        + ("" if language == ENGLISH else f"Write in {language}. ")
        + "Use only what the facts and the diff show: no other names, no issue numbers, no prefix, no quotes."
        f" Answer with JSON: {form}"
    )
    told = [f"Facts:\n{facts(change.files)}"]
    if shown:
        told.append(f"Diff:\n{shown}")
    if examples:
        told.append("Earlier subjects, for their tone alone:\n" + "\n".join(f"- {each}" for each in examples))
    told.append("Now the subject of this commit, as JSON.")
    messages = (Message("system", rules), Message("user", neutralise("\n\n".join(told))))
    return Chat(messages, POINTS_TOKENS if with_points else ANSWER_TOKENS, temperature=0.2)


def facts(files: Sequence[Staged]) -> str:
    """A line for each file that a model may read, the most changed first; the others are counted."""
    readable = [each.facts for each in files if each.label is not None]
    ordered = sorted(readable, key=lambda each: -(each.added + each.deleted))
    lines = [f"- {plain.told(each)}" for each in ordered[:MOST_FACTS]]
    if (more := len(files) - len(lines)) > 0:
        lines.append(f"- and {more} more {'file' if more == 1 else 'files'}")
    return "\n".join(lines)


def difference(files: Sequence[Staged], most_tokens: int) -> tuple[str, bool]:
    """The hunks of all files, and whether that is all: where it is too long, each file gets its share, and
    what a short one leaves goes to the others."""
    patches = [(each.facts.path, _without_secrets(each.patch)) for each in files if each.patch]
    costs = [estimate.tokens(patch) for _, patch in patches]
    shares = shared(costs, most_tokens - sum(estimate.tokens(path) + 5 for path, _ in patches))
    pieces, is_whole = [], True
    for (path, patch), cost, share in zip(patches, costs, shares, strict=True):
        if share >= cost:
            pieces.append(f"--- {path}\n{patch}")
        else:
            is_whole = False
            if share > 0:
                pieces.append(f"--- {path}\n{cut(patch, share)[0].rstrip()}\n[…]")
    return "\n".join(pieces), is_whole


def shared(costs: Sequence[int], most: int) -> list[int]:
    """How much of `most` each gets: no more than it asks for, and otherwise alike."""
    shares = [0] * len(costs)
    left, waiting = max(0, most), sorted(range(len(costs)), key=costs.__getitem__)
    for at, index in enumerate(waiting):
        shares[index] = min(costs[index], left // (len(waiting) - at))
        left -= shares[index]
    return shares


def _without_secrets(text: str) -> str:
    """A commit's message is published with it: what must not stand in it is not shown."""
    parts: list[str] = []
    done = 0
    for start, end in secrets_in(text):
        parts += (text[done:start], HIDDEN)
        done = end
    return "".join((*parts, text[done:]))
