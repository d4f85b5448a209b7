"""JSON on the wire: bytes to objects and back, and what kind of message an object is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import orjson

from emberline.lsp.codes import Code, Refused


class Request(NamedTuple):
    id: int | str
    method: str
    params: object


class Notification(NamedTuple):
    method: str
    params: object


class Response(NamedTuple):
    message: dict[str, object]


class Invalid(NamedTuple):
    """What is no message: answered with an error, and with its id where that could be read."""

    id: int | str | None
    refusal: Refused


Message = Request | Notification | Response | Invalid


def decode(body: bytes) -> Message:
    """The message in a body."""
    try:
        message = _parse(body)
    except ValueError:
        return Invalid(None, Refused(Code.PARSE_ERROR, "the message is not valid JSON"))
    if not isinstance(message, dict):
        return Invalid(None, Refused(Code.INVALID_REQUEST, "a message must be a JSON object"))
    method, identity = message.get("method"), message.get("id")
    known = identity if isinstance(identity, (int, str)) and not isinstance(identity, bool) else None
    if message.get("jsonrpc") != "2.0":
        return Invalid(known, Refused(Code.INVALID_REQUEST, 'a message must say "jsonrpc": "2.0"'))
    if method is None and known is not None and ("result" in message or "error" in message):
        return Response(message)
    if not isinstance(method, str):
        return Invalid(known, Refused(Code.INVALID_REQUEST, "a message must name its method"))
    if "id" not in message:
        return Notification(method, message.get("params"))
    if known is None:
        return Invalid(None, Refused(Code.INVALID_REQUEST, "a request's id must be an integer or a string"))
    return Request(known, method, message.get("params"))


def encode(message: object, default: Callable[[object], object] | None = None) -> bytes:
    """A message as JSON; `default` turns what JSON does not know into what it does. Raises `TypeError`."""
    try:
        return orjson.dumps(message, default)
    except orjson.JSONEncodeError:
        # Half a surrogate pair, which UTF-8 cannot hold: the standard library writes it as an escape.
        return json.dumps(message, default=default, separators=(",", ":")).encode()


def failure(identity: int | str | None, refusal: Refused) -> dict[str, object]:
    """The response to a request that was refused."""
    error = {"code": int(refusal.code), "message": refusal.message}
    return {"jsonrpc": "2.0", "id": identity, "error": error}


def _parse(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # An editor may send half of a surrogate pair ("\\ud83d"), which orjson refuses. Losing the whole edit
        # would put the document out of step for good; one replacement character does no such harm, and it is
        # as wide as the half in every encoding.
        return _mended(json.loads(body))


def _mended(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case list():
            return [_mended(item) for item in value]
        case dict():
            return {_mended(key): _mended(item) for key, item in value.items()}
        case _:
            return value
