"""A limit of what the cloud may cost: whether a request stays below it, and what is said where not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

DEAR_USD = 15
"""A million tokens of a dear model: an example for whoever has to name a price."""
_ROUNDING = 1e-9


class Span(StrEnum):
    """What a limit is for."""

    REQUEST = "request"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One limit in US dollars, and how much of it is gone."""

    span: Span
    usd: float
    spent: float = 0.0
    under_way: float = 0.0
    """The most that requests may come to whose end is not known yet."""

    @property
    def key(self) -> str:
        return f"budget.usd_per_{self.span}"

    @property
    def left(self) -> float:
        return max(0.0, self.usd - self.spent - self.under_way)

    def bears(self, most: float) -> bool:
        """Whether a request that may cost as much stays within it."""
        return most <= self.left + _ROUNDING


def too_much(most: float | None, ceilings: Sequence[Ceiling]) -> str:
    """Why a request is not sent that may cost `most` (None: nobody knows), as it follows "because"; empty
    where every limit bears it."""
    if most is None:
        if not ceilings:
            return ""
        return "nobody knows what it costs, and so not whether the budget bears it (budget.unknown_price_usd)"
    hit = _hit(most, ceilings)
    if not hit:
        return ""
    return f"it could cost {dollars(most)}, and {', and '.join(map(_standing, hit))}"


def remedy(most: float | None, ceilings: Sequence[Ceiling]) -> str:
    """The command by which the user would allow what `too_much` refuses."""
    if most is None:
        return (
            "say what a million tokens of it come to, e.g. "
            f"`emberline budget set --unknown-price {DEAR_USD}` (0: nothing)"
        )
    options = " ".join(
        f"--{each.span} {_enough(each.spent + each.under_way + most)}" for each in _hit(most, ceilings)
    )
    return f"`emberline budget set {options}` would allow it"


def dollars(amount: float) -> str:
    """An amount as people read it, with as many places as it needs: $2.50, $0.0042."""
    return f"${amount:,.2f}" if amount >= 0.095 or amount == 0 else f"${amount:.2g}"


def _hit(most: float, ceilings: Iterable[Ceiling]) -> list[Ceiling]:
    return [each for each in ceilings if not each.bears(most)]


def _standing(ceiling: Ceiling) -> str:
    if ceiling.span is Span.REQUEST:
        return f"no more than {dollars(ceiling.usd)} a single request may cost ({ceiling.key})"
    whose = "today's" if ceiling.span is Span.DAY else "this month's"
    if ceiling.usd == 0:
        return f"{whose} budget is nothing ({ceiling.key})"
    gone = f"{dollars(ceiling.spent)} are spent"
    if ceiling.under_way:
        gone += f" and {dollars(ceiling.under_way)} promised to requests under way"
    return f"{dollars(ceiling.left)} are left of {whose} {dollars(ceiling.usd)} ({ceiling.key}): {gone}"


def _enough(usd: float) -> str:
    """The amount rounded up to two places that count, as one types it: 2.2, 0.036, 120."""
    step = 10.0 ** (math.floor(math.log10(usd)) - 1)
    return f"{math.ceil(usd / step - _ROUNDING) * step:.10f}".rstrip("0").rstrip(".")
