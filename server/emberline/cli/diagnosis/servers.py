"""Model servers and cloud providers: what each offers, and which of them the privacy mode lets us use.

Nothing is contacted here: what is told was asked by the scout, which asks nobody whom the mode forbids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from emberline.backends.discovery import ollama_url
from emberline.backends.health import Standing, View
from emberline.backends.port import Backend
from emberline.cli.diagnosis.finding import Finding, State
from emberline.config.hosts import is_place
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import is_loopback
from emberline.privacy.labels import Level, Place
from emberline.routing.fleet import Candidate, Fleet
from emberline.routing.posts import spelled

SERVER = "model server"


@dataclass(frozen=True, slots=True)
class Provider:
    """A cloud provider; `key_from` says where its key was found, empty where there is none."""

    name: str
    url: str
    key_from: str = ""


def servers(
    fleet: Fleet, backends: Iterable[Backend], views: Mapping[str, View], mode: Level, ollama_host: str = ""
) -> Iterator[Finding]:
    """A finding for each server that is configured or was found, and one for what was looked for in vain.

    `ollama_host` is what OLLAMA_HOST says: where it is set, a server is expected there.
    """
    backends = tuple(backends)
    for backend in backends:
        offered = tuple(each for each in fleet.candidates if each.backend == backend.name)
        yield _server(backend, offered, views.get(backend.name, View()), mode)
    missing = fleet.missing
    wrong = _wrong_host(ollama_host, missing, backends) if ollama_host else ""
    if wrong:
        missing = tuple(words for words in missing if words != wrong)
        remedy = "start Ollama there, or set OLLAMA_HOST to where it listens"
        data = {"ollama_host": ollama_host}
        yield Finding("OLLAMA_HOST", State.WARNING, f"it is {ollama_host!r}: {wrong}", remedy, data)
    if missing:
        yield Finding("looked for", State.OK, "; ".join(missing), data={"missing": list(missing)})
    elif not backends:
        yield Finding(SERVER, State.OK, "none; the embedded engine serves")


def clouds(providers: Iterable[Provider], mode: Level) -> Finding:
    """Who has a key, and what the mode makes of it."""
    allowed = mode.allows(Place.CLOUD)
    words, data = [], []
    for provider in providers:
        key = f"key from {provider.key_from}" if provider.key_from else "no key"
        kept_out = "" if allowed or not provider.key_from else f", kept out by mode {mode}"
        words.append(f"{provider.name}: {key}{kept_out}")
        data.append(
            {
                "name": provider.name,
                "url": provider.url,
                "key_from": provider.key_from,
                "allowed": allowed,
            }
        )
    return Finding("cloud providers", State.OK, "; ".join(words) or "none", data={"providers": data})


def _wrong_host(said: str, missing: Iterable[str], backends: Iterable[Backend]) -> str:
    """What is wrong with OLLAMA_HOST; empty where somebody is there, or it names another machine."""
    url = ollama_url(said)
    parts = urlsplit(url)
    try:
        port = urlsplit(said if "://" in said else f"//{said}").port
    except ValueError:
        return f"its port is none: {url} was asked"
    if parts.scheme not in ("http", "https") or not is_place(parts.hostname or "") or port == 0:
        return "no address can be made of it"
    if not is_loopback(url) or spelled(url) in {spelled(backend.url) for backend in backends}:
        return ""
    return next((words for words in missing if url in words), f"nobody answers at {url}")


def _server(backend: Backend, offered: tuple[Candidate, ...], view: View, mode: Level) -> Finding:
    place = offered[0].place if offered and not offered[0].model.remote else None
    where = f" ({place})" if place not in (None, Place.MACHINE) else ""
    version = f" {view.version}" if view.version else ""
    head = f"{backend.name}{version} at {backend.url}{where}"
    data = {
        "name": backend.name,
        "protocol": backend.protocol,
        "url": backend.url,
        "version": view.version,
        "standing": str(view.standing),
        "trouble": view.trouble,
        "models": [_data(each) for each in offered],
    }
    models = [_words(each) for each in offered]
    match view.standing:
        case Standing.UP if not offered:
            return Finding(SERVER, State.WARNING, f"{head}: no model", _fetch(backend.protocol), data)
        case Standing.UP:
            return Finding(SERVER, State.OK, "\n".join((f"{head}:", *models)), data=data)
        case Standing.LOADING:
            loading = "; ".join(models) or "its model"
            return Finding(SERVER, State.OK, f"{head}: loading {loading}", data=data)
        case Standing.UNKNOWN if place is not None and not mode.allows(place):
            return Finding(SERVER, State.OK, f"{head}: not asked, kept out by mode {mode}", data=data)
        case Standing.UNKNOWN:
            return Finding(SERVER, State.OK, f"{head}: {view.trouble or 'not asked yet'}", data=data)
        case Standing.RESTING:
            words = f"{head}: left alone for a while: {view.trouble}"
            return Finding(SERVER, State.WARNING, words, "emberline doctor, in a minute", data)
        case Standing.DOWN:
            remedy = "start it, mend what is said of it, or take it out of the configuration"
            return Finding(SERVER, State.WARNING, f"{head}: {view.trouble}", remedy, data)


def _words(candidate: Candidate) -> str:
    """A model as a person would tell of it."""
    model = candidate.model
    name = f"{model.name} {model.quantization}".strip()
    facts = [
        _context(model),
        _warmth(model),
        f"runs at {model.remote_host}, not here" if model.remote else "",
    ]
    if Capability.INFILL in model.capabilities:
        facts.append("fills gaps")
    if not candidate.fits:
        facts.append("too large for the memory there is")
    return ", ".join([name, *filter(None, facts)])


def _context(model: ModelInfo) -> str:
    most, now = model.context_tokens, model.loaded_context
    if now is not None and now != most:
        return f"{now:,} tokens" + (f" (of {most:,})" if most is not None else "")
    return f"{most:,} tokens" if most is not None else ""


def _warmth(model: ModelInfo) -> str:
    """Nothing for a model that someone else keeps, and for what nobody tells."""
    told = (Warmth.WARM, Warmth.LOADING, Warmth.COLD)
    return str(model.warmth) if model.warmth in told and not model.remote else ""


def _fetch(protocol: str) -> str:
    if protocol == "ollama":
        return "ollama pull qwen2.5-coder:7b, or any other model"
    return "load a model there"


def _data(candidate: Candidate) -> dict[str, object]:
    model = candidate.model
    return {
        "name": model.name,
        "quantization": model.quantization,
        "context_tokens": model.context_tokens,
        "loaded_context": model.loaded_context,
        "warmth": str(model.warmth),
        "capabilities": sorted(str(each) for each in model.capabilities),
        "parameters": model.parameters,
        "size_bytes": model.size_bytes,
        "memory_bytes": model.memory_bytes,
        "place": str(candidate.place),
        "remote_host": model.remote_host,
        "role": str(candidate.role),
        "fits": candidate.fits,
    }
