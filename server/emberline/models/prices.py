"""What a hosted model holds and costs, by the `genai-prices` package's bundled data.

Prices change, are tiered by input length, and differ by time of day: none of that is kept in a table of ours.
The package is imported at the first question (0.1 s and 13 MB), so whoever uses no cloud never pays for it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

_MILLION = 1_000_000


def context_window(provider: str, model: str) -> int | None:
    """How many tokens the model holds, input and answer; None where the data does not say.

    `provider` is the package's name of it ("openai", "anthropic", "mistral", "deepseek", …) or the address of
    its API, which the package recognises too.
    """
    from genai_prices.data_snapshot import get_snapshot

    named = {"provider_id": None, "provider_api_url": None} | _provider(provider)
    try:
        _, found = get_snapshot().find_provider_model(model, None, **named)
    except LookupError:
        return None
    return found.context_window


def price(provider: str, model: str, input_tokens: int = 0) -> tuple[float, float] | None:
    """US dollars for a million tokens of input and of answer, in the tier of so long an input.

    None where the data does not know the model: its price is then unknown, not nothing. An empty `provider`
    stands for whoever the model is from: a gateway asks about as much.
    """
    input_tokens = max(input_tokens, 1)
    found = _calculated(provider, model, input_tokens=input_tokens, output_tokens=_MILLION)
    if found is None:
        return None
    return float(found.input_price * _MILLION / Decimal(input_tokens)), float(found.output_price)


def cost(provider: str, model: str, read: int, cached: int, written: int) -> float | None:
    """US dollars for one finished request: tokens read anew, found in the provider's cache, and written."""
    found = _calculated(
        provider, model, input_tokens=read + cached, cache_read_tokens=cached, output_tokens=written
    )
    return None if found is None else float(found.total_price)


def rates(provider: str, model: str, input_tokens: int) -> tuple[float, float, float, float] | None:
    """US dollars for one token, in the tier of so long an input: read anew, read from the provider's cache,
    read into it, and written. None where the data does not know the model."""
    tokens = max(input_tokens, 1)
    fresh = _calculated(provider, model, input_tokens=tokens, output_tokens=_MILLION)
    cached = _calculated(provider, model, input_tokens=tokens, cache_read_tokens=tokens)
    into = _calculated(provider, model, input_tokens=tokens, cache_write_tokens=tokens)
    if fresh is None or cached is None or into is None:
        return None
    anew, found, kept = (float(each.input_price) / tokens for each in (fresh, cached, into))
    return anew, found, kept, float(fresh.output_price) / _MILLION


def _calculated(provider: str, model: str, **tokens: int) -> PriceCalculation | None:
    from genai_prices import Usage, calc_price

    try:
        return calc_price(Usage(**tokens), model, **_provider(provider))
    except LookupError:
        return None


def _provider(provider: str) -> dict[str, Any]:
    if not provider:
        return {}
    return {"provider_api_url" if "://" in provider else "provider_id": provider}
