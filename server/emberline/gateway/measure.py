"""What a request demands, measured without asking anybody: an estimate of its tokens, its form, its tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from emberline.backends.messages import Chat, Infill
from emberline.privacy.labels import Label
from emberline.routing import estimate, tasks
from emberline.routing.request import Request, Structure, Task

ASIDE_CHARACTERS = 50_000
"""Longer texts are measured in a thread: a millisecond for each of these."""
FRAMING_TOKENS = 5
"""What a chat template puts around each message."""


async def of_chat(chat: Chat, task: Task | None, label: Label) -> Request:
    """The request that a conversation makes; a question where it names no task."""
    count = await tokens(tuple(_texts(chat))) + FRAMING_TOKENS * len(chat.messages)
    wanted = tasks.request(task or Task.QUESTION, count, label)
    chain = max(wanted.tool_chain, _chain(chat)) if chat.tools and chat.choice.mode != "none" else 0
    structure = max(wanted.structure if task else Structure.FREE, _structure(chat.schema))
    return replace(wanted, output_tokens=chat.max_tokens, tool_chain=chain, structure=structure)


async def of_gap(gap: Infill, label: Label) -> Request:
    """The request that a gap makes: between two keystrokes no cloud would do."""
    count = await tokens((gap.prefix, gap.suffix))
    return replace(tasks.request(Task.COMPLETION, count, label), output_tokens=gap.max_tokens)


async def of_texts(texts: tuple[str, ...], label: Label) -> Request:
    """The request that texts for embedding make. Each is read by itself; together they are paid for."""
    return tasks.request(Task.EMBEDDING, await tokens(texts), label)


async def tokens(texts: tuple[str, ...]) -> int:
    """About how many tokens these are together."""
    if sum(map(len, texts)) > ASIDE_CHARACTERS:
        return await asyncio.to_thread(_tokens, texts)
    return _tokens(texts)


def _tokens(texts: tuple[str, ...]) -> int:
    return sum(map(estimate.tokens, texts))


def _texts(chat: Chat) -> Iterator[str]:
    for message in chat.messages:
        yield message.content
        for call in message.tool_calls:
            yield call.arguments
    for tool in chat.tools:
        yield f"{tool.name} {tool.description} {json.dumps(tool.parameters)}"
    if chat.schema is not None:
        yield json.dumps(chat.schema)


def _chain(chat: Chat) -> int:
    """Turns in a row that called tools, since the user last said something, and the next one."""
    calls = 0
    for message in reversed(chat.messages):
        if message.role == "user":
            break
        calls += bool(message.tool_calls)
    return calls + 1


def _structure(schema: Mapping[str, Any] | None) -> Structure:
    """Flat as long as no list in it holds objects."""
    if schema is None:
        return Structure.FREE
    return Structure.NESTED if _lists_objects(schema) else Structure.FLAT


def _lists_objects(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return any(map(_lists_objects, schema)) if isinstance(schema, list) else False
    items = schema.get("items")
    if isinstance(items, Mapping) and ("properties" in items or "$ref" in items):
        return True
    return any(map(_lists_objects, schema.values()))
