"""A stand-in for the engine's library, and a model file for it: the real supervisor and the real host process
run, only llama.cpp and the weights are not there.

`xllamacpp.py` beside this file is found where `PYTHONPATH` names this folder.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
_SENTINELS = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")


def environment(**wishes: object) -> dict[str, str]:
    """This process's environment, in which every engine is a stand-in; `wishes` are its own (`delay` becomes
    `STAND_IN_DELAY`; see its module)."""
    named = {f"STAND_IN_{name.upper()}": str(value) for name, value in wishes.items()}
    path = os.pathsep.join(filter(None, (str(FOLDER), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, **named, "PYTHONPATH": path}


def model_file(folder: Path) -> Path:
    """A GGUF file that tells of a model with tokens for filling in, and holds none."""
    path = folder / "stand-in.gguf"
    facts: dict[str, str | int] = {
        "general.architecture": "qwen2",
        "general.name": "stand-in",
        "qwen2.context_length": 4096,
    }
    path.write_bytes(_gguf(facts))
    return path


def _gguf(facts: Mapping[str, str | int]) -> bytes:
    """Version 3, as docs/gguf.md describes it: no tensors, these facts and the vocabulary."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    def fact(value: str | int) -> bytes:
        if isinstance(value, str):
            return struct.pack("<I", 8) + text(value)
        return struct.pack("<II", 4, value)

    tokens = struct.pack("<IIQ", 9, 8, len(_SENTINELS)) + b"".join(map(text, _SENTINELS))
    entries = [text(name) + fact(value) for name, value in facts.items()]
    entries.append(text("tokenizer.ggml.tokens") + tokens)
    entries.append(text("tokenizer.chat_template") + fact("{{ messages }}"))
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries)
