"""The bytes under the protocol: a reader and a writer over standard input and output.

Pipes and sockets are read and written by the event loop itself, which saves two thread switches a message.
What the loop cannot wait for (files; anything on Windows) or should not (a terminal, whose non-blocking mode
all that share it would get) goes through threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import stat
import sys
import threading
from typing import Protocol

READ_LIMIT = 1 << 20
"""Bytes that may lie unread before the sender is held back, and the longest header line."""

_READ_SIZE = 1 << 16


class Writer(Protocol):
    """Takes bytes at once and sends them in order."""

    def write(self, data: bytes) -> None: ...

    async def close(self) -> None:
        """Returns when all is sent, or when the other side is gone."""


class TransportWriter:
    """Writes through the event loop."""

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        if not self._stream.is_closing():
            self._stream.write(data)

    async def close(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.close()
            await self._stream.wait_closed()


class ThreadWriter:
    """Writes from a thread of its own, so that a slow reader does not hold up the event loop."""

    def __init__(self, descriptor: int) -> None:
        self._pending: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._descriptor = descriptor
        # A daemon: a client that never reads again must not keep the process alive.
        self._thread = threading.Thread(target=self._work, name="emberline-writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        self._pending.put(data)

    async def close(self) -> None:
        self._pending.put(None)
        await asyncio.to_thread(self._thread.join, 2.0)

    def _work(self) -> None:
        with contextlib.suppress(OSError):
            while (data := self._pending.get()) is not None:
                view = memoryview(data)
                while view:
                    view = view[os.write(self._descriptor, view) :]


async def standard_streams() -> tuple[asyncio.StreamReader, Writer]:
    """This process's standard input and output, taken away from everybody else.

    The protocol keeps private copies of both; afterwards descriptor 1 is standard error, so that a stray
    `print` of a library lands in the log instead of in the protocol, and descriptor 0 is empty.
    """
    source, sink = _take_descriptors()
    # One socket for both needs threads: the loop takes an output with something to read for a closed one.
    apart = not os.path.samestat(os.fstat(source), os.fstat(sink))
    if apart and _loop_can_wait(source):
        reader = await _read_in_loop(source)
    else:
        reader = _read_in_thread(source)
    if apart and _loop_can_wait(sink):
        return reader, await _write_in_loop(sink)
    return reader, ThreadWriter(sink)


def _take_descriptors() -> tuple[int, int]:
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.flush()
    os.dup2(2, 1)
    return source, sink


def _loop_can_wait(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


async def _read_in_loop(descriptor: int) -> asyncio.StreamReader:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(READ_LIMIT, loop)
    file = os.fdopen(descriptor, "rb", buffering=0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader, loop=loop), file)
    return reader


async def _write_in_loop(descriptor: int) -> Writer:
    loop = asyncio.get_running_loop()
    file = os.fdopen(descriptor, "wb", buffering=0)
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop)
    transport, _ = await loop.connect_write_pipe(lambda: protocol, file)
    return TransportWriter(asyncio.StreamWriter(transport, protocol, None, loop))


def _read_in_thread(descriptor: int) -> asyncio.StreamReader:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(READ_LIMIT, loop)

    def work() -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed under us: nobody listens any more
            try:
                while data := os.read(descriptor, _READ_SIZE):
                    loop.call_soon_threadsafe(reader.feed_data, data)
            except OSError:
                pass  # a terminal that hangs up says so with an error: for us it is the end of input
            loop.call_soon_threadsafe(reader.feed_eof)

    # A daemon: a read that never returns must not keep the process alive.
    threading.Thread(target=work, name="emberline-reader", daemon=True).start()
    return reader
