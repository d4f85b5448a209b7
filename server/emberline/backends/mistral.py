"""Mistral's API: chat completions with its own rules, and `/v1/fim/completions` (API reference, 2026)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from emberline.backends import openai
from emberline.backends.compatible import ChatCompletions
from emberline.backends.messages import Chat, Event, Infill, Message
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.labels import Manifest

_ID = re.compile(r"[a-zA-Z0-9]{9}")
_CLAIMS = {
    "completion_chat": (Capability.CHAT, Capability.SCHEMA),
    "function_calling": (Capability.TOOLS,),
    "completion_fim": (Capability.INFILL,),
}
"""What its model list says of each, and what that means here; every chat model holds to a schema."""


def short_id(identity: str) -> str:
    """A tool call's id as Mistral wants it, nine letters or digits: another provider's is replaced by a
    digest, the same one in the call and in its answer."""
    return identity if _ID.fullmatch(identity) else hashlib.sha256(identity.encode()).hexdigest()[:9]


class Mistral(ChatCompletions):
    """Mistral's platform, or its endpoint for Codestral alone."""

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        """With capabilities and context lengths as its list gives them."""
        found = []
        for card in await self.cards(sent):
            claims = card.get("capabilities")
            claims = claims if isinstance(claims, dict) else {}
            can = {each for claim, means in _CLAIMS.items() if claims.get(claim) for each in means}
            window = card.get("max_context_length")
            found.append(
                ModelInfo(
                    card["id"],
                    frozenset(can) - self._remedies.lacks(card["id"]),
                    context_tokens=window if isinstance(window, int) else None,
                    warmth=Warmth.HOSTED,
                )
            )
        return tuple(found)

    def chat_body(self, model: str, chat: Chat) -> dict[str, Any]:
        """Without `stream_options`, which it refuses: the last chunk holds the usage anyway."""
        turns = tuple(map(_with_short_ids, chat.messages))
        body = _plain(openai.chat_body(model, replace(chat, messages=turns)))
        if body.get("tool_choice") == "required":
            body["tool_choice"] = "any"
        return body

    def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """Natively; by a question where the model only chats."""
        if Capability.INFILL not in model.capabilities:
            return self.chat(model.name, openai.gap_as_chat(gap), sent)
        body = _plain(openai.completion_body(model.name, gap.prefix, gap)) | {"suffix": gap.suffix}
        return self._continued(f"{self._api}/fim/completions", body, gap.stop, gap.max_tokens, sent)


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    named = {"random_seed" if key == "seed" else key: value for key, value in body.items()}
    return {key: value for key, value in named.items() if key != "stream_options"}


def _with_short_ids(message: Message) -> Message:
    calls = tuple(replace(call, id=short_id(call.id)) for call in message.tool_calls)
    answered = short_id(message.tool_call_id) if message.tool_call_id else ""
    return replace(message, tool_calls=calls, tool_call_id=answered)
