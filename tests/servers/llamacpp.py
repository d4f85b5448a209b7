"""A fake llama.cpp server of October 2026: `python -m tests.servers.llamacpp [router]`.

The real one runs in tests too, as the embedded engine; this one is for what that cannot be made to do: to
load slowly, to lack fill-in-the-middle tokens, to hold several models. Formats as the real one answered.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.servers.http import Fake, Reply, Request, run
from tests.servers.ollama import count, instance, limited
from tests.servers.talking import vector

Json = dict[str, Any]

QWEN_TOKENS = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|repo_name|>", "<|file_sep|>")


@dataclass
class LlamaCpp(Fake):
    """Everything in lower case can be scripted."""

    text: str = "Hello from a fake model."
    delay: float = 0.0
    loading: bool = False
    fills: bool = True
    """Whether the model's vocabulary has tokens for filling in."""
    embeds: bool = False
    """It was started with `--embeddings`."""
    calls: list[Json] = field(default_factory=list)
    key: str = ""
    window: int = 4096
    slots: int = 4
    states: dict[str, str] = field(default_factory=lambda: {"coder": ""})
    """By model; a state only in router mode."""
    load_fails: bool = False

    async def answer(self, request: Request, reply: Reply) -> None:
        body = request.json or {}
        if self.loading:
            await self.refuse(503, "Loading model", "unavailable_error", reply)
            return
        if (
            self.key
            and request.path != "/health"
            and request.headers.get("authorization") != f"Bearer {self.key}"
        ):
            await self.refuse(401, "Invalid API Key", "authentication_error", reply)
            return
        model = str(body.get("model") or unquote(request.query.get("model", "")) or next(iter(self.states)))
        match request.method, request.path:
            case "GET", "/health":
                await reply.json({"status": "ok"})
            case "GET", "/v1/models":
                await reply.json({"object": "list", "data": [self.card(name) for name in self.states]})
            case "POST", "/models/load":
                asyncio.get_running_loop().call_later(0.2, self.loaded, model)
                self.states[model] = "loading"
                await reply.json({"success": True})
            case "POST", "/models/unload":
                self.states[model] = "unloaded"
                await reply.json({"success": True})
            case _ if model not in self.states:
                await self.refuse(400, f"model '{model}' not found", "invalid_request_error", reply)
            case "GET", "/props":
                await reply.json(self.props(model))
            case "POST", "/tokenize":
                await reply.json({"tokens": self.tokenized(body)})
            case "POST", "/infill" if not self.fills:
                words = "Infill is not supported by this model: prefix token is missing. "
                await self.refuse(501, words, "not_supported_error", reply)
            case "POST", "/infill":
                if "input_suffix" not in body:
                    await self.refuse(400, '"input_suffix" is required', "invalid_request_error", reply)
                    return
                await self.complete(model, body["input_prefix"] + body["input_suffix"], body, reply)
            case "POST", "/completion":
                await self.complete(model, body["prompt"], body, reply)
            case "POST", "/v1/embeddings" if not self.embeds:
                words = "This server does not support embeddings. Start it with `--embeddings`"
                await self.refuse(501, words, "not_supported_error", reply)
            case "POST", "/v1/embeddings":
                data = [{"index": at, "embedding": vector(text)} for at, text in enumerate(body["input"])]
                read = sum(map(count, body["input"]))
                await reply.json({"model": model, "data": data, "usage": {"prompt_tokens": read}})
            case "POST", "/v1/chat/completions":
                await self.chat(model, body, reply)
            case _:
                await self.refuse(404, "File Not Found", "not_found_error", reply)

    async def refuse(self, status: int, message: str, kind: str, reply: Reply) -> None:
        await reply.json({"error": {"code": status, "message": message, "type": kind}}, status)

    def loaded(self, model: str) -> None:
        self.states[model] = "unloaded" if self.load_fails else "loaded"

    def card(self, name: str) -> Json:
        card: Json = {"id": name, "aliases": [], "tags": [], "object": "model", "owned_by": "llamacpp"}
        state = self.states[name]
        if state:
            card["status"] = {"value": state}
        if state in ("", "loaded"):
            card["meta"] = {
                "vocab_type": 2,
                "n_vocab": 151_936,
                "n_ctx": self.window,
                "n_ctx_train": 32_768,
                "n_embd": 896,
                "n_params": 630_167_424,
                "size": 485_452_288,
                "ftype": "Q4_K - Medium",
            }
        return card

    def props(self, name: str) -> Json:
        return {
            "default_generation_settings": {"params": {}, "n_ctx": self.window},
            "total_slots": self.slots,
            "model_alias": name,
            "model_ftype": "Q4_K - Medium",
            "model_path": f"/models/{name}.gguf",
            "chat_template": "{% for message in messages %}…{% endfor %}",
            "chat_template_caps": {"supports_tools": True, "supports_tool_calls": True},
            "build_info": "b9999-0123456",
        }

    def tokenized(self, body: Json) -> list[Any]:
        """Special tokens whole, and of all else each word with the blank before it."""
        special = "|".join(map(re.escape, QWEN_TOKENS)) if self.fills else "$."
        pieces = re.findall(rf"{special}| ?\w+|\W", body["content"])
        if body.get("with_pieces"):
            return [{"id": at, "piece": piece} for at, piece in enumerate(pieces)]
        return list(range(len(pieces)))

    async def complete(self, model: str, prompt: str, body: Json, reply: Reply) -> None:
        pieces, reason = limited(
            self.text, {"num_predict": body.get("n_predict", -1), "stop": body.get("stop")}
        )
        await reply.start("text/event-stream")
        if body.get("return_progress"):
            progress = {"total": count(prompt), "cache": 0, "processed": count(prompt), "time_ms": 1}
            await reply.event({"content": "", "tokens": [0], "stop": False, "prompt_progress": progress})
        for piece in pieces:
            await asyncio.sleep(self.delay)
            await reply.event({"index": 0, "content": piece, "tokens": [1], "stop": False})
        timings = {"cache_n": 3, "prompt_n": count(prompt), "prompt_ms": 10.0}
        timings |= {"predicted_n": len(pieces), "predicted_ms": 20.0}
        stop = {"content": "", "tokens": [], "stop": True, "model": model, "timings": timings}
        await reply.event(stop | {"stop_type": "limit" if reason == "length" else "eos"})
        await reply.end()

    async def chat(self, model: str, body: Json, reply: Reply) -> None:
        read = count(json.dumps(body["messages"]))
        if read > self.window:
            words = f"request ({read} tokens) exceeds the available context size ({self.window} tokens)"
            await self.refuse(400, words, "exceed_context_size_error", reply)
            return
        form = body.get("response_format", {}).get("json_schema", {}).get("schema")
        text = json.dumps(instance(form)) if form else self.text
        pieces, reason = limited(text, {"num_predict": body.get("max_tokens", -1), "stop": body.get("stop")})
        calls = self.calls if body.get("tools") else []
        await reply.start("text/event-stream")
        await reply.event(self.chunk(model, {"role": "assistant", "content": None}))
        for piece in [] if calls else pieces:
            await asyncio.sleep(self.delay)
            await reply.event(self.chunk(model, {"content": piece}))
        for at, call in enumerate(calls):
            function = {"name": call["name"], "arguments": ""}
            head = {"index": at, "id": f"call{at}", "type": "function", "function": function}
            await reply.event(self.chunk(model, {"tool_calls": [head]}))
            rest = {"index": at, "function": {"arguments": json.dumps(call["arguments"])}}
            await reply.event(self.chunk(model, {"tool_calls": [rest]}))
        await reply.event(self.chunk(model, {}, "tool_calls" if calls else reason))
        usage = {"prompt_tokens": read, "completion_tokens": len(pieces), "total_tokens": read + len(pieces)}
        await reply.event(self.chunk(model, {}) | {"choices": [], "usage": usage})
        await reply.event("[DONE]")
        await reply.end()

    def chunk(self, model: str, delta: Json, reason: str | None = None) -> Json:
        choice = {"finish_reason": reason, "index": 0, "delta": delta}
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [choice]}


if __name__ == "__main__":
    router = {"coder": "unloaded", "chatty": "loaded", "sleeper": "sleeping"}
    run(LlamaCpp(states=router) if "router" in sys.argv else LlamaCpp())
