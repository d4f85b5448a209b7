"""Anthropic's usage: the Console's CSV file and the answers of `/v1/organizations/usage_report/messages`.

Source: Anthropic's Admin API reference, "Usage report". Tokens are counted by how they were read: anew, from
a cache, or into one. Requests are not counted at all, so nobody can say how long one was; only whether its
context was longer than 200 000 tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emberline.account.usage import fields
from emberline.account.usage.entry import Entry, Json, Pause, Row, Source, Usage

_WRITES = (
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
    "usage_input_tokens_cache_write",
)


def _has_columns(columns: frozenset[str]) -> bool:
    return {"usage_date_utc", "usage_input_tokens_no_cache", "usage_output_tokens"} <= columns


def _has_record(bucket: Json) -> bool:
    return any("uncached_input_tokens" in each for each in fields.results(bucket))


def _of_row(row: Row) -> Iterator[Entry]:
    fresh, cached = (
        fields.count(row, "usage_input_tokens_no_cache"),
        fields.count(row, "usage_input_tokens_cache_read"),
    )
    written = sum(fields.count(row, name) for name in _WRITES)
    yield Usage(
        "anthropic",
        row.get("model_version") or row.get("model") or "",
        *fields.day(row, "usage_date_utc"),
        requests=None,
        input_tokens=fresh + cached + written,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=fields.count(row, "usage_output_tokens"),
        is_batch=row.get("usage_type", "").lower() == "batch",
        is_long=_is_long(row.get("context_window", "")),
        uses_tools=fields.count(row, "web_search_count") > 0,
        labels=tuple(filter(None, (row.get("api_key", ""), row.get("workspace", "")))),
    )


def _of_record(bucket: Json) -> Iterator[Entry]:
    began, ended = fields.moment(bucket, "starting_at"), fields.moment(bucket, "ending_at")
    if not fields.results(bucket):
        yield Pause(began, ended)
    for result in fields.results(bucket):
        fresh, cached = (
            fields.count(result, "uncached_input_tokens"),
            fields.count(result, "cache_read_input_tokens"),
        )
        written = _written(result)
        yield Usage(
            "anthropic",
            fields.text(result, "model"),
            began,
            ended,
            requests=None,
            input_tokens=fresh + cached + written,
            cache_read_tokens=cached,
            cache_write_tokens=written,
            output_tokens=fields.count(result, "output_tokens"),
            is_batch=fields.text(result, "service_tier") == "batch",
            is_long=_is_long(fields.text(result, "context_window")),
            uses_tools=fields.count(fields.inner(result, "server_tool_use"), "web_search_requests") > 0,
            labels=tuple(
                filter(None, (fields.text(result, "api_key_id"), fields.text(result, "workspace_id")))
            ),
        )


def _written(result: Mapping[str, Any]) -> int:
    """Into caches, for five minutes and for an hour."""
    creation = fields.inner(result, "cache_creation")
    return sum(fields.count(creation, f"ephemeral_{life}_input_tokens") for life in ("5m", "1h"))


def _is_long(window: str) -> bool:
    """The API says "0-200k" or "200k-1M", the Console "≤ 200k" or "> 200k"."""
    return window.startswith(">") or window.endswith("1M")


SOURCE = Source(
    "Anthropic usage",
    "anthropic",
    "Console > Usage > Export, or GET /v1/organizations/usage_report/messages with group_by[]=model",
    _has_columns,
    _has_record,
    _of_row,
    _of_record,
)
