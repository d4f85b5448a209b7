"""LiteLLM's spend log: the answer of the proxy's `/spend/logs`, or its table `LiteLLM_SpendLogs`.

Source: LiteLLM's documentation, "Spend Tracking", and its database schema. Every record is one request, with
what LiteLLM reckons that it cost; in a CSV file of the table `metadata` and `request_tags` are JSON as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from emberline.account.usage import fields
from emberline.account.usage.entry import Entry, Json, Kind, Row, Source, Usage
from emberline.account.usage.fields import Unreadable

_NEEDED = frozenset(("request_id", "spend", "startTime", "prompt_tokens", "completion_tokens"))
_LOCAL = frozenset(("ollama", "ollama_chat", "vllm", "hosted_vllm", "lm_studio", "llamafile", "xinference"))
"""LiteLLM's names for servers that people run themselves."""
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1", "host.docker.internal"))
_KINDS = (
    ("embedding", Kind.EMBEDDING),
    ("image", Kind.IMAGE),
    ("transcription", Kind.AUDIO),
    ("speech", Kind.AUDIO),
    ("realtime", Kind.AUDIO),
    ("moderation", Kind.OTHER),
    ("rerank", Kind.OTHER),
    ("ocr", Kind.OTHER),
    ("video", Kind.OTHER),
    ("file", Kind.OTHER),
)
"""By a word in the record's `call_type`; any other type is text."""
_NAMES = ("user_api_key_alias", "user_api_key_team_alias", "user_agent", "project_id")
"""What of the metadata says who asked."""


def _has_columns(columns: frozenset[str]) -> bool:
    return columns >= _NEEDED


def _has_record(record: Json) -> bool:
    return record.keys() >= _NEEDED


def _of_record(record: Json) -> Iterator[Entry]:
    metadata = _json(record, "metadata", {})
    details = _usage_details(metadata)
    call, provider = fields.text(record, "call_type").lower(), fields.text(record, "custom_llm_provider")
    prefix, _, name = fields.text(record, "model").rpartition("/")
    read, began = fields.count(record, "prompt_tokens"), fields.moment(record, "startTime")
    cached = min(read, _cached(details))
    yield Usage(
        _provider(provider or prefix.partition("/")[0]),
        name,
        began,
        began,
        requests=1,
        input_tokens=read,
        cache_read_tokens=cached,
        cache_write_tokens=min(read - cached, fields.count(details, "cache_creation_input_tokens")),
        output_tokens=fields.count(record, "completion_tokens"),
        cost_usd=fields.number(record, "spend", 0),
        kind=next((kind for word, kind in _KINDS if word in call), Kind.TEXT),
        is_single=True,
        is_batch="batch" in call,
        has_media=_has_media(details),
        is_local=(provider or prefix) in _LOCAL or _host(record) in _LOOPBACK,
        is_unpaid=fields.is_true(record, "cache_hit") or fields.text(record, "status") == "failure",
        uses_tools=bool(fields.text(record, "mcp_namespaced_tool_name")),
        labels=tuple(_labels(record, metadata)),
        id=fields.text(record, "request_id"),
    )


def _of_row(row: Row) -> Iterator[Entry]:
    return _of_record(row)


def _json(record: Json, name: str, otherwise: Any) -> Any:
    """A value that is JSON, or JSON as text."""
    value = record.get(name)
    if value is None or value == "":
        return otherwise
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Unreadable(f"{name} must be JSON, as LiteLLM writes it") from None
    return value if isinstance(value, type(otherwise)) else otherwise


def _usage_details(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """The provider's own count, which tells cached tokens apart."""
    return fields.inner(metadata, "usage_object") or fields.inner(metadata, "additional_usage_values")


def _cached(details: Mapping[str, Any]) -> int:
    found = fields.count(details, "cache_read_input_tokens")
    return found or fields.count(fields.inner(details, "prompt_tokens_details"), "cached_tokens")


def _has_media(details: Mapping[str, Any]) -> bool:
    sides = (fields.inner(details, f"{side}_tokens_details") for side in ("prompt", "completion"))
    return any(fields.count(side, f"{medium}_tokens") for side in sides for medium in ("audio", "image"))


def _provider(name: str) -> str:
    """Those whose prices are their own. What Azure, Bedrock and the like host is priced by its name alone."""
    return name if name in ("openai", "anthropic", "mistral", "deepseek") else ""


def _host(record: Json) -> str:
    try:
        return urlsplit(fields.text(record, "api_base")).hostname or ""
    except ValueError:
        return ""


def _labels(record: Json, metadata: Mapping[str, Any]) -> Iterator[str]:
    for tag in _json(record, "request_tags", []):
        if isinstance(tag, str):
            yield tag
    for name in _NAMES:
        if isinstance(value := metadata.get(name), str) and value:
            yield value
    for value in fields.inner(metadata, "spend_logs_metadata").values():
        if isinstance(value, str):
            yield value


SOURCE = Source(
    "LiteLLM spend log",
    "",
    "GET /spend/logs (with dates: summarize=false), or the table LiteLLM_SpendLogs as CSV or JSON",
    _has_columns,
    _has_record,
    _of_row,
    _of_record,
)
