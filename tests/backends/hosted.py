"""The backends of cloud protocols, each in front of its fake."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from emberline.backends import anthropic
from emberline.backends.compatible import OpenAI, OpenAICompatible
from emberline.backends.deepseek import DeepSeek
from emberline.backends.messages import Chat, Done, Event, Message, Written
from emberline.backends.mistral import Mistral
from emberline.backends.port import Backend
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Label, Level, Manifest
from tests.servers.talking import KEY

SENT = Manifest((Label(Level.OPEN, "a.py", "privacy.mode"),), "test")


@dataclass(frozen=True, slots=True)
class Hosted:
    """One protocol: its backend, its fake, where it chats and with which model."""

    make: type[OpenAI] | type[anthropic.Anthropic] | type[OpenAICompatible] | type[Mistral] | type[DeepSeek]
    fake: tuple[str, ...]
    path: str
    model: str
    key_header: str = "authorization"

    @asynccontextmanager
    async def at(self, url: str, key: str = KEY) -> AsyncIterator[Backend]:
        headers = (
            anthropic.headers(key) if self.key_header == "x-api-key" else {"Authorization": f"Bearer {key}"}
        )
        backend = self.make("team", "its protocol", url, connect(url, Gate(), headers))
        try:
            yield backend
        finally:
            await backend.close()


HOSTED = {
    "openai": Hosted(OpenAI, ("tests.servers.openai",), "/v1/chat/completions", "gpt-4o"),
    "vllm": Hosted(
        OpenAICompatible,
        ("tests.servers.openai", "vllm"),
        "/v1/chat/completions",
        "Qwen/Qwen2.5-Coder-7B",
    ),
    "litellm": Hosted(
        OpenAICompatible, ("tests.servers.openai", "litellm"), "/v1/chat/completions", "team-large"
    ),
    "anthropic": Hosted(
        anthropic.Anthropic,
        ("tests.servers.anthropic",),
        "/v1/messages",
        "claude-sonnet-4-5",
        "x-api-key",
    ),
    "mistral": Hosted(Mistral, ("tests.servers.mistral",), "/v1/chat/completions", "mistral-large-latest"),
    "deepseek": Hosted(DeepSeek, ("tests.servers.deepseek",), "/chat/completions", "deepseek-chat"),
}


def chat(*texts: str, **more: object) -> Chat:
    """A conversation in which user and assistant take turns."""
    roles = ("user", "assistant")
    messages = tuple(Message(roles[at % 2], text) for at, text in enumerate(texts or ("Say hello.",)))
    return Chat(messages, **({"max_tokens": 100} | more))  # type: ignore[arg-type]


async def all_of(events: AsyncGenerator[Event, None]) -> list[Event]:
    return [event async for event in events]


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Written))


def done_of(events: list[Event]) -> Done:
    """The last event, which must be the answer's end."""
    assert isinstance(events[-1], Done)
    return events[-1]
