"""The wire protocol of llama.cpp's server: `/completion`, `/infill`, `/tokenize`, `/health`, `/props`.

Format: the server's own README (tools/server) as of 2026-10. A stream is cancelled by closing its
connection; `return_progress` makes the server write during prefill too, so that it notices at the next
batch and not at its one-second poll. `LlamaCpp` serves the typing lane, be it from the embedded engine or
from a server that the user runs; `LlamaCppServer` is such a server for the router.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from emberline.backends import complaint
from emberline.backends.base import (
    Alternative,
    BackendUnavailable,
    BadRequest,
    Generation,
    Token,
    Usage,
)
from emberline.backends.compatible import EMBEDS, NOT_IMPLEMENTED, ChatCompletions
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Condition, Done, Ending, Event, Infill, Written
from emberline.backends.openai import judge
from emberline.backends.streams import Refusal, Refused, Wire
from emberline.models.fim import PLAIN, QWEN, FimFormat, format_of_vocabulary, sentinels
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import AsyncClient
from emberline.privacy.labels import Manifest

SILENCE_SECONDS = 60.0
"""Longest wait for a byte from a server that tells its progress."""
HEALTH_SECONDS = 2.0
PROBE_SECONDS = 5.0
POLL_SECONDS = 0.5
TYPING_SLOTS = 2
"""KV caches that the typing lane has use for: one to write from, another to read ahead into."""
NOTHING_SENT = Manifest((), "completion")

_WARMTH = {"loaded": Warmth.WARM, "loading": Warmth.LOADING}
_NOT_LITERAL = re.compile(r'[\x00-\x1f"\\\x7f-\x9f\ud800-\udfff]')
"""What a grammar's string cannot hold as it is."""
ALTERNATIVES = 10
"""How many of the likeliest tokens are asked for; asking is free (measured), parsing them nearly so."""


def healing_grammar(forced: str) -> str:
    """A GBNF grammar for answers that begin with `forced` and go on freely."""
    literal = _NOT_LITERAL.sub(lambda found: f"\\U{ord(found[0]):08X}", forced)
    return f'root ::= "{literal}" [^\\x00]*'


def completion_body(request: Generation) -> dict[str, object]:
    """The JSON body of `/completion` for one streamed generation."""
    body: dict[str, object] = {
        "prompt": request.prompt,
        "n_predict": request.max_tokens,
        "stop": list(request.stop),
        "temperature": request.temperature,
        "seed": request.seed,
        "id_slot": request.slot,
        "cache_prompt": True,
        "stream": True,
        "return_progress": True,
        "n_probs": ALTERNATIVES,
    }
    if request.forced:
        body["grammar"] = healing_grammar(request.forced)
    return body


def parse_token(event: dict[str, Any]) -> Token | None:
    """The token of one streamed event; None for events that carry none (progress, the final summary)."""
    text = event.get("content", "")
    if not text:
        return None
    details = event.get("completion_probabilities") or []
    if not details:
        return Token(text, 1.0)
    # Bytes of one character can arrive together: the event's text then spans several tokens.
    probability = math.prod(math.exp(detail["logprob"]) for detail in details)
    alternatives = tuple(
        Alternative(top["token"], math.exp(top["logprob"])) for top in details[0].get("top_logprobs", [])
    )
    return Token(text, probability, alternatives)


def parse_usage(timings: dict[str, Any]) -> Usage:
    return Usage(
        read=int(timings.get("prompt_n", 0)),
        cached=int(timings.get("cache_n", 0)),
        written=int(timings.get("predicted_n", 0)),
        busy_ms=float(timings.get("prompt_ms", 0.0)) + float(timings.get("predicted_ms", 0.0)),
    )


