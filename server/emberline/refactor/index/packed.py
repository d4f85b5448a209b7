"""Outlines as bytes: as objects, those of a large workspace would take hundreds of megabytes."""

from __future__ import annotations

import marshal
import struct
from collections.abc import Collection, Iterable, Iterator

from emberline.syntax.types import Definition, Import, Sort, Span

_SPANS = struct.Struct("<10I")
_NONE = 0xFFFFFFFF
_SORTS = {sort: sort.value[0] for sort in Sort}
_BY_LETTER = {letter: sort for sort, letter in _SORTS.items()}

# marshal is quick and made for one version of Python: these bytes never leave this machine's memory.


def pack_definitions(definitions: tuple[Definition, ...]) -> bytes:
    if not definitions:
        return b""
    spans = b"".join(
        _SPANS.pack(*each.span, *each.core, *each.name_span, *each.header, *(each.body or (_NONE, _NONE)))
        for each in definitions
    )
    names = [each.name for each in definitions]
    containers = [each.container for each in definitions]
    return marshal.dumps((names, containers, "".join(_SORTS[each.sort] for each in definitions), spans))


def unpack_definitions(packed: bytes, name: str | None = None) -> Iterator[Definition]:
    """All of them, or those of this name, in the order of the text."""
    if not packed:
        return
    names, containers, sorts, spans = marshal.loads(packed)
    for index in range(len(names)) if name is None else _indices(names, name):
        numbers = _SPANS.unpack_from(spans, index * _SPANS.size)
        span, core, name_span, header = (Span(*numbers[at : at + 2]) for at in (0, 2, 4, 6))
        body = None if numbers[8] == _NONE else Span(*numbers[8:])
        yield Definition(
            names[index], _BY_LETTER[sorts[index]], containers[index], span, core, name_span, header, body
        )


def _indices(names: list[str], name: str) -> Iterable[int]:
    return [index for index, each in enumerate(names) if each == name]


def pack_imports(imports: tuple[Import, ...]) -> bytes:
    rows = [(each.module, each.name, each.alias, *each.span, each.is_exported) for each in imports]
    return marshal.dumps(rows) if rows else b""


def unpack_imports(
    packed: bytes, keys: Collection[str] = (), names: Collection[str] = ()
) -> tuple[Import, ...]:
    """All of them; or without most of those that have none of these keys (keys.py), or of those that bring in
    neither one of these names nor a module."""
    if not packed:
        return ()
    return tuple(
        Import(module, name, alias, Span(start, end), is_exported)
        for module, name, alias, start, end, is_exported in marshal.loads(packed)
        if not keys
        or name in keys
        or (_may_mean(module, keys) and (not names or _may_bring(module, name, names)))
    )


def _may_bring(module: str, name: str, names: Collection[str]) -> bool:
    return name in ("", "*", "default") or name in names or any(each in module for each in names)


def _may_mean(module: str, keys: Collection[str]) -> bool:
    return any(key in module for key in keys) or module.endswith((".", "./", "super", "self"))
