"""Prices and context windows come from the package's data: tested by what must hold between its figures."""

from __future__ import annotations

import subprocess
import sys

import pytest

from emberline.models.prices import context_window, cost, price


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o"),
        ("openai", "gpt-4o-2024-08-06"),
        ("anthropic", "claude-3-5-sonnet"),
        ("mistral", "codestral-latest"),
        ("deepseek", "deepseek-chat"),
        ("https://api.openai.com/v1", "gpt-4o"),
    ],
)
def test_the_usual_models_are_known(provider: str, model: str) -> None:
    window = context_window(provider, model)
    assert window is not None and window >= 32_000
    prices = price(provider, model)
    assert prices is not None
    assert 0 < prices[0] < prices[1] < 1000


@pytest.mark.parametrize("provider", ["openai", "no such provider", "https://models.example/v1"])
def test_an_unknown_model_has_an_unknown_price_not_none_at_all(provider: str) -> None:
    assert context_window(provider, "house-model-7b") is None
    assert price(provider, "house-model-7b") is None
    assert cost(provider, "house-model-7b", 10, 0, 10) is None


def test_a_long_input_is_dearer_where_the_provider_has_tiers() -> None:
    short = price("anthropic", "claude-sonnet-4-5", 1000)
    long = price("anthropic", "claude-sonnet-4-5", 300_000)
    assert short is not None and long is not None
    assert long[0] > short[0] and long[1] > short[1]


def test_a_request_costs_its_tokens_and_cached_ones_less() -> None:
    prices = price("openai", "gpt-4o", 3000)
    fresh = cost("openai", "gpt-4o", 3000, 0, 500)
    cached = cost("openai", "gpt-4o", 1000, 2000, 500)
    assert prices is not None and fresh is not None and cached is not None
    assert fresh == pytest.approx((3000 * prices[0] + 500 * prices[1]) / 1e6)
    assert 500 * prices[1] / 1e6 < cached < fresh


def test_the_data_is_loaded_when_first_asked_for() -> None:
    code = "import sys, emberline.models.prices; print('genai_prices' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
