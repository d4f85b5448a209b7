"""What a client wants refactored: the argument of the command, and the `data` of a menu's entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from emberline.lsp.codes import Code, Refused

OWN_WORDS = "own-words"
"""The action that an order with an `instruction` means."""
_LARGEST = 2**31 - 1
"""The protocol's largest unsigned integer."""


@dataclass(frozen=True, slots=True)
class Order:
    """One refactoring at one place."""

    uri: str
    version: int | None
    """Of the document that the places are about; None: as it is now."""
    range: types.Range
    action: str
    answer: str = ""
    diagnostics: tuple[types.Diagnostic, ...] = ()
    dry_run: bool = False
    """Nothing is applied: the difference is the result."""
    preview: bool = False
    """The user is asked before anything is applied, however small it is."""

    def as_json(self) -> dict[str, object]:
        """As `order_of` reads it."""
        told: dict[str, object] = {
            "uri": self.uri,
            "version": self.version,
            "range": _range_as_json(self.range),
            "action": self.action,
        }
        if self.answer:
            told["answer"] = self.answer
        if self.diagnostics:
            told["diagnostics"] = [_diagnostic_as_json(each) for each in self.diagnostics]
        return told


def order_of(told: object) -> Order:
    """Raises `Refused` for what has not the shape that docs/protocol.md describes."""
    if not isinstance(told, dict):
        raise _wrong("the argument must be an object")
    instruction = _optional(told, "instruction", str, "")
    if bool(instruction) == (told.get("action") is not None):
        raise _wrong("either action or instruction must be given")
    return Order(
        uri=_required(told, "uri"),
        version=_optional(told, "version", int, None),
        range=range_of(told.get("range"), "range"),
        action=OWN_WORDS if instruction else _required(told, "action"),
        answer=instruction or _optional(told, "answer", str, ""),
        diagnostics=_diagnostics(told.get("diagnostics")),
        dry_run=_optional(told, "dryRun", bool, False),
        preview=_optional(told, "preview", bool, False),
    )


def _required(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(f"{name} must be a string")
    return value


def _optional(told: dict[str, Any], name: str, kind: type, otherwise: Any) -> Any:
    value = told.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        words = {str: "a string", int: "an integer", bool: "true or false"}
        raise _wrong(f"{name} must be {words[kind]}")
    return value


def range_of(value: object, name: str) -> types.Range:
    """The range that a client says. Raises `Refused`."""
    match value:
        case {"start": start, "end": end}:
            return types.Range(_position(start, f"{name}.start"), _position(end, f"{name}.end"))
    raise _wrong(f"{name} must have start and end")


def _position(value: object, name: str) -> types.Position:
    match value:
        case {"line": int(line), "character": int(character)} if not (
            isinstance(line, bool) or isinstance(character, bool)
        ):
            if 0 <= line <= _LARGEST and 0 <= character <= _LARGEST:
                return types.Position(line, character)
    raise _wrong(f"{name} must have line and character, counts from 0")


def _diagnostics(value: object) -> tuple[types.Diagnostic, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong("diagnostics must be an array")
    return tuple(_diagnostic(each, f"diagnostics[{number}]") for number, each in enumerate(value))


def _diagnostic(value: object, name: str) -> types.Diagnostic:
    if not isinstance(value, dict) or not isinstance(value.get("message"), str):
        raise _wrong(f"{name} must have a message")
    source, code = value.get("source"), value.get("code")
    return types.Diagnostic(
        range_of(value.get("range"), f"{name}.range"),
        value["message"],
        source=source if isinstance(source, str) else None,
        code=code if isinstance(code, (int, str)) else None,
    )


def _wrong(what: str) -> Refused:
    return Refused(Code.INVALID_PARAMS, what)


def _range_as_json(told: types.Range) -> dict[str, object]:
    return {
        end: {"line": place.line, "character": place.character}
        for end, place in (("start", told.start), ("end", told.end))
    }


def _diagnostic_as_json(told: types.Diagnostic) -> dict[str, object]:
    """What the action needs of it; not the `data` of whoever made it."""
    kept: dict[str, object] = {"range": _range_as_json(told.range), "message": told.message}
    if told.source is not None:
        kept["source"] = told.source
    if told.code is not None:
        kept["code"] = told.code
    return kept
