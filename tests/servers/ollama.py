"""A fake Ollama 0.13: `python -m tests.servers.ollama`. Formats and refusals follow its server/routes.go."""

from __future__ import annotations

import asyncio
import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Fake, Reply, Request, run
from tests.servers.talking import vector

Json = dict[str, Any]

QWEN_TEMPLATE = (
    "{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>\n"
    "{{- else if .Messages }}{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n"
    "{{ end }}{{- else }}{{ .Prompt }}{{ end }}"
)
CHAT_TEMPLATE = "{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}{{ end }}"


@dataclass
class Model:
    digest: str
    capabilities: list[str]
    template: str
    family: str
    size: int
    parameter_size: str
    quantization_level: str
    facts: Json
    remote_host: str = ""
    remote_model: str = ""

    @property
    def details(self) -> Json:
        return {
            "parent_model": "",
            "format": "" if self.remote_host else "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameter_size,
            "quantization_level": self.quantization_level,
        }

    @property
    def remote(self) -> Json:
        if not self.remote_host:
            return {}
        return {"remote_host": self.remote_host, "remote_model": self.remote_model}


def models() -> dict[str, Model]:
    """One that fills gaps, one that only chats, one that embeds, and one that really runs in the cloud."""
    return {
        "qwen2.5-coder:7b": Model(
            "dae161e27b0e90dd1856c8bb3209201fd6736d8eb66298e75ed87571486f4364",
            ["completion", "tools", "insert"],
            QWEN_TEMPLATE,
            "qwen2",
            4_683_087_519,
            "7.6B",
            "Q4_K_M",
            {
                "general.architecture": "qwen2",
                "general.parameter_count": 7_615_616_512,
                "qwen2.context_length": 32768,
                "qwen2.block_count": 28,
                "qwen2.embedding_length": 3584,
                "qwen2.attention.head_count": 28,
                "qwen2.attention.head_count_kv": 4,
                "tokenizer.ggml.tokens": [],
            },
        ),
        "llama3.1:8b": Model(
            "46e0c10c039e019119339687c3c1757cc81b9da49709a3b3924863ba87ca666e",
            ["completion", "tools"],
            CHAT_TEMPLATE,
            "llama",
            4_920_753_328,
            "8.0B",
            "Q4_K_M",
            {
                "general.architecture": "llama",
                "llama.context_length": 131072,
                "llama.block_count": 32,
                "llama.embedding_length": 4096,
                "llama.attention.head_count": 32,
                "llama.attention.head_count_kv": 8,
                "llama.attention.key_length": 128,
                "llama.attention.value_length": 128,
            },
        ),
        "nomic-embed-text:latest": Model(
            "0a109f422b47e3a30ba2b10eca18548e944e8a23073ee3f3e947efcf3c45e59f",
            ["embedding"],
            "{{ .Prompt }}",
            "nomic-bert",
            274_302_450,
            "137M",
            "F16",
            {"general.architecture": "nomic-bert", "nomic-bert.context_length": 2048},
        ),
        "gpt-oss:120b-cloud": Model(
            "569662207105c5e0bd2e1b1f5c5b1d3c2c2ee29c3bb0d2e3c9a2f5a3c1d2e3f4",
            ["completion", "tools", "thinking"],
            "",
            "gptoss",
            382,
            "116.8B",
            "MXFP4",
            {"general.architecture": "gptoss", "gptoss.context_length": 131072},
            "https://ollama.com:443",
            "gpt-oss:120b",
        ),
    }


@dataclass
class Loaded:
    num_ctx: int
    expires_at: float


