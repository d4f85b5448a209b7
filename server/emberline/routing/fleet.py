"""What there is to route to, as one immutable picture. The scout paints it, `decide` only looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emberline.models.info import ModelInfo
from emberline.privacy.labels import Level, Place
from emberline.routing.ceiling import Ceiling

EMBEDDED = "embedded"
"""Our own engine's name among the backends."""


class Health(StrEnum):
    """Whether a backend would answer now."""

    UP = "up"
    LOADING = "loading"
    """Its model is on the way: not down."""
    DOWN = "down"
    TRIPPED = "resting"
    """It failed several times in a row and is left alone for a while (circuit breaker)."""
    UNKNOWN = "not asked yet"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, for a request of the size that was asked about."""

    input_usd: float
    output_usd: float
    is_assumed: bool = False
    """Nobody knows it: the user has said what it counts as."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Measured tokens a second."""

    prefill: float
    generation: float


class Role(StrEnum):
    """Which of the configuration's `router.model_routing` names this model."""

    LOCAL_DEFAULT = "local.default"
    LOCAL_PRECISE = "local.high_precision"
    CLOUD_DEFAULT = "cloud.default"
    CLOUD_FALLBACK = "cloud.fallback"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model on one backend."""

    backend: str
    protocol: str
    address: str
    place: Place
    """Where it really runs: the cloud, for a model that a local backend merely passes on to."""
    model: ModelInfo
    health: Health = Health.UNKNOWN
    trouble: str = ""
    """What is wrong, where `health` is not UP."""
    role: Role = Role.NONE
    price: Price | None = None
    """None: it costs nothing (this machine), or nobody knows (`metered`)."""
    metered: bool = False
    """Someone asks money for it."""
    speed: Speed | None = None
    evicts: str = ""
    """A warm model that using this one would throw out of memory, the completion model of several; empty for
    none."""
    fits: bool = True
    """Whether the memory planner finds room for it (always true for what is loaded or runs elsewhere)."""

    @property
    def key(self) -> str:
        """Names it in explanations and records, e.g. "ollama/llama3.1:8b"."""
        return f"{self.backend}/{self.model.name}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """All candidates, and what was looked for and not found."""

    candidates: tuple[Candidate, ...] = ()
    missing: tuple[str, ...] = ()
    """In words, e.g. "no Ollama at http://localhost:11434"."""
    absent: tuple[str, ...] = ()
    """What the user named and is not there, in words: a server that is silent, a model that it lacks."""
    painted_at: float = 0.0
    """time.monotonic() of the picture."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration lets the router do, in this workspace, now."""

    mode: Level = Level.STRICT
    mode_from: str = "default"
    """Which file set the mode, as `config show` words it."""
    max_local_tokens: int = 24_000
    max_tool_chain: int = 8
    quantization: str = "Q4_K_M"
    """Preferred among several of one local model."""
    ceilings: tuple[Ceiling, ...] = ()
    """What may be spent; none: no limit."""
