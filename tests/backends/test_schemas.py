"""Schemas in the forms that providers take: what fits the form fits the original."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from emberline.backends.schemas import closed, in_words, plain, strict

INTEGER = {"type": "integer"}


def obj(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)} | more


EDITS = obj(
    {
        "edits": {
            "type": "array",
            "items": {"$ref": "#/$defs/edit"},
        }
    },
    "edits",
    **{"$defs": {"edit": obj({"path": {"type": "string"}, "line": INTEGER}, "path", "line")}},
)


def test_every_object_is_closed_and_the_given_schema_stays_as_it_was() -> None:
    before = repr(EDITS)
    whole = closed(EDITS)
    assert whole["additionalProperties"] is False
    assert whole["$defs"]["edit"]["additionalProperties"] is False
    assert repr(EDITS) == before
    assert closed({"type": "object", "additionalProperties": INTEGER})["additionalProperties"] == INTEGER


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        (EDITS, True),
        (obj({"a": INTEGER}, "a"), True),
        (obj({"a": {"anyOf": [INTEGER, {"type": "null"}]}}, "a"), True),
        (obj({"a": {"type": "integer", "minimum": 3}}, "a"), True),
        (obj({"a": INTEGER}), False),  # optional
        (obj({"a": obj({"b": INTEGER})}, "a"), False),
        (obj({"a": INTEGER}, "a", additionalProperties=True), False),
        (obj({"a": {"type": "object", "additionalProperties": INTEGER}}, "a"), False),
        (obj({"a": {"oneOf": [INTEGER]}}, "a"), False),
        (obj({"a": {"type": "string", "minLength": 1}}, "a"), False),
        ({"type": "array", "items": INTEGER}, False),
        ({"anyOf": [obj({})]}, False),
    ],
)
def test_what_strict_mode_takes(schema: dict[str, Any], fits: bool) -> None:
    assert (strict(schema) is not None) == fits


def test_a_property_may_have_the_name_of_a_keyword() -> None:
    schema = obj(
        {"minLength": INTEGER, "default": INTEGER, "properties": INTEGER},
        "minLength",
        "default",
        "properties",
    )
    taken = strict(schema)
    assert taken is not None and set(taken["properties"]) == {"minLength", "default", "properties"}
    assert set(plain(schema)["properties"]) == {"minLength", "default", "properties"}


def test_annotations_that_strict_mode_refuses_are_left_out() -> None:
    taken = strict(obj({"a": {"type": "integer", "default": 3}}, "a", **{"$schema": "x"}))
    assert taken is not None and "$schema" not in taken and "default" not in taken["properties"]["a"]


def test_limits_are_told_where_they_cannot_be_held() -> None:
    schema = obj(
        {
            "digit": {"type": "integer", "maximum": 9, "description": "One digit"},
            "names": {"type": "array", "items": {"type": "string", "maxLength": 5}, "minItems": 2},
            "kind": {"oneOf": [INTEGER, {"type": "string", "format": "regex"}]},
            "at": {"type": "string", "format": "date-time"},
        }
    )
    properties = plain(schema)["properties"]
    assert properties["digit"] == {"type": "integer", "description": "One digit (maximum: 9)"}
    assert properties["names"]["description"] == "(minItems: 2)"
    assert properties["names"]["items"] == {"type": "string", "description": "(maxLength: 5)"}
    assert properties["kind"]["anyOf"][1] == {"type": "string", "description": '(format: "regex")'}
    assert properties["at"] == {"type": "string", "format": "date-time"}


@pytest.mark.parametrize("form", [closed, strict, plain])
def test_a_whole_answer_passes_every_form(form: Any) -> None:
    answer = {"edits": [{"path": "a.py", "line": 3}]}
    assert jsonschema_rs.is_valid(EDITS, answer)
    assert jsonschema_rs.is_valid(form(EDITS), answer)


def test_the_instruction_holds_the_schema_as_it_is() -> None:
    assert '{"enum": ["é"]}' in in_words({"enum": ["é"]})
