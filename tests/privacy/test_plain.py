"""Connections without TLS, to a scripted peer: used again where they can be, ended whatever the moment."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import pytest

from emberline.privacy.egress import AsyncClient, Gate, carrying, connect
from emberline.privacy.labels import Label, Level, Manifest

SENT = carrying(Manifest((Label(Level.STRICT, "a", "b"),), "test"))
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A server whose every byte is the test's."""

    answer: Answer
    port: int = 0
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    requests: list[bytes] = field(default_factory=list)
    last: dict[asyncio.StreamWriter, bytes] = field(default_factory=dict)
    """Each connection's latest request."""

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"content-length: (\d+)", head.lower())
                self.last[writer] = head + await reader.readexactly(int(found[1]) if found else 0)
                self.requests.append(self.last[writer])
                await self.answer(reader, writer)
                if writer.is_closing():
                    break
        writer.close()
        self.open.discard(writer)

    async def until_alone(self) -> None:
        """Nobody is connected any more."""
        while self.open:
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def meeting(answer: Answer, keep_alive: bool = True) -> AsyncIterator[tuple[Peer, AsyncClient]]:
    peer = Peer(answer)
    server = await asyncio.start_server(peer.met, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, connect(url, Gate(), {"Authorization": "Bearer k"}, keep_alive) as client:
        yield peer, client


def saying(*pieces: bytes) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return answer


async def test_one_connection_serves_many_requests() -> None:
    async with meeting(saying(HELLO)) as (peer, client):
        for _ in range(5):
            response = await client.post("/a?b=c", json={"x": "ü"}, extensions=SENT)
            assert (response.status_code, response.text) == (200, "hello")
    assert peer.connections == 1
    assert peer.requests[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer k\r\n" in peer.requests[0]
    assert peer.requests[0].endswith(b'\r\n\r\n{"x":"\xc3\xbc"}')


async def test_without_keeping_alive_each_has_one_of_its_own() -> None:
    async with meeting(saying(HELLO), keep_alive=False) as (peer, client):
        for _ in range(3):
            assert (await client.get("/", extensions=SENT)).text == "hello"
        await peer.until_alone()
    assert peer.connections == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO,
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 13\r\n\r\n"
        + zlib.compress(b"hello"),
    ],
)
async def test_answers_of_every_make(answer: bytes) -> None:
    async def bytewise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at in range(len(answer)):
            writer.write(answer[at : at + 1])
            await writer.drain()
        if b"close" in answer or b"1.0" in answer:
            writer.close()

    async with meeting(bytewise) as (_, client):
        for _ in range(2):
            assert (await client.get("/", extensions=SENT)).text == "hello"


async def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    """The server closes after each answer and does not say so; whether that is seen in time is chance."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        await writer.drain()
        await asyncio.sleep(random.choice((0, 0.001, 0.002)))
        writer.close()

    async with meeting(answer) as (_, client):
        for _ in range(50):
            assert (await client.get("/", extensions=SENT)).text == "hello"


@pytest.mark.parametrize("seconds", [0, 0.02])
@pytest.mark.parametrize("closes", [False, True])
async def test_what_nobody_asked_is_no_answer_to_the_next_request(seconds: float, closes: bool) -> None:
    """Some servers say that they have waited long enough, and close."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        await asyncio.sleep(seconds)
        writer.write(HELLO.replace(b"200 OK", b"408 Late").replace(b"hello", b"other"))
        await writer.drain()
        if closes:
            writer.close()

    async with meeting(answer) as (peer, client):
        for _ in range(3):
            response = await client.get("/", extensions=SENT)
            assert (response.status_code, response.text) == (200, "hello")
            await asyncio.sleep(0.04)
    assert peer.connections == 3


async def test_a_fresh_connection_that_says_nothing_is_a_failure() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with meeting(answer) as (peer, client):
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
            await client.get("/", extensions=SENT)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example ESMTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"\x00" * 200_000,
    ],
)
async def test_what_is_no_whole_answer_is_a_failure(answer: bytes) -> None:
    async def spoken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with meeting(spoken) as (peer, client):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/", extensions=SENT)
        await peer.until_alone()


async def test_an_answer_that_comes_before_all_is_read_counts() -> None:
    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO.replace(b"200 OK", b"413 No"))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, connect(url, Gate(), {}) as client:
        response = await client.post("/", content=b"a" * 50_000_000, extensions=SENT, timeout=5)
        assert (response.status_code, response.text) == (413, "hello")


async def test_a_silent_server_is_not_waited_for_longer_than_is_said() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with meeting(silent) as (peer, client):
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/", extensions=SENT, timeout=0.05)
        await peer.until_alone()


async def test_no_connection_stays_whenever_and_however_often_its_request_is_cancelled() -> None:
    async def streamed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"5\r\nhello\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    async def listen(client: AsyncClient) -> None:
        async with client.stream("POST", "/", content=b"a", extensions=SENT) as response:
            async for _ in response.aiter_bytes():
                pass

    async with meeting(streamed) as (peer, client):
        for at in range(200):
            task = asyncio.create_task(listen(client))
            await asyncio.sleep(random.random() * 0.004)
            task.cancel()
            if at % 2:
                await asyncio.sleep(0)
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await peer.until_alone()


async def test_closing_the_client_ends_what_is_under_way() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with meeting(silent) as (peer, client):
        task = asyncio.create_task(client.get("/", extensions=SENT))
        while not peer.requests:
            await asyncio.sleep(0.001)
        await client.aclose()
        await peer.until_alone()
        with pytest.raises(httpx.HTTPError):
            await task
