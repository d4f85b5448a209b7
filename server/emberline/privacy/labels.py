"""How far a text may travel. Every piece of text carries a label; the strictest one decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a model runs, nearest first."""

    MACHINE = "this machine"
    HOST = "your host"
    """A host that the user trusts by name, address or network (`privacy.trusted_hosts`)."""
    CLOUD = "cloud"


class Level(StrEnum):
    """How far text may travel; the names are those of `privacy.mode`. Strictest first."""

    STRICT = "strict"
    TRUSTED = "trusted"
    OPEN = "open"

    def allows(self, place: Place) -> bool:
        """Whether text of this level may be sent to `place`."""
        return _REACH[place] <= _LEVELS[self]


_LEVELS = {level: index for index, level in enumerate(Level)}
_REACH = {place: index for index, place in enumerate(Place)}


@dataclass(frozen=True, slots=True)
class Label:
    """What is known about a piece of text.

    `source` is a path or says what it is ("clipboard", "diagnostic"); `why` tells what set the level, as it
    follows "because of": "privacy.mode", ".gitignore".
    """

    level: Level
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a request carries, for the egress point to judge and for the audit trail to keep. No text."""

    labels: tuple[Label, ...]
    """One for every piece of text in it; none at all counts as strict."""
    reason: str
    """Why it is sent, e.g. "completion" or "health check"."""
    model: str = ""


def strictest(labels: Iterable[Label]) -> Label:
    """The label that decides. Text without any label may not leave the machine."""
    return min(labels, key=lambda label: _LEVELS[label.level], default=UNLABELLED)


def stricter(one: Level, other: Level) -> Level:
    """The stricter of two levels."""
    return min(one, other, key=_LEVELS.__getitem__)


UNLABELLED = Label(Level.STRICT, "text without a label", "its missing label")
