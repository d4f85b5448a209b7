"""Records that are JSON objects, as programs name their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from emberline.tasks.logs import levels
from emberline.tasks.logs.masking import MOST_BYTES
from emberline.tasks.logs.types import Severity

_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "PRIORITY", "@level")
_MESSAGE_KEYS = ("msg", "message", "event", "MESSAGE", "log", "@message", "text", "short_message")
_ERROR_KEYS = ("err", "error", "exception", "exc_info", "stack", "stacktrace", "stack_trace")
_TIME_KEYS = frozenset(("ts", "t", "date"))


@dataclass(frozen=True, slots=True)
class Fields:
    """What a record says of itself."""

    severity: Severity | None
    """None where no field names one."""
    message: bytes
    error: bytes
    """An exception in one line; empty where there is none."""


def record_of(line: bytes) -> Fields | None:
    """The fields of a line that is one object; None where it is none."""
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(fields, dict):
        return None
    severities = (_severity(fields.get(key)) for key in _LEVEL_KEYS)
    message = next((fields[key] for key in _MESSAGE_KEYS if isinstance(fields.get(key), str)), "").strip()
    error = next((found for key in _ERROR_KEYS if (found := _error(fields.get(key)))), "")
    if not message and not error:
        message = _rest(fields)
    return Fields(
        next(filter(None, severities), None), message.encode()[:MOST_BYTES], error.encode()[:MOST_BYTES]
    )


def _severity(value: Any) -> Severity | None:
    if isinstance(value, str):
        if not (value.isascii() and value.isdecimal() and len(value) < 3):
            return levels.by_name(value.encode("utf-8", "replace"))
        value = int(value)
    is_level = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100
    return levels.by_number(value) if is_level else None


def _error(value: Any) -> str:
    """What an error's field says in one line: of a traceback the last one."""
    if isinstance(value, dict):
        kind, words = value.get("type") or value.get("name") or "", value.get("message") or ""
        return f"{kind}: {words}".strip(": ")
    if isinstance(value, str) and value.strip():
        lines = value.strip().splitlines()
        return (lines[-1] if lines[0].startswith("Traceback") else lines[0]).strip()
    return ""


def _rest(fields: Mapping[str, Any]) -> str:
    """The fields themselves, where no one of them is the message."""
    told = (
        key
        for key in fields
        if "time" not in key.lower() and key not in _TIME_KEYS and key not in _LEVEL_KEYS
    )
    return " ".join(f"{key}={orjson.dumps(fields[key]).decode()}" for key in told)
