"""LM Studio: its REST API for what it has and keeps loaded, chat completions for the rest.

Formats: LM Studio's REST API v1 (0.4 and later; v0 before), "Idle TTL and Auto-Evict", and its endpoints like
OpenAI's, 2026. What shapes this file:
- A path that it does not know is answered with 200 and `{"error": …}`.
- Loaded on demand, a model goes after `ttl` seconds without use, and makes room when another is demanded:
  only the last one stays. Loaded by `/models/load` it stays until somebody unloads it, so that is only done
  where the context is too small otherwise: on demand it is the user's default.
- Several demands at once load several copies: we have it loaded once.
- A text longer than the context is answered with an error in mid-stream or, by some versions, with nothing.
- With LM Link it may run a model on another device of the user's. No endpoint tells, so to us it is local.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from emberline.backends import complaint, openai
from emberline.backends.compatible import ChatCompletions
from emberline.backends.failure import Failure, Kind
from emberline.backends.loads import Loads
from emberline.backends.messages import Chat, Done, Event, Infill
from emberline.backends.sizes import billions
from emberline.backends.streams import Judgement, Refused, Wire
from emberline.models.fim import FimFormat, format_of_family
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import AsyncClient
from emberline.privacy.labels import Manifest


def judge(refused: Refused) -> Judgement:
    """What LM Studio's refusals mean; the rest is as everywhere in this family."""
    said = refused.complaint
    if said.names("model_not_found", "invalid model identifier"):
        return Judgement(Kind.NOT_FOUND, "`lms get` fetches models")
    if said.names("unexpected endpoint"):
        return Judgement(Kind.NOT_FOUND, "this version of LM Studio cannot do it")
    if said.names("no models loaded"):
        return Judgement(Kind.NOT_FOUND, "load one in LM Studio, or let it load models on demand")
    if said.names("system resources", "failed to load", "error loading model"):
        return Judgement(Kind.OVERLOADED, "unload another model or take a smaller one")
    if said.names("model unloaded", "model is unloaded"):
        return Judgement(Kind.LOADING, "it was unloaded in the middle")
    if said.names("context the overflows", "context size", "context length", "context overflow"):
        return Judgement(
            Kind.BAD_REQUEST, "the text is longer than the context that the model was loaded with"
        )
    return openai.judge(refused)


