"""Memory: the formulas against files and engines that were measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.models.info import KvShape, ModelInfo
from emberline.models.memory import (
    assumed_kv_bytes_per_token,
    kv_bytes_per_token,
    max_context,
    need,
    weights_bytes,
)

LLAMA_8B = KvShape(32, 8, 128, 128)
LLAMA_70B = KvShape(80, 8, 128, 128)
QWEN_HALF = KvShape(24, 2, 64, 64)


def model(
    billions: float | None,
    quantization: str = "Q4_K_M",
    kv: KvShape | None = None,
    size: int | None = None,
    context: int | None = None,
) -> ModelInfo:
    return ModelInfo(
        "m", parameters=billions, quantization=quantization, kv=kv, size_bytes=size, context_tokens=context
    )


@pytest.mark.parametrize(
    ("billions", "quantization", "gigabytes"),
    [
        (8.03, "Q4_K_M", 4.9),
        (8.03, "Q8_0", 8.5),
        (70.6, "Q4_K_M", 43),
        (70.6, "Q8_0", 75),
        (8.03, "F16", 16),
        (0.5, "4-bit", 0.28),
    ],
)
def test_weights(billions: float, quantization: str, gigabytes: float) -> None:
    found = weights_bytes(model(billions, quantization))
    assert found is not None and found / 1e9 == pytest.approx(gigabytes, rel=0.02)


def test_a_files_own_size_counts_first() -> None:
    assert weights_bytes(model(8.03, size=5_000_000_000)) == 5_000_000_000


@pytest.mark.parametrize("unknown", [model(None), model(8.03, ""), model(8.03, "mystery")])
def test_what_nobody_knows(unknown: ModelInfo) -> None:
    assert weights_bytes(unknown) is None
    assert need(unknown, 4096) is None
    assert max_context(unknown, 10**12) == 0


@pytest.mark.parametrize(
    ("shape", "number_bytes", "expected"),
    [
        (LLAMA_8B, 2, 128 * 1024),
        (LLAMA_70B, 2, 320 * 1024),
        (LLAMA_8B, 34 / 32, 68 * 1024),
        (QWEN_HALF, 2, 12 * 1024),
        (KvShape(61, 1, 576, 512), 2, 132_736),  # DeepSeek-V3: one latent head, of unequal lengths
    ],
)
def test_cache(shape: KvShape, number_bytes: float, expected: float) -> None:
    assert kv_bytes_per_token(shape, number_bytes) == expected


@pytest.mark.parametrize(
    ("billions", "shape"),
    [
        (0.49, QWEN_HALF),
        (1.54, KvShape(28, 2, 128, 128)),
        (7.6, KvShape(28, 4, 128, 128)),
        (8.03, LLAMA_8B),
        (32.8, KvShape(64, 8, 128, 128)),
        (70.6, LLAMA_70B),
    ],
)
def test_an_unknown_shape_is_assumed_large_enough(billions: float, shape: KvShape) -> None:
    assumed = assumed_kv_bytes_per_token(billions)
    assert kv_bytes_per_token(shape) <= assumed <= 3 * kv_bytes_per_token(shape)


@pytest.mark.parametrize(("context", "measured"), [(4096, 674e6), (4096, 730e6), (16_384, 827e6)])
def test_an_engine_as_it_was_measured(context: int, measured: float) -> None:
    """With the 0.5B model, to a tenth."""
    found = need(model(0.63, size=491_400_064, kv=QWEN_HALF), context)
    assert found is not None
    assert found.total == pytest.approx(measured, rel=0.1)
    assert found.weights + found.beside_weights == found.total


@pytest.mark.parametrize(
    ("room", "context", "expected"),
    [
        (4_000_000_000, None, 0),
        (6_000_000_000, None, 5686),
        (16_000_000_000, 131_072, 81_980),
        (64_000_000_000, 131_072, 131_072),
    ],
)
def test_longest_contexts(room: int, context: int | None, expected: int) -> None:
    assert max_context(model(8.03, kv=LLAMA_8B, context=context), room) == pytest.approx(expected, abs=2)


shapes = st.one_of(st.none(), st.builds(KvShape, *[st.integers(1, 200)] * 4))


@given(billions=st.floats(0.1, 500), room=st.integers(0, 10**12), kv=shapes)
def test_what_is_said_to_fit_fits(billions: float, room: int, kv: KvShape | None) -> None:
    any_model = model(billions, kv=kv)
    tokens = max_context(any_model, room)
    taken, more = need(any_model, tokens), need(any_model, tokens + 2)
    assert taken is not None and more is not None
    assert more.total > room
    assert tokens == 0 or taken.total <= room + 1
