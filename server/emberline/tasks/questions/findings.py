"""What a question finds in the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from emberline.tasks.questions.passages import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a question found."""

    path: str
    name: str
    """As it is called in its workspace."""
    passage: Passage
    text: str
    score: float
    """Compares within one question only."""
    coverage: float
    """The share of the question's words that it holds, each by how rare it is; 0..1."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, the best first."""

    hits: tuple[Hit, ...]
    files: int
    """So many are in the index."""
    is_whole: bool
    """The index holds all of the workspace that may be read."""
