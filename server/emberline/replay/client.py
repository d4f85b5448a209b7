"""A bare LSP client over a server's standard input and output: what the replay and the demo type through."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

LONGEST_HEADER = 4096
CANCELLED = -32800
"""The error code of a request that the client has cancelled."""


class ServerGone(Exception):
    """The server ended while an answer was awaited."""


class Client:
    """One server process and the conversation with it."""

    def __init__(self, process: Process, on_notification: Callable[[str, Any], None]) -> None:
        self._process = process
        self._on_notification = on_notification
        self._ids = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self.errors = 0
        """Requests that were answered with an error, though nobody had cancelled them."""
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls,
        folder: Path,
        on_notification: Callable[[str, Any], None] = lambda method, params: None,
        *,
        refresh: bool = True,
        settings: Mapping[str, object] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "emberline", "serve", "--stdio"),
        environment: Mapping[str, str] | None = None,
    ) -> Client:
        """Starts the server on `folder` and initializes it. Raises `ServerGone` if it ends at once."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            env=dict(environment) if environment else None,
            start_new_session=True,  # Ctrl-C in our terminal is for us; the server is shut down in order
        )
        client = cls(process, on_notification)
        await client.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "capabilities": {
                    "general": {"positionEncodings": ["utf-32", "utf-16"]},
                    "textDocument": {"inlineCompletion": {}},
                },
                "initializationOptions": {"emberline": {"refresh": refresh, **(settings or {})}},
            },
        )
        client.notify("initialized", {})
        return client

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def unanswered(self) -> int:
        """Requests that the server has not answered yet, cancelled ones included."""
        return len(self._pending)

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def begin(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Sends a request; the future holds its result, or a `RuntimeError` with the server's error."""
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # Whoever gave up on an answer does not collect its error, which is then nobody's concern.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._pending[number] = future
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number, future

    async def request(self, method: str, params: Any) -> Any:
        if self._reader.done():  # nobody would ever answer
            raise ServerGone("the server ended")
        return await self.begin(method, params)[1]

    def cancel(self, number: int) -> None:
        self.notify("$/cancelRequest", {"id": number})

    async def stop(self) -> int:
        """Shuts the server down as editors do; its exit status."""
        with contextlib.suppress(ServerGone, RuntimeError):
            await asyncio.wait_for(self.request("shutdown", None), 10)
            self.notify("exit", None)
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            status = await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            status = await self._process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        return status

    def _send(self, message: dict[str, Any]) -> None:
        body = orjson.dumps(message)
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while True:
                header = await stream.readuntil(b"\r\n\r\n")
                fields = dict(line.split(b":", 1) for line in header.strip().split(b"\r\n"))
                body = await stream.readexactly(int(fields[b"Content-Length"]))
                self._receive(orjson.loads(body))
        except (asyncio.IncompleteReadError, ConnectionError):
            for future in self._pending.values():
                if not future.done():
                    future.set_exception(ServerGone("the server ended"))
            self._pending.clear()

    def _receive(self, message: dict[str, Any]) -> None:
        if "method" in message:
            if "id" in message:  # a request of the server's, such as for a progress token
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            else:
                self._on_notification(message["method"], message.get("params"))
            return
        if "error" in message and message["error"].get("code") != CANCELLED:
            self.errors += 1
        future = self._pending.pop(message["id"], None)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(RuntimeError(message["error"].get("message", "error")))
        else:
            future.set_result(message.get("result"))
