"""Clients for what speaks chat completions: vLLM, LiteLLM and other gateways, and OpenAI itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from emberline.backends import complaint, openai, schemas
from emberline.backends.asking import asked, ended
from emberline.backends.failure import PASSING, Failure, Kind
from emberline.backends.messages import Chat, Condition, Event, Infill, Vectors, Written
from emberline.backends.remedies import Body, Remedies, Remedy, dropping
from emberline.backends.stops import Stopper
from emberline.backends.streams import Event as Sent
from emberline.backends.streams import Refusal, Refused, Wire
from emberline.models import fim, prices
from emberline.models.fim import FimFormat
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import AsyncClient
from emberline.privacy.labels import Manifest

CHATS = frozenset((Capability.CHAT, Capability.SCHEMA, Capability.TOOLS))
"""What every server of this family claims to do, until it refuses (`Remedies.lacks`)."""
EMBEDS = frozenset((Capability.EMBED,))
NOT_IMPLEMENTED = 501


def _is_not_implemented(failure: Failure) -> bool:
    return isinstance(failure, Refusal) and failure.refused.status == NOT_IMPLEMENTED


def _renamed(body: Body) -> dict[str, Any]:
    return {"max_completion_tokens" if key == "max_tokens" else key: value for key, value in body.items()}


def _loosened(body: Body) -> dict[str, Any]:
    form = body["response_format"]["json_schema"] | {"strict": False}
    return dict(body) | {"response_format": {"type": "json_schema", "json_schema": form}}


def _is_strict(body: Body) -> bool:
    return bool(body["response_format"].get("json_schema", {}).get("strict"))


def _has_schema(body: Body) -> bool:
    return "json_schema" in body["response_format"]


def told_in_words(body: Body) -> dict[str, Any]:
    """The body with its schema as a first instruction in place of `response_format`."""
    schema = body["response_format"]["json_schema"]["schema"]
    told = {"role": "system", "content": schemas.in_words(schema)}
    return dropping("response_format")(body) | {"messages": [told, *body["messages"]]}


REMEDIES = (
    Remedy("max_tokens", ("max_completion_tokens",), _renamed),
    Remedy("temperature", ("temperature",), dropping("temperature")),
    Remedy("stop", (r"['\"`]stop['\"`]", "parameter: stop"), dropping("stop")),  # `Stopper` does it then
    Remedy("stream_options", ("stream_options",), dropping("stream_options")),
    Remedy("response_format", ("schema", "strict"), _loosened, ails=_is_strict),
    Remedy(
        "response_format",
        ("response_format", "json_schema", "guided_json", "structured_outputs?", "schema"),
        told_in_words,
        ails=_has_schema,
        costs=Capability.SCHEMA,
    ),
)


class ChatCompletions:
    """What all of them have in common. A subclass says what its models can do and how it fills gaps."""

    keeps_one_model = False

    def __init__(self, name: str, protocol: str, url: str, client: AsyncClient) -> None:
        self.name = name
        self.protocol = protocol
        self.url = url
        self._api = openai.api_of(url)
        self._client = client
        self._wire = Wire(client, name, openai.judge)
        self._remedies = Remedies(REMEDIES)

    async def close(self) -> None:
        await self._client.aclose()

    async def probe(self, sent: Manifest) -> Condition:
        try:
            await self._wire.get_json(f"{self._api}/models", sent)
        except Failure as failure:
            if failure.kind is Kind.LOADING:
                return Condition("loading")
            raise
        return Condition("up")

    def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        path = f"{self._api}/chat/completions"
        return self._continued(path, self.chat_body(model, chat), chat.stop, chat.max_tokens, sent)

    def chat_body(self, model: str, chat: Chat) -> dict[str, Any]:
        """The conversation as this server wants it."""
        return openai.chat_body(model, chat)

    async def embed(self, model: str, texts: tuple[str, ...], sent: Manifest) -> Vectors:
        body = openai.embedding_body(model, texts)
        answer = await self._wire.post_json(f"{self._api}/embeddings", body, sent)
        with self._wire.parsing():
            vectors = openai.vectors_of(answer)
            if len(vectors.values) != len(texts):
                raise ValueError("another number of vectors than texts")
        return vectors

    async def embeds(self, model: str, sent: Manifest) -> bool | None:
        """Whether the server makes embeddings with this model, found out by asking for those of one letter;
        None where it does not say now."""
        try:
            return bool((await self.embed(model, ("a",), sent)).values[0])
        except Failure as failure:
            passing = failure.kind in PASSING - {Kind.BROKEN} and not _is_not_implemented(failure)
            return None if passing else False

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """Nothing: whoever runs the server keeps its models loaded."""

    async def unload(self, model: str, sent: Manifest) -> None:
        """Nothing: the server cannot be told."""

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        return None

    async def cards(self, sent: Manifest) -> list[Mapping[str, Any]]:
        """The entries of `/models`."""
        listed = await self._wire.get_json(f"{self._api}/models", sent)
        with self._wire.parsing():
            return [dict(card) | {"id": str(card["id"])} for card in listed["data"]]

    async def _continued(
        self, path: str, body: Body, stops: tuple[str, ...], max_tokens: int, sent: Manifest
    ) -> AsyncGenerator[Event, None]:
        """The events of one streamed answer."""
        begun = time.perf_counter()
        answer, stopper = openai.Answer(self.name), Stopper(stops)
        async with aclosing(asked(self._wire, path, body, self._remedies, max_tokens, sent)) as events:
            async for event in events:
                if event.text == "[DONE]":
                    answer.finished = True
                    await ended(events)
                    break
                text = stopper.take(self._taken(answer, event, body))
                if text:
                    yield Written(text)
                if stopper.stopped:
                    answer.finished = True
                    break
        if not answer.finished:
            raise self._wire.cut_off()
        if rest := stopper.rest():
            yield Written(rest)
        for last in answer.close((time.perf_counter() - begun) * 1000):
            yield last

    def _taken(self, answer: openai.Answer, event: Sent, body: Body) -> str:
        if event.data is None:
            raise Failure(f"{self.name}: a piece of the answer is no JSON object", Kind.BROKEN)
        if event.name == "error" or event.data.get("error") or event.data.get("object") == "error":
            raise self._wire.failure(Refused(200, complaint.read(event.data)), body)
        with self._wire.parsing():
            return answer.take(event.data)


class OpenAICompatible(ChatCompletions):
    """Any endpoint with OpenAI's API: a team's vLLM, LiteLLM or another gateway."""

    def __init__(self, name: str, protocol: str, url: str, client: AsyncClient) -> None:
        super().__init__(name, protocol, url, client)
        self._root = self._api.removesuffix("/v1")
        self._answers = {"/tokenize": True, "/model/info": True}
        """Whether the server knows these paths, which are not OpenAI's, so far as was seen."""
        self._formats: dict[str, FimFormat | None] = {}
        """By model; asked once."""
        self._embedding: dict[str, bool | None] = {}
        """Whether a model of vLLM's makes embeddings, and so writes nothing; asked until it says."""

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        """As `/v1/models` tells them: vLLM with `max_model_len`, other gateways with a context length under
        a name of their own; where it tells nothing, as LiteLLM's `/model/info` does. How a model fills gaps
        its vocabulary says, at vLLM's `/tokenize`, or else its name."""
        found = [_from_card(card) for card in await self.cards(sent)]
        if all(info.context_tokens is None for info in found):
            told = await self._litellm(sent)
            found = [told.get(info.name, info) for info in found]
        return tuple([await self._completed(info, sent) for info in found])

    def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """By a raw prompt in the model's format; `suffix` is no way, vLLM and llama.cpp refuse it."""
        prompt = gap.prefix if model.fim is None else model.fim.prompt(gap.prefix, gap.suffix)
        body = openai.completion_body(model.name, prompt, gap)
        return self._continued(f"{self._api}/completions", body, gap.stop, gap.max_tokens, sent)

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        """By vLLM's `/tokenize`."""
        body = {"model": model, "prompt": text, "add_special_tokens": False}
        answer = await self._own("/tokenize", body, sent)
        count = answer.get("count") if isinstance(answer, Mapping) else None
        return count if isinstance(count, int) else None

    async def _completed(self, info: ModelInfo, sent: Manifest) -> ModelInfo:
        """With what was learnt, and the format in which the model fills gaps."""
        if info.warmth is Warmth.WARM and self._embedding.get(info.name) is None:
            self._embedding[info.name] = await self.embeds(info.name, sent)
        if self._embedding.get(info.name):
            return replace(info, capabilities=EMBEDS)
        if info.name not in self._formats:
            tokens = await self._vocabulary(info.name, sent) if info.warmth is Warmth.WARM else frozenset()
            known = fim.format_of_vocabulary(tokens, info.name) or fim.format_of_family(info.name)
            self._formats[info.name] = known
        known = self._formats[info.name]
        fills = frozenset((Capability.INFILL,)) if known is not None else frozenset()
        capabilities = info.capabilities - self._remedies.lacks(info.name) | fills
        return replace(info, capabilities=capabilities, fim=known)

    async def _vocabulary(self, model: str, sent: Manifest) -> frozenset[str]:
        """The special tokens of fill-in-the-middle formats that the model has: vLLM's tokenizer leaves them
        whole, and cuts up those it does not know."""
        body = {"model": model, "prompt": "\n".join(sorted(fim.sentinels())), "add_special_tokens": False}
        answer = await self._own("/tokenize", body | {"return_token_strs": True}, sent)
        tokens = answer.get("token_strs") if isinstance(answer, Mapping) else None
        return frozenset(map(str, tokens or ()))

    async def _litellm(self, sent: Manifest) -> dict[str, ModelInfo]:
        answer = await self._own("/model/info", None, sent)
        data = answer.get("data") if isinstance(answer, Mapping) else None
        entries = [entry for entry in data or () if isinstance(entry, Mapping)]
        return {str(entry.get("model_name")): _from_litellm(entry) for entry in entries}

    async def _own(self, path: str, body: Body | None, sent: Manifest) -> Any:
        """What a path answers that only some servers have; None where this one does not, and then it is not
        asked again."""
        if not self._answers[path]:
            return None
        try:
            if body is None:
                return await self._wire.get_json(self._root + path, sent)
            return await self._wire.post_json(self._root + path, body, sent)
        except Failure as failure:
            if failure.kind not in (Kind.NOT_FOUND, Kind.BAD_REQUEST, Kind.DENIED, Kind.BROKEN):
                raise
            # A bad request may be this one's fault alone; 405 is how some say that there is no such path.
            status = failure.refused.status if isinstance(failure, Refusal) else 0
            self._answers[path] = failure.kind is Kind.BAD_REQUEST and status != 405
            return None


