"""The schema in words: what a setting takes, and which key was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types as limits
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from emberline.config.schema import Section, Settings
from emberline.config.source import Key

_LONGEST = 60


def section_of(info: FieldInfo) -> type[Section] | None:
    """The section that this field is, if it is one."""
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def fields(section: type[Section] = Settings, path: Key = ()) -> Iterator[tuple[Key, FieldInfo]]:
    """Every setting with its key, in the schema's order."""
    for name, info in section.model_fields.items():
        inner = section_of(info)
        if inner is None:
            yield (*path, name), info
        else:
            yield from fields(inner, (*path, name))


FIELDS: dict[Key, FieldInfo] = dict(fields())


def describe(info: FieldInfo) -> str:
    """What this setting takes, as it follows "must be"."""
    return _described(info.annotation, info.metadata)


def found(value: Any) -> str:
    """A value as the user would recognise it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def unknown(key: Key, known: list[str]) -> str:
    """The message for a key that does not exist; `known` are the ones of its section."""
    elsewhere = [".".join(other) for other in FIELDS if other[-1] == key[-1]]
    if elsewhere:
        return f"there is no such key here: did you mean {' or '.join(elsewhere)}?"
    near = difflib.get_close_matches(key[-1], known, n=1)
    if near:
        return f"there is no such key: did you mean {'.'.join((*key[:-1], near[0]))}?"
    return f"there is no such key: here are {', '.join(known)}"


def _described(kind: Any, marks: Any) -> str:
    origin = get_origin(kind)
    if hasattr(kind, "__metadata__"):
        return _described(get_args(kind)[0], kind.__metadata__)
    if origin in (Union, UnionType):
        inner = [part for part in get_args(kind) if part is not NoneType]
        return f"{_described(inner[0], marks)}, or null"
    if origin is Literal:
        return f"one of {', '.join(get_args(kind))}"
    if origin is tuple:
        return "a list of texts, such as [one, two]"
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return f"{'a whole number' if kind is int else 'a number'}{_range(marks)}"
    return "text" if kind in (str, SecretStr) else "a path"


def _range(marks: Any) -> str:
    flat = [part for mark in marks for part in getattr(mark, "metadata", [mark])]
    low = next((mark.ge for mark in flat if isinstance(mark, limits.Ge)), None)
    above = next((mark.gt for mark in flat if isinstance(mark, limits.Gt)), None)
    high = next((mark.le for mark in flat if isinstance(mark, limits.Le)), None)
    start = f" above {above}" if above is not None else f" from {low}"
    return f"{start} to {high}"
