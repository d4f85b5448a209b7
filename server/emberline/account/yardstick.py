"""What work done on this machine would have cost in the cloud: by the model that the user has configured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from emberline.config.schema import Router
from emberline.models import prices

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for one token, read anew, found in the provider's cache, and written."""

    read: float
    cached: float
    written: float


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A cloud model and its prices."""

    model: str
    """Empty where no configured model has a known price."""
    rates: Callable[[int], Rates | None]
    """For an input of so many tokens, by the provider's tiers."""

    def cost(self, requests: int, read: float, cached: float, written: float) -> float | None:
        """US dollars for `requests` of about one length, whose tokens these are in all.

        What the local cache held counts as found in the provider's: the lower price, where there is one.
        """
        rates = self.rates(round((read + cached) / max(requests, 1)))
        if rates is None:
            return None
        return read * rates.read + cached * rates.cached + written * rates.written


def yardstick(router: Router) -> Yardstick:
    """The first choice of `router.model_routing.cloud`, or where nobody knows its price the second."""
    cloud = router.model_routing.cloud
    for model in (cloud.default, cloud.fallback):
        for provider in (router.cloud_endpoint, ""):
            if prices.price(provider, model, 1) is not None:
                return Yardstick(model, cache(_rates(provider, model)))
    return Yardstick("", lambda tokens: None)


def _rates(provider: str, model: str) -> Callable[[int], Rates | None]:
    def rates(tokens: int) -> Rates | None:
        tokens = max(tokens, 1)
        read = prices.cost(provider, model, tokens, 0, 0)
        cached = prices.cost(provider, model, 0, tokens, 0)
        both = prices.cost(provider, model, tokens, 0, _MILLION)
        if read is None or cached is None or both is None:
            return None
        return Rates(read / tokens, cached / tokens, (both - read) / _MILLION)

    return rates
