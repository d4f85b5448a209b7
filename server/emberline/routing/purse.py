"""The budget of one router: what is left, what models ask for, and the most of each request put aside."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Usage
from emberline.config.schema import Budget
from emberline.observe import periods
from emberline.observe.till import Standing, Till
from emberline.routing import demand, pricing
from emberline.routing.ceiling import Ceiling, Span, remedy, too_much
from emberline.routing.fleet import Candidate, Fleet
from emberline.routing.request import Request

NOTHING = Standing(0.0, 0.0)


class OverBudget(Failure):
    """A limit does not bear what the request could cost; nothing was sent."""

    kind = Kind.FORBIDDEN


class Purse:
    """By the limits of the configuration, over what all windows spend."""

    def __init__(self, budget: Budget, till: Till) -> None:
        self.budget = budget
        """Replaced when the configuration changes."""
        self.till = till

    # -- before a decision ----------------------------------------------------------------------------

    def limits(self) -> tuple[Ceiling, ...]:
        """The limits, without a look at what is spent."""
        return self._ceilings((limit, NOTHING) for limit in self._limits(0.0))

    def ceilings(self) -> tuple[Ceiling, ...]:
        """The limits and what of them is gone, by what this process knows: for a decision."""
        return self._ceilings((limit, self.till.standing(limit.since)) for limit in self._limits(time.time()))

    def everybodys(self) -> tuple[Ceiling, ...]:
        """The limits of a request, a day and a month (infinite where none is set), with what all windows have
        spent and under way at this moment. Reads files."""
        now, promises = time.time(), self.till.promises()
        limits = (_Limit(Span.DAY, math.inf, periods.day_began(now)), *self._limits(now))

        def gone(limit: _Limit) -> Standing:
            under_way = sum(each.usd for each in promises if each.at >= limit.since)
            return Standing(self.till.ledger.spent_now(limit.since), under_way)

        by_span = {limit.span: (limit, gone(limit)) for limit in limits}  # a limit that is set comes later
        return self._ceilings(by_span.values())

    def priced(self, fleet: Fleet, request: Request) -> Fleet:
        """The fleet with what each metered model would ask for a request of this size."""
        return pricing.priced(fleet, request, self.budget.unknown_price_usd)

    # -- around a request -----------------------------------------------------------------------------

    async def put_aside(self, request: Request, candidate: Candidate) -> Callable[[], None]:
        """Puts aside the most that this request can cost there. What is returned gives it back, for after the
        request's record. Raises `OverBudget`."""
        if not candidate.metered:
            return _nothing
        most = await asyncio.to_thread(self._most, request, candidate)  # the price data takes 0.1 s to load
        limits = self._limits(time.time())

        def check(standings: tuple[Standing, ...]) -> None:
            ceilings = self._ceilings(zip(limits, standings, strict=True))
            if why := too_much(most, ceilings):
                raise OverBudget(f"{candidate.key} is out because {why}; {remedy(most, ceilings)}")

        return await self.till.put_aside(most or 0.0, [limit.since for limit in limits], check)

    def _most(self, request: Request, candidate: Candidate) -> float | None:
        price = pricing.price(candidate, request, self.budget.unknown_price_usd)
        return demand.cost(request, replace(candidate, price=price))

    def cost(self, candidate: Candidate, usage: Usage) -> float:
        """What an answer came to, in US dollars."""
        return pricing.cost(candidate, usage, self.budget.unknown_price_usd)

    # -- the limits -----------------------------------------------------------------------------------

    def _limits(self, now: float) -> tuple[_Limit, ...]:
        budget = self.budget
        month = _Limit(Span.MONTH, budget.usd_per_month, periods.month_began(now))
        if budget.usd_per_day is None:
            return (month,)
        return _Limit(Span.DAY, budget.usd_per_day, periods.day_began(now)), month

    def _ceilings(self, gone: Iterable[tuple[_Limit, Standing]]) -> tuple[Ceiling, ...]:
        return (
            Ceiling(Span.REQUEST, self.budget.usd_per_request),
            *(Ceiling(limit.span, limit.usd, each.spent, each.under_way) for limit, each in gone),
        )


class _Limit(NamedTuple):
    """What may be spent from some moment on."""

    span: Span
    usd: float
    since: float


def _nothing() -> None:
    """Of what costs nothing, nothing was put aside."""
