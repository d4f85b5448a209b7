"""The protocol's error codes, without the third of a second that importing all of its types takes."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """Error codes of JSON-RPC and LSP that this server answers with."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NOT_INITIALIZED = -32002
    CANCELLED = -32800
    REQUEST_FAILED = -32803
    """Understood and tried; the message tells the user why nothing came of it."""


class Refused(Exception):
    """A request that is answered with an error. The message goes to the client: never put code into it."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