class LlamaCpp:
    """A client of one llama.cpp server for the typing lane (`base.FimBackend`).

    `slots` of its KV caches are this client's to choose between. `root` is where its paths begin, unless that
    is the client's own address; `model` is needed where the server has several.
    """

    heals = True

    def __init__(
        self,
        client: AsyncClient,
        fim: FimFormat = QWEN,
        slots: int = TYPING_SLOTS,
        name: str = "the engine",
        root: str = "",
        model: str = "",
    ) -> None:
        self.fim = fim
        self.slots = slots
        self._root = root
        self._client = client
        self._wire = Wire(client, name, judge, SILENCE_SECONDS)
        self.under_way = 0
        """Requests of this client that are not answered yet."""
        self._named: dict[str, object] = {"model": model} if model else {}

    async def close(self) -> None:
        await self._client.aclose()

    async def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        body = completion_body(request) | self._named
        sent = request.sent or NOTHING_SENT
        with self._counted(), _typed():
            async with aclosing(
                events(self._wire, f"{self._root}/completion", body, request.max_tokens, sent)
            ) as found:
                async for event in found:
                    with self._wire.parsing():
                        token = parse_token(event)
                    if token is not None:
                        yield token

    async def prefill(self, prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
        body = {"prompt": prompt, "n_predict": 0, "id_slot": slot, "cache_prompt": True}
        answer = await self._post("/completion", body, sent)
        return parse_usage(answer.get("timings", {}))

    async def erase(self, slot: int) -> None:
        """Empties a slot's KV cache."""
        await self._post(f"/slots/{slot}?action=erase", {})

    async def tokenize(self, text: str) -> list[int]:
        answer = await self._post("/tokenize", {"content": text, "parse_special": False})
        return list(answer["tokens"])

    async def count_tokens(self, text: str) -> int:
        return len(await self.tokenize(text))

    async def timed_completion(self, prompt: str, tokens: int) -> dict[str, Any]:
        """Reads `prompt` afresh and writes `tokens` tokens; the server's own timings of both."""
        body = {
            "prompt": prompt,
            "n_predict": tokens,
            "temperature": 0,
            "ignore_eos": True,
            "id_slot": 0,
            "cache_prompt": False,
        }
        timings: dict[str, Any] = (await self._post("/completion", body))["timings"]
        return timings

    async def props(self) -> dict[str, Any]:
        with _typed():
            answer: dict[str, Any] = await self._wire.get_json(f"{self._root}/props", NOTHING_SENT)
        return answer

    async def healthy(self) -> bool:
        """Whether the server is up and its model loaded."""
        try:
            await self._wire.get_json(f"{self._root}/health", NOTHING_SENT, HEALTH_SECONDS)
        except Failure:
            return False
        return True

    async def busy(self) -> frozenset[int] | None:
        """The slots at work, for whichever client; None where it does not answer."""
        try:
            slots = await self._wire.get_json(f"{self._root}/slots", NOTHING_SENT, HEALTH_SECONDS)
            with self._wire.parsing():
                return frozenset(slot["id"] for slot in slots if slot["is_processing"])
        except Failure:
            return None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    async def _post(self, path: str, body: dict[str, object], sent: Manifest | None = None) -> dict[str, Any]:
        with self._counted(), _typed():
            answer = await self._wire.post_json(self._root + path, body | self._named, sent or NOTHING_SENT)
            with self._wire.parsing():
                return dict(answer)


async def events(
    wire: Wire, path: str, body: Mapping[str, Any], max_tokens: int, sent: Manifest
) -> AsyncGenerator[dict[str, Any], None]:
    """The events of a streamed `/completion` or `/infill`, up to the one that says `stop`."""
    async with aclosing(wire.sse(path, body, sent, max_tokens)) as found:
        async for event in found:
            if event.data is None:
                raise Failure(f"{wire.name}: a piece of the answer is no JSON object", Kind.BROKEN)
            if event.name == "error" or "error" in event.data:
                raise wire.failure(Refused(200, complaint.read(event.data)), body)
            yield event.data
            if event.data.get("stop"):
                return
    raise wire.cut_off()


@contextmanager
def _typed() -> Iterator[None]:
    """Failures as the typing lane tells them apart."""
    try:
        yield
    except Failure as failure:
        hopeless = failure.kind in (Kind.BAD_REQUEST, Kind.NOT_FOUND)
        raised = BadRequest if hopeless else BackendUnavailable
        raise raised(str(failure), failure.kind, failure.retry_after) from failure


class LlamaCppServer(ChatCompletions):
    """A llama.cpp server, with one model or, in its router mode, several.

    `slot` is the KV cache that everything is read into; None lets the server choose.
    """

    def __init__(self, name: str, url: str, client: AsyncClient, slot: int | None = None) -> None:
        super().__init__(name, "llamacpp", url, client)
        self._slot: dict[str, Any] = {} if slot is None else {"id_slot": slot}
        self._root = self._api.removesuffix("/v1")
        self._vocabularies: dict[str, FimFormat | None] = {}
        """How each model fills gaps, by its vocabulary; asked once."""
        self._slots: dict[str, int] = {}
        self._without_infill: set[str] = set()
        self._embedding: dict[str, bool | None] = {}
        """Whether the server was started to make embeddings with a model (`--embeddings`), and so writes
        nothing; asked until it says."""

    async def probe(self, sent: Manifest) -> Condition:
        try:
            await self._wire.get_json(f"{self._root}/health", sent, PROBE_SECONDS)
        except Failure as failure:
            if failure.kind is Kind.LOADING:
                return Condition("loading")
            raise
        return Condition("up")

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        return tuple([await self._looked_at(card, sent) for card in await self.cards(sent)])

    def chat_body(self, model: str, chat: Chat) -> dict[str, Any]:
        """As everywhere; and the server tells its progress, which makes it notice a closed connection."""
        return super().chat_body(model, chat) | {"return_progress": True} | self._slot

    async def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        """By `/infill`: there the server writes the format itself, takes no sentinel in the text for one, and
        keeps what stands nearest to the gap, three quarters of a batch before it and a quarter behind.
        Nothing behind and no format: the prefix goes on as it is."""
        body: dict[str, Any] = {
            "model": model.name,
            "n_predict": gap.max_tokens,
            "temperature": gap.temperature,
            "stop": list(gap.stop),
            "cache_prompt": True,
            "stream": True,
            "return_progress": True,
            **gap.sampling.given(),
            **self._slot,
        }
        native = body | {"input_prefix": gap.prefix, "input_suffix": gap.suffix, "prompt": ""}
        is_plain = model.fim is None and not gap.suffix
        if model.name not in self._without_infill and not is_plain:
            try:
                async with aclosing(
                    self._written(f"{self._root}/infill", native, gap.max_tokens, sent)
                ) as found:
                    async for event in found:
                        yield event
                return
            except Refusal as refusal:  # it comes before any event
                if refusal.refused.status != NOT_IMPLEMENTED:
                    raise
                self._without_infill.add(model.name)
        prompt = gap.prefix if model.fim is None else model.fim.prompt(gap.prefix, gap.suffix)
        raw = body | {"prompt": prompt}
        async with aclosing(self._written(f"{self._root}/completion", raw, gap.max_tokens, sent)) as found:
            async for event in found:
                yield event

    def typing(self, model: ModelInfo) -> LlamaCpp:
        """The typing lane on this server: KV slots to choose between, answers that begin as they must."""
        slots = min(self._slots.get(model.name, 1), TYPING_SLOTS)
        return LlamaCpp(self._client, model.fim or PLAIN, slots, self.name, self._root, model.name)

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        """In router mode only; elsewhere the one model is loaded already, with the context it has."""
        if await self._state(model, sent) in ("", "loaded"):
            return
        await self._wire.post_json(f"{self._root}/models/load", {"model": model}, sent)
        while (state := await self._state(model, sent)) != "loaded":
            if state not in ("loading", "downloading"):
                raise Failure(f"{self.name} could not load {model}", Kind.OVERLOADED)
            await asyncio.sleep(POLL_SECONDS)

    async def unload(self, model: str, sent: Manifest) -> None:
        if await self._state(model, sent):
            await self._wire.post_json(f"{self._root}/models/unload", {"model": model}, sent)

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        body = {"model": model, "content": text, "parse_special": False}
        answer = await self._wire.post_json(f"{self._root}/tokenize", body, sent)
        with self._wire.parsing():
            return len(answer["tokens"])

    async def _written(
        self, path: str, body: Mapping[str, Any], max_tokens: int, sent: Manifest
    ) -> AsyncGenerator[Event, None]:
        async with aclosing(events(self._wire, path, body, max_tokens, sent)) as found:
            async for event in found:
                with self._wire.parsing():
                    text = str(event.get("content") or "")
                    done = done_of(event) if event.get("stop") else None
                if text:
                    yield Written(text)
                if done is not None:
                    yield done

    async def _state(self, model: str, sent: Manifest) -> str:
        """The state of a model in router mode, e.g. "loaded"; empty for a server with one model."""
        cards = [card for card in await self.cards(sent) if card["id"] == model]
        if not cards:
            raise Failure(f"{self.name} has no model {model}", Kind.NOT_FOUND)
        with self._wire.parsing():
            return str((cards[0].get("status") or {}).get("value") or "")

    async def _looked_at(self, card: Mapping[str, Any], sent: Manifest) -> ModelInfo:
        """A model by its card, and where it is loaded by what the server says of it: asking about another one
        would load it."""
        name = str(card["id"])
        with self._wire.parsing():
            state = str((card.get("status") or {}).get("value") or "loaded")
        if state != "loaded":
            with self._wire.parsing():
                return described(card, state, {}, None)
        query = f"?model={quote(name, safe='')}&autoload=false"
        props = await self._extra(self._wire.get_json(f"{self._root}/props{query}", sent)) or {}
        if name not in self._vocabularies:
            self._vocabularies[name] = await self._format(name, sent)
        if self._embedding.get(name) is None:
            self._embedding[name] = await self.embeds(name, sent)
        with self._wire.parsing():
            self._slots[name] = int(props.get("total_slots") or 1)
            told = described(card, state, props, self._vocabularies[name])
        return replace(told, capabilities=EMBEDS) if self._embedding[name] else told

    async def _format(self, model: str, sent: Manifest) -> FimFormat | None:
        """By the vocabulary: the tokenizer leaves special tokens whole, and cuts up what is none."""
        body = {"model": model, "content": "\n".join(sorted(sentinels())), "with_pieces": True}
        answer = await self._extra(self._wire.post_json(f"{self._root}/tokenize", body, sent))
        if answer is None:
            return None
        with self._wire.parsing():
            pieces = frozenset(str(token["piece"]) for token in answer["tokens"])
        return format_of_vocabulary(pieces, model)

    async def _extra(self, asked: Awaitable[Any]) -> Any:
        """What the server answers; None where it does not know the path, as proxies before it may not."""
        try:
            return await asked
        except Refusal as refusal:
            if refusal.refused.status not in (404, 405, NOT_IMPLEMENTED):
                raise
            return None


def described(
    card: Mapping[str, Any], state: str, props: Mapping[str, Any], fim: FimFormat | None
) -> ModelInfo:
    """A model by its entry in /v1/models and, where it is loaded, its /props. A server that runs holds what
    it was started with, however much more the model was trained for."""
    meta: Mapping[str, Any] = card.get("meta") or {}
    loaded = (props.get("default_generation_settings") or {}).get("n_ctx") or meta.get("n_ctx")
    caps: Mapping[str, Any] = props.get("chat_template_caps") or {}
    capabilities = {Capability.CHAT, Capability.SCHEMA}
    if caps.get("supports_tools", "tools" in str(props.get("chat_template") or "")):
        capabilities.add(Capability.TOOLS)
    if fim is not None:
        capabilities.add(Capability.INFILL)
    count = meta.get("n_params")
    return ModelInfo(
        name=str(card["id"]),
        capabilities=frozenset(capabilities),
        context_tokens=loaded or meta.get("n_ctx_train"),
        loaded_context=loaded,
        warmth=_WARMTH.get(state, Warmth.COLD),
        quantization=quantization(str(props.get("model_ftype") or meta.get("ftype") or "")),
        parameters=count / 1e9 if count else None,
        size_bytes=meta.get("size"),
        fim=fim,
    )


def quantization(ftype: str) -> str:
    """llama.cpp's words for a file type in the usual short form: "Q4_K - Medium" → "Q4_K_M"."""
    kind, _, size = ftype.removeprefix("all ").removesuffix(" (guessed)").partition(" - ")
    return f"{kind}_{size[0]}" if size in ("Small", "Medium", "Large") else kind


def done_of(event: Mapping[str, Any]) -> Done:
    """The last event, from the answer's last one."""
    ending: Ending = "length" if event.get("stop_type") == "limit" else "stop"
    return Done(ending, parse_usage(event.get("timings") or {}), str(event.get("model") or ""))
