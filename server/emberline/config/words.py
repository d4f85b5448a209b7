"""The schema in words: what a setting takes, and which key was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types as limits
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from emberline.config.schema import Named, Section, Settings
from emberline.config.source import Key

_LONGEST = 60
# In an address: whoever wrote one into it does not want to read it in a log.
_PASSWORD = re.compile(r"//[^/]*@")


def section_of(info: FieldInfo) -> type[Section] | None:
    """The section that this field is, if it is one."""
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def items_of(info: FieldInfo) -> type[Named] | None:
    """The section that each item of this list is, if it is such a list."""
    kinds = get_args(info.annotation) if get_origin(info.annotation) is tuple else ()
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Named)), None)


def is_text(info: FieldInfo) -> bool:
    """Whether the setting is one text, of any kind: a name, a path, a secret, one of several words."""
    kind = _bare(info.annotation)
    return kind in (str, SecretStr, Path) or get_origin(kind) is Literal


def is_secret(info: FieldInfo) -> bool:
    """Whether the value must never be shown."""
    return _bare(info.annotation) is SecretStr


def is_group(info: FieldInfo) -> bool:
    """Whether the setting is a list of sections, or a mapping: it may hold nothing but comments."""
    return items_of(info) is not None or get_origin(info.annotation) is dict


def entry_of(info: FieldInfo) -> FieldInfo:
    """What each value of this mapping, or each item of this list, is."""
    kinds = get_args(info.annotation)
    return FieldInfo.from_annotation(kinds[1] if get_origin(info.annotation) is dict else kinds[0])


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
    text = repr(_PASSWORD.sub("//…@", value) if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def unknown(key: Key, known: Iterable[str]) -> str:
    """The message for a key that does not exist; `known` are the ones of its section."""
    elsewhere = [".".join(other) for other in FIELDS if other[-1] == key[-1]]
    if elsewhere:
        return f"there is no such key here: did you mean {' or '.join(elsewhere)}?"
    return unknown_in_item(key, known)


def unknown_in_item(key: Key, known: Iterable[str]) -> str:
    """The same within an item of a list, whose keys mean nothing elsewhere."""
    near = difflib.get_close_matches(key[-1], list(known), n=1)
    if near:
        return f"there is no such key: did you mean {'.'.join((*key[:-1], near[0]))}?"
    return f"there is no such key: here are {', '.join(known)}"


def meant(info: FieldInfo, value: Any) -> str:
    """Which of the words that the setting takes was probably meant, as it follows the value; else nothing."""
    near = difflib.get_close_matches(str(value).lower(), _choices(info.annotation), n=1)
    return f": did you mean {near[0]}?" if near else ""


def _choices(kind: Any) -> tuple[str, ...]:
    """The words that may stand there; none where any may."""
    kind = _bare(kind)
    return get_args(kind) if get_origin(kind) is Literal else ()


def _bare(kind: Any) -> Any:
    """The type without its marks, and without the null that it may be as well."""
    if hasattr(kind, "__metadata__"):
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _bare(next(part for part in get_args(kind) if part is not NoneType))
    return kind


def _described(kind: Any, marks: Any) -> str:
    origin = get_origin(kind)
    if hasattr(kind, "__metadata__"):
        return _described(get_args(kind)[0], kind.__metadata__)
    if origin in (Union, UnionType):
        inner = [part for part in get_args(kind) if part is not NoneType]
        return f"{_described(inner[0], marks)}, or null"
    if origin is Literal:
        return f"one of {', '.join(get_args(kind))}"
    if origin is tuple and isinstance(get_args(kind)[0], type) and issubclass(get_args(kind)[0], Section):
        return f"a list of sections, each with keys such as {', '.join(get_args(kind)[0].model_fields)}"
    if origin is dict:
        return f"a section of paths, each with {_described(get_args(kind)[1], ())}"
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
