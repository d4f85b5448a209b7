"""Anthropic's costs: the Console's CSV file and the answers of `/v1/organizations/cost_report`.

Source: Anthropic's Admin API reference, "Cost report": there amounts are decimal texts in cents, "123.45"
being $1.23; in the Console's file they are dollars.
"""

from __future__ import annotations

from collections.abc import Iterator

from emberline.account.usage import fields
from emberline.account.usage.entry import Bill, Entry, Json, Pause, Row, Source


def _has_columns(columns: frozenset[str]) -> bool:
    return {"usage_date_utc", "cost_usd"} <= columns


def _has_record(bucket: Json) -> bool:
    return "starting_at" in bucket and any("amount" in each for each in fields.results(bucket))


def _of_row(row: Row) -> Iterator[Entry]:
    item = row.get("model") or row.get("cost_type") or ""
    yield Bill("anthropic", item, *fields.day(row, "usage_date_utc"), usd=fields.amount(row, "cost_usd"))


def _of_record(bucket: Json) -> Iterator[Entry]:
    began, ended = fields.moment(bucket, "starting_at"), fields.moment(bucket, "ending_at")
    if not fields.results(bucket):
        yield Pause(began, ended)
    for result in fields.results(bucket):
        fields.dollars(result.get("currency", "USD"))
        item = (
            fields.text(result, "model")
            or fields.text(result, "description")
            or fields.text(result, "cost_type")
        )
        yield Bill("anthropic", item, began, ended, fields.amount(result, "amount") / 100)


SOURCE = Source(
    "Anthropic costs",
    "anthropic",
    "Console > Cost > Export, or GET /v1/organizations/cost_report with group_by[]=description",
    _has_columns,
    _has_record,
    _of_row,
    _of_record,
)
