"""What models ask for, and what answers came to. `unknown` throughout: the US dollars that a million tokens
count as, read or written, of a model whose price nobody knows; None where the user has named none."""

from __future__ import annotations

from dataclasses import replace

from emberline.backends.messages import Usage
from emberline.models import prices
from emberline.routing.fleet import Candidate, Fleet, Price
from emberline.routing.request import Request


def priced(fleet: Fleet, request: Request, unknown: float | None = None) -> Fleet:
    """The fleet with what each metered model would ask for a request of this size."""
    if not any(candidate.metered for candidate in fleet.candidates):
        return fleet
    return replace(
        fleet,
        candidates=tuple(
            replace(each, price=price(each, request, unknown)) if each.metered else each
            for each in fleet.candidates
        ),
    )


def price(candidate: Candidate, request: Request, unknown: float | None) -> Price | None:
    """What a metered model asks for a request of this size; None where nobody knows."""
    name, tokens = candidate.model.name, request.input_tokens
    found = prices.price(_provider(candidate), name, tokens) or prices.price("", name, tokens)
    if found is not None:
        return Price(*found)
    return None if unknown is None else Price(unknown, unknown, is_assumed=True)


def cost(candidate: Candidate, usage: Usage, unknown: float | None) -> float:
    """US dollars; 0.0 for what costs nothing, and for what nobody knows or has named a price of."""
    if not candidate.metered:
        return 0.0
    name, spent = candidate.model.name, (usage.read, usage.cached, usage.written)
    found = prices.cost(_provider(candidate), name, *spent)
    if found is None:
        found = prices.cost("", name, *spent)
    return found if found is not None else sum(spent) * (unknown or 0.0) / 1e6


def _provider(candidate: Candidate) -> str:
    """As the price data names it: by protocol for the providers' own, by address for what is compatible."""
    return candidate.address if candidate.protocol == "openai-compatible" else candidate.protocol
