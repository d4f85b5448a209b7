"""Ollama's own API. Its OpenAI-compatible one cannot set the context's size, which decides what is read.

Format: docs/api.md, and server/routes.go where that is silent (0.13, 2026). What shapes this file:
- An answer is always streamed: one that is not cannot be cancelled while the prompt is read.
- Who cancels the request that loads a model aborts the load, so loads have tasks of their own.
- A request with another `num_ctx` than the loaded one reloads the model, so sizes come in coarse steps and
  the loaded one is used where it suffices.
- A prompt that does not fit is cut silently, at its head, unless `truncate` is false.
- A model may run in the cloud although this server offers it; only text that may go there is sent to it.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import orjson

from emberline.backends.base import Alternative, Generation, Token
from emberline.backends.complaint import Complaint
from emberline.backends.failure import Failure, Kind
from emberline.backends.loads import Loads
from emberline.backends.messages import (
    Called,
    Chat,
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
from emberline.backends.openai import tool_body
from emberline.backends.sizes import billions
from emberline.backends.streams import Judgement, Refusal, Refused, Wire, by_status, text_in
from emberline.backends.through_infill import NOTHING_SENT, UNKNOWN_PROBABILITY, ThroughInfill
from emberline.models.fim import format_of_family, format_of_template, split
from emberline.models.info import Capability, KvShape, ModelInfo, Warmth
from emberline.privacy.egress import AsyncClient
from emberline.privacy.labels import Manifest, Place, strictest

PROBE_SECONDS = 5.0
SMALLEST_CONTEXT = 4096
"""Tokens. Contexts are powers of two from here on."""
SHOWN_AT_ONCE = 4
ALTERNATIVES = 10

_ABILITIES = {
    "completion": (Capability.CHAT, Capability.SCHEMA),
    "insert": (Capability.INFILL,),
    "tools": (Capability.TOOLS,),
    "embedding": (Capability.EMBED,),
}
_MISSING = re.compile(r"""model ["']([^"']+)["'] not found""")


def judge(refused: Refused) -> Judgement:
    """What Ollama's refusals mean."""
    if missing := _MISSING.search(refused.complaint.message):
        return Judgement(Kind.NOT_FOUND, f"`ollama pull {missing[1]}` fetches it")
    if refused.status in (401, 403):
        return Judgement(Kind.DENIED, "`ollama signin` is needed for models in its cloud")
    if refused.status == 499:
        return Judgement(Kind.LOADING, "its load was cancelled by whoever asked for it first")
    if refused.complaint.names("context length", "context size", "too long"):
        return Judgement(Kind.BAD_REQUEST, "the text is longer than the model's context")
    return by_status(refused)


