"""What is answered to a question."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emberline.routing.router import Answer


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in the workspace."""

    number: int
    """As the text names it: [1]."""
    path: Path
    name: str
    """As the user reads it, relative to its folder."""
    first: int
    """Lines count from 1, both included."""
    last: int
    symbol: str
    """What is defined there, or the heading; empty where neither is."""
    excerpt: str
    """The few lines of it that have most of the question's words."""
    line: int
    """Where the excerpt begins."""
    is_cited: bool
    """The text names it; others are merely the next best places."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Where nothing was found, `citations` are the nearest places."""

    text: str
    """Markdown, with [1] for a citation; a sentence about why there is none where there is no answer."""
    found: bool
    citations: tuple[Citation, ...]
    notes: tuple[str, ...] = ()
    """Where it was worked out and why, what was left out, what is weak."""
    answers: tuple[Answer, ...] = ()
    """Every answer of a model that led to it, in order; none where no model was asked."""
