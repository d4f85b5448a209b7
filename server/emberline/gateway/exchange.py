"""One request and its answer over ASGI: the body bounded, the work ended when the caller leaves, and whatever
goes wrong told in OpenAI's form, in mid-stream too."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from emberline.backends.failure import Failure
from emberline.gateway.answers import event
from emberline.gateway.refusal import Refused, of_failure
from emberline.gateway.visit import Visit

logger = logging.getLogger(__name__)

LONGEST_BODY = 32 << 20
"""Bytes."""
STALLED_SECONDS = 60.0
"""A caller that takes nothing of its answer for so long has left: the model works for others meanwhile."""
PING_SECONDS = 10.0
"""A caller who has heard nothing for so long gets a sign of life, so as not to take the stream for dead."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Exchange:
    """A request, and the way to answer it once."""

    scope: Mapping[str, Any]
    receive: Receive
    send: Send
    visit: Visit
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""
    began: float = field(default_factory=time.perf_counter)
    has_begun: bool = False
    is_streamed: bool = False

    @staticmethod
    def of(scope: Mapping[str, Any], receive: Receive, send: Send) -> Exchange:
        visit = Visit(scope["method"], scope["path"])
        return Exchange(scope, receive, send, visit, _headers(scope["headers"]))

    async def read(self) -> None:
        """Takes the whole body. Raises `Refused` for one too long, `CancelledError` if the caller left."""
        length = self.headers.get("content-length", "")
        pieces, left = [], LONGEST_BODY
        if length.isdecimal() and int(length) > LONGEST_BODY:
            raise _too_long()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise asyncio.CancelledError
            piece = message.get("body", b"")
            left -= len(piece)
            if left < 0:
                raise _too_long()
            pieces.append(piece)
            if not message.get("more_body"):
                self.body = b"".join(pieces)
                return

    async def json(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """The whole answer."""
        content = orjson.dumps(value)
        await self._begin(status, "application/json", headers or {}, len(content))
        await self.send({"type": "http.response.body", "body": content})

    async def stream(self, headers: Mapping[str, str]) -> None:
        """Begins a streamed answer."""
        self.is_streamed = True
        await self._begin(200, "text/event-stream; charset=utf-8", {**headers, "cache-control": "no-cache"})

    async def chunk(self, content: bytes) -> None:
        """Raises `CancelledError` if the caller takes nothing any more."""
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await self.send({"type": "http.response.body", "body": content, "more_body": True})
        except TimeoutError:
            raise asyncio.CancelledError from None

    async def end(self) -> None:
        await self.send({"type": "http.response.body", "body": b""})

    async def refuse(self, refused: Refused) -> None:
        """Says why there is no answer, or no more of it."""
        self.visit.error = refused.code
        if not self.has_begun:
            await self.json(refused.body(), refused.status, refused.headers())
        elif self.is_streamed:
            await self.chunk(event(refused.body()))
            await self.end()

    async def _begin(
        self, status: int, content_type: str, headers: Mapping[str, str], length: int | None = None
    ) -> None:
        self.has_begun = True
        self.visit.status = status
        told = {"content-type": content_type, **headers}
        if length is not None:
            told["content-length"] = str(length)
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in told.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})


Answer = Callable[[Exchange], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An ASGI application that answers each request by `answer`, after `admit` has let it in."""

    answer: Answer
    admit: Callable[[Mapping[str, str]], None]
    """Raises `Refused`."""
    tell: Callable[[Visit], None]
    """Told of each request when it is over."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        exchange = Exchange.of(scope, receive, send)
        try:
            self.admit(exchange.headers)
            await exchange.read()
            if not await _while_listening(exchange, self.answer):
                exchange.visit.error = "left"
        except Refused as refused:
            await exchange.refuse(refused)
        except Failure as failure:
            await exchange.refuse(of_failure(failure))
        except asyncio.CancelledError:
            exchange.visit.error = "left"
            raise
        except Exception as error:  # a mistake of ours: its words may quote the caller's text
            logger.error("a request to %s ended in %s", exchange.visit.path, type(error).__name__)
            await exchange.refuse(
                Refused(500, f"the gateway failed: {type(error).__name__}", "internal_error")
            )
        finally:
            exchange.visit.ms = (time.perf_counter() - exchange.began) * 1000
            self.tell(exchange.visit)


async def _while_listening(exchange: Exchange, answer: Answer) -> bool:
    """Does the work as long as the caller is there; False where it left, and then the work is cancelled."""
    working = asyncio.ensure_future(answer(exchange))
    listening = asyncio.ensure_future(_until_gone(exchange.receive))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        await working  # raises what it raised
        return True
    finally:
        listening.cancel()
        if not working.done():
            working.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await working


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def with_pings(work: Awaitable[Any], ping: Callable[[], Awaitable[None]]) -> Any:
    """The result of `work`; whenever it takes long, `ping` is called."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=PING_SECONDS)
            if not task.done():
                await ping()
        return await task
    finally:
        task.cancel()
        await asyncio.wait({task})  # its router is not given back before


def _headers(given: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By their names. One that comes twice is both, as HTTP has it: nobody is served by the looser alone."""
    found: dict[str, str] = {}
    for raw, value in given:
        name = raw.decode("latin-1")
        found[name] = f"{found[name]}, {_text(value)}" if name in found else _text(value)
    return found


def _text(value: bytes) -> str:
    """A header's value: UTF-8 where it is, as paths are."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _too_long() -> Refused:
    return Refused(413, f"the body is longer than {LONGEST_BODY >> 20} MiB", "request_too_large")


def as_header(words: str) -> str:
    """Words as a header can carry them, in one line of at most 300 characters."""
    return " ".join(words.encode("ascii", "replace").decode().split())[:300]
