"""The wire format of chat completions and completions, as OpenAI defined it and many servers speak it.

Pure: bodies from requests, events from chunks, failures from complaints. Sources: OpenAI's API reference, and
where servers differ vLLM's, LiteLLM's, Mistral's and DeepSeek's documentation (2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from emberline.backends import schemas
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import (
    Called,
    Chat,
    Choice,
    Done,
    Ending,
    Event,
    Infill,
    Message,
    Tool,
    ToolCall,
    Usage,
    Vectors,
)
from emberline.backends.streams import Judgement, Refused, by_status

MAX_STOPS = 4
"""OpenAI refuses more; other servers take as many."""


def chat_body(model: str, chat: Chat) -> dict[str, Any]:
    """The body of `/v1/chat/completions` for one streamed answer.

    The schema is asked strictly where its shape allows (`schemas.strict`), else as a mere `json_schema`.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [message_body(message) for message in chat.messages],
        "max_tokens": chat.max_tokens,
        "temperature": chat.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if chat.stop:
        body["stop"] = list(chat.stop[:MAX_STOPS])
    if chat.tools and chat.choice.mode != "none":
        body["tools"] = [tool_body(tool) for tool in chat.tools]
        body["tool_choice"] = choice_body(chat.choice)
        if not chat.choice.parallel:
            body["parallel_tool_calls"] = False
    if chat.schema is not None:
        strict = schemas.strict(chat.schema)
        form = {"name": "answer", "schema": strict or dict(chat.schema), "strict": strict is not None}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body | chat.sampling.given()


def choice_body(choice: Choice) -> str | dict[str, Any]:
    """Whether tools are to be called, in the form of chat completions."""
    if choice.mode == "named":
        return {"type": "function", "function": {"name": choice.tool}}
    return choice.mode


