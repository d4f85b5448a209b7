"""Fakes of what speaks chat completions: `python -m tests.servers.openai [openai | vllm | litellm]`.

Formats as OpenAI's API reference, vLLM 0.11 and LiteLLM's proxy give them, refusals included.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Reply, Request, run
from tests.servers.talking import Talking, objects, paused, pieces, stalled, tokens, vector

Json = dict[str, Any]


@dataclass
class OpenAI(Talking):
    """api.openai.com. `script(refuses={"house-1": ["temperature"]})` has a model refuse fields."""

    models: list[str] = field(default_factory=lambda: ["gpt-4o", "gpt-4o-mini", "house-1"])
    window: int = 100_000
    """Tokens; a longer prompt is refused."""
    refuses: dict[str, list[str]] = field(default_factory=dict)
    echoes: bool = False
    """Each answer is what was said last."""
    embeds: list[str] = field(default_factory=list)
    """Models that make embeddings, and write nothing."""
    counts_unasked: bool = False
    """The chunk that ends the answer holds the usage, whether or not it was asked for."""

    async def answer(self, request: Request, reply: Reply) -> None:
        if not self.allowed(request):
            await reply.json(
                self.error(f"Incorrect API key provided: {request.headers.get('authorization', '')[:14]}***.")
                | {},
                401,
            )
        elif request.path == "/v1/models":
            await reply.json({"object": "list", "data": [self.card(name) for name in self.models]})
        elif request.path in ("/v1/chat/completions", "/v1/completions"):
            await self.complete(request, reply)
        elif request.path == "/v1/embeddings":
            await self.embed(request.json, reply)
        else:
            await self.other(request, reply)

    async def other(self, request: Request, reply: Reply) -> None:
        await reply.json(self.error(f"Invalid URL ({request.method} {request.path})"), 404)

    async def embed(self, body: Json, reply: Reply) -> None:
        """Listed in reverse, which the format allows."""
        name, texts = body["model"], body["input"]
        if name not in self.embeds:
            message = f"The model {name} does not support Embeddings API"
            await reply.json(self.error(message, "BadRequestError", "400"), 400)
            return
        texts = [texts] if isinstance(texts, str) else texts
        data = [
            {"object": "embedding", "index": at, "embedding": vector(text)} for at, text in enumerate(texts)
        ]
        counts = {"prompt_tokens": sum(map(tokens, texts)), "total_tokens": sum(map(tokens, texts))}
        await reply.json({"object": "list", "model": name, "data": data[::-1], "usage": counts})

    def allowed(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def card(self, name: str) -> Json:
        return {"id": name, "object": "model", "created": 1_715_367_049, "owned_by": "system"}

    def error(
        self,
        message: str,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> Json:
        return {"error": {"message": message, "type": kind, "param": param, "code": code}}

    def speaks_chat(self, path: str) -> bool:
        """Whether the answer comes in deltas."""
        return path.endswith("/chat/completions")

    def refusal(self, path: str, body: Json) -> tuple[int, Json] | None:
        """What this server objects to in the request, if anything."""
        model = body["model"]
        if model not in self.models:
            return 404, self.error(f"The model `{model}` does not exist.", code="model_not_found")
        if path == "/v1/completions" and type(self) is OpenAI:
            return 404, self.error("This is a chat model and not supported in the v1/completions endpoint.")
        for name in self.refuses.get(model, ()):
            if name in body:
                hint = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
                message = f"Unsupported parameter: '{name}' is not supported with this model.{hint}"
                return 400, self.error(message, code="unsupported_parameter", param=name)
        if tokens(body.get("messages", body.get("prompt"))) > self.window:
            message = (
                f"This model's maximum context length is {self.window} tokens. Please reduce the length."
            )
            return 400, self.error(message, code="context_length_exceeded", param="messages")
        if len(body.get("stop", ())) > 4:
            return 400, self.error("Invalid 'stop': array too long.", param="stop")
        form = (body.get("response_format") or {}).get("json_schema") or {}
        if form.get("strict"):
            for each in objects(form["schema"]):
                if each.get("additionalProperties") is not False or set(each["properties"]) != set(
                    each.get("required", ())
                ):
                    message = f"Invalid schema for response_format '{form['name']}'."
                    return 400, self.error(message, param="response_format")
        return None

    async def complete(self, request: Request, reply: Reply) -> None:
        body = request.json
        refused = self.refusal(request.path, body)
        if refused is not None:
            await reply.json(refused[1], refused[0])
            return
        answer = {"text": body["messages"][-1]["content"]} if self.echoes else self.next_answer()
        if await self.refuse(answer, reply):
            return
        chat = self.speaks_chat(request.path)
        usage = body.get("stream_options", {}).get("include_usage", False)
        read, written = tokens(body.get("messages", body.get("prompt"))), max(len(pieces(answer)), 1)
        counts: Json = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        counts["prompt_tokens_details"] = {"cached_tokens": read // 2}

        async def chunk(choices: list[Json], **more: Any) -> None:
            named = {"id": "cmpl-1", "object": "chunk", "created": 1, "model": f"{body['model']}-2026"}
            await reply.event(named | {"choices": choices} | ({"usage": None} if usage else {}) | more)

        async def delta(change: Json, text: str = "", finish: str | None = None) -> None:
            content = {"delta": change} if chat else {"text": text}
            told = {"usage": counts} if finish and self.counts_unasked else {}
            await chunk([{"index": 0, **content, "finish_reason": finish}], **told)

        if not body.get("stream"):
            text = "".join(pieces(answer))
            content = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
            choice = {"index": 0, **content, "finish_reason": answer.get("ending", "stop")}
            whole = {"id": "cmpl-1", "object": "whole", "created": 1, "model": f"{body['model']}-2026"}
            await reply.json(whole | {"choices": [choice], "usage": counts})
            return
        await reply.start("text/event-stream; charset=utf-8")
        if chat:
            await delta({"role": "assistant", "content": ""})
        for piece in pieces(answer):
            await paused(answer)
            await delta({"content": piece}, piece)
        for index, call in enumerate(answer.get("calls", ())):
            function = {"name": call["name"], "arguments": ""}
            head = {"index": index, "id": f"call_{index}", "type": "function", "function": function}
            await delta({"tool_calls": [head]})
            arguments = json.dumps(call["arguments"])
            for part in (arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :]):
                await delta({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
        await stalled(answer)
        if "inside" in answer:
            await reply.event(answer["inside"])
        else:
            await delta({}, finish=answer.get("ending", "tool_calls" if answer.get("calls") else "stop"))
            if usage:
                await chunk([], usage=counts)
            await reply.event("[DONE]")
        await reply.end()


@dataclass
class Vllm(OpenAI):
    """vLLM's server; without a key, as it starts by default."""

    models: list[str] = field(default_factory=lambda: ["Qwen/Qwen2.5-Coder-7B"])
    tools: bool = False
    """Started with --enable-auto-tool-choice."""
    guarded: bool = False
    """Started with --api-key."""
    vocabulary: list[str] = field(
        default_factory=lambda: ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    )
    """Texts that are one token; any other character is one of its own."""

    def allowed(self, request: Request) -> bool:
        return not self.guarded or super().allowed(request)

    def card(self, name: str) -> Json:
        return super().card(name) | {"owned_by": "vllm", "root": name, "max_model_len": 32_768}

    def refusal(self, path: str, body: Json) -> tuple[int, Json] | None:
        if "suffix" in body:
            return 400, self.error("suffix is not currently supported", "BadRequestError", "400")
        if body.get("tool_choice") == "auto" and not self.tools:
            message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
            return 400, self.error(message, "BadRequestError", "400")
        return super().refusal(path, body)

    async def other(self, request: Request, reply: Reply) -> None:
        if request.path == "/tokenize":
            pattern = "|".join(re.escape(token) for token in self.vocabulary) + "|(?s:.)"
            texts = re.findall(pattern, request.json["prompt"])
            answer: Json = {"count": len(texts), "max_model_len": 32_768, "tokens": list(range(len(texts)))}
            if request.json.get("return_token_strs"):
                answer["token_strs"] = texts
            await reply.json(answer)
        elif request.path == "/version":
            await reply.json({"version": "0.11.0"})
        else:
            await reply.json({"detail": "Not Found"}, 404)


@dataclass
class LiteLlm(OpenAI):
    """LiteLLM's proxy, which says what is behind it at `/model/info`."""

    models: list[str] = field(default_factory=lambda: ["team-large", "team-embed"])
    plain: list[str] = field(default_factory=list)
    """Models said to hold no answer to a schema and to know no tools."""

    async def other(self, request: Request, reply: Reply) -> None:
        if request.path not in ("/model/info", "/v1/model/info"):
            await reply.json({"detail": "Not Found"}, 404)
            return
        data = [
            {
                "model_name": name,
                "litellm_params": {"model": f"hosted/{name}"},
                "model_info": {
                    "mode": "embedding" if "embed" in name else "chat",
                    "max_input_tokens": 131_072,
                    "max_output_tokens": 8192,
                    "supports_function_calling": name not in self.plain,
                    "supports_response_schema": name not in self.plain,
                },
            }
            for name in self.models
        ]
        await reply.json({"data": data})


if __name__ == "__main__":
    run({"openai": OpenAI, "vllm": Vllm, "litellm": LiteLlm}[sys.argv[1] if sys.argv[1:] else "openai"]())
