"""Answers in OpenAI's form, whole and in chunks. Pure; every chunk is ready to be sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from emberline.backends.messages import Done, Ending, ToolCall, Usage

ENDINGS: Mapping[Ending, str] = {
    "stop": "stop",
    "length": "length",
    "tools": "tool_calls",
    "filtered": "content_filter",
}
LAST = b"data: [DONE]\n\n"
_OWN_IDS = 12
"""Shorter ids number the calls of one answer; over a conversation they would repeat."""


def usage(used: Usage) -> dict[str, Any]:
    """What was used, in tokens; what a cache held already is part of the prompt."""
    read = used.read + used.cached
    return {
        "prompt_tokens": read,
        "completion_tokens": used.written,
        "total_tokens": read + used.written,
        "prompt_tokens_details": {"cached_tokens": used.cached},
    }


def named(call: ToolCall) -> ToolCall:
    """The call with an id of its own."""
    return call if len(call.id) >= _OWN_IDS else replace(call, id=f"call_{secrets.token_hex(12)}")


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + orjson.dumps(data) + b"\n\n"


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One chat completion: what all its parts have in common."""

    id: str
    created: int
    """Seconds of the epoch."""
    model: str
    counts: bool
    """Streamed, it ends with what was used."""

    def whole(self, text: str, calls: Iterable[ToolCall], done: Done) -> dict[str, Any]:
        """The answer in one piece."""
        made = [_call(call) for call in calls]
        message: dict[str, Any] = {"role": "assistant", "content": text or None if made else text}
        message["refusal"] = None
        if made:
            message["tool_calls"] = made
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _ending(done, made)}
        return self._head("chat.completion") | {"choices": [choice], "usage": usage(done.usage)}

    def first(self) -> bytes:
        """The chunk that says who speaks."""
        return self._delta({"role": "assistant", "content": "", "refusal": None})

    def text(self, piece: str) -> bytes:
        return self._delta({"content": piece})

    def call(self, index: int, call: ToolCall) -> bytes:
        """A call in two chunks: its name, then its arguments."""
        function = {"name": call.name, "arguments": ""}
        head = {"index": index, "id": call.id, "type": "function", "function": function}
        rest = {"index": index, "function": {"arguments": call.arguments}}
        return self._delta({"tool_calls": [head]}) + self._delta({"tool_calls": [rest]})

    def end(self, done: Done, called: bool) -> bytes:
        """The chunks that end the answer."""
        last = self._delta({}, _ending(done, called))
        if self.counts:
            told = {"choices": [], "usage": usage(done.usage)}
            last += event(self._head("chat.completion.chunk") | told)
        return last + LAST

    def _delta(self, delta: Mapping[str, Any], ending: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": ending}
        told: dict[str, Any] = {"choices": [choice]} | ({"usage": None} if self.counts else {})
        return event(self._head("chat.completion.chunk") | told)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """One completion of raw text, whole and in chunks."""

    id: str
    created: int
    model: str
    counts: bool

    def whole(self, text: str, done: Done) -> dict[str, Any]:
        return self._told(text, _ending(done, False)) | {"usage": usage(done.usage)}

    def text(self, piece: str) -> bytes:
        return event(self._told(piece) | self._uncounted)

    def end(self, done: Done) -> bytes:
        last = event(self._told("", _ending(done, False)) | self._uncounted)
        if self.counts:
            last += event(self._told("") | {"choices": [], "usage": usage(done.usage)})
        return last + LAST

    @property
    def _uncounted(self) -> dict[str, Any]:
        return {"usage": None} if self.counts else {}

    def _told(self, text: str, ending: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": ending}
        head = {"id": self.id, "object": "text_completion", "created": self.created, "model": self.model}
        return head | {"choices": [choice]}


def _ending(done: Done, called: object) -> str:
    ending = done.ending
    if ending in ("stop", "tools"):  # some backends end by a stop although they call
        ending = "tools" if called else "stop"
    return ENDINGS[ending]


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
