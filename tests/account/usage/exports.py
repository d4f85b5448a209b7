"""Exports as OpenAI, Anthropic and LiteLLM write them, with figures of our own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
DAY = 86_400


def at(text: str) -> int:
    """Seconds of the epoch of a UTC date."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


OCTOBER = at("2026-10-01")


# -- OpenAI -----------------------------------------------------------------------------------------------

OPENAI_COLUMNS = [
    "start_time",
    "end_time",
    "start_time_iso",
    "end_time_iso",
    "project_id",
    "num_model_requests",
    "user_id",
    "api_key_id",
    "model",
    "batch",
    "service_tier",
    "input_tokens",
    "output_tokens",
    "input_cached_tokens",
    "input_uncached_tokens",
    "input_text_tokens",
    "output_text_tokens",
    "input_cached_text_tokens",
    "input_audio_tokens",
    "input_cached_audio_tokens",
    "output_audio_tokens",
    "input_image_tokens",
    "output_image_tokens",
]


def table(columns: Iterable[str], rows: Iterable[Json], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), delimiter=delimiter, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def openai_row(start: int, length: int = DAY, **values: Any) -> Json:
    """A bucket of the dashboard's file; without values one in which nothing was asked."""
    bucket = {"start_time": start, "end_time": start + length}
    named = {"start_time_iso": iso(start), "end_time_iso": iso(start + length)}
    return (
        bucket | named | ({"num_model_requests": float(values.pop("requests")), **values} if values else {})
    )


def openai_csv(*rows: Json) -> str:
    return table(OPENAI_COLUMNS, rows)


def openai_result(requests: int, read: int, written: int, model: str | None = "gpt-4o", **more: Any) -> Json:
    return {
        "object": "organization.usage.completions.result",
        "input_tokens": read,
        "output_tokens": written,
        "input_cached_tokens": 0,
        "input_audio_tokens": 0,
        "output_audio_tokens": 0,
        "num_model_requests": requests,
        "project_id": None,
        "user_id": None,
        "api_key_id": None,
        "model": model,
        "batch": None,
        "service_tier": None,
    } | more


def openai_bucket(start: int, *results: Json, length: int = DAY) -> Json:
    return {"object": "bucket", "start_time": start, "end_time": start + length, "results": list(results)}


def openai_page(*buckets: Json, has_more: bool = False) -> Json:
    following = "page_AAAAAGdGxdEiJdKOAAAAAGcqsYA=" if has_more else None
    return {"object": "page", "data": list(buckets), "has_more": has_more, "next_page": following}


def openai_cost(usd: float, item: str | None = "gpt-4o-2024-08-06, input", currency: str = "usd") -> Json:
    return {
        "object": "organization.costs.result",
        "amount": {"value": usd, "currency": currency},
        "line_item": item,
        "project_id": None,
    }


OPENAI_COST_COLUMNS = [
    "start_time",
    "end_time",
    "start_time_iso",
    "end_time_iso",
    "amount_value",
    "amount_currency",
    "quantity",
    "quantity_unit",
    "line_item",
    "user_id",
    "api_key_id",
    "project_id",
    "organization_id",
    "project_name",
    "organization_name",
    "user_email",
    "api_source",
]


# -- Anthropic --------------------------------------------------------------------------------------------

ANTHROPIC_COLUMNS = [
    "usage_date_utc",
    "model_version",
    "api_key",
    "workspace",
    "usage_type",
    "context_window",
    "usage_input_tokens_no_cache",
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
    "usage_input_tokens_cache_read",
    "usage_output_tokens",
    "web_search_count",
    "inference_geo",
    "speed",
]
ANTHROPIC_COST_COLUMNS = [
    "usage_date_utc",
    "model",
    "workspace",
    "api_key",
    "usage_type",
    "context_window",
    "token_type",
    "cost_usd",
    "list_price_usd",
    "cost_type",
    "inference_geo",
    "speed",
]


