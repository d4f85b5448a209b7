"""Quantizations: names in every spelling, bits, and what loses more."""

from __future__ import annotations

import pytest

from emberline.models.quantization import QUANTIZATIONS, Grade, named, of_file_type, parse, rank


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Q4_K_M", "Q4_K_M"),
        ("q4_k_m", "Q4_K_M"),
        ("Q4_K - Medium", "Q4_K_M"),
        ("Q5_K - Small", "Q5_K_S"),
        ("Q3_K - Large", "Q3_K_L"),
        ("Q4_K", "Q4_K_M"),
        ("UD-Q4_K_XL", "Q4_K_M"),
        ("Q8", "Q8_0"),
        ("iq4_xs", "IQ4_XS"),
        ("IQ4_XS - 4.25 bpw", "IQ4_XS"),
        ("4bit", "INT4"),
        ("4-bit", "INT4"),
        ("int4", "INT4"),
        ("8-bit", "INT8"),
        ("MXFP4", "MXFP4"),
        ("MXFP4 MoE", "MXFP4"),
        ("fp8_e4m3", "FP8"),
        ("FP16", "F16"),
        ("float16", "F16"),
        ("bfloat16", "BF16"),
        ("awq", "AWQ"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct-AWQ", "AWQ"),
        ("Qwen2.5-Coder-32B-Instruct-GPTQ-Int4", "INT4"),
        ("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("Qwen2.5 Coder 0.5B Instruct AWQ", "AWQ"),
        ("hf.co/bartowski/Codestral-22B-v0.1-GGUF:Q6_K", "Q6_K"),
        ("mlx-community/Qwen3-8B-4bit", "INT4"),
        ("unknown", None),
        ("", None),
        ("llama3.1:8b", None),
        ("Q9_K", None),
    ],
)
def test_spellings(text: str, name: str | None) -> None:
    found = parse(text)
    assert (found and found.name) == name


@pytest.mark.parametrize("quantization", QUANTIZATIONS, ids=str)
def test_every_name_means_itself(quantization: object) -> None:
    assert parse(str(quantization)) is quantization


@pytest.mark.parametrize(
    ("name", "bits"),
    [("Q4_K_M", 4.89), ("Q5_K_S", 5.57), ("Q5_K_M", 5.70), ("Q6_K", 6.56), ("Q8_0", 8.50), ("F16", 16)],
)
def test_bits(name: str, bits: float) -> None:
    assert named(name).bits == bits


def test_what_loses_more() -> None:
    """By perplexity, not by size: IQ4_XS beats the larger Q4_1."""
    order = [
        "Q2_K",
        "Q3_K_S",
        "Q3_K_M",
        "Q4_1",
        "IQ4_XS",
        "Q4_K_S",
        "Q4_K_M",
        "Q5_K_M",
        "Q6_K",
        "Q8_0",
        "F16",
    ]
    assert sorted(order, key=lambda name: rank(named(name))) == order
    assert rank(None) < rank(QUANTIZATIONS[0])


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("Q3_K_L", Grade.ROUGH),
        ("Q4_K_M", Grade.ROUTINE),
        ("Q6_K", Grade.ROUTINE),
        ("Q8_0", Grade.PRECISE),
        ("FP8", Grade.PRECISE),
        ("F16", Grade.PRECISE),
    ],
)
def test_grades(name: str, grade: Grade) -> None:
    assert named(name).grade is grade


def test_grades_and_ranks_agree() -> None:
    grades = [quantization.grade for quantization in QUANTIZATIONS]
    assert grades == sorted(grades)


@pytest.mark.parametrize(
    ("number", "name"),
    [(15, "Q4_K_M"), (7, "Q8_0"), (1024 | 17, "Q5_K_M"), (38, "MXFP4"), (5, None), (-1, None), (9999, None)],
)
def test_file_types(number: int, name: str | None) -> None:
    found = of_file_type(number)
    assert (found and found.name) == name
