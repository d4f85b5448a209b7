"""The wire protocol of llama.cpp's server: `/completion` streamed, `/tokenize`, `/health`, `/props`.

Format: the server's own README (tools/server) as of 2026-10. A stream is cancelled by closing its
connection; `return_progress` makes the server write during prefill too, so that it notices at the next
batch and not at its one-second poll.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator
from typing import Any

import orjson

from emberline.backends.base import (
    Alternative,
    BackendUnavailable,
    BadRequest,
    Generation,
    Token,
    Usage,
)
from emberline.models.fim import QWEN, FimFormat
from emberline.privacy.egress import AsyncClient, ConnectionFailed
from emberline.privacy.labels import Manifest

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

    `slots` of its KV caches are this client's to choose between, from `Generation.slot` on.
    """

    heals = True

    def __init__(self, client: AsyncClient, fim: FimFormat = QWEN, slots: int = 2) -> None:
        self._client = client
        self.fim = fim
        self.slots = slots

    async def close(self) -> None:
        await self._client.aclose()

    async def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        try:
            async with self._client.stream("POST", "/completion", json=completion_body(request)) as response:
                if response.status_code != 200:
                    raise self._refusal(response.status_code, await response.aread())
                async for line in response.aiter_lines():
                    if line.startswith("error:"):
                        raise BackendUnavailable(line)
                    if not line.startswith("data: "):
                        continue
                    event = orjson.loads(line[6:])
                    if "error" in event:
                        raise BackendUnavailable(str(event["error"].get("message", event["error"])))
                    token = parse_token(event)
                    if token is not None:
                        yield token
                    if event.get("stop"):
                        return
            raise BackendUnavailable("the answer broke off")
        except ConnectionFailed as error:
            raise BackendUnavailable(f"{type(error).__name__}: {error}") from error

    async def prefill(self, prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
        body = {"prompt": prompt, "n_predict": 0, "id_slot": slot, "cache_prompt": True}
        answer = await self._post("/completion", body)
        return parse_usage(answer.get("timings", {}))

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
        try:
            response = await self._client.get("/props")
        except ConnectionFailed as error:
            raise BackendUnavailable(f"{type(error).__name__}: {error}") from error
        if response.status_code != 200:
            raise self._refusal(response.status_code, response.content)
        answer: dict[str, Any] = orjson.loads(response.content)
        return answer

    async def healthy(self) -> bool:
        """Whether the server is up and its model loaded."""
        try:
            response = await self._client.get("/health", timeout=2.0)
        except ConnectionFailed:
            return False
        return bool(response.status_code == 200)

    async def _post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        try:
            response = await self._client.post(path, json=body)
        except ConnectionFailed as error:
            raise BackendUnavailable(f"{type(error).__name__}: {error}") from error
        if response.status_code != 200:
            raise self._refusal(response.status_code, response.content)
        answer: dict[str, Any] = orjson.loads(response.content)
        return answer

    def _refusal(self, status: int, content: bytes) -> Exception:
        try:
            message = str(orjson.loads(content)["error"]["message"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            message = content[:200].decode(errors="replace")
        return (
            BadRequest(message) if status in (400, 404, 413) else BackendUnavailable(f"{status}: {message}")
        )