class Ollama:
    """One Ollama server. `keep_alive_minutes` is how long a model stays loaded after its last use."""

    protocol = "ollama"
    keeps_one_model = False

    def __init__(self, name: str, url: str, client: AsyncClient, keep_alive_minutes: int) -> None:
        self.name = name
        self.url = url
        self._client = client
        self._keep_alive = f"{keep_alive_minutes}m"
        self._wire = Wire(client, name, judge)
        self._shown: dict[str, ModelInfo] = {}
        """By name and digest: what is said of a model changes only with it."""
        self._known: dict[str, ModelInfo] = {}
        self._inserts: set[str] = set()
        """Models whose template takes a suffix."""
        self._contexts: dict[str, int] = {}
        """What each loaded model was loaded with, in tokens; 0 where nobody knows."""
        self._loads = Loads()

    async def probe(self, sent: Manifest) -> Condition:
        answer = await self._wire.get_json("/api/version", sent, PROBE_SECONDS)
        with self._wire.parsing():
            return Condition("up", str(answer["version"]))

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        at_rest = self._loads.at_rest()
        tags, running = await asyncio.gather(
            self._wire.get_json("/api/tags", sent), self._wire.get_json("/api/ps", sent)
        )
        with self._wire.parsing():
            listed = [(str(tag["name"]), str(tag["digest"]), dict(tag)) for tag in tags["models"] or ()]
            loaded = {str(each["name"]): dict(each) for each in running["models"] or ()}
        narrow = asyncio.Semaphore(SHOWN_AT_ONCE)

        async def shown(name: str, digest: str, tag: dict[str, Any]) -> ModelInfo | None:
            key = f"{name}@{digest}"
            if key not in self._shown:
                async with narrow:
                    try:
                        self._shown[key] = await self._show(name, tag, sent)
                    except Refusal:
                        return None  # deleted just now, or its cloud is switched off: of no use
            return self._shown[key]

        infos = await asyncio.gather(*(shown(*each) for each in listed))
        with self._wire.parsing():
            known = tuple(warmed(info, loaded.get(info.name)) for info in infos if info is not None)
        self._known = {info.name: info for info in known}
        if at_rest():
            warm = (info for info in known if info.warmth is Warmth.WARM)
            self._contexts = {info.name: info.loaded_context or 0 for info in warm}
        return known

    async def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        body: dict[str, Any] = {
            "model": full_name(model),
            "messages": messages_body(chat.messages),
            "think": False,  # thoughts would be paid from the answer's own tokens
        }
        if chat.choice.mode in ("required", "named"):
            words = f"{self.name} cannot be told that a tool must be called, only which there are"
            raise Failure(words, Kind.BAD_REQUEST)
        if chat.tools and chat.choice.mode != "none":
            body["tools"] = [tool_body(tool) for tool in chat.tools]
        if chat.schema is not None:
            body["format"] = dict(chat.schema)
        options = options_body(chat)
        calls = 0
        async with aclosing(self._lines("/api/chat", body, options, chat.context_tokens, sent)) as lines:
            async for line in lines:
                with self._wire.parsing():
                    message = line.get("message") or {}
                    text = text_in(message.get("content"))
                    called = [
                        call_of(call, calls + at) for at, call in enumerate(message.get("tool_calls") or ())
                    ]
                calls += len(called)
                if text:
                    yield Written(text)
                for call in called:
                    yield Called(call)
                if line.get("done"):
                    with self._wire.parsing():
                        done = done_of(line, bool(calls))
                    yield done

    async def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        async with aclosing(self._generate(model, gap, {}, sent)) as lines:
            async for line in lines:
                with self._wire.parsing():
                    text = text_in(line.get("response"))
                if text:
                    yield Written(text)
                if line.get("done"):
                    with self._wire.parsing():
                        done = done_of(line, False)
                    yield done

    async def tokens(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Token, None]:
        """Fills a gap as `infill` does, and tells each token's probability (Ollama 0.12.11 and later)."""
        wanted = {"logprobs": True, "top_logprobs": ALTERNATIVES}
        async with aclosing(self._generate(model, gap, wanted, sent)) as lines:
            async for line in lines:
                with self._wire.parsing():
                    token = token_of(line)
                if token is not None:
                    yield token

    async def embed(self, model: str, texts: tuple[str, ...], sent: Manifest) -> Vectors:
        model = full_name(model)
        self._permit(model, (await self._looked_at(model, sent)).remote, sent)
        body = {"model": model, "input": list(texts), "truncate": False, "keep_alive": self._keep_alive}
        answer = await self._wire.post_json("/api/embed", body, sent)
        with self._wire.parsing():
            values = tuple(tuple(map(float, vector)) for vector in answer["embeddings"])
            if len(values) != len(texts):
                raise ValueError("another number of vectors than texts")
            return Vectors(values, int(answer.get("prompt_eval_count") or 0), str(answer.get("model") or ""))

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """Cancelling the caller lets the load go on."""
        model = full_name(model)
        if not (await self._looked_at(model, sent)).remote:
            context = self._context(model, context_tokens)
            self._contexts.pop(model, None)  # it may have had to make room since we looked
            await self._load(model, context, sent)

    async def unload(self, model: str, sent: Manifest) -> None:
        model = full_name(model)
        await self._wire.post_json("/api/generate", {"model": model, "keep_alive": 0}, sent)
        self._contexts.pop(model, None)

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        """None: Ollama offers no tokenizer."""
        return None

    async def close(self) -> None:
        await self._loads.close()
        await self._client.aclose()

    async def _show(self, name: str, tag: Mapping[str, Any], sent: Manifest) -> ModelInfo:
        answer = await self._wire.post_json("/api/show", {"model": name}, sent)
        with self._wire.parsing():
            self._inserts.discard(name)
            if "insert" in (answer.get("capabilities") or ()):
                self._inserts.add(name)
            return described(name, tag, answer)

    async def _looked_at(self, name: str, sent: Manifest) -> ModelInfo:
        """What is known of a model; one that nobody listed yet is looked at."""
        if name not in self._known:
            self._known[name] = await self._show(name, {}, sent)
        return self._known[name]

    async def _generate(
        self, model: ModelInfo, gap: Infill, extra: Mapping[str, Any], sent: Manifest
    ) -> AsyncGenerator[dict[str, Any], None]:
        name = full_name(model.name)
        await self._looked_at(name, sent)
        # Without a prompt this endpoint loads the model and writes nothing; a file's first line may be empty.
        prefix = gap.prefix or "\n"
        body: dict[str, Any] = {"model": name, **extra}
        if name in self._inserts and gap.suffix:
            body |= {"prompt": prefix, "suffix": gap.suffix}
        elif model.fim is not None:
            body |= {"prompt": model.fim.prompt(gap.prefix, gap.suffix), "raw": True}
        else:
            body |= {"prompt": prefix, "raw": True}
        options = options_body(gap)
        async with aclosing(self._lines("/api/generate", body, options, gap.context_tokens, sent)) as lines:
            async for line in lines:
                yield line

    async def _lines(
        self,
        path: str,
        body: Mapping[str, Any],
        options: Mapping[str, Any],
        context_tokens: int | None,
        sent: Manifest,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The answer's lines up to the one that is `done`."""
        model = str(body["model"])
        remote = (await self._looked_at(model, sent)).remote
        self._permit(model, remote, sent)
        context = 0 if remote else self._context(model, context_tokens)
        began = time.monotonic()
        if not remote:
            await self._load(model, context, sent)
        waited = time.monotonic() - began
        full = {
            **body,
            "stream": True,
            "keep_alive": self._keep_alive,
            "truncate": False,
            "shift": False,
            "options": {**options, "num_ctx": context} if context else dict(options),
        }
        last: dict[str, Any] | None = None
        async with aclosing(self._wire.ndjson(path, full, sent, int(options["num_predict"]))) as lines:
            async for line in lines:
                if "error" in line:
                    refused = Refused(int(line.get("status") or 200), Complaint(str(line["error"])))
                    raise self._wire.failure(refused, full)
                if line.get("done"):  # and read on to the end, or the connection could not be used again
                    last = line
                else:
                    yield line
        if last is None:
            raise self._wire.cut_off()
        with self._wire.parsing():
            last["load_duration"] = (last.get("load_duration") or 0) + waited * 1e9
        yield last

    def _permit(self, model: str, remote: bool, sent: Manifest) -> None:
        """Raises `Failure` where the model runs in the cloud and the text may not go there."""
        label = strictest(sent.labels)
        if remote and not label.level.allows(Place.CLOUD):
            where = f"{self.name} runs {model} in the cloud"
            raise Failure(f"{where}, and {label.source} may not go there ({label.why})", Kind.FORBIDDEN)

    def _context(self, model: str, tokens: int | None) -> int:
        """The size to ask for: the loaded one where it suffices. 0: the server's own choice."""
        loaded = self._contexts.get(model, 0)
        if not tokens or tokens <= loaded:
            return loaded
        size = max(SMALLEST_CONTEXT, 1 << (tokens - 1).bit_length())
        known = self._known.get(model)
        most = known.context_tokens if known is not None else None
        return min(size, most) if most else size

    async def _load(self, model: str, context: int, sent: Manifest) -> None:
        await self._loads.once(
            model,
            lambda: self._contexts.get(model) == context,
            lambda: self._loading(model, context, sent),
        )

    async def _loading(self, model: str, context: int, sent: Manifest) -> None:
        body: dict[str, Any] = {"model": model, "keep_alive": self._keep_alive}
        if context:
            body["options"] = {"num_ctx": context}
        await self._wire.post_json("/api/generate", body, sent)
        self._contexts[model] = context


class OllamaFim(ThroughInfill):
    """The typing lane on an Ollama model, with the probabilities that newer servers tell."""

    def __init__(self, ollama: Ollama, model: ModelInfo) -> None:
        super().__init__(ollama, model)
        self._ollama = ollama

    async def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        prefix, suffix = split(request.prompt)
        gap = Infill(prefix, suffix, request.max_tokens, request.temperature, request.stop)
        async with aclosing(self._ollama.tokens(self._model, gap, request.sent or NOTHING_SENT)) as tokens:
            async for token in tokens:
                yield token


def options_body(asked: Chat | Infill) -> dict[str, Any]:
    """How the answer is drawn and where it ends."""
    options = {
        "num_predict": asked.max_tokens,
        "temperature": asked.temperature,
        "stop": list(asked.stop),
    }
    return options | asked.sampling.given()


def full_name(model: str) -> str:
    """The name as Ollama lists it: it reads one without a tag as the latest."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def described(name: str, tag: Mapping[str, Any], shown: Mapping[str, Any]) -> ModelInfo:
    """A model by its entry in /api/tags and its /api/show."""
    details: Mapping[str, Any] = shown.get("details") or tag.get("details") or {}
    facts: Mapping[str, Any] = shown.get("model_info") or {}
    family = str(facts.get("general.architecture") or details.get("family") or "")
    host = str(shown.get("remote_host") or tag.get("remote_host") or "")
    if not host and name.endswith(
        ("-cloud", ":cloud")
    ):  # named so, it is passed on even where it is not listed
        host = "ollama.com"
    words = shown.get("capabilities") or ("completion",)
    abilities = {ability for word in words for ability in _ABILITIES.get(word, ())}
    fim = format_of_template(str(shown.get("template") or ""))
    fim = fim or format_of_family(family, str(facts.get("general.basename") or ""))
    if fim is not None:
        abilities.add(Capability.INFILL)
    if host:
        abilities.discard(Capability.SCHEMA)  # Ollama's cloud does not hold answers to one
    count = facts.get("general.parameter_count")
    return ModelInfo(
        name=name,
        capabilities=frozenset(abilities),
        context_tokens=facts.get(f"{family}.context_length"),
        warmth=Warmth.HOSTED if host else Warmth.COLD,
        quantization="" if host else str(details.get("quantization_level") or ""),
        parameters=count / 1e9 if count else billions(str(details.get("parameter_size") or "")),
        family=family,
        size_bytes=None if host else tag.get("size"),
        kv=kv_shape(family, facts),
        remote_host=host,
        fim=fim,
    )


def warmed(info: ModelInfo, running: Mapping[str, Any] | None) -> ModelInfo:
    """The model with what /api/ps says of it, where it is loaded."""
    if running is None or info.remote:
        return info
    return replace(
        info,
        warmth=Warmth.WARM,
        loaded_context=running.get("context_length") or None,
        memory_bytes=running.get("size"),
        graphics_bytes=running.get("size_vram"),
    )


def kv_shape(family: str, facts: Mapping[str, Any]) -> KvShape | None:
    """From GGUF metadata; None where it is incomplete. Heads that differ by layer count by their mean."""
    layers = facts.get(f"{family}.block_count")
    heads = facts.get(f"{family}.attention.head_count")
    kv_heads = facts.get(f"{family}.attention.head_count_kv") or heads
    if isinstance(kv_heads, list):
        kv_heads = math.ceil(sum(kv_heads) / len(kv_heads)) if kv_heads else None
    width = facts.get(f"{family}.embedding_length")
    usual = width // heads if isinstance(width, int) and isinstance(heads, int) and heads else None
    key = facts.get(f"{family}.attention.key_length") or usual
    value = facts.get(f"{family}.attention.value_length") or usual
    if not (layers and kv_heads and key and value):
        return None
    return KvShape(int(layers), int(kv_heads), int(key), int(value))


def messages_body(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """The turns in Ollama's form: arguments are objects, and a tool's answer names its tool."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    turns: list[dict[str, Any]] = []
    for message in messages:
        turn: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            turn["tool_calls"] = [
                {"id": call.id, "function": {"name": call.name, "arguments": _object(call.arguments)}}
                for call in message.tool_calls
            ]
        if message.role == "tool":
            turn["tool_call_id"] = message.tool_call_id
            turn["tool_name"] = names.get(message.tool_call_id, "")
        turns.append(turn)
    return turns


def call_of(call: Mapping[str, Any], number: int) -> ToolCall:
    """A call of the answer; older servers give it no id."""
    function = call["function"]
    arguments = orjson.dumps(function.get("arguments") or {}).decode()
    return ToolCall(str(call.get("id") or f"call_{number}"), str(function["name"]), arguments)


def done_of(line: Mapping[str, Any], called: bool) -> Done:
    """The last event, from the answer's last line. Durations come in nanoseconds; what was found in the cache
    counts as read, Ollama does not tell it apart."""
    ending: Ending = "length" if line.get("done_reason") == "length" else "tools" if called else "stop"
    usage = Usage(
        read=int(line.get("prompt_eval_count") or 0),
        cached=0,
        written=int(line.get("eval_count") or 0),
        busy_ms=(int(line.get("prompt_eval_duration") or 0) + int(line.get("eval_duration") or 0)) / 1e6,
        load_ms=float(line.get("load_duration") or 0) / 1e6,
    )
    return Done(ending, usage, str(line.get("model") or ""))


def token_of(line: Mapping[str, Any]) -> Token | None:
    """The token of one line; one piece of text may span several where a character does."""
    text = str(line.get("response") or "")
    if not text:
        return None
    details = line.get("logprobs") or ()
    if not details:
        return Token(text, UNKNOWN_PROBABILITY)
    probability = math.exp(sum(float(detail["logprob"]) for detail in details))
    alternatives = tuple(
        Alternative(str(top["token"]), math.exp(float(top["logprob"])))
        for top in details[0].get("top_logprobs") or ()
    )
    return Token(text, probability, alternatives)


def _object(arguments: str) -> dict[str, Any]:
    """A call's arguments as the object that Ollama wants; what is none goes under a name of its own."""
    try:
        value = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        value = arguments
    return value if isinstance(value, dict) else {"arguments": value}
