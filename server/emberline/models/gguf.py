"""Is this file one that the engine can load at all? Asked before a native library reads it."""

from __future__ import annotations

import struct
from pathlib import Path

from emberline.models.errors import NotGguf

MAGIC = b"GGUF"
VERSIONS = (2, 3)  # 1 was never released with quantized models, and llama.cpp dropped it


def check(path: Path) -> None:
    """Raise NotGguf unless the file begins as a GGUF file of a version that llama.cpp reads."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise NotGguf(
            f"{path} cannot be read ({error.strerror}): engine.model_path must name a GGUF file"
        ) from error
    if head[:4] != MAGIC or len(head) < 8:
        raise NotGguf(
            f"{path} is not a GGUF file: it begins with {head[:4]!r} instead of {MAGIC!r}. "
            "engine.model_path must name a model in llama.cpp's GGUF format"
        )
    (version,) = struct.unpack("<I", head[4:])
    if version not in VERSIONS:
        raise NotGguf(f"{path} is GGUF version {version}; llama.cpp reads {' and '.join(map(str, VERSIONS))}")
