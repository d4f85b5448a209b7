"""The estimate of token counts, against those of a real tokenizer.

tokens.json holds texts with the counts that Qwen2.5-Coder's tokenizer gave them (llama.cpp's `/tokenize`).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.routing.estimate import tokens

SAMPLES = json.loads(Path(__file__).with_name("tokens.json").read_text())


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["kind"] for sample in SAMPLES])
def test_it_is_near_the_true_count_and_rather_above(sample: dict[str, object]) -> None:
    true, estimated = sample["tokens"], tokens(str(sample["text"]))
    least = 0.3 if sample["kind"] == "russian" else 0.7

    assert isinstance(true, int)
    assert least <= true / estimated <= 1.15


def test_over_many_texts_it_is_on_the_safe_side() -> None:
    true = sum(sample["tokens"] for sample in SAMPLES)
    estimated = sum(tokens(sample["text"]) for sample in SAMPLES)

    assert true <= estimated <= 1.25 * true


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(one: str, other: str) -> None:
    assert tokens(f"{one} {other}") >= max(tokens(one), tokens(other))


@pytest.mark.parametrize(("text", "count"), [("", 0), ("\udc80 \x00", 2), (" " * 100, 0)])
def test_any_text_at_all(text: str, count: int) -> None:
    assert tokens(text) == count