def message_body(message: Message) -> dict[str, Any]:
    """One turn in the form of chat completions."""
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        body["content"] = message.content or None
        body["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.role == "tool":
        body["tool_call_id"] = message.tool_call_id
    return body


def tool_body(tool: Tool) -> dict[str, Any]:
    """One function that the model may call, in the form of chat completions."""
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def completion_body(model: str, prompt: str, gap: Infill) -> dict[str, Any]:
    """The body of `/v1/completions` for one streamed continuation of `prompt`, a raw text."""
    body: dict[str, Any] = {
        "model": model,
        "prompt": prompt,
        "max_tokens": gap.max_tokens,
        "temperature": gap.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if gap.stop:
        body["stop"] = list(gap.stop[:MAX_STOPS])
    return body | gap.sampling.given()


def embedding_body(model: str, texts: tuple[str, ...]) -> dict[str, Any]:
    """The body of `/v1/embeddings`."""
    return {"model": model, "input": list(texts), "encoding_format": "float"}


def vectors_of(answer: Mapping[str, Any]) -> Vectors:
    """The embeddings in an answer of `/v1/embeddings`, which may come in any order."""
    entries = sorted(answer["data"], key=lambda entry: int(entry.get("index") or 0))
    values = tuple(tuple(map(float, entry["embedding"])) for entry in entries)
    read = (answer.get("usage") or {}).get("prompt_tokens") or 0
    return Vectors(values, int(read), str(answer.get("model") or ""))


def gap_as_chat(gap: Infill) -> Chat:
    """The gap as a question, for a model that only chats."""
    question = (
        "Write the text that belongs between <before> and <after>. Answer with that text alone, exactly as "
        "it must stand there: no explanation, no code fence, nothing repeated from either side.\n"
        f"<before>{gap.prefix}</before>\n<after>{gap.suffix}</after>"
    )
    asked = (Message("user", question),)
    return Chat(asked, gap.max_tokens, gap.temperature, gap.stop, sampling=gap.sampling)


_ENDINGS: dict[str, Ending] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "model_length": "length",  # Mistral: the model's context is full
    "tool_calls": "tools",
    "function_call": "tools",
    "content_filter": "filtered",
}


def api_of(url: str) -> str:
    """Where the API's paths begin: users give the address with `/v1` and without. Another path stays as it is
    (`https://host/openai/v1`, `https://host/api/paas/v4`)."""
    url = url.rstrip("/")
    return url if urlsplit(url).path else f"{url}/v1"


_BROKE = (
    "insufficient_quota",
    "exceeded your current quota",
    "billing_not_active",
    "billing_hard_limit_reached",
    "insufficient balance",
    "credit balance",
    "budget_exceeded",  # LiteLLM's, for a team's key
)
_TOO_LONG = (
    "context_length_exceeded",
    "context length",
    "context window",
    "too many tokens",
)


def judge(refused: Refused) -> Judgement:
    """What a refusal of a server in this family means. A complaint in mid-stream has its status in `code`,
    if anywhere."""
    said = refused.complaint
    if refused.status == 200 and said.code.isdigit():
        refused = replace(refused, status=int(said.code))
    match refused.status:
        case 401 | 403:
            return Judgement(Kind.DENIED, "check the API key that is configured for it, and what it may do")
        case 404 if said.names("model"):
            return Judgement(Kind.NOT_FOUND, "`emberline doctor` lists the models it has")
    if refused.status == 402 or said.names(*_BROKE):
        return Judgement(Kind.QUOTA, "its account needs credit or a higher limit")
    if refused.status in (200, 400, 413, 422) and said.names(*_TOO_LONG):
        return Judgement(Kind.BAD_REQUEST, "input and answer together are longer than the model holds")
    if refused.status == 200 and said.names("rate_limit", "rate limit"):
        return Judgement(Kind.RATE_LIMITED)
    if refused.status == 200 and said.names("overloaded", "server_error", "unavailable", "capacity"):
        return Judgement(Kind.OVERLOADED)
    return by_status(refused)


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """What has come of one streamed answer: chunks of chat completions or of completions go in."""

    server: str
    """The backend's name, for messages."""
    finished: bool = False
    """Whether a chunk named a reason to end; a stream that closes before was cut off."""
    _calls: list[_Call] = field(default_factory=list)
    _by_index: dict[int, _Call] = field(default_factory=dict)
    _ending: Ending = "stop"
    _usage: Mapping[str, Any] = field(default_factory=dict)
    _model: str = ""
    _pieces: int = 0

    def take(self, chunk: Mapping[str, Any]) -> str:
        """The text that this chunk adds. Raises `Failure` where the chunk reports one."""
        self._model = chunk.get("model") or self._model
        self._usage = chunk.get("usage") or self._usage
        text = ""
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or choice.get("message") or {}
            text += _text(delta.get("content")) or choice.get("text") or ""
            for call in delta.get("tool_calls") or ():
                self._take_call(call)
            if delta.get("refusal"):
                self._ending = "filtered"
            self._end(choice.get("finish_reason"))
        self._pieces += bool(text)
        return text

    def close(self, busy_ms: float) -> Iterator[Event]:
        """The events that end the answer: its tool calls, then `Done`. `busy_ms` is what it took, as measured
        here: the format has no word for it."""
        for number, call in enumerate(self._calls):
            yield Called(ToolCall(call.id or f"call_{number}", call.name, call.arguments or "{}"))
        ending: Ending = "tools" if self._calls and self._ending == "stop" else self._ending
        yield Done(ending, self._counted(busy_ms), self._model)

    def _counted(self, busy_ms: float) -> Usage:
        usage = self._usage
        details = usage.get("prompt_tokens_details") or {}
        cached = int(details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens") or 0)
        written = usage.get("completion_tokens")
        read = max(int(usage.get("prompt_tokens") or 0) - cached, 0)
        # Without a count every piece counts as one token, which is how nearly all servers stream.
        return Usage(read, cached, self._pieces if written is None else int(written), busy_ms)

    def _end(self, reason: str | None) -> None:
        if not reason:
            return
        if reason == "insufficient_system_resource":  # DeepSeek's
            raise Failure(f"{self.server} ran out of room in mid-answer", Kind.OVERLOADED)
        if reason == "error":  # Mistral's
            raise Failure(f"{self.server} broke off its answer with an error", Kind.BROKEN)
        self.finished = True
        if self._ending != "filtered":
            self._ending = _ENDINGS.get(reason, "stop")

    def _take_call(self, delta: Mapping[str, Any]) -> None:
        """A call's first piece names it, later ones add to its arguments. Some servers leave out the index,
        or use one index for several whole calls, which then differ in their ids."""
        index, identity = delta.get("index"), delta.get("id") or ""
        call = self._by_index.get(index) if isinstance(index, int) else None
        if call is None and index is None and not identity and self._calls:
            call = self._calls[-1]
        if call is None or (identity and call.id and identity != call.id):
            call = _Call()
            self._calls.append(call)
            if isinstance(index, int):
                self._by_index[index] = call
        function = delta.get("function") or {}
        call.id = call.id or identity
        call.name = call.name or function.get("name") or ""
        call.arguments += function.get("arguments") or ""


def _text(content: object) -> str:
    """A delta's text; Mistral's reasoning models send a list of parts, of which only texts are the answer."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return content if isinstance(content, str) else ""
