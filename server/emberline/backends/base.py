"""What the completion session asks of any backend: fill in the middle, and read ahead."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from emberline.backends.failure import BackendUnavailable, BadRequest
from emberline.backends.messages import Usage
from emberline.models.fim import FimFormat
from emberline.privacy.labels import Manifest

__all__ = ["Alternative", "BackendUnavailable", "BadRequest", "FimBackend", "Generation", "Token", "Usage"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could have stood here, with its probability in 0..1 before any constraint."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Token:
    """One generated token."""

    text: str
    probability: float
    """Its probability in 0..1 before any constraint, by the model's own distribution."""
    alternatives: tuple[Alternative, ...] = ()
    """The likeliest tokens at this place, itself among them."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One request to continue `prompt`."""

    prompt: str
    max_tokens: int
    stop: tuple[str, ...] = ()
    forced: str = ""
    """Text the answer must begin with (token healing)."""
    temperature: float = 0.0
    """0 is greedy."""
    seed: int = 0
    slot: int = 0
    sent: Manifest | None = None
    """What the prompt is made of; without it nothing but this machine may be asked."""


class FimBackend(Protocol):
    """A warm model that continues prompts. Methods raise `BackendUnavailable` or `BadRequest`."""

    fim: FimFormat
    """How its prompts are written."""
    slots: int
    """KV caches that a request can choose between; 0 where the backend manages its own, and reading ahead
    in slices would only disturb it."""
    heals: bool
    """Whether it can force an answer's beginning (token healing)."""

    def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        """Yields tokens as they come. Closing the iterator stops the work and frees the slot."""
        ...

    async def prefill(self, prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
        """Reads `prompt` into the slot's KV cache."""
        ...

    async def count_tokens(self, text: str) -> int: ...
