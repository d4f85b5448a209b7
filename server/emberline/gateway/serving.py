"""Serves on loopback until SIGTERM or Ctrl-C. What is being answered then has a moment."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

from emberline.errors import UserError

if TYPE_CHECKING:
    from socket import socket

HOST = "127.0.0.1"
GRACE_SECONDS = 3
"""For answers under way, once it is told to stop."""
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep their connections: one that closes first never meets one that is just closed."""


class _Server(uvicorn.Server):
    """Signals are ours to hear: uvicorn's own handling ends the process before routers are closed."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self.ended = 0
        """128 and the number of the signal that ended it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop, ending = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            for number in ending:
                loop.add_signal_handler(number, self._stop, number)
        try:
            yield
        finally:
            with contextlib.suppress(NotImplementedError):
                for number in ending:
                    loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as stop:  # uvicorn's way to say that it could not listen
            why = getattr(stop.__context__, "strerror", None) or "it cannot be used"
            raise UserError(
                f"port {self.config.port} of {HOST} is not to be had ({why}): perhaps another "
                "`emberline gateway` has it; --port names another one"
            ) from None
        self._ready(self.servers[0].sockets[0].getsockname()[1])

    def _stop(self, number: int) -> None:
        self.ended = 128 + number
        self.force_exit = self.should_exit  # told twice: at once
        self.should_exit = True


async def serve(app: ASGIApp, port: int, ready: Callable[[int], None]) -> int:
    """Serves at `port` (0: any free one), which `ready` is told once it can be connected to. Returns 128 and
    the number of the signal that ended it. Raises `UserError` where it cannot listen there."""
    config = uvicorn.Config(
        app,
        HOST,
        port,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="critical",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, ready)
    await server.serve()
    return server.ended
