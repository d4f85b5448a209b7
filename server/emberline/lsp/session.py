"""One connection after its handshake: the server, its features and the completer put together, run and ended.

Imported only once `initialize` is answered: it brings the protocol's types with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from typing import TYPE_CHECKING, Any, cast

from emberline.completion.types import Listener
from emberline.lsp.client import Client
from emberline.lsp.codes import Code, Refused
from emberline.lsp.features import Features
from emberline.lsp.frames import Broken, read_body
from emberline.lsp.listener import EditorListener
from emberline.lsp.protocol import EdgeProtocol, EdgeServer
from emberline.lsp.streams import Writer
from emberline.lsp.watch import gone

if TYPE_CHECKING:  # what serves is imported once the editor has been answered
    from emberline.lsp.services import Load

logger = logging.getLogger(__name__)

_STOP_SECONDS = 5.0
"""How long the completer, and then the client's reading of the last answers, may hold up the end."""

_PLACE: dict[str, Any] = {"line": 0, "character": 0}
_DOCUMENT: dict[str, Any] = {"uri": "file:///", "languageId": "", "version": 0, "text": ""}
_CHANGE: dict[str, Any] = {"range": {"start": _PLACE, "end": _PLACE}, "text": ""}
_EVERY_KEYSTROKE: tuple[dict[str, Any], ...] = tuple(
    {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": 0} if identified else {})
    for method, identified, params in (
        ("textDocument/didOpen", False, {"textDocument": _DOCUMENT}),
        ("textDocument/didChange", False, {"textDocument": _DOCUMENT, "contentChanges": [_CHANGE]}),
        (
            "textDocument/inlineCompletion",
            True,
            {"textDocument": _DOCUMENT, "position": _PLACE, "context": {"triggerKind": 2}},
        ),
    )
)


def new_server() -> EdgeServer:
    """A server whose converters are compiled for what every keystroke sends: some 20 ms, in any thread."""
    server = EdgeServer()
    for message in _EVERY_KEYSTROKE:
        server.protocol.structure_message(message)
    return server


async def converse(
    server: EdgeServer, reader: asyncio.StreamReader, writer: Writer, client: Client, load: Load
) -> int:
    """Serves until the client leaves. Returns the exit status: 0 after `shutdown`, 1 without."""
    protocol = server.protocol
    protocol.set_writer(cast(Any, writer))
    listener = EditorListener(protocol, client)
    features = Features(protocol, client, listener)
    completing = asyncio.ensure_future(_bring_up(features, listener, client, load))
    listening = asyncio.ensure_future(_listen(reader, protocol, features))
    endings: set[asyncio.Future[None]] = {listening}
    if client.process_id is not None:
        endings.add(asyncio.ensure_future(gone(client.process_id)))
    try:
        done, _ = await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
        for ended in done:
            ended.result()
    finally:
        for ending in endings:
            ending.cancel()
        await protocol.settle()
        await _take_down(completing, features)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(writer.close(), _STOP_SECONDS)
    return 0 if protocol.shutting_down else 1


async def _listen(reader: asyncio.StreamReader, protocol: EdgeProtocol, features: Features) -> None:
    while not features.exited and (body := await read_body(reader)) is not None:
        if isinstance(body, Broken):
            protocol.refuse(None, Refused(Code.PARSE_ERROR, "a message without a usable Content-Length"))
        else:
            protocol.receive(body)
        # Reading does not pause while more lies in the buffer. What this message began gets its first step
        # before the next one is looked at, so that a burst of edits cannot hold up an answer.
        await asyncio.sleep(0)


async def _bring_up(features: Features, listener: Listener, client: Client, load: Load) -> None:
    """Loads, creates and starts the completer. Without one the server still answers, so nothing is raised."""
    # What is imported stays: looking through it for garbage only holds up messages, now and later.
    gc.disable()
    try:
        services = await asyncio.to_thread(lambda: load()(listener, client.options, client.folders))
    except Exception as error:
        logger.exception("completion cannot be loaded")
        features.fail(f"completion cannot be loaded: {error}")
        return
    finally:
        gc.freeze()
        gc.enable()
    features.attach(services.completer)
    if services.refactorer is not None:
        features.attach_refactorer(services.refactorer)
    if services.chores is not None:
        features.attach_chores(services.chores)
    if services.book is not None and services.metrics is not None:
        features.attach_book(services.book, services.metrics)
    try:
        await services.completer.start(client.folders)
    except Exception:
        logger.exception("completion did not start")


async def _take_down(completing: asyncio.Task[None], features: Features) -> None:
    completing.cancel()
    await asyncio.gather(completing, return_exceptions=True)
    for stop in features.endings():
        try:
            await asyncio.wait_for(stop(), _STOP_SECONDS)
        except Exception:  # the process is about to end whatever happens here
            logger.exception("not everything stopped in order")
