"""JSON Schemas as the providers accept them. Each takes a subset; what is asked may be tighter than what is
validated afterwards, or looser, but never another thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_MAPS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


def changed(schema: Schema, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The schema with `change` made to it and to every schema within, the innermost first."""

    def inside(part: object) -> object:
        return changed(part, change) if isinstance(part, Mapping) else part

    copy = dict(schema)
    for key in _MAPS:
        if isinstance(copy.get(key), Mapping):
            copy[key] = {name: inside(part) for name, part in copy[key].items()}
    for key in _LISTS:
        if isinstance(copy.get(key), list | tuple):
            copy[key] = [inside(part) for part in copy[key]]
    for key in _SINGLES:
        if key in copy:
            copy[key] = inside(copy[key])
    return change(copy)


def parts(schema: Schema) -> Iterator[dict[str, Any]]:
    """The schema and every schema within it."""
    seen: list[dict[str, Any]] = []

    def note(part: dict[str, Any]) -> dict[str, Any]:
        seen.append(part)
        return part

    changed(schema, note)
    return iter(seen)


def is_object(schema: Schema) -> bool:
    kind = schema.get("type")
    return "properties" in schema or kind == "object" or (isinstance(kind, list) and "object" in kind)


def closed(schema: Schema) -> dict[str, Any]:
    """With `additionalProperties: false` wherever an object leaves open what else it may hold. What follows
    the closed schema follows the given one."""
    return changed(schema, lambda part: {"additionalProperties": False, **part} if is_object(part) else part)


# fmt: off
_STRICT = frozenset((
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref",
    "$defs", "definitions", "title", "description", "pattern", "format", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems",
))
# fmt: on
"""What OpenAI's strict mode understands. Source: its guide "Structured Outputs", supported schemas (2026)."""
_ANNOTATIONS = frozenset(("default", "examples", "$schema"))
"""What strict mode refuses although no answer depends on it."""


def strict(schema: Schema) -> dict[str, Any] | None:
    """The schema as OpenAI's strict mode takes it; None where it does not fit: an optional property, an open
    object, a root that is no object, or a keyword that strict mode does not know."""
    whole = changed(closed(schema), lambda part: {key: part[key] for key in part if key not in _ANNOTATIONS})
    if not is_object(whole) or "anyOf" in whole:
        return None
    for part in parts(whole):
        if not part.keys() <= _STRICT:
            return None
        optional = set(part.get("properties", {})) - set(part.get("required", ()))
        if optional or (is_object(part) and part["additionalProperties"] is not False):
            return None
    return whole


# fmt: off
_UNSAID = frozenset((
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties", "patternProperties",
    "propertyNames", "contains", "minContains", "maxContains", "not", "if", "then", "else",
    "dependentRequired", "dependentSchemas", "prefixItems", "default", "examples", "$schema", "$id",
))
_FORMATS = frozenset((
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
))
# fmt: on


def plain(schema: Schema) -> dict[str, Any]:
    """The schema as Anthropic's structured outputs take it: objects closed, `oneOf` as `anyOf`, `minItems` at
    most 1, and limits that it cannot hold an answer to moved into the description, for the model to read.

    Source: its guide "Structured outputs", JSON Schema limitations (2026).
    """

    def change(part: dict[str, Any]) -> dict[str, Any]:
        unsaid = {key: part[key] for key in part if key in _UNSAID}
        if part.get("minItems", 0) > 1:
            unsaid["minItems"] = part["minItems"]
        if part.get("format", "uuid") not in _FORMATS:
            unsaid["format"] = part["format"]
        kept = {key: value for key, value in part.items() if key not in unsaid}
        if "oneOf" in kept:
            kept["anyOf"] = kept.pop("oneOf")
        if is_object(kept):
            kept["additionalProperties"] = False
        spoken = {key: value for key, value in unsaid.items() if not key.startswith("$")}
        if spoken:
            words = ", ".join(f"{key}: {json.dumps(value)}" for key, value in spoken.items())
            kept["description"] = f"{kept.get('description', '')} ({words})".strip()
        return kept

    return changed(schema, change)


def in_words(schema: Schema) -> str:
    """The instruction that stands in for a schema where the server cannot hold an answer to one."""
    return (
        "Answer with one JSON value and nothing else: no explanation, no code fence. "
        f"It must follow this JSON Schema: {json.dumps(schema, ensure_ascii=False)}"
    )
