"""How much memory a model takes: weights, KV cache, and what an engine needs beside them. Bytes throughout.

Checked against llama.cpp's tools/quantize/README.md (Llama 3.1 8B and 70B) and against what an engine with
the 0.5B model was measured to take: 674–730 MB with 4096 tokens of context, 827 MB with 16 384.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from emberline.models import quantization
from emberline.models.info import KvShape, ModelInfo

F16_BYTES = 2.0
"""Of one number in the KV cache, as every engine keeps it by default; a q8_0 cache takes 34/32."""
ENGINE_BYTES = 150_000_000
"""An engine's process, its library and the buffers of a small model; 133 MB were measured."""
BUFFER_SHARE = 0.04
"""Of the weights: buffers grow with a model's width. An estimate."""
_LLAMA_BYTES, _LLAMA_BILLIONS = 131_072, 8.03


@dataclass(frozen=True, slots=True)
class Need:
    """What a model takes at some length of context."""

    weights: int
    cache: int
    overhead: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.overhead

    @property
    def beside_weights(self) -> int:
        return self.cache + self.overhead


def weights_bytes(model: ModelInfo) -> int | None:
    """The file's size where it is known, else parameters × bits a weight / 8; None where nobody knows."""
    if model.size_bytes:
        return model.size_bytes
    stored = quantization.parse(model.quantization)
    if model.parameters is None or stored is None:
        return None
    return round(model.parameters * 1e9 * stored.bits / 8)


def kv_bytes_per_token(shape: KvShape, number_bytes: float = F16_BYTES) -> float:
    """layers × KV heads × (key length + value length) × bytes a number; 128 KiB for Llama 3.1 8B.

    Grouped-query attention shows in `kv_heads`, multi-head latent attention in the two lengths. A model with
    sliding windows takes less in its windowed layers: this is what it takes at most.
    """
    return shape.layers * shape.kv_heads * (shape.key_length + shape.value_length) * number_bytes


def assumed_kv_bytes_per_token(billions: float) -> float:
    """For a model that does not tell its shape: Llama 3.1 8B's, with the square root of the parameters.

    An upper estimate for today's models with grouped-query attention from 0.5B to 70B.
    """
    return _LLAMA_BYTES * math.sqrt(billions / _LLAMA_BILLIONS)


def need(model: ModelInfo, context_tokens: int, number_bytes: float = F16_BYTES) -> Need | None:
    """What the model takes with so long a context; None where nobody knows how large it is."""
    weights = weights_bytes(model)
    if weights is None:
        return None
    cache = context_tokens * _per_token(model, weights, number_bytes)
    return Need(weights, round(cache), ENGINE_BYTES + round(weights * BUFFER_SHARE))


def max_context(model: ModelInfo, room: int, number_bytes: float = F16_BYTES) -> int:
    """The longest context in tokens that fits into `room` bytes, and that the model can hold.

    0 where not even an empty one fits, or where nobody knows how large the model is.
    """
    least = need(model, 0, number_bytes)
    if least is None or least.total > room:
        return 0
    tokens = int((room - least.total) / _per_token(model, least.weights, number_bytes))
    return min(tokens, model.context_tokens or tokens)


def _per_token(model: ModelInfo, weights: int, number_bytes: float) -> float:
    if model.kv is not None:
        return kv_bytes_per_token(model.kv, number_bytes)
    billions = model.parameters or weights / 1e9  # eight bits a weight, where nothing else is known
    return assumed_kv_bytes_per_token(billions) * number_bytes / F16_BYTES
