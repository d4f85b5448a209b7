"""What the router asks of any backend, whatever its wire protocol."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from emberline.backends.messages import Chat, Condition, Event, Infill, Vectors
from emberline.models.info import ModelInfo
from emberline.privacy.labels import Manifest


class Backend(Protocol):
    """One model server. Every method that asks it something raises `Failure`, and nothing else.

    `sent` is the manifest of what the request carries: the egress point judges it, and refuses where it must.
    """

    name: str
    """As the user's configuration and every explanation name it, e.g. "ollama" or "gpu"."""
    protocol: str
    """The wire protocol, e.g. "ollama", "openai-compatible"."""
    url: str
    keeps_one_model: bool
    """Using another model here throws out the one that is loaded (LM Studio's JIT auto-evict)."""

    async def probe(self, sent: Manifest) -> Condition:
        """Whether it is there; costs no tokens and loads nothing."""
        ...

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        """What it offers, with what it says of each."""
        ...

    def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        """Continues a conversation. Closing the generator cancels the request."""
        ...

    def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """Fills a gap: natively where the backend can, else by a raw prompt in the model's own format, else
        by a plain prefix. Closing the generator cancels the request."""
        ...

    async def embed(self, model: str, texts: tuple[str, ...], sent: Manifest) -> Vectors:
        """The texts as vectors, by a model with `Capability.EMBED`."""
        ...

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """Has the model loaded and kept; returns when it is. Nothing where the backend keeps it anyway."""
        ...

    async def unload(self, model: str, sent: Manifest) -> None:
        """Frees the model's memory; nothing where the backend cannot be told."""
        ...

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        """By the backend's own tokenizer; None where it does not offer it."""
        ...

    async def close(self) -> None:
        """Closes its connections."""
        ...
