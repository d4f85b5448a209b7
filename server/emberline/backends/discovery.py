"""Finds the model servers that already run on this machine, and asks an address which protocol it speaks.

A server is known by what only it says, never by its port: anything may listen on 8080, and many a web
application answers 200 to every path. Sources: Ollama's API documentation and `envconfig` (OLLAMA_HOST),
LM Studio's REST API documentation (v0 and v1), the README of llama.cpp's server, as of 2026.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from emberline.config.schema import Wire
from emberline.privacy.egress import (
    AsyncClient,
    ConnectionFailed,
    EgressRefused,
    Gate,
    NotConnected,
    carrying,
    connect,
    is_loopback,
)
from emberline.privacy.labels import Label, Level, Manifest

SECONDS = 2.0
"""For all that one address is asked."""
STRANGER_SECONDS = 600.0
"""How long a program that is no model server is left in peace: it may be the user's own, and log us."""
SILENT_SECONDS = 60.0
"""The same for one that did not answer in time: it may be a model server with much to do."""
LONGEST_ANSWER = 4 << 20
"""Bytes; who sends more is no model server."""
_OLLAMA_PORT = 11434
NAMES: Mapping[str, str] = {"ollama": "Ollama", "lmstudio": "LM Studio", "llamacpp": "llama.cpp's server"}
_LOOKING = Manifest((Label(Level.STRICT, "no text", "discovery"),), "looking for model servers")


@dataclass(frozen=True, slots=True)
class Found:
    """A server that said what it is."""

    protocol: Wire
    url: str
    version: str = ""
    """Empty where it does not tell."""


class Spot(NamedTuple):
    """Where a server of this protocol usually listens."""

    protocol: Wire
    url: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, and in words what was looked for in vain."""

    found: tuple[Found, ...] = ()
    missing: tuple[str, ...] = ()


def usual_spots(environment: Mapping[str, str] = os.environ) -> tuple[Spot, ...]:
    """Where to look. Ollama's place is what OLLAMA_HOST says, be it another machine."""
    return (
        Spot("ollama", ollama_url(environment.get("OLLAMA_HOST", ""))),
        Spot("lmstudio", "http://127.0.0.1:1234"),
        Spot("llamacpp", "http://127.0.0.1:8080"),
        Spot("llamacpp", "http://127.0.0.1:9931"),
    )


def ollama_url(host: str) -> str:
    """The address that OLLAMA_HOST means, read as Ollama reads it; an address to listen on everywhere is
    reached here."""
    scheme, mark, rest = host.strip(" \t\"'").partition("://")
    if not mark:
        scheme, rest = "http", scheme
    usual = {"http": 80, "https": 443}.get(scheme, _OLLAMA_PORT) if mark else _OLLAMA_PORT
    if rest.count(":") > 1 and not rest.startswith("["):  # an IPv6 address without its brackets
        rest = f"[{rest}]"
    try:
        parts = urlsplit(f"//{rest}")
        name, path = parts.hostname or "127.0.0.1", parts.path.rstrip("/")
    except ValueError:
        return f"http://127.0.0.1:{_OLLAMA_PORT}"
    try:
        port = usual if parts.port is None else parts.port
    except ValueError:  # Ollama warns of it and goes on, too
        port = usual
    if name in ("0.0.0.0", "::"):
        name = "127.0.0.1"
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}{path}"


