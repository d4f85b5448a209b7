"""A request for embeddings in OpenAI's form, and its answer. Pure.

Format: OpenAI's API reference, "Create embeddings".
"""

from __future__ import annotations

import array
import base64
import sys
from dataclasses import dataclass
from typing import Any, Literal

from emberline.backends.messages import Vectors
from emberline.gateway.body import Body, read
from emberline.gateway.refusal import malformed

MOST_TEXTS = 2048
"""OpenAI takes no more in one request."""


class VectorBody(Body):
    """The fields that have an effect."""

    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class AskedVectors:
    """Embeddings that are wanted."""

    model: str
    texts: tuple[str, ...]
    is_packed: bool
    """As base 64 of 32-bit floats, little-endian."""
    dimensions: int | None


def asked(content: bytes) -> AskedVectors:
    """What the body asks for. Raises `Refused`."""
    body = read(VectorBody, content)
    texts = (body.input,) if isinstance(body.input, str) else tuple(body.input)
    if not 0 < len(texts) <= MOST_TEXTS or not all(texts):
        raise malformed(f"input must be 1 to {MOST_TEXTS} texts, none of them empty", "input")
    return AskedVectors(body.model, texts, body.encoding_format == "base64", body.dimensions)


def answer(vectors: Vectors, asked: AskedVectors, model: str, tokens: int) -> dict[str, Any]:
    """The answer. Raises `Refused` where the vectors have not the dimensions that were asked for."""
    length = len(vectors.values[0])
    if asked.dimensions not in (None, length):
        raise malformed(
            f"{model} makes vectors of {length} dimensions", "dimensions", "unsupported_parameter"
        )
    data = [
        {"object": "embedding", "index": at, "embedding": _packed(values) if asked.is_packed else values}
        for at, values in enumerate(vectors.values)
    ]
    read = vectors.read or tokens
    return {
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": read, "total_tokens": read},
    }


def _packed(values: tuple[float, ...]) -> str:
    floats = array.array("f", values)
    if sys.byteorder == "big":
        floats.byteswap()
    return base64.b64encode(floats.tobytes()).decode()
