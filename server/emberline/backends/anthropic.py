"""Anthropic's Messages API. Its OpenAI-compatible layer ignores `response_format`, so its own is spoken.

Formats: API reference, version 2023-06-01, and "Streaming messages", "Structured outputs", "Errors" (2026).
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from emberline.backends import complaint, openai, schemas
from emberline.backends.asking import asked, ended
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import (
    Called,
    Chat,
    Choice,
    Condition,
    Done,
    Ending,
    Event,
    Infill,
    Message,
    ToolCall,
    Usage,
    Vectors,
    Written,
)
from emberline.backends.remedies import Body, Remedies, Remedy, dropping
from emberline.backends.stops import Stopper
from emberline.backends.streams import Event as Sent
from emberline.backends.streams import Judgement, Refused, Wire, by_status, text_in
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import AsyncClient
from emberline.privacy.labels import Manifest

VERSION = "2023-06-01"
PAGE = 1000
"""Models asked for at a time: the most that it gives."""
PAGES = 20
"""A list that goes on longer does not end."""


def headers(key: str) -> dict[str, str]:
    """What every request carries."""
    return {"x-api-key": key, "anthropic-version": VERSION}


def messages_body(model: str, chat: Chat) -> dict[str, Any]:
    """The body of `/v1/messages` for one streamed answer."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": chat.max_tokens,
        "temperature": min(chat.temperature, 1.0),  # 0..1 here
        "stream": True,
        "messages": turns(chat.messages),
    }
    system = "\n\n".join(message.content for message in chat.messages if message.role == "system")
    if system:
        body["system"] = system
    stops = [stop for stop in chat.stop if stop.strip()]  # a blank one is refused; `Stopper` knows it
    if stops:
        body["stop_sequences"] = stops
    if chat.sampling.top_p is not None:
        body["top_p"] = chat.sampling.top_p
    if chat.tools and chat.choice.mode != "none":
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
            for tool in chat.tools
        ]
        body["tool_choice"] = _choice(chat.choice)
    if chat.schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": schemas.plain(chat.schema)}}
    return body


def _choice(choice: Choice) -> dict[str, Any]:
    kinds = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}
    body: dict[str, Any] = {"type": kinds[choice.mode]}
    if choice.mode == "named":
        body["name"] = choice.tool
    return body if choice.parallel else body | {"disable_parallel_tool_use": True}


def turns(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """The conversation without its system text. Turns of one role in a row are joined: the answers to all
    calls of a turn must stand in one."""
    joined: list[dict[str, Any]] = []
    for message in messages:
        blocks = list(_blocks(message))
        if message.role == "system" or not blocks:
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if joined and joined[-1]["role"] == role:
            joined[-1]["content"] += blocks
        else:
            joined.append({"role": role, "content": blocks})
    return joined


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        yield {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}
        return
    if message.content:  # an empty text is refused
        yield {"type": "text", "text": message.content}
    for call in message.tool_calls:
        yield {"type": "tool_use", "id": call.id, "name": call.name, "input": _arguments(call.arguments)}


def _arguments(text: str) -> dict[str, Any]:
    """A call's arguments as the object that they must be here; what is none is passed on as a text."""
    try:
        value = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        value = text
    return value if isinstance(value, dict) else {"arguments": value}


def _told_in_words(body: Body) -> dict[str, Any]:
    told = schemas.in_words(body["output_config"]["format"]["schema"])
    system = "\n\n".join(part for part in (body.get("system", ""), told) if part)
    return dropping("output_config")(body) | {"system": system}


REMEDIES = (
    Remedy("temperature", ("temperature",), dropping("temperature")),
    Remedy(
        "output_config",
        ("output_config", "output_format", "structured outputs?", "schema"),
        _told_in_words,
        costs=Capability.SCHEMA,
    ),
)

_BY_TYPE = {
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "api_error": 500,
    "overloaded_error": 529,
    "invalid_request_error": 400,
}
"""The status that an error has when it does not come in mid-stream."""


_TOO_LONG = ("prompt is too long", "context limit", "context window", "maximum size")


def judge(refused: Refused) -> Judgement:
    """What a refusal means. An error event in mid-stream has only its type."""
    said = refused.complaint
    status = refused.status if refused.status != 200 else _BY_TYPE.get(said.type, 200)
    if status == 402 or said.names("credit balance", "spend_limit", "spend limit"):
        return Judgement(Kind.QUOTA, "its account needs credit or a higher limit")
    if status in (401, 403):
        return Judgement(Kind.DENIED, "check the API key that is configured for it, and what it may do")
    if status == 404 and said.names("model"):
        return Judgement(Kind.NOT_FOUND, "`emberline doctor` lists the models it has")
    if status in (400, 413) and said.names(*_TOO_LONG):
        return Judgement(Kind.BAD_REQUEST, "input and answer together are longer than the model holds")
    return by_status(replace(refused, status=status))


_ENDINGS: dict[str, Ending] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tools",
    "refusal": "filtered",
}


