"""A fake LM Studio: `python -m tests.servers.lmstudio [v0]`. v0 is one without the REST API of version 0.4.

Formats as its documentation gives them, awkward parts included: 200 for paths that do not exist, one model on
demand, and another copy of it for every demand that comes while it is being loaded.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Fake, Reply, Request, run
from tests.servers.ollama import count, instance, limited
from tests.servers.talking import vector

Json = dict[str, Any]


@dataclass
class Model:
    architecture: str
    quantization: str
    size: int
    params: str | None
    context: int
    kind: str = "llm"
    tools: bool = False


MODELS = {
    "qwen2.5-coder-7b-instruct": Model("qwen2", "Q4_K_M", 4_683_073_536, "7B", 32768, tools=True),
    "meta-llama-3.1-8b-instruct": Model("llama", "Q4_K_M", 4_920_734_464, "8B", 131_072),
    "text-embedding-nomic-embed-text-v1.5": Model("nomic-bert", "Q4_0", 84_106_624, None, 2048, "embedding"),
}
USUAL_CONTEXT = 4096


@dataclass
class Instance:
    id: str
    context: int
    on_demand: bool


@dataclass
class LmStudio(Fake):
    """Everything in lower case can be scripted."""

    rest: str = "v1"
    text: str = "Hello from a fake model."
    calls: list[Json] = field(default_factory=list)
    delay: float = 0.0
    load_seconds: float = 0.0
    demands: bool = True
    """Whether it loads on demand."""
    overflows: str = "error"
    """What becomes of a text that is too long: "error", or "nothing" at all."""
    full: bool = False
    """The machine's memory is."""
    loaded: dict[str, list[Instance]] = field(default_factory=dict)
    loads: list[Json] = field(default_factory=list)

    async def answer(self, request: Request, reply: Reply) -> None:
        match request.method, request.path:
            case "GET", "/v1/models":
                await reply.json(
                    {"object": "list", "data": [{"id": key, "object": "model"} for key in MODELS]}
                )
            case "GET", "/api/v0/models":
                await reply.json({"object": "list", "data": [self.entry_v0(key) for key in MODELS]})
            case "GET", "/api/v1/models" if self.rest == "v1":
                await reply.json({"models": [self.entry_v1(key) for key in MODELS]})
            case "POST", "/api/v1/models/load" if self.rest == "v1":
                await self.load(request.json, reply)
            case "POST", "/api/v1/models/unload" if self.rest == "v1":
                await self.unload(request.json, reply)
            case "POST", "/v1/completions" | "/v1/chat/completions":
                await self.complete(request.path.endswith("/chat/completions"), request.json, reply)
            case "POST", "/v1/embeddings" if MODELS[request.json["model"]].kind == "embedding":
                texts = request.json["input"]
                data = [{"index": at, "embedding": vector(text)} for at, text in enumerate(texts)]
                name = request.json["model"]
                await reply.json({"model": name, "data": data, "usage": {"prompt_tokens": 0}})
            case "GET", "/fake/loads":
                await reply.json(self.loads)
            case method, path:
                await reply.json({"error": f"Unexpected endpoint or method. ({method} {path})"})

    def entry_v1(self, key: str) -> Json:
        model = MODELS[key]
        entry: Json = {
            "type": model.kind,
            "publisher": "lmstudio-community",
            "key": key,
            "display_name": key,
            "quantization": {"name": model.quantization, "bits_per_weight": 4},
            "size_bytes": model.size,
            "params_string": model.params,
            "loaded_instances": [
                {"id": each.id, "config": {"context_length": each.context}}
                for each in self.loaded.get(key, ())
            ],
            "max_context_length": model.context,
            "format": "gguf",
        }
        if model.kind == "llm":
            entry |= {"architecture": model.architecture, "description": None}
            entry["capabilities"] = {"vision": False, "trained_for_tool_use": model.tools}
        return entry

    def entry_v0(self, key: str) -> Json:
        model, instances = MODELS[key], self.loaded.get(key, [])
        entry: Json = {
            "id": key,
            "object": "model",
            "type": "embeddings" if model.kind == "embedding" else "llm",
            "publisher": "lmstudio-community",
            "arch": model.architecture,
            "compatibility_type": "gguf",
            "quantization": model.quantization,
            "state": "loaded" if instances else "not-loaded",
            "max_context_length": model.context,
        }
        if instances:
            entry["loaded_context_length"] = instances[0].context
        if model.tools:
            entry["capabilities"] = ["tool_use"]
        return entry

    async def refuse(self, message: str, reply: Reply, code: str | None = None, status: int = 400) -> None:
        body = {"message": message, "type": "invalid_request_error", "param": "model", "code": code}
        await reply.json({"error": body}, status)

    async def load(self, body: Json, reply: Reply) -> None:
        key = body["model"]
        if key not in MODELS:
            await self.refuse(f"Model '{key}' not found", reply, "model_not_found", 404)
            return
        if not await self.put(key, body.get("context_length", USUAL_CONTEXT), False, reply):
            return
        loaded = self.loaded[key][-1]
        answer = {"type": "llm", "instance_id": loaded.id, "load_time_seconds": 1.5, "status": "loaded"}
        await reply.json(answer)

    async def put(self, key: str, context: int, on_demand: bool, reply: Reply) -> bool:
        """Loads one more copy. On demand the last one that was loaded so makes room."""
        if self.full:
            words = "Model loading was stopped due to insufficient system resources."
            await self.refuse(f'Failed to load model "{key}". Error: {words}', reply)
            return False
        self.loads.append({"model": key, "context": context, "on_demand": on_demand})
        await asyncio.sleep(self.load_seconds)
        if on_demand:
            for other in self.loaded:
                kept = [each for each in self.loaded[other] if other == key or not each.on_demand]
                self.loaded[other] = kept
        copies = self.loaded.setdefault(key, [])
        copies.append(Instance(f"{key}:{len(copies) + 1}" if copies else key, context, on_demand))
        return True

    async def unload(self, body: Json, reply: Reply) -> None:
        for key, instances in self.loaded.items():
            self.loaded[key] = [each for each in instances if each.id != body["instance_id"]]
        await reply.json({"instance_id": body["instance_id"]})

    async def complete(self, chats: bool, body: Json, reply: Reply) -> None:
        key = body["model"]
        if key not in MODELS:
            words = f'Invalid model identifier "{key}". Please specify a valid downloaded model'
            await self.refuse(words, reply, "model_not_found")
            return
        if not self.loaded.get(key):
            if not self.demands:
                words = "No models loaded. Please load a model in the developer page or use the 'lms load'"
                await self.refuse(f"{words} command.", reply)
                return
            if not await self.put(key, USUAL_CONTEXT, True, reply):
                return
        form = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
        text = json.dumps(instance(form)) if form else self.text
        pieces, reason = limited(text, {"num_predict": body.get("max_tokens", -1), "stop": body.get("stop")})
        read = count(json.dumps(body["messages"]) if chats else body["prompt"])
        usage = {"prompt_tokens": read, "completion_tokens": len(pieces), "total_tokens": read + len(pieces)}
        if not body.get("stream"):
            choice = {"index": 0, "text": "".join(pieces), "finish_reason": reason}
            await reply.json({"object": "text_completion", "model": key, "choices": [choice], "usage": usage})
            return
        await reply.start("text/event-stream")
        if read > self.loaded[key][0].context:
            if self.overflows == "error":
                words = (
                    "Trying to keep the first 9999 tokens when context the overflows. However, the model is"
                )
                await reply.event({"error": {"message": words}}, "error")
                await reply.end()
                return
            pieces = []
        calls = self.calls if body.get("tools") else []
        for piece in [] if calls else pieces:
            await asyncio.sleep(self.delay)
            part = {"delta": {"role": "assistant", "content": piece}} if chats else {"text": piece}
            await reply.event(self.chunk(key, part))
        for at, call in enumerate(calls):
            function = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
            whole = {"index": at, "id": f"{at}", "type": "function", "function": function}
            await reply.event(self.chunk(key, {"delta": {"tool_calls": [whole]}}))
        end = {"finish_reason": "tool_calls" if calls else reason}
        await reply.event(self.chunk(key, ({"delta": {}} if chats else {"text": ""}) | end))
        await reply.event(self.chunk(key, {}) | {"choices": [], "usage": usage})
        await reply.event("[DONE]")
        await reply.end()

    def chunk(self, key: str, part: Json) -> Json:
        choice = {"index": 0, "logprobs": None, "finish_reason": None} | part
        return {"id": "chatcmpl-1", "created": 1, "model": key, "choices": [choice]}


if __name__ == "__main__":
    run(LmStudio(rest="v0" if "v0" in sys.argv else "v1"))
