"""The conversation up to the answer to `initialize`.

It runs before the protocol's types are imported (a third of a second), so that the editor is answered at once
and the import overlaps with what the editor does next.
"""

from __future__ import annotations

import asyncio

from emberline.lsp.capabilities import initialize_result
from emberline.lsp.client import Client, read_client
from emberline.lsp.codes import Code, Refused
from emberline.lsp.frames import Broken, frame, read_body
from emberline.lsp.streams import Writer
from emberline.lsp.wire import Invalid, Notification, Request, Response, decode, encode, failure


async def shake_hands(reader: asyncio.StreamReader, writer: Writer) -> Client | None:
    """Answers `initialize` and returns the client, or None when it leaves before it asked."""
    while (body := await read_body(reader)) is not None:
        if isinstance(body, Broken):
            _refuse(writer, None, Refused(Code.PARSE_ERROR, "a message without a usable Content-Length"))
            continue
        match decode(body):
            case Request(identity, "initialize", params):
                try:
                    client = read_client(params)
                except Refused as refusal:
                    _refuse(writer, identity, refusal)
                    continue
                result = {"jsonrpc": "2.0", "id": identity, "result": initialize_result(client)}
                writer.write(frame(encode(result)))
                return client
            case Request(identity):
                _refuse(writer, identity, Refused(Code.NOT_INITIALIZED, "initialize comes first"))
            case Notification("exit"):
                return None
            case Invalid(identity, refusal):
                _refuse(writer, identity, refusal)
            case Notification() | Response():
                pass  # the protocol has us drop what comes too early
    return None


def _refuse(writer: Writer, identity: int | str | None, refusal: Refused) -> None:
    writer.write(frame(encode(failure(identity, refusal))))
