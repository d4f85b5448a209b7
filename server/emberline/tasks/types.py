"""What an everyday task reads and what it hands back, whoever asked: a shell, an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from emberline.privacy.labels import Label
from emberline.routing.router import Answer


@dataclass(frozen=True, slots=True)
class Material:
    """One text that a task reads, and how far it may travel."""

    name: str
    """As the user reads it: "src/app.py", "the staged changes"."""
    text: str
    label: Label


@dataclass(frozen=True, slots=True)
class Product:
    """What came of a task."""

    text: str
    answers: tuple[Answer, ...] = ()
    """Every answer of a model that led to it, in order; none where no model was asked."""
    parts: int = 1
    """In how many pieces the material was read."""
    notes: tuple[str, ...] = ()
    """What the user should know: where it was computed and why, what was left out, what is weak."""


class Audience(Protocol):
    """Who watches a task's steps."""

    def begin(self, steps: int) -> None:
        """So many steps are ahead; may be told again when more becomes known."""
        ...

    def step(self, words: str) -> None:
        """The next step begins: "part 3 of 7", "joining the parts"."""
        ...


class Nobody:
    """No audience."""

    def begin(self, steps: int) -> None:
        pass

    def step(self, words: str) -> None:
        pass
