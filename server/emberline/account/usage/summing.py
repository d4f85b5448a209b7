"""Everything that was read, summed up: what could run here, what stays, and what that comes to a month.

Records are summed as they come, so a file of any length takes no more memory than it has models and kinds
of work, and of a spend log some 70 bytes for each request, by which it is known again. Which days an export
covers is known by its first and its last record.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from emberline.account.usage.entry import Bill, Entry, Pause, Source, Usage
from emberline.account.usage.pricing import listed
from emberline.account.usage.verdict import Judged, Verdict, judge

MONTH_DAYS = 365.25 / 12
_DAY = 86_400.0


@dataclass(slots=True)
class Sum:
    """What some records came to."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    """As the export says it, else by list prices."""
    unpriced_tokens: int = 0
    """Of models whose price nobody knows: in no sum of dollars."""

    def add(self, other: Sum) -> None:
        self.requests += other.requests
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.usd += other.usd
        self.unpriced_tokens += other.unpriced_tokens


@dataclass(slots=True)
class Covered:
    """A source's time, and how its records are priced."""

    provider: str
    """Empty where there may be several."""
    files: list[str] = field(default_factory=list)
    records: int = 0
    began: float = math.inf
    ended: float = -math.inf
    said_usd: float = 0.0
    """What the export itself says."""
    listed_usd: float = 0.0
    """By list prices, of what has one."""
    said_of_listed_usd: float = 0.0
    """What the export says of the same."""
    is_bill: bool = False

    @property
    def days(self) -> float:
        """At least one: an export of some minutes says nothing of a month's."""
        return max((self.ended - self.began) / _DAY, 1.0)

    @property
    def a_month(self) -> float:
        """By what its sums are multiplied to be a month's."""
        return MONTH_DAYS / self.days


@dataclass(frozen=True, slots=True)
class Key:
    """What is summed together."""

    source: str
    provider: str
    model: str
    judged: Judged


class Summing:
    """Takes records, one at a time."""

    def __init__(self, most_tokens: int, price: Callable[[Usage], float | None] = listed) -> None:
        self.sums: dict[Key, Sum] = {}
        self.bills: dict[tuple[str, str, str], float] = {}
        """US dollars by source, provider and item."""
        self.covered: dict[str, Covered] = {}
        """By source."""
        self.repeated = 0
        """Records that stood in an earlier file already."""
        self.unfinished: list[str] = []
        """Files that end as a page which others follow."""
        self._seen: set[int] = set()
        self._most_tokens = most_tokens
        self._price = price

    def add(self, source: Source, file: str, entry: Entry) -> None:
        if isinstance(entry, Usage) and entry.id and self._is_repeated(entry.id):
            self.repeated += 1
            return
        covered = self._covering(source, file, entry)
        match entry:
            case Bill():
                covered.said_usd += entry.usd
                key = (source.name, entry.provider, entry.item)
                self.bills[key] = self.bills.get(key, 0.0) + entry.usd
            case Usage():
                self._add_usage(source, covered, entry)

    def _is_repeated(self, name: str) -> bool:
        mark = hash(name)
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False

    def _covering(self, source: Source, file: str, entry: Entry) -> Covered:
        covered = self.covered.setdefault(source.name, Covered(source.provider))
        if file not in covered.files:
            covered.files.append(file)
        covered.records += not isinstance(entry, Pause)
        covered.began, covered.ended = min(covered.began, entry.began), max(covered.ended, entry.ended)
        covered.is_bill |= isinstance(entry, Bill)
        return covered

    def _add_usage(self, source: Source, covered: Covered, usage: Usage) -> None:
        judged = judge(usage, self._most_tokens)
        is_free = judged.verdict in (Verdict.LOCAL, Verdict.UNPAID)
        price = 0.0 if is_free else self._price(usage)
        cost = usage.cost_usd if usage.cost_usd is not None else price
        covered.said_usd += usage.cost_usd or 0.0
        if price is not None:
            covered.listed_usd += price
            covered.said_of_listed_usd += usage.cost_usd or 0.0
        tokens = usage.input_tokens + usage.output_tokens
        self.sums.setdefault(Key(source.name, usage.provider, usage.model, judged), Sum()).add(
            Sum(
                usage.requests or 0,
                usage.input_tokens,
                usage.output_tokens,
                cost or 0.0,
                tokens if cost is None else 0,
            )
        )
