"""What a backend says of a model. Nothing here is guessed from the model's name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emberline.models.fim import FimFormat


class Capability(StrEnum):
    """What a model can do on its backend."""

    CHAT = "chat"
    INFILL = "fill in the middle"
    SCHEMA = "structured output"
    """The backend itself holds an answer to a JSON Schema."""
    TOOLS = "tools"
    EMBED = "embeddings"


class Warmth(StrEnum):
    """Whether a model answers at once."""

    WARM = "loaded"
    LOADING = "loading"
    COLD = "not loaded"
    HOSTED = "hosted"
    """Someone else keeps it loaded: a cloud."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KvShape:
    """What the KV cache's size depends on. Source: GGUF metadata `<arch>.block_count`,
    `.attention.head_count_kv`, `.attention.key_length` and `.value_length`."""

    layers: int
    kv_heads: int
    key_length: int
    value_length: int


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model on one backend. None and "" mean that the backend does not say."""

    name: str
    """As the backend wants it named in a request."""
    capabilities: frozenset[Capability] = frozenset((Capability.CHAT,))
    context_tokens: int | None = None
    """What the model can hold at most."""
    loaded_context: int | None = None
    """What it was loaded with, where it is loaded."""
    warmth: Warmth = Warmth.UNKNOWN
    quantization: str = ""
    parameters: float | None = None
    """Billions (10^9)."""
    family: str = ""
    size_bytes: int | None = None
    """Of its weights."""
    memory_bytes: int | None = None
    """What it takes now, weights and cache, where it is loaded."""
    graphics_bytes: int | None = None
    """Of `memory_bytes`, what lies on graphics cards."""
    kv: KvShape | None = None
    remote_host: str = ""
    """Where it really runs, if its backend merely passes requests on: then it is not local."""
    fim: FimFormat | None = None
    """How it wants prefix and suffix in a raw prompt; None where nobody knows."""

    @property
    def remote(self) -> bool:
        """Whether it runs elsewhere although a local backend offers it."""
        return bool(self.remote_host)
