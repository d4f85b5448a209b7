"""What is asked of a backend and what comes back, in no protocol's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; `parameters` is its JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model wants made; `arguments` is JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `tool_calls` only from the assistant; `tool_call_id` only in a tool's answer."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn, beside the temperature. None: as the backend does it by itself."""

    top_p: float | None = None
    """0..1: only the likeliest tokens that together have this probability."""
    seed: int | None = None
    """The same one should give the same answer, as far as a backend can."""
    presence_penalty: float | None = None
    """-2..2"""
    frequency_penalty: float | None = None
    """-2..2"""

    def given(self) -> dict[str, float | int]:
        """Those that are not None, by name."""
        named = {
            "top_p": self.top_p,
            "seed": self.seed,
            "presence_penalty": self.presence_penalty,
            "frequency_penalty": self.frequency_penalty,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether the model is to call tools: as it likes, not at all, some one, or the one named in `tool`."""

    mode: Literal["auto", "none", "required", "named"] = "auto"
    tool: str = ""
    parallel: bool = True
    """It may ask for several calls at once."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation to be continued."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.2
    """0..2; 0 is greedy."""
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON Schema that the answer is to follow; asked natively where the backend can."""
    tools: tuple[Tool, ...] = ()
    choice: Choice = Choice()
    sampling: Sampling = Sampling()
    context_tokens: int | None = None
    """Room that the backend should make for input and answer, where it can be told (Ollama's num_ctx)."""


@dataclass(frozen=True, slots=True)
class Infill:
    """A gap to be filled: what stands before it and after it."""

    prefix: str
    suffix: str
    max_tokens: int
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    context_tokens: int | None = None
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class Vectors:
    """The embeddings of some texts, in their order."""

    values: tuple[tuple[float, ...], ...]
    read: int
    """Tokens of all texts; 0 where the backend does not say."""
    model: str = ""
    """As the backend itself named it in its answer."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The cost of one request: tokens read anew, tokens found in the KV cache, tokens written, busy time.

    `load_ms` is what loading the model took of it, where the backend tells.
    """

    read: int
    cached: int
    written: int
    busy_ms: float
    load_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Written:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """The model wants this call made; it comes whole."""

    call: ToolCall


Ending = Literal["stop", "length", "tools", "filtered"]
"""Why an answer ended: by itself or at a stop text; cut at max_tokens; to have tools called; withheld."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is whole: always the last event, and there is none without it."""

    ending: Ending
    usage: Usage
    model: str = ""
    """The model as the backend itself named it in its answer."""


Event = Written | Called | Done


@dataclass(frozen=True, slots=True)
class Condition:
    """What a probe found."""

    state: Literal["up", "loading"]
    version: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
