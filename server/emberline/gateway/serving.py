"""Serves on loopback until SIGTERM or Ctrl-C. What is being answered then has a moment."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from emberline.errors import UserError

HOST = "127.0.0.1"
GRACE_SECONDS = 3
"""For answers under way, once it is told to stop."""
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep their connections: one that closes first never meets one that is just closed."""


class _Server(uvicorn.Server):
    """Signals are ours to hear: uvicorn's own handling ends the process before routers are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: ASGIApp, port: int, ready: Callable[[int], None]) -> int:
    """Serves at `port` (0: any free one), which `ready` is told. Returns 128 and the signal's number that
    ended it, 130 for Ctrl-C. Raises `UserError` where it cannot listen there."""
    try:
        bound = await asyncio.start_server(
            lambda reader, writer: writer.close(), HOST, port, start_serving=False
        )
    except OSError as error:
        taken = "is in use: perhaps by another `emberline gateway`, or name a free one with --port"
        raise UserError(f"port {port} {taken} ({error.strerror or error})") from error
    listening = bound.sockets[0].dup()
    bound.close()
    ended = 0
    server = _Server(
        uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )

    def stop(number: int) -> None:
        nonlocal ended
        ended = 128 + number
        server.force_exit = server.should_exit  # told twice: at once
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
    ready(listening.getsockname()[1])
    await server.serve(sockets=[listening])
    return ended
