"""What usage costs by the providers' list prices, for exports that do not say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from emberline.account.usage.entry import Usage
from emberline.models import prices

BATCH_SHARE = 0.5
"""Of the list price. Source: OpenAI's and Anthropic's pages on their batch APIs."""


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for one token."""

    read: float
    cached: float
    into_cache: float
    written: float


def listed(usage: Usage) -> float | None:
    """US dollars by list price; None where nobody knows one. The tier is that of the mean request."""
    mean = usage.input_tokens // max(usage.requests or 1, 1) if usage.requests else 0
    rates = _rates(usage.provider, usage.model, max(mean - mean % 1000, 1))
    if rates is None:
        return None
    fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
    full = (
        fresh * rates.read
        + usage.cache_read_tokens * rates.cached
        + usage.cache_write_tokens * rates.into_cache
        + usage.output_tokens * rates.written
    )
    return full * BATCH_SHARE if usage.is_batch else full


@lru_cache(maxsize=4096)
def _rates(provider: str, model: str, tokens: int) -> Rates | None:
    """Of a model for an input of so many tokens."""
    if not model:
        return None
    for whose in dict.fromkeys((provider, "")):
        found = prices.rates(whose, model, tokens)
        if found is not None:
            return Rates(*found)
    return None
