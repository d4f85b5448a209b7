"""What happens in a session, as facts that can be shown and summed up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Typed:
    """One key press; `text` is what it entered (an indentation may follow a line end)."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The server's answer to one request; `lane` and `text` are empty for an empty one."""

    text: str
    lane: str
    milliseconds: float
    stale: bool = False
    """Another key came meanwhile, so it was not shown."""
    refreshed: bool = False
    """Asked for because the server said that it had more to show."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Ghost text, or its first words, taken with `presses` keys."""

    text: str
    lane: str
    presses: int


Event = Typed | Answered | Accepted
