"""The ledger's figures for a Prometheus on this machine, where `observe.metrics_port` asks for it.

One of a user's windows has the port; when it closes, another takes over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

HOST = "127.0.0.1"
PATH = "/metrics"
LOOK_SECONDS = 5.0
"""How often it is looked whether the port is to be had, or is another by now."""
FRESH_SECONDS = 10.0
"""How long figures are handed out before the ledger is read again."""
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Serves in threads of its own. `port` says which one is wanted now, if any; `text` reads the figures."""

    def __init__(self, port: Callable[[], int | None], text: Callable[[], str]) -> None:
        self.serving: int | None = None
        """The port that this process has."""
        self._port = port
        self._application = Application(text)
        self._server: WSGIServer | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="emberline metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def close(self) -> None:
        """Gives the port back."""
        import asyncio

        self._over.set()
        await asyncio.to_thread(self._thread.join)

    def _watch(self) -> None:
        while True:
            wanted = self._port()
            if wanted != self.serving:
                self._stop()
                if wanted is not None:
                    with suppress(OSError):  # another window has it, or another program
                        self._serve(wanted)
            if self._over.wait(LOOK_SECONDS):
                break
        self._stop()

    def _serve(self, port: int) -> None:
        from wsgiref.simple_server import make_server

        self._server = make_server(HOST, port, self._application, handler_class=_handler())
        self.serving = port
        threading.Thread(
            target=self._server.serve_forever, name="emberline metrics port", daemon=True
        ).start()

    def _stop(self) -> None:
        server, self._server, self.serving = self._server, None, None
        if server is not None:
            server.shutdown()
            server.server_close()


class Application:
    """WSGI: one path, for who asks this machine by its own name. A page in a browser that had another name
    led here is none of those."""

    def __init__(self, text: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._text = text
        self._clock = clock
        self._read: tuple[float, bytes] | None = None

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if _host(environ.get("HTTP_HOST", "")) not in _LOOPBACK:
            return _answer(start, "403 Forbidden", b"ask for localhost\n")
        if environ.get("PATH_INFO") != PATH:
            return _answer(start, "404 Not Found", f"there is only {PATH}\n".encode())
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return _answer(start, "405 Method Not Allowed", b"there is only GET\n")
        try:
            return _answer(start, "200 OK", self._figures())
        except Exception as error:  # the ledger's trouble is said, and is not the port's
            return _answer(start, "503 Service Unavailable", f"{error}\n".encode())

    def _figures(self) -> bytes:
        now = self._clock()
        if self._read is None or now - self._read[0] >= FRESH_SECONDS:
            self._read = (now, self._text().encode())
        return self._read[1]


def _host(told: str) -> str | None:
    try:
        return urlsplit(f"//{told}").hostname
    except ValueError:
        return None


def _answer(start: Callable[..., Any], status: str, body: bytes) -> list[bytes]:
    start(status, [("Content-Type", _TYPE), ("Content-Length", str(len(body)))])
    return [body]


def _handler() -> Any:
    from wsgiref.simple_server import WSGIRequestHandler

    class Silent(WSGIRequestHandler):
        """Standard error is the editor's log, and nobody looks there for this."""

        timeout = 5.0

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Silent
