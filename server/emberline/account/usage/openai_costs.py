"""OpenAI's costs: the dashboard's CSV file and the answers of `/v1/organization/costs`.

Source: OpenAI's API reference, "Costs". Where they are grouped by item, one is a model and what of it was
used: "gpt-4o-2024-08-06, input".
"""

from __future__ import annotations

from collections.abc import Iterator

from emberline.account.usage import fields
from emberline.account.usage.entry import Bill, Entry, Json, Pause, Row, Source

_OBJECT = "organization.costs.result"


def _has_columns(columns: frozenset[str]) -> bool:
    return {"start_time", "end_time", "amount_value"} <= columns


def _has_record(bucket: Json) -> bool:
    return any(each.get("object") == _OBJECT for each in fields.results(bucket))


def _of_row(row: Row) -> Iterator[Entry]:
    began, ended = fields.moment(row, "start_time"), fields.moment(row, "end_time")
    if not row["amount_value"]:
        yield Pause(began, ended)
        return
    fields.dollars(row.get("amount_currency") or "usd")
    item = _item(row.get("line_item", ""))
    yield Bill("openai", item, began, ended, fields.amount(row, "amount_value"))


def _of_record(bucket: Json) -> Iterator[Entry]:
    began, ended = fields.moment(bucket, "start_time"), fields.moment(bucket, "end_time")
    if not fields.results(bucket):
        yield Pause(began, ended)
    for result in fields.results(bucket):
        money = fields.inner(result, "amount")
        fields.dollars(money.get("currency"))
        item = _item(fields.text(result, "line_item"))
        yield Bill("openai", item, began, ended, fields.amount(money, "value"))


def _item(line: str) -> str:
    """The model, or what else was charged."""
    return line.partition(",")[0].strip()


SOURCE = Source(
    "OpenAI costs",
    "openai",
    "Usage > Cost > Export, or GET /v1/organization/costs with group_by=line_item",
    _has_columns,
    _has_record,
    _of_row,
    _of_record,
)
