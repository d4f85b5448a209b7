"""Values of an export's records, read strictly: what is no number is said, not taken for nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_LONGEST = 40
_DAY = 86_400.0
_LAST = 253_402_300_800.0
"""The year 10000: larger times are told in milliseconds or less."""


class Unreadable(Exception):
    """What is wrong with a record, and what would be right."""


def number(record: Mapping[str, Any], name: str, otherwise: float | None = None) -> float:
    """A number from 0 on, as a number or as text; `otherwise` where there is none, unless that is None."""
    value = record.get(name)
    if value is None or value == "":
        if otherwise is None:
            raise Unreadable(f"{name} is missing; it must be a number from 0 on")
        return float(otherwise)
    found = _number(value)
    if found is None or found < 0:
        raise Unreadable(f"{name} must be a number from 0 on; found {shown(value)}")
    return found


def amount(record: Mapping[str, Any], name: str) -> float:
    """A number of either sign: bills hold credits."""
    found = _number(record.get(name))
    if found is None:
        raise Unreadable(f"{name} must be a number; found {shown(record.get(name))}")
    return found


def count(record: Mapping[str, Any], name: str) -> int:
    """A whole number from 0 on, also as 3.0; 0 where there is none."""
    found = number(record, name, 0)
    if not found.is_integer():
        raise Unreadable(f"{name} must be a whole number from 0 on; found {shown(record.get(name))}")
    return int(found)


def text(record: Mapping[str, Any], name: str) -> str:
    """Empty where there is none."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{name} must be a text; found {shown(value)}")
    return value.strip()


def moment(record: Mapping[str, Any], name: str) -> float:
    """Seconds of the epoch, written so or as an ISO 8601 date or time; without a zone it is UTC."""
    value = record.get(name)
    if isinstance(value, str) and value.strip() and _number(value) is None:
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            found = None
        if found is not None:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    elif (seconds := _number(value)) is not None and 0 <= seconds < _LAST:
        return seconds
    raise Unreadable(
        f"{name} must be a time, such as 2026-10-31T12:00:00Z or 1793448000; found {shown(value)}"
    )


def day(record: Mapping[str, Any], name: str) -> tuple[float, float]:
    """The beginning and end of a UTC day."""
    began = moment(record, name)
    return began, began + _DAY


def results(bucket: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a bucket of time holds; [] where that is nothing."""
    found = bucket.get("results", bucket.get("result"))  # OpenAI's first answers had no "s"
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise Unreadable(f"results must be a list of objects; found {shown(found)}")
    return found


def inner(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within the record; an empty one where there is none."""
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def is_true(record: Mapping[str, Any], name: str) -> bool:
    value = record.get(name)
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def dollars(currency: object) -> None:
    """Raises where an amount is in anything else."""
    if not isinstance(currency, str) or currency.lower() != "usd":
        raise Unreadable(f"amounts must be in US dollars; found {shown(currency)}")


def shown(value: object) -> str:
    """A value as the user would recognise it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    words = repr(value)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value.strip() if isinstance(value, str) else value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