_CONTEXT = ("max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens")
"""How vLLM, OpenRouter and Together, Groq, Mistral and others name it."""


def _from_card(card: Mapping[str, Any]) -> ModelInfo:
    context = next((card[key] for key in _CONTEXT if isinstance(card.get(key), int)), None)
    takes = card.get("supported_parameters")  # OpenRouter's
    chats = CHATS
    if isinstance(takes, list):
        chats -= set() if "tools" in takes else {Capability.TOOLS}
        chats -= set() if "structured_outputs" in takes else {Capability.SCHEMA}
    loaded = card.get("owned_by") == "vllm"
    return ModelInfo(
        card["id"],
        chats,
        context_tokens=context,
        loaded_context=context if loaded else None,
        warmth=Warmth.WARM if loaded else Warmth.HOSTED,
    )


def _from_litellm(entry: Mapping[str, Any]) -> ModelInfo:
    info = entry.get("model_info")
    info = info if isinstance(info, Mapping) else {}
    capabilities = {Capability.EMBED} if info.get("mode") == "embedding" else set(CHATS)
    if info.get("supports_function_calling") is False:
        capabilities.discard(Capability.TOOLS)
    if info.get("supports_response_schema") is False:
        capabilities.discard(Capability.SCHEMA)
    context = info.get("max_input_tokens") or info.get("max_tokens")
    return ModelInfo(
        str(entry.get("model_name")),
        frozenset(capabilities),
        context_tokens=context if isinstance(context, int) else None,
        warmth=Warmth.HOSTED,
    )


class OpenAI(ChatCompletions):
    """OpenAI's own API."""

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        """Its list has nothing but names; what each holds is `genai-prices`' knowledge."""
        names = [card["id"] for card in await self.cards(sent)]
        windows = await hosted_windows("openai", names)
        return tuple(
            ModelInfo(name, self._capabilities(name), context_tokens=window, warmth=Warmth.HOSTED)
            for name, window in zip(names, windows, strict=True)
        )

    def _capabilities(self, model: str) -> frozenset[Capability]:
        """All its embedding models are called so (API reference, "Embeddings")."""
        return EMBEDS if model.startswith("text-embedding-") else CHATS - self._remedies.lacks(model)

    def chat_body(self, model: str, chat: Chat) -> dict[str, Any]:
        return _renamed(super().chat_body(model, chat))  # the older name is refused by newer models

    def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """As a question: its models chat and nothing else."""
        return self.chat(model.name, openai.gap_as_chat(gap), sent)


async def hosted_windows(provider: str, names: list[str]) -> list[int | None]:
    """The context of each model, for a provider that does not tell it.
    In a thread: the data takes 0.1 s to load."""
    return await asyncio.to_thread(lambda: [prices.context_window(provider, name) for name in names])
