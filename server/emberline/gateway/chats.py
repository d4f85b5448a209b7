"""A request for a chat completion, in OpenAI's form, as a conversation of ours. Pure.

Format: OpenAI's API reference, "Create chat completion" (2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from emberline.backends.messages import Chat, Choice, Message, Role, Tool, ToolCall
from emberline.gateway.body import read
from emberline.gateway.generation import Count, Generation
from emberline.gateway.refusal import malformed
from emberline.routing import structured

USUAL_TOKENS = 2048
"""The longest answer where the caller names none."""
FEW_TOKENS = 512
"""The same, where that would be too much for every model at hand."""
TEMPERATURE = 0.2
"""Where the caller names none: small models lose the thread at OpenAI's own default of 1."""

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_ANY_OBJECT: Mapping[str, Any] = {"type": "object"}


class Part(BaseModel):
    """A piece of a message; a provider's own additions are passed over."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: str
    text: str | None = None


class _Function(Part):
    type: str = ""
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    arguments: str | None = None
    strict: bool | None = None


class _Call(Part):
    id: str
    type: str = "function"
    function: _Function | None = None


class _Turn(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    role: str
    content: str | list[Part] | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None


class _Tool(Part):
    function: _Function | None = None


class _Form(Part):
    json_schema: dict[str, Any] | None = None


class ChatBody(Generation):
    """The fields that have an effect."""

    messages: list[_Turn] = Field(min_length=1)
    max_completion_tokens: Count | None = None
    tools: list[_Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: _Form | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat completion that is wanted."""

    model: str
    chat: Chat
    schema: Mapping[str, Any] | None
    """What the answer must be, as JSON Schema; None where it is free."""
    strict: frozenset[str]
    """Tools whose arguments must follow their schemas."""
    has_length: bool
    """The caller named the longest answer."""
    is_streamed: bool
    counts: bool
    """The stream ends with what was used."""


def asked(content: bytes) -> Asked:
    """What the body asks for. Raises `Refused`."""
    body = read(ChatBody, content)
    messages = tuple(_message(turn, at) for at, turn in enumerate(body.messages))
    tools = tuple(_tool(tool, at) for at, tool in enumerate(body.tools or ()))
    schema = _schema(body.response_format)
    if schema is not None and tools:
        words = "tools and response_format cannot be had in one request: an answer is held to one form"
        raise malformed(words, "response_format", "unsupported_parameter")
    length = body.max_completion_tokens or body.max_tokens
    chat = Chat(
        messages,
        max_tokens=length or USUAL_TOKENS,
        temperature=TEMPERATURE if body.temperature is None else body.temperature,
        stop=body.stops(),
        tools=tools,
        choice=_choice(body, tools),
        sampling=body.sampling,
    )
    return Asked(
        body.model,
        chat,
        schema,
        frozenset(each.function.name for each in body.tools or () if each.function and each.function.strict),
        has_length=length is not None,
        is_streamed=bool(body.stream),
        counts=body.counts(),
    )


def _message(turn: _Turn, at: int) -> Message:
    place = f"messages.{at}"
    role = _ROLES.get(turn.role)
    if role is None:
        words = f"{place}.role must be one of {', '.join(_ROLES)}"
        raise malformed(words, f"{place}.role")
    calls = tuple(
        _call(call, f"{place}.tool_calls.{number}") for number, call in enumerate(turn.tool_calls or ())
    )
    if calls and role != "assistant":
        raise malformed(f"{place}: only the assistant calls tools", f"{place}.tool_calls")
    if role == "tool" and not turn.tool_call_id:
        raise malformed(f"{place}: a tool's answer names the call that it is for", f"{place}.tool_call_id")
    if turn.content is None and not (role == "assistant"):
        raise malformed(f"{place}.content is missing", f"{place}.content", "missing_required_parameter")
    return Message(
        role, _text(turn.content, place), calls, (turn.tool_call_id or "") if role == "tool" else ""
    )


def _text(content: str | list[Part] | None, place: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    for number, part in enumerate(content):
        if part.type != "text" or part.text is None:
            words = "only text is read here: no images, no sound, no files"
            raise malformed(words, f"{place}.content.{number}", "unsupported_content")
    return "".join(part.text or "" for part in content)


def _call(call: _Call, place: str) -> ToolCall:
    if call.type != "function" or call.function is None:
        raise malformed("only functions are called", place, "unsupported_parameter")
    return ToolCall(call.id, call.function.name, call.function.arguments or "{}")


def _tool(tool: _Tool, at: int) -> Tool:
    function = tool.function
    if tool.type != "function" or function is None:
        raise malformed(
            "only tools of the type function are to be had", f"tools.{at}", "unsupported_parameter"
        )
    parameters = function.parameters or {"type": "object", "properties": {}}
    if objection := structured.objection(parameters):
        words = f"tools.{at}.function.parameters is no JSON Schema: {objection}"
        raise malformed(words, f"tools.{at}.function.parameters")
    return Tool(function.name, function.description or "", parameters)


def _choice(body: ChatBody, tools: tuple[Tool, ...]) -> Choice:
    parallel = body.parallel_tool_calls is not False
    wanted = body.tool_choice
    if wanted is None or (not tools and wanted in ("auto", "none")):
        return Choice(parallel=parallel)
    if not tools:
        raise malformed("tool_choice is for requests with tools", "tool_choice")
    match wanted:
        case "auto" | "none" | "required":
            return Choice(wanted, parallel=parallel)
        case {"type": "function", "function": {"name": str(name)}} if name in {each.name for each in tools}:
            return Choice("named", name, parallel)
    words = 'tool_choice must be "auto", "none", "required", or one of the tools by its name'
    raise malformed(words, "tool_choice")


def _schema(form: _Form | None) -> Mapping[str, Any] | None:
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return _ANY_OBJECT
    if form.type != "json_schema" or form.json_schema is None:
        words = "response_format must be of the type text, json_object, or json_schema with a json_schema"
        raise malformed(words, "response_format")
    schema = form.json_schema.get("schema")
    if not isinstance(schema, Mapping):
        raise malformed("response_format.json_schema.schema must be an object", "response_format")
    if objection := structured.objection(schema):
        raise malformed(f"response_format holds no JSON Schema: {objection}", "response_format")
    return schema
