"""DeepSeek's API: chat completions, and fill-in-the-middle at `/beta/completions` (API reference, 2026)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from emberline.backends import openai
from emberline.backends.compatible import CHATS, ChatCompletions, hosted_windows, told_in_words
from emberline.backends.messages import Chat, Event, Infill
from emberline.backends.streams import Refusal
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import AsyncClient
from emberline.privacy.labels import Manifest


class DeepSeek(ChatCompletions):
    """DeepSeek's own platform. It knows JSON but no schemas, so a schema is told in words."""

    def __init__(self, name: str, protocol: str, url: str, client: AsyncClient) -> None:
        super().__init__(name, protocol, url, client)
        self._api = url.rstrip("/").removesuffix("/v1").removesuffix("/beta")
        self._fills_no_gaps: set[str] = set()

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        """Its list has nothing but names: their context is `genai-prices`' knowledge, and that a model fills
        no gaps (the reasoning ones) is learnt from its refusal."""
        names = [card["id"] for card in await self.cards(sent)]
        windows = await hosted_windows("deepseek", names)
        return tuple(
            ModelInfo(name, self._capabilities(name), context_tokens=window, warmth=Warmth.HOSTED)
            for name, window in zip(names, windows, strict=True)
        )

    def chat_body(self, model: str, chat: Chat) -> dict[str, Any]:
        body = super().chat_body(model, chat)
        if chat.schema is not None:
            body = told_in_words(body) | {"response_format": {"type": "json_object"}}
        return body

    async def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """Natively; by a question where the model only chats."""
        if model.name not in self._fills_no_gaps:
            body = openai.completion_body(model.name, gap.prefix, gap) | {"suffix": gap.suffix}
            path = f"{self._api}/beta/completions"
            try:
                async with aclosing(self._continued(path, body, gap.stop, gap.max_tokens, sent)) as events:
                    async for event in events:
                        yield event
                return
            except Refusal as refusal:  # comes before any text
                if not refusal.refused.complaint.names("fim"):
                    raise
                self._fills_no_gaps.add(model.name)
        async with aclosing(self.chat(model.name, openai.gap_as_chat(gap), sent)) as events:
            async for event in events:
                yield event

    def _capabilities(self, model: str) -> frozenset[Capability]:
        fills = set() if model in self._fills_no_gaps else {Capability.INFILL}
        return (CHATS - {Capability.SCHEMA} - self._remedies.lacks(model)) | fills