@dataclass
class Ollama(Fake):
    """Everything in lower case can be scripted."""

    text: str = "Hello from a fake model."
    """The answer, streamed word by word. With a `format` it is an object that the schema allows."""
    calls: list[Json] = field(default_factory=list)
    """Tools to be called, `{"name", "arguments"}`, where a chat offers any."""
    load_seconds: float = 0.0
    delay: float = 0.0
    """Seconds before each piece."""
    busy: bool = False
    """The queue is full."""
    breaks_after: int | None = None
    """Pieces behind which an error follows."""
    probabilities: bool = True
    """Whether this server is new enough to tell them."""
    lists: bool = True
    """Whoever asks for the list of models waits while this is false."""
    gone: list[str] = field(default_factory=list)
    """Models that were removed."""
    models: dict[str, Model] = field(default_factory=models)
    loaded: dict[str, Loaded] = field(default_factory=dict)
    loads: list[Json] = field(default_factory=list)
    """Every load that was begun: model, num_ctx, and whether it came to its end."""

    async def answer(self, request: Request, reply: Reply) -> None:
        match request.method, request.path:
            case "GET", "/api/version":
                await reply.json({"version": "0.13.5"})
            case "GET", "/api/tags":
                while not self.lists:
                    await asyncio.sleep(0.01)
                await reply.json({"models": [self.tag(name) for name in self.present()]})
            case "GET", "/api/ps":
                await reply.json({"models": [self.process(name) for name in self.loaded]})
            case "GET", "/fake/loads":
                await reply.json(self.loads)
            case "POST", "/api/show":
                await self.show(request.json, reply)
            case "POST", "/api/generate" | "/api/chat":
                await self.generate(request.path == "/api/chat", request.json, reply)
            case "POST", "/api/embed":
                await self.embed(request.json, reply)
            case _:
                await reply.text("404 page not found", 404, {"Content-Type": "text/plain"})

    async def embed(self, body: Json, reply: Reply) -> None:
        name, texts = body["model"], body["input"]
        if name not in self.present():
            await reply.json({"error": f"model '{name}' not found"}, 404)
        elif "embedding" not in self.models[name].capabilities:
            await reply.json({"error": "this model does not support embeddings"}, 501)
        elif not body["truncate"] and any(count(text) > 2048 for text in texts):
            await reply.json({"error": "the input length exceeds the context length"}, 400)
        else:
            vectors = [vector(text) for text in texts]
            read = sum(map(count, texts))
            await reply.json({"model": name, "embeddings": vectors, "prompt_eval_count": read})

    def present(self) -> list[str]:
        return [name for name in self.models if name not in self.gone]

    def tag(self, name: str) -> Json:
        model = self.models[name]
        return {
            "name": name,
            "model": name,
            **model.remote,
            "modified_at": "2026-10-04T14:20:00Z",
            "size": model.size,
            "digest": model.digest,
            "details": model.details,
        }

    def process(self, name: str) -> Json:
        model, loaded = self.models[name], self.loaded[name]
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(loaded.expires_at))
        return {
            "name": name,
            "model": name,
            "size": model.size + loaded.num_ctx * 57_344,
            "digest": model.digest,
            "details": model.details,
            "expires_at": expires,
            "size_vram": 0,
            "context_length": loaded.num_ctx,
        }

    async def show(self, body: Json, reply: Reply) -> None:
        name = body.get("model", "")
        if name not in self.present():
            await reply.json({"error": f"model '{name}' not found"}, 404)
            return
        model = self.models[name]
        await reply.json(
            {
                "license": "a licence",
                "modelfile": "# Modelfile",
                "template": model.template,
                "details": model.details,
                **model.remote,
                "model_info": model.facts,
                "capabilities": model.capabilities,
                "modified_at": "2026-10-04T14:20:00Z",
            }
        )

    async def generate(self, chats: bool, body: Json | None, reply: Reply) -> None:
        if body is None:
            await reply.json({"error": "missing request body"}, 400)
            return
        name = body.get("model", "")
        if name not in self.present():
            await reply.json({"error": f"model '{name}' not found"}, 404)
            return
        model = self.models[name]
        nothing = not body.get("messages") if chats else not body.get("prompt")
        if nothing and body.get("keep_alive") == 0:
            self.loaded.pop(name, None)
            await reply.json(self.ended(chats, name, "unload"))
            return
        if body.get("raw") and (body.get("template") or body.get("system") or body.get("context")):
            await reply.json({"error": "raw mode does not support template, system, or context"}, 400)
            return
        for wanted, need in (("suffix", "insert"), ("tools", "tools"), ("model", "completion")):
            if body.get(wanted) and need not in model.capabilities:
                words = f"registry.ollama.ai/library/{name} does not support {need}"
                if need == "completion":
                    words = f'"{name}" does not support {"chat" if chats else "generate"}'
                await reply.json({"error": words}, 400)
                return
        if body.get("think") and "thinking" not in model.capabilities:
            await reply.json({"error": f'"{name}" does not support thinking'}, 400)
            return
        if self.busy:
            words = "server busy, please try again.  maximum pending requests exceeded"
            await reply.json({"error": words}, 503)
            return
        load_ns = await self.load(name, body)
        if nothing:
            await reply.json(self.ended(chats, name, "load"))
            return
        prompt = json.dumps(body["messages"]) if chats else body["prompt"] + body.get("suffix", "")
        room = self.loaded[name].num_ctx if name in self.loaded else math.inf
        if count(prompt) > room and body.get("truncate") is False:
            await reply.json({"error": "the input length exceeds the context length"}, 400)
            return
        await self.stream(chats, name, body, min(count(prompt), room), load_ns, reply)

    async def load(self, name: str, body: Json) -> int:
        """Loads the model if another size is wanted than it has; dropping the request aborts it."""
        model = self.models[name]
        if model.remote_host:
            return 0
        loaded = self.loaded.get(name)
        trained = model.facts.get(f"{model.family}.context_length", math.inf)
        num_ctx = min(body.get("options", {}).get("num_ctx", 4096), trained)
        minutes = str(body.get("keep_alive", "5m")).removesuffix("m")
        expires_at = time.time() + float(minutes) * 60
        if loaded is not None and loaded.num_ctx == num_ctx:
            loaded.expires_at = expires_at
            return 1_000_000
        self.loaded.pop(name, None)
        load = {"model": name, "num_ctx": num_ctx, "whole": False}
        self.loads.append(load)
        await asyncio.sleep(self.load_seconds)
        load["whole"] = True
        self.loaded[name] = Loaded(num_ctx, expires_at)
        return int(self.load_seconds * 1e9)

    async def stream(self, chats: bool, name: str, body: Json, read: int, load_ns: int, reply: Reply) -> None:
        text = json.dumps(instance(body["format"])) if body.get("format") else self.text
        pieces, reason = limited(text, body.get("options", {}))
        calls = self.calls if body.get("tools") else []
        await reply.start("application/x-ndjson")
        if "thinking" in self.models[name].capabilities and body.get("think") is not False and chats:
            await reply.line(
                self.line(chats, name, "") | {"message": {"role": "assistant", "thinking": "Hm."}}
            )
        for at, piece in enumerate([] if calls else pieces):
            await asyncio.sleep(self.delay)
            if at == self.breaks_after:
                await reply.line({"error": "an error was encountered while running the model: CUDA error"})
                await reply.end()
                return
            line = self.line(chats, name, piece)
            if body.get("logprobs") and self.probabilities:
                line["logprobs"] = [likely(piece, body.get("top_logprobs", 0))]
            await reply.line(line)
        for call in calls:
            line = self.line(chats, name, "")
            line["message"]["tool_calls"] = [{"id": f"call_{call['name'][:8]}", "function": call}]
            await reply.line(line)
        written = {"prompt_eval_count": read, "eval_count": len(pieces)}
        durations = {
            "total_duration": load_ns + 30_000_000,
            "load_duration": load_ns,
            "prompt_eval_duration": 10_000_000,
            "eval_duration": 20_000_000,
        }
        await reply.line(self.ended(chats, name, reason) | written | durations)
        await reply.end()

    def line(self, chats: bool, name: str, piece: str) -> Json:
        part: Json = {"message": {"role": "assistant", "content": piece}} if chats else {"response": piece}
        return {"model": name, "created_at": "2026-10-04T14:20:00.1Z", **part, "done": False}

    def ended(self, chats: bool, name: str, reason: str) -> Json:
        return self.line(chats, name, "") | {"done": True, "done_reason": reason}


def count(text: str) -> int:
    """A count as good as any: four characters a token."""
    return max(len(text) // 4, 1)


def limited(text: str, options: Json) -> tuple[list[str], str]:
    """The text's pieces, a word and the blanks before it each, and why they end."""
    for stop in options.get("stop") or ():
        text = text.partition(stop)[0]
    pieces: list[str] = []
    for character in text:
        if pieces and not (character == " " and pieces[-1].strip()):
            pieces[-1] += character
        else:
            pieces.append(character)
    most = options.get("num_predict", -1)
    return (pieces[:most], "length") if 0 <= most < len(pieces) else (pieces, "stop")


def likely(piece: str, alternatives: int) -> Json:
    """The token with its log probability, and others that are less likely."""
    tops = [{"token": piece, "logprob": math.log(0.8)}, {"token": " else", "logprob": math.log(0.1)}]
    return tops[0] | ({"top_logprobs": tops[:alternatives]} if alternatives else {})


def instance(schema: Json) -> Any:
    """The smallest value that a schema of these few keywords allows."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: instance(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [instance(schema["items"])] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case _:
            return ""


if __name__ == "__main__":
    run(Ollama())
