"""The typing lane over any backend that fills gaps: no KV slots to choose, nothing forced."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from emberline.backends.base import Generation, Token, Usage
from emberline.backends.messages import Done, Infill, Written
from emberline.backends.port import Backend
from emberline.models.fim import NATIVE, split
from emberline.models.info import ModelInfo
from emberline.privacy.labels import Manifest

UNKNOWN_PROBABILITY = 1.0
"""These protocols tell no probabilities, so what comes is shown as it is."""
NOTHING_SENT = Manifest((), "completion")


class ThroughInfill:
    """A `FimBackend` whose every generation is one `Backend.infill`."""

    fim = NATIVE
    slots = 0
    heals = False

    def __init__(self, backend: Backend, model: ModelInfo) -> None:
        self._backend = backend
        self._model = model

    async def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        prefix, suffix = split(request.prompt)
        gap = Infill(prefix, suffix, request.max_tokens, request.temperature, request.stop)
        async with aclosing(self._backend.infill(self._model, gap, request.sent or NOTHING_SENT)) as events:
            async for event in events:
                if isinstance(event, Written) and event.text:
                    yield Token(event.text, UNKNOWN_PROBABILITY)

    async def prefill(self, prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
        """Reads the prompt by asking for one token behind it."""
        prefix, suffix = split(prompt)
        usage = Usage(0, 0, 0, 0.0)
        gap = Infill(prefix, suffix, max_tokens=1)
        async with aclosing(self._backend.infill(self._model, gap, sent or NOTHING_SENT)) as events:
            async for event in events:
                if isinstance(event, Done):
                    usage = event.usage
        return usage

    async def count_tokens(self, text: str) -> int:
        """By the backend's tokenizer; where it has none, four characters a token."""
        counted = await self._backend.count_tokens(self._model.name, text, NOTHING_SENT)
        return len(text) // 4 if counted is None else counted
