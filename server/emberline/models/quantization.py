"""How weights are stored: bits a weight, which loses more, and how backends spell the names.

Sources of the bits: llama.cpp's tools/quantize/README.md, measured on Llama 3.1 8B; for the rest, the
layout of the blocks in ggml-common.h; for AWQ, GPTQ and MLX, 4 or 8 bits and a scale and a zero point a group
of 128 (MLX: 64) weights. Source of the order: the perplexities that `llama-quantize --help` prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache


class Grade(IntEnum):
    """What a quantization is good for: they are not equivalent."""

    ROUGH = 0
    """Below four bits: noticeably worse at everything."""
    ROUTINE = 1
    """Completion, summaries, classification: what is lost shows in long chains of reasoning."""
    PRECISE = 2
    """Next to nothing is lost: multi-step reasoning, strict JSON."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """One way to store weights."""

    name: str
    """As llama.cpp spells it."""
    bits: float
    """Bits a weight, over the whole file."""
    grade: Grade

    def __str__(self) -> str:
        return self.name


def _graded(grade: Grade, **bits: float) -> tuple[Quantization, ...]:
    return tuple(Quantization(name, value, grade) for name, value in bits.items())


QUANTIZATIONS = (
    *_graded(
        Grade.ROUGH,
        IQ1_S=2.00, TQ1_0=1.69, IQ1_M=2.15, TQ2_0=2.06, IQ2_XXS=2.38, IQ2_XS=2.59, IQ2_S=2.74, Q2_K_S=2.97,
        IQ2_M=2.93, Q2_K=3.16, IQ3_XXS=3.25, Q3_K_S=3.64, IQ3_XS=3.50, IQ3_S=3.66, IQ3_M=3.76, Q3_K_M=4.00,
        Q3_K_L=4.30,
    ),
    *_graded(
        Grade.ROUTINE,
        Q4_0=4.50, Q4_1=5.00, MXFP4=4.25, NVFP4=4.50, INT4=4.50, GPTQ=4.25, AWQ=4.25, IQ4_XS=4.46,
        IQ4_NL=4.68, Q4_K_S=4.67, Q4_K_M=4.89, Q5_0=5.50, Q5_1=6.00, Q5_K_S=5.57, Q5_K_M=5.70, Q6_K=6.56,
    ),
    *_graded(Grade.PRECISE, FP8=8.00, INT8=8.50, Q8_0=8.50, BF16=16.00, F16=16.00, F32=32.00),
)  # fmt: skip
"""Worst first."""

_BY_NAME = {quantization.name: quantization for quantization in QUANTIZATIONS}
_RANKS = {quantization.name: rank for rank, quantization in enumerate(QUANTIZATIONS)}

_OTHER_NAMES = {
    "FP16": "F16", "FLOAT16": "F16", "HALF": "F16",
    "FP32": "F32", "FLOAT32": "F32",
    "BFLOAT16": "BF16",
    "4BIT": "INT4", "W4A16": "INT4", "NF4": "INT4", "BNB4": "INT4",
    "8BIT": "INT8", "W8A8": "INT8", "W8A16": "INT8",
    "F8": "FP8", "FP8_E4M3": "FP8", "FP8_E5M2": "FP8",
    "MXFP4_MOE": "MXFP4",
    "Q2_K_L": "Q2_K", "Q2_K_M": "Q2_K", "Q2_K_XL": "Q2_K",
    "Q3_K": "Q3_K_M", "Q3_K_XL": "Q3_K_L",
    "Q4_K": "Q4_K_M", "Q4_K_L": "Q4_K_M", "Q4_K_XL": "Q4_K_M",
    "Q5_K": "Q5_K_M", "Q5_K_L": "Q5_K_M", "Q5_K_XL": "Q5_K_M",
    "Q6_K_L": "Q6_K", "Q6_K_XL": "Q6_K",
    "Q8": "Q8_0", "Q8_K": "Q8_0", "Q8_K_XL": "Q8_0",
}  # fmt: skip
"""Other spellings, and mixtures that keep some tensors a step finer."""

_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
    37: "TQ2_0", 38: "MXFP4", 39: "NVFP4",
}  # fmt: skip
_GUESSED = 1024
"""Set in a file type that llama.cpp guessed from the tensors."""


def named(name: str) -> Quantization:
    """The one of exactly this name; `KeyError` where there is none."""
    return _BY_NAME[name]


@lru_cache(maxsize=256)
def parse(text: str) -> Quantization | None:
    """The quantization that a backend's or a file's name for it means; None where it means none.

    Reads "q4_k_m", "Q4_K - Medium" and "Q4_K" (llama.cpp, LM Studio), "4-bit", "4bit" and "int4" (MLX, vLLM),
    "fp8", "AWQ", and finds one of these in a longer name: "qwen2.5-coder-7b-instruct-q4_k_m.gguf".
    """
    spelling = re.sub(r"\s+-\s+(SMALL|MEDIUM|LARGE)", lambda size: f"_{size[1][0]}", text.upper().strip())
    spelling = re.sub(r"\b(INT)?([48])[- ]?BITS?\b", r"\2BIT", spelling)
    for candidate in (spelling, *reversed(re.split(r"[^A-Z0-9_]+", spelling))):
        found = _BY_NAME.get(_OTHER_NAMES.get(candidate, candidate))
        if found is not None:
            return found
    return None


def of_file_type(number: int) -> Quantization | None:
    """By `general.file_type` of a GGUF file. Source: `enum llama_ftype` of llama.h."""
    return _BY_NAME.get(_FILE_TYPES.get(number & ~_GUESSED, ""))


def rank(quantization: Quantization | None) -> int:
    """Places it among all: the higher, the less is lost; -1 for an unknown one."""
    return -1 if quantization is None else _RANKS[quantization.name]
