"""Where one message ends and the next begins: `Content-Length`, an empty line, so many bytes."""

from __future__ import annotations

import asyncio
import re
from enum import Enum

_LENGTH = re.compile(rb"content-length:\s*(\d+)\s*$", re.IGNORECASE)
# Searched rather than matched: after a message with a wrong length, its rest stands before the next header.

_LARGEST_BODY = 512 * 1024 * 1024
"""Bytes. A larger length is a broken header, and waiting for it would be waiting for ever."""


class Broken(Enum):
    """A header block from which no body's length can be read."""

    HEADER = "header"


async def read_body(reader: asyncio.StreamReader) -> bytes | Broken | None:
    """The next message's body, `Broken.HEADER` where there is none to read, None at the end of the stream."""
    length: int | None = None
    lines = 0
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # a line longer than the reader's limit: no header, and already dropped
            return Broken.HEADER
        except ConnectionError:
            return None
        if not line.endswith(b"\n"):
            return None
        if not line.strip():
            if length is not None:
                break
            if lines:
                return Broken.HEADER
            continue  # an empty line between messages harms nobody
        lines += 1
        if (match := _LENGTH.search(line)) and int(match.group(1)) <= _LARGEST_BODY:
            length = int(match.group(1))
    try:
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def frame(body: bytes) -> bytes:
    """A body with its header. The length counts bytes, not characters."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
