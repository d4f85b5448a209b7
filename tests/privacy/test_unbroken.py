"""Work that comes to its end in order, and connections that are closed whenever who asked is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import psutil
import pytest

from emberline.privacy.egress import Gate, carrying, connect
from emberline.privacy.labels import Label, Level, Manifest
from emberline.privacy.unbroken import Delicate, to_the_end, unbroken

SENT = Manifest((Label(Level.STRICT, "a.py", "the test"),), "test")


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Work:
    """Takes some turns, and as many again for its clean-up."""

    def __init__(self, turns: int = 5, delicate: Delicate | None = None) -> None:
        self.turns, self.delicate = turns, delicate
        self.events: list[str] = []

    async def run(self) -> str:
        try:
            if self.delicate is not None:
                self.delicate.begin()
                await steps(self.turns)
                self.events.append("connected")
                self.delicate.end()
            await steps(self.turns)
        except asyncio.CancelledError:
            await steps(self.turns)
            self.events.append("cleaned up")
            raise
        self.events.append("done")
        return "result"

    async def undo(self, result: str) -> None:
        await steps(self.turns)
        self.events.append(f"undid {result}")


async def cancelled_after(turns: int, often: int, work: Callable[[], Awaitable[object]]) -> bool:
    """Whether a task that does `work` ends as cancelled, when it is cancelled so often from this turn on."""
    task = asyncio.ensure_future(work())
    await steps(turns)
    for _ in range(often):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait((task,))
    return task.cancelled()


@pytest.mark.parametrize("often", [1, 2, 4])
@pytest.mark.parametrize("turns", range(1, 12))
async def test_however_often_and_whenever_it_is_cancelled_it_ends_in_order(turns: int, often: int) -> None:
    work = Work()
    was_cancelled = await cancelled_after(turns, often, lambda: unbroken(work.run(), work.undo))
    expected = [["cleaned up"], ["done", "undid result"]] if was_cancelled else [["done"]]
    assert work.events in expected


@pytest.mark.parametrize("turns", range(1, 9))
async def test_a_delicate_stretch_is_not_cut(turns: int) -> None:
    delicate = Delicate()
    work = Work(delicate=delicate)
    assert await cancelled_after(turns, 3, lambda: unbroken(work.run(), work.undo, delicate))
    assert work.events == ["connected", "cleaned up"]


@pytest.mark.parametrize("turns", range(1, 9))
async def test_what_is_short_ends_first(turns: int) -> None:
    work = Work()

    async def closing() -> None:
        await work.run()

    await cancelled_after(turns, 3, lambda: to_the_end(closing()))
    assert work.events == ["done"]


async def test_what_it_raises_is_raised() -> None:
    async def fails() -> None:
        raise LookupError("so")

    with pytest.raises(LookupError, match="so"):
        await unbroken(fails())
    with pytest.raises(LookupError, match="so"):
        await to_the_end(fails())


@contextlib.asynccontextmanager
async def slow_stream() -> AsyncIterator[str]:
    """A server that writes a little all the time."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(20):
                writer.write(b"1\r\nx\r\n")
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def connections(port: int) -> int:
    """Of this process, to this port of its own."""
    found = psutil.Process().net_connections(kind="tcp")
    return sum(1 for each in found if each.raddr and each.raddr.port == port)


async def test_no_connection_is_left_open_behind_whoever_is_cancelled() -> None:
    """At any moment of a request, and any number of times."""
    chooser = random.Random(7)
    async with slow_stream() as url:
        client = connect(url, Gate(), {}, keep_alive=False)

        async def read() -> None:
            async with client.stream("GET", "/", extensions=carrying(SENT)) as response:
                async for _ in response.aiter_bytes():
                    pass

        for _ in range(150):
            task = asyncio.create_task(read())
            await asyncio.sleep(chooser.random() * 0.006)
            for _ in range(chooser.randint(1, 3)):
                task.cancel()
                await steps(chooser.randint(0, 3))
            await asyncio.wait((task,))
        port = int(url.rpartition(":")[2])
        async with asyncio.timeout(30):
            while connections(port):
                await asyncio.sleep(0.05)
        await client.aclose()