def anthropic_row(day: str, key: str, fresh: int, written: int, **more: Any) -> Json:
    return {
        "usage_date_utc": day,
        "model_version": "claude-sonnet-4-20250514",
        "api_key": key,
        "workspace": "Default",
        "usage_type": "standard",
        "context_window": "≤ 200k",
        "usage_input_tokens_no_cache": fresh,
        "usage_input_tokens_cache_write_5m": 0,
        "usage_input_tokens_cache_write_1h": 0,
        "usage_input_tokens_cache_read": 0,
        "usage_output_tokens": written,
        "web_search_count": 0,
        "inference_geo": "global",
        "speed": "",
    } | more


def anthropic_csv(*rows: Json) -> str:
    return table(ANTHROPIC_COLUMNS, rows)


def anthropic_result(fresh: int, written: int, **more: Any) -> Json:
    return {
        "uncached_input_tokens": fresh,
        "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
        "cache_read_input_tokens": 0,
        "output_tokens": written,
        "server_tool_use": {"web_search_requests": 0},
        "api_key_id": "apikey_01Rj2N8SVvo6BePZj99NhmiT",
        "workspace_id": None,
        "model": "claude-sonnet-4-20250514",
        "service_tier": "standard",
        "context_window": "0-200k",
    } | more


def anthropic_cost(cents: str, **more: Any) -> Json:
    return {
        "amount": cents,
        "currency": "USD",
        "cost_type": "tokens",
        "description": "Claude Sonnet 4 Usage - Input Tokens",
        "model": "claude-sonnet-4-20250514",
        "service_tier": "standard",
        "token_type": "uncached_input_tokens",
        "context_window": "0-200k",
        "workspace_id": None,
    } | more


def anthropic_bucket(start: int, *results: Json) -> Json:
    return {"starting_at": iso(start), "ending_at": iso(start + DAY), "results": list(results)}


def page(*buckets: Json) -> Json:
    return {"data": list(buckets), "has_more": False, "next_page": None}


# -- LiteLLM ----------------------------------------------------------------------------------------------

LITELLM_COLUMNS = [
    "request_id",
    "call_type",
    "api_key",
    "spend",
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    "startTime",
    "endTime",
    "completionStartTime",
    "model",
    "model_id",
    "model_group",
    "custom_llm_provider",
    "api_base",
    "user",
    "metadata",
    "cache_hit",
    "cache_key",
    "request_tags",
    "team_id",
    "organization_id",
    "end_user",
    "requester_ip_address",
    "messages",
    "response",
    "session_id",
    "status",
]


def spend_log(number: int, read: int, written: int, spend: float, **more: Any) -> Json:
    """One request, an hour after the one before."""
    start = OCTOBER + number * 3600
    return {
        "request_id": f"chatcmpl-{number:08x}",
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": spend,
        "total_tokens": read + written,
        "prompt_tokens": read,
        "completion_tokens": written,
        "startTime": iso(start),
        "endTime": iso(start + 2),
        "model": "gpt-4o",
        "model_group": "gpt-4o",
        "custom_llm_provider": "openai",
        "api_base": "https://api.openai.com",
        "user": "default_user_id",
        "metadata": {"user_api_key_alias": None, "user_api_key_team_alias": None},
        "cache_hit": "False",
        "request_tags": ["User-Agent: OpenAI", "User-Agent: OpenAI/Python 1.99.1"],
        "messages": {},
        "response": {},
        "status": "success",
    } | more


def litellm_csv(*logs: Json) -> str:
    """As the table is copied out of the database: JSON as text, times with a blank."""
    rows = []
    for log in logs:
        row = dict(log.items())
        for name in ("metadata", "request_tags", "messages", "response"):
            row[name] = json.dumps(row[name])
        row["startTime"] = row["startTime"].replace("T", " ").replace("Z", ".123")
        rows.append(row)
    return table(LITELLM_COLUMNS, rows)