class Discovery:
    """Looks again and again, and remembers which programs it need not bother."""

    def __init__(
        self,
        gate: Gate,
        spots: tuple[Spot, ...] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gate = gate
        self._spots = usual_spots() if spots is None else spots
        self._clock = clock
        self._avoided: dict[Spot, tuple[float, str]] = {}
        """Until when, and why."""

    async def look(self) -> Survey:
        """Asks every spot on this machine at once. Milliseconds where nothing listens; raises nothing."""
        spots = [spot for spot in self._spots if is_loopback(spot.url)]
        results = await asyncio.gather(*(self._at(spot) for spot in spots))
        away = (_elsewhere(spot) for spot in self._spots if spot not in spots)
        return Survey(
            tuple(each for each in results if isinstance(each, Found)),
            (*(each for each in results if isinstance(each, str)), *away),
        )

    async def _at(self, spot: Spot) -> Found | str:
        until, why = self._avoided.get(spot, (0.0, ""))
        if self._clock() < until:
            return why
        try:
            async with (
                asyncio.timeout(SECONDS),
                connect(spot.url, self._gate, {}, keep_alive=False) as client,
            ):
                found = await _RECOGNISERS[spot.protocol](_Asked(client, _LOOKING), spot.url)
        except NotConnected:
            return f"no {NAMES[spot.protocol]} at {spot.url}"
        except TimeoutError:
            why = f"what listens at {spot.url} did not say in {SECONDS:g} s that it is {NAMES[spot.protocol]}"
            return self._avoid(spot, SILENT_SECONDS, why)
        except (ConnectionFailed, EgressRefused):
            found = None
        if found is None:
            why = f"what listens at {spot.url} is not {NAMES[spot.protocol]}, or wants a key"
            return self._avoid(spot, STRANGER_SECONDS, why)
        return found

    def _avoid(self, spot: Spot, seconds: float, why: str) -> str:
        self._avoided[spot] = self._clock() + seconds, why
        return why


async def discover(gate: Gate, spots: tuple[Spot, ...] | None = None) -> Survey:
    """Looks once."""
    return await Discovery(gate, spots).look()


async def identify(
    url: str, gate: Gate, sent: Manifest, key: str = "", seconds: float = SECONDS
) -> Found | None:
    """Which protocol the server at `url` speaks; None where nobody answers, or none that is known.

    `sent` is the manifest of the questions, which hold no text; `key` is sent along. A path `/v1` at the end
    belongs to the OpenAI-compatible protocol alone: a server that speaks more is returned without it.
    """
    root = url.removesuffix("/").removesuffix("/v1")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with asyncio.timeout(seconds), connect(root, gate, headers, keep_alive=False) as client:
            asked = _Asked(client, sent)
            for protocol, recognise in _RECOGNISERS.items():
                if (found := await recognise(asked, root)) is not None:
                    return Found(
                        found.protocol, url if protocol == "openai-compatible" else root, found.version
                    )
    except (ConnectionFailed, EgressRefused, TimeoutError):
        pass
    return None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    server: str
    """Its header `Server`."""
    json: Any
    """None where it is no JSON."""

    def get(self, key: str) -> Any:
        return self.json.get(key) if isinstance(self.json, dict) else None


class _Asked:
    """One server, each question put to it once."""

    def __init__(self, client: AsyncClient, sent: Manifest) -> None:
        self._client = client
        self._sent = sent
        self._answers: dict[str, _Answer] = {}

    async def get(self, path: str) -> _Answer:
        if path not in self._answers:
            self._answers[path] = await self._ask(path)
        return self._answers[path]

    async def _ask(self, path: str) -> _Answer:
        content = bytearray()
        async with self._client.stream("GET", path, extensions=carrying(self._sent)) as response:
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > LONGEST_ANSWER:
                    break
        try:
            json = orjson.loads(bytes(content))
        except orjson.JSONDecodeError:
            json = None
        return _Answer(response.status_code, response.headers.get("server", ""), json)


async def _ollama(asked: _Asked, url: str) -> Found | None:
    """Others have an /api/version, too (Open WebUI, on 8080): the list of models tells them apart."""
    version = (await asked.get("/api/version")).get("version")
    if not isinstance(version, str) or not _objects((await asked.get("/api/tags")).get("models"), "name"):
        return None
    return Found("ollama", url, version)


async def _lmstudio(asked: _Asked, url: str) -> Found | None:
    """It tells no version, and answers a path that it does not know with 200 and an `error`."""
    unknown = (await asked.get("/api/version")).get("error")
    own = isinstance(unknown, str) and unknown.startswith("Unexpected endpoint")
    for path, field, mark in (("/api/v1/models", "models", "key"), ("/api/v0/models", "data", "state")):
        models = (await asked.get(path)).get(field)
        if _objects(models, mark) and (models or own):
            return Found("lmstudio", url)
    return None


async def _llamacpp(asked: _Asked, url: str) -> Found | None:
    """Every answer names it in `Server`; a proxy may hide that, but not the shape of /props."""
    health = await asked.get("/health")
    named = health.server == "llama.cpp"
    if not named and health.get("status") != "ok" and not _is_loading(health):
        return None
    properties = await asked.get("/props")
    if not named and not _is_loading(properties) and properties.get("default_generation_settings") is None:
        return None
    return Found("llamacpp", url, str(properties.get("build_info") or ""))


async def _openai(asked: _Asked, url: str) -> Found | None:
    """A list of models, or OpenAI's form of the refusal of a key."""
    answer = await asked.get("/v1/models")
    refused = answer.get("error")
    if answer.status in (401, 403) and isinstance(refused, dict) and "message" in refused:
        return Found("openai-compatible", url)
    return Found("openai-compatible", url) if _objects(answer.get("data"), "id") else None


_RECOGNISERS: Mapping[Wire, Callable[[_Asked, str], Awaitable[Found | None]]] = {
    "ollama": _ollama,
    "lmstudio": _lmstudio,
    "llamacpp": _llamacpp,
    "openai-compatible": _openai,
}


def _objects(value: object, mark: str) -> bool:
    """Whether it is a list of objects that all have the field `mark`."""
    return isinstance(value, list) and all(isinstance(each, dict) and mark in each for each in value)


def _is_loading(answer: _Answer) -> bool:
    """llama.cpp's answer to everything while it loads its model."""
    error = answer.get("error")
    said = error.get("message") if isinstance(error, dict) else None
    return answer.status == 503 and said == "Loading model"


def _elsewhere(spot: Spot) -> str:
    return (
        f"OLLAMA_HOST names {spot.url}, which is not this machine: "
        "to use it, name it in backends.servers of your configuration"
    )
