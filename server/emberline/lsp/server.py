"""The composition root: a server for one client, over standard input and output or over TCP."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from emberline.lsp.handshake import shake_hands
from emberline.lsp.streams import READ_LIMIT, TransportWriter, Writer, standard_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from emberline.lsp.client import Client
    from emberline.lsp.services import Create, Load


def load_services() -> Create:
    """The services of this package."""
    from emberline.lsp.services import create

    return create


def serve_stdio(load: Load = load_services) -> int:
    """Serves the client at standard input and output until it leaves. Returns the exit status."""
    return _run(_serve_stdio(load))


def serve_tcp(host: str, port: int, load: Load = load_services) -> int:
    """Waits for one client at `host`:`port` (0: any free port), says where, and serves it until it leaves.

    Returns the exit status. Raises `OSError` where it cannot listen.
    """
    return _run(_serve_tcp(host, port, load))


def _run(serving: Coroutine[Any, Any, int]) -> int:
    # How long a thread that imports or scans may keep the event loop from its next message. Python's own 5 ms
    # are a tenth of a keystroke's whole budget, and a wait may take several turns.
    sys.setswitchinterval(0.0005)
    try:
        return asyncio.run(_until_told_to_stop(serving))
    except KeyboardInterrupt:
        return 130


async def _until_told_to_stop(serving: Coroutine[Any, Any, int]) -> int:
    """Ends in order also on SIGTERM, so that nothing of ours is left behind."""
    task = asyncio.ensure_future(serving)
    with contextlib.suppress(NotImplementedError):  # Windows: its event loop knows no signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        if (here := asyncio.current_task()) is not None and here.cancelling():
            raise
        return 128 + signal.SIGTERM


async def _serve_stdio(load: Load) -> int:
    reader, writer = await standard_streams()
    return await _serve(reader, writer, load)


async def _serve_tcp(host: str, port: int, load: Load) -> int:
    arrived: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    listener = await asyncio.start_server(
        lambda reader, writer: arrived.put_nowait((reader, writer)), host, port, limit=READ_LIMIT
    )
    shown_host, shown_port = listener.sockets[0].getsockname()[:2]
    print(f"emberline: listening on {shown_host}:{shown_port}", file=sys.stderr, flush=True)
    reader, stream = await arrived.get()
    listener.close()  # one process, one client
    while not arrived.empty():
        arrived.get_nowait()[1].close()
    return await _serve(reader, TransportWriter(stream), load)


async def _serve(reader: asyncio.StreamReader, writer: Writer, load: Load) -> int:
    client = await shake_hands(reader, writer)
    if client is None:
        await writer.close()
        return 1
    converse = await asyncio.to_thread(_prepare)
    return await converse(reader, writer, client, load)


def _prepare() -> Callable[[asyncio.StreamReader, Writer, Client, Load], Coroutine[Any, Any, int]]:
    """What takes a third of a second to import, and so comes after the first answer."""
    from emberline.lsp.session import converse, new_server

    return partial(converse, new_server())
