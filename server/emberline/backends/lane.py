"""The typing lane's connection to a backend: with tokens' probabilities and KV slots where it has them."""

from __future__ import annotations

from emberline.backends.base import FimBackend
from emberline.backends.llamacpp import LlamaCppServer
from emberline.backends.ollama import Ollama, OllamaFim
from emberline.backends.port import Backend
from emberline.backends.through_infill import ThroughInfill
from emberline.models.info import ModelInfo


def typing_backend(backend: Backend, model: ModelInfo) -> FimBackend:
    """The best that this backend offers for text that comes key by key."""
    match backend:
        case LlamaCppServer():
            return backend.typing(model)
        case Ollama():
            return OllamaFim(backend, model)
        case _:
            return ThroughInfill(backend, model)
