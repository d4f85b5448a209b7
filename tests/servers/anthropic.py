"""A fake of Anthropic's Messages API: `python -m tests.servers.anthropic`. Events and refusals as its API
reference gives them (version 2023-06-01)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.servers.http import Reply, Request, run
from tests.servers.talking import Talking, objects, paused, pieces, stalled, tokens

Json = dict[str, Any]
_FIELDS = {"model", "messages", "max_tokens", "temperature", "stream", "system", "stop_sequences", "tools"}
_FIELDS |= {"tool_choice", "output_config"}
_LIMITS = {"minimum", "maximum", "minLength", "maxLength", "maxItems", "oneOf"}


@dataclass
class Anthropic(Talking):
    """`script(refuses={"claude-new": ["temperature"]})` has a model refuse fields."""

    models: list[str] = field(
        default_factory=lambda: ["claude-sonnet-4-5", "claude-3-5-sonnet", "claude-new"]
    )
    page: int = 2
    """Models a page, where fewer are not asked for."""
    window: int = 200_000
    refuses: dict[str, list[str]] = field(default_factory=dict)

    async def answer(self, request: Request, reply: Reply) -> None:
        if request.headers.get("x-api-key") != self.key:
            await self.error(reply, 401, "authentication_error", "invalid x-api-key")
        elif request.headers.get("anthropic-version") != "2023-06-01":
            await self.error(reply, 400, "invalid_request_error", "anthropic-version: header is required")
        elif request.path == "/v1/models":
            await self.list(request, reply)
        elif request.path == "/v1/messages/count_tokens":
            await reply.json({"input_tokens": tokens(request.json["messages"])})
        elif request.path == "/v1/messages":
            await self.write(request.json, reply)
        else:
            await self.error(reply, 404, "not_found_error", "Not found")

    async def error(self, reply: Reply, status: int, kind: str, message: str) -> None:
        await reply.json({"type": "error", "error": {"type": kind, "message": message}}, status)

    async def list(self, request: Request, reply: Reply) -> None:
        limit = min(int(request.query.get("limit", 20)), self.page)
        begin = self.models.index(request.query["after_id"]) + 1 if "after_id" in request.query else 0
        names = self.models[begin : begin + limit]
        data = [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2025-09-29T00:00:00Z",
                "max_input_tokens": self.window,
                "max_tokens": 64_000,
                "capabilities": {"structured_outputs": {"supported": name != "claude-3-5-sonnet"}},
            }
            for name in names
        ]
        more = begin + limit < len(self.models)
        await reply.json({"data": data, "has_more": more, "first_id": names[0], "last_id": names[-1]})

    def refusal(self, body: Json) -> tuple[int, str, str] | None:
        """What it objects to in the request, if anything."""

        def invalid(message: str) -> tuple[int, str, str]:
            return 400, "invalid_request_error", message

        if body["model"] not in self.models:
            return 404, "not_found_error", f"model: {body['model']}"
        for name in body.keys() - _FIELDS:
            return invalid(f"{name}: Extra inputs are not permitted")
        for name in self.refuses.get(body["model"], ()):
            if name in body:
                return invalid(f"`{name}` is not supported for this model.")
        if not all(text.strip() for text in body.get("stop_sequences", ())):
            return invalid("stop_sequences: each stop sequence must contain non-whitespace")
        if tokens(body["messages"]) > self.window:
            return invalid(f"prompt is too long: {tokens(body['messages'])} tokens > {self.window} maximum")
        roles = [message["role"] for message in body["messages"]]
        if not roles or any(one == other for one, other in pairwise(roles)):
            return invalid("messages: roles must alternate")
        form = (body.get("output_config") or {}).get("format")
        if form and "structured" in self.refuses.get(body["model"], ()):
            return invalid("structured outputs are not supported for this model.")
        for each in objects(form["schema"]) if form else ():
            if each.get("additionalProperties") is not False:
                return invalid("output_config.format.schema: 'additionalProperties' must be set to false")
            if any(_LIMITS & part.keys() for part in each["properties"].values()):
                return invalid("output_config.format.schema: property is not supported")
        return None

    async def write(self, body: Json, reply: Reply) -> None:
        refused = self.refusal(body)
        if refused is not None:
            await self.error(reply, *refused)
            return
        answer = self.next_answer()
        if await self.refuse(answer, reply):
            return

        async def event(kind: str, **more: Any) -> None:
            await reply.event({"type": kind} | more, kind)

        read = tokens(body["messages"])
        counted = {"input_tokens": read, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 7}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": f"{body['model']}-2026"}
        await reply.start("text/event-stream; charset=utf-8")
        await event(
            "message_start", message=message | {"content": [], "usage": counted | {"output_tokens": 1}}
        )
        await event("ping")
        if pieces(answer):
            await event("content_block_start", index=0, content_block={"type": "text", "text": ""})
            for piece in pieces(answer):
                await paused(answer)
                delta = {"type": "text_delta", "text": piece}
                await event("content_block_delta", index=0, delta=delta)
            await event("content_block_stop", index=0)
        for index, call in enumerate(answer.get("calls", ()), 1):
            block = {"type": "tool_use", "id": f"toolu_{index}", "name": call["name"], "input": {}}
            await event("content_block_start", index=index, content_block=block)
            arguments = json.dumps(call["arguments"])
            for part in ("", arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :]):
                delta = {"type": "input_json_delta", "partial_json": part}
                await event("content_block_delta", index=index, delta=delta)
            await event("content_block_stop", index=index)
        await stalled(answer)
        if "inside" in answer:
            await reply.event(answer["inside"], "error")
        else:
            ending = answer.get("ending", "tool_use" if answer.get("calls") else "end_turn")
            written = max(len(pieces(answer)), 1)
            delta = {"stop_reason": ending, "stop_sequence": None}
            await event("message_delta", delta=delta, usage={"output_tokens": written})
            await event("message_stop")
        await reply.end()


if __name__ == "__main__":
    run(Anthropic())
