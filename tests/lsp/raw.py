"""A client that writes bytes and reads bytes, and knows nothing that would hide a server's mistake."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.forks import Conversed, conversed

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
"""Seconds until a test gives up waiting. Nothing passes or fails by being fast."""
URI = "file:///project/a.py"


class Raw:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: Process | Conversed
    ) -> None:
        self.reader, self.writer, self.process = reader, writer, process
        self.seen: list[dict[str, Any]] = []
        self._last = 0

    def send_bytes(self, data: bytes) -> None:
        self.writer.write(data)

    def send(self, message: object) -> None:
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: object = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object = None) -> int:
        """Sends a request and returns its id."""
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        return self._last

    async def receive(self) -> dict[str, Any]:
        """The next message, whatever it is."""
        async with asyncio.timeout(PATIENCE):
            length = 0
            while (line := await self.reader.readline()) != b"\r\n":
                assert line, "the server closed the connection"
                name, _, value = line.partition(b":")
                assert name in (b"Content-Length", b"Content-Type"), line
                if name == b"Content-Length":
                    length = int(value)
            body = await self.reader.readexactly(length)
        message: dict[str, Any] = json.loads(body)
        assert message["jsonrpc"] == "2.0"
        self.seen.append(message)
        return message

    async def answer(self, identity: int | str | None) -> dict[str, Any]:
        """The response to this id; everything that comes before it is kept in `seen`."""
        while True:
            message = await self.receive()
            if "method" not in message and message["id"] == identity:
                return message

    async def call(self, method: str, params: object = None) -> Any:
        """The result of a request that must succeed."""
        message = await self.answer(self.request(method, params))
        assert "result" in message, message
        return message["result"]

    async def error(self, method: str, params: object = None) -> int:
        """The error code of a request that must fail."""
        message = await self.answer(self.request(method, params))
        code: int = message["error"]["code"]
        return code

    async def shake_hands(self, **params: Any) -> dict[str, Any]:
        result: dict[str, Any] = await self.call(
            "initialize", {"processId": None, "capabilities": {}} | params
        )
        self.notify("initialized", {})
        return result

    async def initialize(self, **params: Any) -> dict[str, Any]:
        """Shakes hands and waits until the tests' completer says that it has started."""
        result = await self.shake_hands(**params)
        while (await self.receive()).get("params", {}).get("message") != "ready":
            pass
        return result

    def open(self, text: str, uri: str = URI) -> None:
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}},
        )

    def ask(self, line: int, character: int, **more: Any) -> int:
        return self.request("textDocument/inlineCompletion", at(line, character, **more))

    async def events(self) -> list[Any]:
        status = await self.call("emberline/status")
        events: list[Any] = status["stats"]["events"]
        return events

    async def quiet(self) -> None:
        """Nothing but the answer to this one request is under way."""
        before = len(self.seen)
        await self.call("emberline/status")
        assert [m for m in self.seen[before:] if "method" not in m] == self.seen[-1:]

    async def ended(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


def at(line: int, character: int, **more: Any) -> dict[str, Any]:
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 2},
    } | more


async def started(*arguments: str, **options: Any) -> Process:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    settings: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE, "env": environment} | options
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, **settings)


@contextlib.asynccontextmanager
async def over_stdio(*arguments: str) -> AsyncIterator[Raw]:
    """A server over its standard streams; killed at the end, if it still runs.

    Arguments of Python start it really; a module alone, the scripted server's unless it is said, is forked.
    """
    process = await _process(arguments or ("tests.lsp.served",))
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Raw(process.stdout, process.stdin, process)
    finally:
        await _end(process)


@contextlib.asynccontextmanager
async def over_tcp(*arguments: str) -> AsyncIterator[Raw]:
    """The same, of one that listens at a free port and says at which."""
    process = await _process(arguments or ("tests.lsp.served", "0"))
    assert process.stderr is not None
    try:
        said = await asyncio.wait_for(process.stderr.readline(), PATIENCE)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(said.rpartition(b":")[2]))
        yield Raw(reader, writer, process)
        writer.close()
    finally:
        await _end(process)


async def _process(arguments: tuple[str, ...]) -> Process | Conversed:
    return await (started if arguments[0].startswith("-") else conversed)(*arguments)


async def _end(process: Process | Conversed) -> None:
    if process.returncode is None:
        process.kill()
    # Its pipes are closed as well, or their transports would complain when they are collected.
    await process.communicate()
