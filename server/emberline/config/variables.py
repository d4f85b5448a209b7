"""Settings by environment variable: `EMBERLINE_COMPLETION__BUDGET_MS=30` is the user's own word, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emberline.config.source import Key, Source, nested, parse_value
from emberline.config.words import FIELDS, is_text

PREFIX = "EMBERLINE_"
BETWEEN = "__"
"""Between section and key. What has none (`EMBERLINE_CONFIG`, …) is no setting."""


def variables(environment: Mapping[str, str]) -> tuple[Source, ...]:
    """A source for each variable that names a setting, the wider ones first. Values are read as YAML."""
    names = sorted(
        name for name in environment if BETWEEN in name.removeprefix(PREFIX) and name.startswith(PREFIX)
    )
    return tuple(_source(name, environment[name]) for name in names)


def is_variable(source: str) -> bool:
    """Whether this is the name of a source from here."""
    return source.startswith(f"${PREFIX}")


def _source(name: str, text: str) -> Source:
    key: Key = tuple(name.removeprefix(PREFIX).lower().split(BETWEEN))
    source = parse_value(f"${name}", key, text)
    info = FIELDS.get(key)
    if info is None or not is_text(info):
        return source
    # A text may look like anything else: an API key like a number, a model's name like a mapping.
    value: Any = source.data
    for part in key:
        value = value.get(part) if isinstance(value, dict) else value
    is_read = not source.problems and (value is None or isinstance(value, str))
    return source if is_read else Source(source.name, nested(key, text))
