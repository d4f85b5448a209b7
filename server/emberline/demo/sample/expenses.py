"""Household expenses: read from a CSV file, filtered, and summed up by category and month."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path


class BadRow(ValueError):
    """A row of the file that is no expense."""


@dataclass(frozen=True, slots=True)
class Expense:
    """One payment."""

    day: date
    category: str
    amount: Decimal
    note: str = ""

    @property
    def month(self) -> str:
        return f"{self.day.year}-{self.day.month:02}"


def parse(row: Mapping[str, str]) -> Expense:
    """One row of the file. Raises BadRow, which says what is wrong with it."""
    try:
        return Expense(
            day=date.fromisoformat(row["day"]),
            category=row["category"].strip().lower(),
            amount=Decimal(row["amount"]),
            note=row.get("note", "").strip(),
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise BadRow(f"{row}: {error}") from error


def read(path: Path) -> list[Expense]:
    """All expenses of a CSV file, oldest first."""
    with path.open(newline="", encoding="utf-8") as file:
        expenses = [parse(row) for row in csv.DictReader(file)]
    return sorted(expenses, key=lambda expense: expense.day)


def total(expenses: Iterable[Expense]) -> Decimal:
    """The sum of all amounts."""
    return sum((expense.amount for expense in expenses), Decimal())


def by_category(expenses: Iterable[Expense]) -> dict[str, Decimal]:
    """The sum of every category."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for expense in expenses:
        sums[expense.category] += expense.amount
    return dict(sums)


def by_month(expenses: Iterable[Expense]) -> dict[str, Decimal]:
    """The sum of every month."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for expense in expenses:
        sums[expense.month] += expense.amount
    return dict(sums)


def between(expenses: Iterable[Expense], first: date, last: date) -> list[Expense]:
    """The expenses from the first day to the last, both included."""
    return [expense for expense in expenses if first <= expense.day <= last]


def largest(expenses: Iterable[Expense], count: int = 10) -> list[Expense]:
    """The most expensive first."""
    return sorted(expenses, key=lambda expense: expense.amount, reverse=True)[:count]


def exceeded(expenses: Iterable[Expense], budget: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """By how much the categories that have a budget exceed it."""
    sums = by_category(expenses)
    return {name: sums[name] - limit for name, limit in budget.items() if sums.get(name, 0) > limit}