@dataclass(slots=True)
class _Block:
    id: str
    name: str
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """What has come of one streamed message."""

    finished: bool = False
    """Whether `message_stop` came: without it the stream was cut off."""
    _calls: list[ToolCall] = field(default_factory=list)
    _open: dict[int, _Block] = field(default_factory=dict)
    _ending: Ending = "stop"
    _usage: dict[str, int] = field(default_factory=dict)
    _model: str = ""

    def take(self, data: Mapping[str, Any]) -> Iterator[Written | Called]:
        """The events that one of the stream's events brings; those of unknown types bring none."""
        match data.get("type"):
            case "message_start":
                message = data["message"]
                self._model = message.get("model") or ""
                self._count(message.get("usage"))
            case "content_block_start":
                block = data["content_block"]
                if block["type"] == "tool_use":
                    self._open[data["index"]] = _Block(block["id"], block["name"])
                elif block["type"] == "text" and block.get("text"):
                    yield Written(text_in(block["text"]))
            case "content_block_delta":
                delta = data["delta"]
                if delta["type"] == "text_delta" and delta["text"]:
                    yield Written(text_in(delta["text"]))
                elif delta["type"] == "input_json_delta" and data["index"] in self._open:
                    self._open[data["index"]].arguments += delta["partial_json"]
            case "content_block_stop":
                whole = self._open.pop(data["index"], None)
                if whole is not None:
                    yield Called(ToolCall(whole.id, whole.name, whole.arguments or "{}"))
            case "message_delta":
                self._ending = _ENDINGS.get(data["delta"].get("stop_reason") or "", "stop")
                self._count(data.get("usage"))
            case "message_stop":
                self.finished = True

    def done(self, busy_ms: float) -> Done:
        """The last event; `busy_ms` is what it took, as measured here."""
        usage = self._usage
        # What is written to the cache is read anew; only what is read from it is not.
        read = usage.get("input_tokens", 0) + usage.get("cache_creation_input_tokens", 0)
        cached, written = usage.get("cache_read_input_tokens", 0), usage.get("output_tokens", 0)
        return Done(self._ending, Usage(read, cached, written, busy_ms), self._model)

    def _count(self, usage: Mapping[str, Any] | None) -> None:
        """Counts are cumulative: the latest one of each kind holds."""
        self._usage |= {name: value for name, value in (usage or {}).items() if isinstance(value, int)}


class Anthropic:
    """Anthropic's API, or a gateway that speaks it."""

    keeps_one_model = False

    def __init__(self, name: str, protocol: str, url: str, client: AsyncClient) -> None:
        self.name = name
        self.protocol = protocol
        self.url = url
        self._api = url.rstrip("/").removesuffix("/v1") + "/v1"
        self._client = client
        self._wire = Wire(client, name, judge)
        self._remedies = Remedies(REMEDIES)

    async def close(self) -> None:
        await self._client.aclose()

    async def probe(self, sent: Manifest) -> Condition:
        await self._wire.get_json(f"{self._api}/models?limit=1", sent)
        return Condition("up")

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        """All pages of its list, with context and capabilities where the list has them."""
        found: list[ModelInfo] = []
        after = ""
        for _ in range(PAGES):
            page = await self._wire.get_json(f"{self._api}/models?limit={PAGE}{after}", sent)
            with self._wire.parsing():
                found += [self._info(card) for card in page["data"]]
                if not page.get("has_more"):
                    return tuple(found)
                after = f"&after_id={page['last_id']}"
        raise Failure(f"{self.name}: its list of models does not end", Kind.BROKEN)

    async def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        if chat.sampling.presence_penalty or chat.sampling.frequency_penalty:
            raise Failure(f"{self.name}: Anthropic's models take no penalties", Kind.BAD_REQUEST)
        begun = time.perf_counter()
        answer, stopper = Answer(), Stopper(chat.stop)
        path, body = f"{self._api}/messages", messages_body(model, chat)
        async with aclosing(asked(self._wire, path, body, self._remedies, chat.max_tokens, sent)) as events:
            async for event in events:
                for each in self._taken(answer, event, body):
                    if isinstance(each, Called):
                        yield each
                    elif text := stopper.take(each.text):
                        yield Written(text)
                if answer.finished:
                    await ended(events)
                    break
                if stopper.stopped:
                    answer.finished = True
                    break
        if not answer.finished:
            raise self._wire.cut_off()
        if rest := stopper.rest():
            yield Written(rest)
        yield answer.done((time.perf_counter() - begun) * 1000)

    def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """As a question: its models chat and nothing else."""
        return self.chat(model.name, openai.gap_as_chat(gap), sent)

    async def embed(self, model: str, texts: tuple[str, ...], sent: Manifest) -> Vectors:
        raise Failure(f"{self.name}: Anthropic makes no embeddings", Kind.BAD_REQUEST)

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """Nothing: the provider keeps its models loaded."""

    async def unload(self, model: str, sent: Manifest) -> None:
        """Nothing: the provider cannot be told."""

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        """By `/v1/messages/count_tokens`, which costs nothing; a few tokens of framing are in it."""
        if not text:
            return 0
        body = {"model": model, "messages": [{"role": "user", "content": text}]}
        try:
            answer = await self._wire.post_json(f"{self._api}/messages/count_tokens", body, sent)
        except Failure as failure:
            if failure.kind is Kind.NOT_FOUND:  # a gateway without it
                return None
            raise
        count = answer.get("input_tokens") if isinstance(answer, Mapping) else None
        return count if isinstance(count, int) else None

    def _info(self, card: Mapping[str, Any]) -> ModelInfo:
        can = {Capability.CHAT, Capability.TOOLS}
        claims = card.get("capabilities") or {}
        if claims.get("structured_outputs", {}).get("supported"):
            can.add(Capability.SCHEMA)
        name = str(card["id"])
        return ModelInfo(
            name,
            frozenset(can) - self._remedies.lacks(name),
            context_tokens=card.get("max_input_tokens"),
            warmth=Warmth.HOSTED,
        )

    def _taken(self, answer: Answer, event: Sent, body: Body) -> list[Written | Called]:
        data = event.data
        if data is None:
            raise Failure(f"{self.name}: a piece of the answer is no JSON object", Kind.BROKEN)
        if data.get("type") == "error":
            raise self._wire.failure(Refused(200, complaint.read(data)), body)
        with self._wire.parsing():
            return list(answer.take(data))
