"""Fleets as machines of users have them."""

from __future__ import annotations

from emberline.models.fim import QWEN
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.labels import Label, Level, Place
from emberline.routing.ceiling import Ceiling, Span
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate, Fleet, Health, Policy, Price, Role

ABLE = frozenset((Capability.CHAT, Capability.SCHEMA, Capability.TOOLS))
MEBI = 1024


def ollama(name: str, quantization: str = "Q4_K_M", billions: float = 8.0, **changes: object) -> Candidate:
    """A model on this machine's Ollama: warm, able, 128 Ki of context, unless `changes` say otherwise.

    They go to the candidate, or to its model where it has such a field.
    """
    model = {
        "name": name,
        "capabilities": ABLE,
        "context_tokens": 128 * MEBI,
        "warmth": Warmth.WARM,
        "quantization": quantization,
        "parameters": billions,
    }
    candidate = {
        "backend": "ollama",
        "protocol": "ollama",
        "address": "http://localhost:11434",
        "place": Place.MACHINE,
        "health": Health.UP,
    }
    return _made(candidate, model, changes)


def cloud(name: str = "gpt-4o", role: Role = Role.CLOUD_DEFAULT, **changes: object) -> Candidate:
    """A hosted model of 128 000 tokens at $2.50 and $10."""
    backend = changes.pop("backend", "openai")
    model = {
        "name": name,
        "capabilities": ABLE,
        "context_tokens": 128_000,
        "warmth": Warmth.HOSTED,
    }
    candidate = {
        "backend": backend,
        "protocol": backend,
        "address": f"https://api.{backend}.com",
        "place": Place.CLOUD,
        "health": Health.UP,
        "role": role,
        "price": Price(2.5, 10.0),
        "metered": True,
    }
    return _made(candidate, model, changes)


def embedded(**changes: object) -> Candidate:
    """Our own engine with its default model, which fills in the middle and holds 4096 tokens."""
    model = {
        "name": "qwen2.5-coder-0.5b",
        "capabilities": frozenset((Capability.CHAT, Capability.SCHEMA, Capability.INFILL)),
        "context_tokens": 4096,
        "loaded_context": 4096,
        "warmth": Warmth.WARM,
        "quantization": "Q4_K_M",
        "parameters": 0.5,
        "fim": QWEN,
    }
    candidate = {
        "backend": "embedded",
        "protocol": "llamacpp",
        "address": "",
        "place": Place.MACHINE,
        "health": Health.UP,
    }
    return _made(candidate, model, changes)


def _made(candidate: dict[str, object], model: dict[str, object], changes: dict[str, object]) -> Candidate:
    for key, value in changes.items():
        (model if key in ModelInfo.__dataclass_fields__ else candidate)[key] = value
    return Candidate(model=ModelInfo(**model), **candidate)  # type: ignore[arg-type]


def host(name: str = "qwen2.5:72b", **changes: object) -> Candidate:
    """A model on a host that the user trusts."""
    return ollama(name, billions=72.0, **{"backend": "gpu", "place": Place.HOST, **changes})


DEFAULT = ollama("llama3.1:8b", role=Role.LOCAL_DEFAULT)
PRECISE = ollama("qwen2.5:14b", billions=14.0, role=Role.LOCAL_PRECISE, warmth=Warmth.COLD)
LARGE = ollama("llama3.1:70b", "Q8_0", 70.0, role=Role.LOCAL_PRECISE, warmth=Warmth.COLD)
GPT = cloud()
CLAUDE = cloud("claude-3-5-sonnet", Role.CLOUD_FALLBACK, backend="anthropic", context_tokens=200_000)

LAPTOP = (embedded(), DEFAULT, PRECISE, GPT, CLAUDE)
"""16 GB: an 8B at Q4_K_M is warm, a 14B can be loaded."""
WORKSTATION = (embedded(), DEFAULT, LARGE, GPT, CLAUDE)
"""64 GB and more: a 70B at Q8_0 beside the 8B."""
ENGINE_ALONE = (embedded(), GPT, CLAUDE)
"""No other model server."""

OPEN = Label(Level.OPEN, "app.py", "privacy.mode")
TRUSTED = Label(Level.TRUSTED, "app.py", "privacy.mode")
STRICT = Label(Level.STRICT, "app.py", "privacy.mode")
PRIVATE = Label(Level.STRICT, "client/app.py", "privacy.local_only")

OPENED = Policy(Level.OPEN, "config.yaml:4", ceilings=(Ceiling(Span.REQUEST, 1.0), Ceiling(Span.MONTH, 10.0)))


def fleet(*candidates: Candidate) -> Fleet:
    return Fleet(candidates)


def key(decision: Decision) -> str:
    """The chosen one's name, or "nowhere"."""
    return decision.chosen.key if decision.chosen is not None else "nowhere"


def reasons_against(decision: Decision) -> dict[str, str]:
    """Why each candidate is not used, by its name."""
    return {each.candidate.key: each.why for each in decision.rejected}