class LmStudio(ChatCompletions):
    """One LM Studio. `keep_alive_minutes` is how long a model stays loaded after its last use."""

    keeps_one_model = True

    def __init__(self, name: str, url: str, client: AsyncClient, keep_alive_minutes: int) -> None:
        super().__init__(name, "lmstudio", url, client)
        self._wire = Wire(client, name, judge)
        self._root = self._api.removesuffix("/v1")
        self._ttl = {"ttl": keep_alive_minutes * 60}
        self._loads = Loads()
        self._loaded: dict[str, int | None] = {}
        """As `contexts` tells."""

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        at_rest = self._loads.at_rest()
        found = await self._found(sent)
        if at_rest():
            self._loaded = contexts(found)
        return tuple(replace(each, capabilities=self._left(each)) for each in found)

    def chat_body(self, model: str, chat: Chat) -> dict[str, Any]:
        return super().chat_body(model, chat) | self._ttl

    async def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        await self._have(model, chat.context_tokens, sent)
        said = False
        async with aclosing(super().chat(model, chat, sent)) as events:
            async for event in events:
                if isinstance(event, Done) and event.ending == "stop" and not said:
                    words = "it answered nothing; the text may be longer than the model's context"
                    raise Failure(f"{self.name}: {words}", Kind.BROKEN)
                said = True
                yield event

    async def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """By a raw prompt in the model's format: there is no endpoint for it."""
        await self._have(model.name, gap.context_tokens, sent)
        prompt = gap.prefix if model.fim is None else model.fim.prompt(gap.prefix, gap.suffix)
        body = openai.completion_body(model.name, prompt, gap) | self._ttl
        path = f"{self._api}/completions"
        async with aclosing(self._continued(path, body, gap.stop, gap.max_tokens, sent)) as events:
            async for event in events:
                yield event

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """Cancelling the caller lets the load go on."""
        await self.models(sent)  # it may have had to make room since we looked
        await self._have(model, context_tokens, sent)

    async def unload(self, model: str, sent: Manifest) -> None:
        """Nothing in versions without REST API v1: they cannot be told."""
        listed = await self._listed(sent)
        with self._wire.parsing():
            instances = [
                str(instance["id"])
                for entry in listed.get("models", ())
                if name_of(entry) == model
                for instance in entry["loaded_instances"]
            ]
        for instance in instances:
            await self._told("unload", {"instance_id": instance}, sent)
        self._loaded.pop(model, None)

    async def close(self) -> None:
        await self._loads.close()
        await super().close()

    async def _found(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        listed = await self._listed(sent)
        with self._wire.parsing():
            return tuple(
                map(from_v1, listed["models"]) if "models" in listed else map(from_v0, listed["data"])
            )

    async def _listed(self, sent: Manifest) -> Mapping[str, Any]:
        """What /api/v1/models lists, or in older versions /api/v0/models."""
        for path in ("v1", "v0"):
            try:
                listed = await self._wire.get_json(f"{self._root}/api/{path}/models", sent)
            except Failure as failure:
                if failure.kind is not Kind.NOT_FOUND:
                    raise
                continue
            if isinstance(listed, Mapping) and ("models" in listed or "data" in listed):
                return listed
        raise Failure(f"{self.name}: this is not LM Studio, or older than 0.3.6", Kind.NOT_FOUND)

    def _left(self, model: ModelInfo) -> frozenset[Capability]:
        """What it can do, less what it turned out not to do."""
        return model.capabilities - self._remedies.lacks(model.name)

    async def _have(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """Has it loaded, once for all who wait, with room for so many tokens."""

        def is_loaded() -> bool:
            if model not in self._loaded:
                return False
            context = self._loaded[model]
            return context_tokens is None or context is None or context >= context_tokens

        await self._loads.once(model, is_loaded, lambda: self._loading(model, context_tokens, sent))

    async def _loading(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """On demand, so that it goes again when nobody uses it; by order where demands are switched off, or
        where its context is too small otherwise."""
        if model not in self._loaded:
            demand = {"model": model, "prompt": "\n", "max_tokens": 1} | self._ttl
            try:
                await self._wire.post_json(f"{self._api}/completions", demand, sent)
            except Failure as failure:
                if failure.kind is not Kind.NOT_FOUND:
                    raise
                await self._told("load", {"model": model}, sent)
            self._loaded = contexts(await self._found(sent))
            self._loaded.setdefault(model, None)
        context = self._loaded[model]
        if context_tokens is None or context is None or context >= context_tokens:
            return
        await self.unload(model, sent)
        await self._told("load", {"model": model, "context_length": context_tokens}, sent)
        self._loaded[model] = context_tokens

    async def _told(self, order: str, body: Mapping[str, Any], sent: Manifest) -> None:
        """Has a model loaded or unloaded."""
        answer = await self._wire.post_json(f"{self._root}/api/v1/models/{order}", body, sent)
        if isinstance(answer, Mapping) and "error" in answer:
            raise self._wire.failure(Refused(200, complaint.read(answer)), body)


def name_of(entry: Mapping[str, Any]) -> str:
    """What a request calls a model of the v1 list: its key, or the name that somebody loaded it under."""
    instances = [str(instance["id"]) for instance in entry.get("loaded_instances") or ()]
    key = str(entry["key"])
    return key if not instances or key in instances else instances[0]


def from_v1(entry: Mapping[str, Any]) -> ModelInfo:
    """A model of /api/v1/models."""
    instances = entry.get("loaded_instances") or ()
    told: Mapping[str, Any] = entry.get("capabilities") or {}
    quantization: Mapping[str, Any] = entry.get("quantization") or {}
    family, key = str(entry.get("architecture") or ""), str(entry["key"])
    fim = format_of_family(family, key)
    return ModelInfo(
        name_of(entry),
        _abilities(str(entry["type"]), bool(told.get("trained_for_tool_use")), fim),
        context_tokens=entry.get("max_context_length"),
        loaded_context=min((instance["config"]["context_length"] for instance in instances), default=None),
        warmth=Warmth.WARM if instances else Warmth.COLD,
        quantization=str(quantization.get("name") or ""),
        parameters=billions(str(entry.get("params_string") or "")),
        family=family,
        size_bytes=entry.get("size_bytes"),
        fim=fim,
    )


def from_v0(entry: Mapping[str, Any]) -> ModelInfo:
    """A model of /api/v0/models, which tells less."""
    family, name = str(entry.get("arch") or ""), str(entry["id"])
    fim = format_of_family(family, name)
    is_loaded = entry.get("state") == "loaded"
    return ModelInfo(
        name,
        _abilities(str(entry["type"]), "tool_use" in (entry.get("capabilities") or ()), fim),
        context_tokens=entry.get("max_context_length"),
        loaded_context=entry.get("loaded_context_length") if is_loaded else None,
        warmth=Warmth.WARM if is_loaded else Warmth.COLD,
        quantization=str(entry.get("quantization") or ""),
        family=family,
        fim=fim,
    )


def contexts(listed: tuple[ModelInfo, ...]) -> dict[str, int | None]:
    """The context of each model that is loaded, in tokens; None where it is not told."""
    return {each.name: each.loaded_context for each in listed if each.warmth is Warmth.WARM}


def _abilities(kind: str, uses_tools: bool, fim: FimFormat | None) -> frozenset[Capability]:
    if kind.startswith("embedding"):
        return frozenset((Capability.EMBED,))
    tools = {Capability.TOOLS} if uses_tools else set()
    fills = {Capability.INFILL} if fim is not None else set()
    return frozenset({Capability.CHAT, Capability.SCHEMA} | tools | fills)
