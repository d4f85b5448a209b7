"""A small HTTP/1.1 server for fakes. It knows no protocol, and every byte of an answer is the fake's.

A fake derives from `Fake`, answers in `answer`, and its module ends with `run(TheFake(...))`, which prints
the base URL. Every request is recorded and told at `GET /__requests__`; `POST /__script__` changes the fake's
behaviour, among others by answers made of raw bytes (`Fake.script`).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    gone: bool = False
    """Its client went away before the answer's end."""

    @property
    def json(self) -> Any:
        """None where the body is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def told(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "json": self.json,
            "gone": self.gone,
        }


class Reply:
    """One answer: `json` for a whole one; `start`, then `event` (SSE), `line` (NDJSON) or `chunk`, then `end`
    for a streamed one; `raw` for bytes that no server should send. `end` not called: the stream is cut."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.whole = False
        """The connection can serve another request."""

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def json(self, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        await self.text(json.dumps(value), status, {"Content-Type": "application/json"} | dict(headers or {}))

    async def text(self, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        body = text.encode()
        await self._head(status, {"Content-Length": str(len(body))} | dict(headers or {}))
        await self.raw(body)
        self.whole = True

    async def start(
        self, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Begins a streamed answer, in chunked encoding."""
        named = {"Content-Type": content_type, "Transfer-Encoding": "chunked"}
        await self._head(status, named | dict(headers or {}))

    async def chunk(self, data: bytes) -> None:
        await self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    async def event(self, value: object, name: str = "") -> None:
        """One server-sent event; `value` is sent as JSON, a string as it is (`[DONE]`)."""
        data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        await self.chunk((f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode())

    async def line(self, value: object) -> None:
        """One line of NDJSON."""
        await self.chunk(json.dumps(value, ensure_ascii=False).encode() + b"\n")

    async def end(self) -> None:
        await self.raw(b"0\r\n\r\n")
        self.whole = True

    async def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Some')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1"))


@dataclass(slots=True)
class Scripted:
    """An answer made of raw bytes, in place of the fake's own."""

    path: str
    steps: list[dict[str, Any]]
    times: int | None = None
    """How often it is given; None for always."""


@dataclass
class Fake:
    """What all fakes have. A subclass overrides `answer`, and `scripted` for what is its own."""

    seen: list[Request] = field(default_factory=list)
    scripts: list[Scripted] = field(default_factory=list)

    async def answer(self, request: Request, reply: Reply) -> None:
        """Answers one request. It is cancelled when the client goes away."""
        await reply.json({"error": "no such path"}, 404)

    def scripted(self, change: dict[str, Any]) -> None:
        """Takes a behaviour change of the fake's own kind: here, an attribute's new value."""
        for name, value in change.items():
            setattr(self, name, value)

    def script(self, change: dict[str, Any]) -> None:
        """`{"path": "/api/chat", "steps": […], "times": 1}` answers that path by raw steps: `{"send": text}`,
        `{"base64": bytes}`, `{"pause": seconds}`, `{"repeat": text, "times": n}`, `{"stall": true}` (until
        the client goes away), and the connection is cut behind the last. No steps: the fake's own answer
        again. Anything else goes to `scripted`."""
        if "steps" not in change:
            self.scripted(change)
            return
        script = Scripted(**change)
        self.scripts = [one for one in self.scripts if one.path != script.path]
        if script.steps:
            self.scripts.append(script)

    async def serve(self, request: Request, reply: Reply) -> None:
        if request.path == "/__requests__":
            await reply.json([one.told() for one in self.seen])
            return
        if request.path == "/__script__":
            self.script(request.json)
            await reply.json({})
            return
        self.seen.append(request)
        for script in self.scripts:
            if script.path == request.path and script.times != 0:
                script.times = None if script.times is None else script.times - 1
                await _play(script.steps, reply)
                return
        await self.answer(request, reply)


async def _play(steps: list[dict[str, Any]], reply: Reply) -> None:
    for step in steps:
        if "send" in step:
            await reply.raw(step["send"].encode())
        elif "base64" in step:
            await reply.raw(base64.b64decode(step["base64"]))
        elif "pause" in step:
            await asyncio.sleep(step["pause"])
        elif "repeat" in step:
            for _ in range(step["times"]):
                await reply.raw(step["repeat"].encode())
        elif "stall" in step:
            await asyncio.Event().wait()
        else:
            raise ValueError(f"no such step: {step}")


class NotHttp(Exception):
    """The client speaks something else, TLS perhaps."""


class _Connection:
    def __init__(self, fake: Fake, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._fake, self._reader, self._writer = fake, reader, writer
        self._early = b""
        """Bytes of the next request that came while this one was answered."""

    async def run(self) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, NotHttp):
            while (request := await self._request()) is not None:
                if not await self._answered(request):
                    break
        self._writer.close()

    async def _request(self) -> Request | None:
        line = self._early + await self._reader.readline()
        self._early = b""
        if not line:
            return None
        if line.count(b" ") != 2:
            raise NotHttp(line)
        method, target, _ = line.decode("latin-1").split(" ")
        headers = {}
        while (line := await self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        parts = urlsplit(target)
        return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)

    async def _answered(self, request: Request) -> bool:
        """Whether the connection can serve another request."""
        reply = Reply(self._writer)
        answering = asyncio.create_task(self._fake.serve(request, reply))
        watching = asyncio.create_task(self._reader.read(1))
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and watching.done() and not watching.result():
                request.gone = True
                answering.cancel()
            try:
                await answering
            except (asyncio.CancelledError, ConnectionError):
                request.gone = True
                return False
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                self._early = await watching
        return reply.whole


async def _main(fake: Fake, context: ssl.SSLContext | None, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Connection(fake, reader, writer).run()

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=context, limit=1 << 26)
    port = server.sockets[0].getsockname()[1]
    print(f"{'https' if context else 'http'}://127.0.0.1:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


def run(fake: Fake, context: ssl.SSLContext | None = None, port: int = 0) -> None:
    """Serves until standard input ends; on any free port unless one is given."""
    asyncio.run(_main(fake, context, port))


if __name__ == "__main__":
    run(Fake())
