"""HTTP/1.1 over a connection without TLS: a model server on this machine, or a host of the user's.

The HTTP library's own way costs a millisecond of a core more for each request (measured: 1.4 ms, by this one
0.5), and a keystroke pays it each time. And what is cancelled here ends at once, whatever the moment:
closing waits for nothing. Parsing is h11's, as in that library. Nothing here opens a connection.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterator
from dataclasses import dataclass

import h11

READ_BYTES = 65_536
MOST_HEAD_BYTES = 102_400
"""Of an answer's status and headers."""

Header = tuple[bytes, bytes]


class Garbled(Exception):
    """What came is not HTTP, or stopped in the middle."""


class Silent(Garbled):
    """The connection was closed before a word of the answer had come."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; None waits for ever."""

    read: float | None
    """Until the next bytes."""
    write: float | None


class Conversation:
    """One connection, with one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._state = h11.Connection(h11.CLIENT, MOST_HEAD_BYTES)
        self._patience = Patience(None, None)
        self.is_over = False
        """The answer was read to its end."""
        self._has_answered = False

    async def ask(
        self, method: bytes, target: bytes, headers: list[Header], body: bytes, patience: Patience
    ) -> tuple[int, list[Header]]:
        """Sends a request; the status and headers of its answer. Raises `Garbled`, `OSError`, and
        `TimeoutError`."""
        self._patience, self.is_over, self._has_answered = patience, False, False
        try:
            sent = self._state.send(h11.Request(method=method, target=target, headers=headers)) or b""
            sent += (self._state.send(h11.Data(data=body)) or b"") if body else b""
            sent += self._state.send(h11.EndOfMessage()) or b""
        except h11.LocalProtocolError as error:
            raise Garbled(str(error)) from error
        self._writer.write(sent)
        try:
            async with asyncio.timeout(patience.write):
                await self._writer.drain()
        except ConnectionError:
            pass  # it may have answered before it had read all, and closed
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return event.status_code, list(event.headers.raw_items())

    async def pieces(self) -> AsyncIterator[bytes]:
        """The answer's body. Raises as `ask` does."""
        while True:
            event = await self._event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                self.is_over = True
                return

    def renewed(self) -> bool:
        """Whether the connection can take another request; then it is ready for it."""
        if not self.is_over or self.is_gone or self._state.our_state is not h11.DONE:
            return False
        if self._state.their_state is not h11.DONE or self._state.trailing_data[0]:
            return False
        self._state.start_next_cycle()
        return True

    @property
    def is_gone(self) -> bool:
        """The other side closed it, or said what nobody asked; between two requests."""
        closed = self._writer.is_closing() or _has_come(self._reader)
        return closed or _has_something(self._writer.get_extra_info("socket").fileno())

    def close(self) -> None:
        """At once; what is still to be read is lost."""
        self._writer.close()

    async def _event(self) -> h11.Event:
        while True:
            try:
                event = self._state.next_event()
            except h11.RemoteProtocolError as error:
                raise Garbled(str(error)) from error
            if not isinstance(event, type):  # what is no event asks for more bytes
                return event
            try:
                async with asyncio.timeout(self._patience.read):
                    data = await self._reader.read(READ_BYTES)
            except ConnectionError:
                if self._has_answered:
                    raise
                data = b""
            if not data and not self._has_answered:
                raise Silent("Server disconnected without sending a response.")
            self._has_answered = True
            self._state.receive_data(data)


def _has_come(reader: asyncio.StreamReader) -> bool:
    """Whether the event loop has something to read from there already, the end included. It is lost."""
    reading = reader.read(1)
    try:
        reading.send(None)  # a read that has to wait says so by its first step
    except (StopIteration, OSError):
        return True
    reading.close()
    return False


def _has_something(descriptor: int) -> bool:
    """Whether there is something to read, the end included, that the event loop has not seen yet."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that waits for another request, since when (the event loop's time)."""

    conversation: Conversation
    since: float


class Kept:
    """The connections to one place: those in use, and at most `most` that wait for further requests, each for
    `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._idle: list[_Idle] = []
        self._used: set[Conversation] = set()

    def take(self) -> Conversation | None:
        """The one that was used last, if any is fit for use."""
        for each in filter(self._is_stale, self._idle[:]):
            self._idle.remove(each)
            each.conversation.close()
        if not self._idle:
            return None
        return self.use(self._idle.pop().conversation)

    def use(self, conversation: Conversation) -> Conversation:
        """It is in use from now on."""
        self._used.add(conversation)
        return conversation

    def put(self, conversation: Conversation) -> None:
        """Keeps it, or closes it where it is of no more use."""
        self._used.discard(conversation)
        if len(self._idle) < self._most and conversation.renewed():
            self._idle.append(_Idle(conversation, asyncio.get_running_loop().time()))
        else:
            conversation.close()

    def close(self) -> None:
        """All of them, in use or not."""
        for conversation in (*self._used, *(each.conversation for each in self._idle)):
            conversation.close()
        self._idle.clear()

    def _is_stale(self, idle: _Idle) -> bool:
        age = asyncio.get_running_loop().time() - idle.since
        return idle.conversation.is_gone or age > self._seconds
