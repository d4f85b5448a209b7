"""What the index and its reader process say to each other, framed as in refactor/index."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refresh:
    """Asks that all of the workspace be as it is now."""


@dataclass(frozen=True, slots=True)
class Sift:
    """Asks for as much of the workspace as this one question needs."""

    question: str


@dataclass(frozen=True, slots=True)
class Look:
    """Asks that these files or folders be as they are now."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Files that are open in the editor with these texts; None: not any more."""

    texts: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Search:
    """Asks for the best passages; the answer is `Findings`."""

    question: str
    most: int


Request = Refresh | Sift | Look | Open | Search


@dataclass(frozen=True, slots=True)
class Progress:
    """So many files have been read."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Done:
    """What was asked last is done."""
