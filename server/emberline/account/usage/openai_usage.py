"""OpenAI's usage: the dashboard's CSV files and the answers of `/v1/organization/usage/…`.

Source: OpenAI's API reference, "Usage". Input counts cached tokens too; a record sums up all requests of a
bucket of time (a minute to a day) of one model, project or key, by what it was grouped by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emberline.account.usage import fields
from emberline.account.usage.entry import Entry, Json, Kind, Pause, Row, Source, Usage
from emberline.account.usage.fields import Unreadable

_EMPTY = frozenset(("start_time", "end_time", "start_time_iso", "end_time_iso"))
"""The columns of a dashboard's file for a time without any usage."""
_KINDS = {
    "completions": Kind.TEXT,
    "embeddings": Kind.EMBEDDING,
    "images": Kind.IMAGE,
    "audio_speeches": Kind.AUDIO,
    "audio_transcriptions": Kind.AUDIO,
}
_MEDIA = ("input_audio_tokens", "output_audio_tokens", "input_image_tokens", "output_image_tokens")
_LABELS = ("project_name", "project_id", "api_key_name", "api_key_id")


def _has_columns(columns: frozenset[str]) -> bool:
    return columns == _EMPTY or {"start_time", "end_time", "num_model_requests"} <= columns


def _has_record(bucket: Json) -> bool:
    return any(
        str(each.get("object", "")).startswith("organization.usage.") for each in fields.results(bucket)
    )


def _of_row(row: Row) -> Iterator[Entry]:
    if row.get("num_model_requests"):
        yield _usage(row, row, _kind_of_row(row))
    else:
        yield Pause(fields.moment(row, "start_time"), fields.moment(row, "end_time"))


def _of_record(bucket: Json) -> Iterator[Entry]:
    if not fields.results(bucket):
        yield Pause(fields.moment(bucket, "start_time"), fields.moment(bucket, "end_time"))
    for result in fields.results(bucket):
        name = fields.text(result, "object").removeprefix("organization.usage.").removesuffix(".result")
        if "num_model_requests" in result:  # storage and sessions are no requests to a model
            yield _usage(bucket, result, _KINDS.get(name, Kind.OTHER))


def _usage(bucket: Mapping[str, Any], result: Mapping[str, Any], kind: Kind) -> Usage:
    read, cached = fields.count(result, "input_tokens"), fields.count(result, "input_cached_tokens")
    if cached > read:
        raise Unreadable(
            f"input_cached_tokens ({cached}) are part of input_tokens, and more than these ({read})"
        )
    tier = fields.text(result, "service_tier").lower()
    return Usage(
        "openai",
        fields.text(result, "model"),
        fields.moment(bucket, "start_time"),
        fields.moment(bucket, "end_time"),
        fields.count(result, "num_model_requests"),
        input_tokens=read,
        cache_read_tokens=cached,
        cache_write_tokens=min(fields.count(result, "input_cache_write_tokens"), read - cached),
        output_tokens=fields.count(result, "output_tokens"),
        kind=kind,
        is_batch=fields.is_true(result, "batch") or tier == "batch",
        has_media=any(fields.count(result, name) for name in _MEDIA),
        labels=tuple(filter(None, (fields.text(result, name) for name in _LABELS))),
    )


def _kind_of_row(row: Row) -> Kind:
    """The files of one kind each have columns of their own."""
    if "output_tokens" in row:
        return Kind.TEXT
    if "input_tokens" in row:
        return Kind.EMBEDDING if "embedding" in row.get("model", "") else Kind.OTHER
    if "images" in row or "num_images" in row:
        return Kind.IMAGE
    return Kind.AUDIO if "seconds" in row or "characters" in row else Kind.OTHER


SOURCE = Source(
    "OpenAI usage",
    "openai",
    "Usage > Export, or GET /v1/organization/usage/completions with group_by=model",
    _has_columns,
    _has_record,
    _of_row,
    _of_record,
)
