"""The bytes of logs: plain or compressed files and pipes, piece by piece; and how they grow."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from emberline.errors import UserError

BLOCK_BYTES = 128 << 10
"""Read at a time: no single step over so much takes longer than some milliseconds."""
STDIN = "-"


class Unpacked(Protocol):
    """A file that gives what it has, at most so many bytes; nothing at its end."""

    def read1(self, size: int = -1, /) -> bytes: ...


class BadLog(UserError):
    """The log cannot be read."""


_MAGIC: tuple[tuple[bytes, Callable[[BinaryIO], Unpacked]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEAD_BYTES = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes of a log."""

    data: bytes
    done: int
    """How much of the file has been read, compressed as it is."""


def pieces(file: io.BufferedReader, raw: io.BufferedReader | None = None) -> Iterator[Piece]:
    """The bytes of an open file, unpacked and as UTF-8. Raises one of `BROKEN` where a packed one is damaged.

    Of a pipe, whatever is there comes at once. `raw`: where to look how far it is; None for a pipe.
    """
    head = file.peek(_HEAD_BYTES)
    unpack = next((unpack for magic, unpack in _MAGIC if head.startswith(magic)), None)
    unpacked = file if unpack is None else unpack(file)
    decode = _decoder(head)
    while data := unpacked.read1(BLOCK_BYTES):
        yield Piece(decode(data), raw.tell() if raw is not None else 0)


def _decoder(head: bytes) -> Callable[[bytes], bytes]:
    """From what the file is written in to UTF-8."""
    for mark, name in _WIDE:
        if head.startswith(mark):
            decoder = codecs.getincrementaldecoder(name)("replace")
            return lambda data: decoder.decode(data).removeprefix("\ufeff").encode()
    if head.startswith(codecs.BOM_UTF8):
        is_first = True

        def without_mark(data: bytes) -> bytes:
            nonlocal is_first
            is_first, was = False, is_first
            return data.removeprefix(codecs.BOM_UTF8) if was else data

        return without_mark
    return bytes


@dataclass(frozen=True, slots=True)
class Log:
    """A log to be read."""

    name: str
    path: Path | None
    """None for standard input."""
    size: int
    """In bytes, as it lies on the disk; 0 where nobody knows."""
    today: date
    """The day by which its dates without a year are told: of its last change."""

    @staticmethod
    def of(path: Path, name: str = "") -> Log:
        """The log in a file. Raises `BadLog`."""
        try:
            found = path.stat()
        except OSError as error:
            raise BadLog(f"{name or path} cannot be read: {error.strerror}") from error
        if path.is_dir():
            raise BadLog(f"{name or path} is a folder, not a log")
        today = datetime.fromtimestamp(found.st_mtime, UTC).date()
        return Log(name or str(path), path, found.st_size, today)

    @staticmethod
    def of_stdin() -> Log:
        """What is piped in."""
        return Log("standard input", None, 0, datetime.now(UTC).date())

    def pieces(self) -> Iterator[Piece]:
        """Its bytes to the end that it has now. Raises `BadLog` where it is not to be opened."""
        if self.path is None:
            yield from pieces(cast(io.BufferedReader, sys.stdin.buffer))
            return
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise BadLog(f"{self.name} cannot be read: {error.strerror}") from error
        with closing(file):
            yield from pieces(file, file)


BROKEN = (EOFError, zlib.error, lzma.LZMAError, OSError)
"""What a packed file raises that was cut off or damaged."""


@dataclass(slots=True)
class Tail:
    """The end of a file that grows: what is new each time it is asked."""

    path: Path
    file: BinaryIO
    inode: int
    position: int = 0
    has_begun_anew: bool = False
    """Whether the file was replaced or emptied since the last call."""

    @staticmethod
    def of(path: Path) -> Tail:
        """From the file's beginning. Raises `BadLog`."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise BadLog(f"{path} cannot be read: {error.strerror}") from error
        return Tail(path, cast(BinaryIO, file), os.fstat(file.fileno()).st_ino)

    def new(self) -> bytes:
        """At most a block of what was written since; empty where nothing was.

        What a file still got before another took its name is read first; then the new one from its beginning.
        """
        self.has_begun_anew = False
        if os.fstat(self.file.fileno()).st_size < self.position:
            self._begin(self.file)
        if data := self.file.read(BLOCK_BYTES):
            self.position += len(data)
            return data
        try:
            is_other = self.path.stat().st_ino != self.inode
        except OSError:
            return b""  # its name is free just now: whoever rotates it will take it again
        if is_other:
            try:
                file = self.path.open("rb")
            except OSError:
                return b""
            self.file.close()
            self._begin(cast(BinaryIO, file))
        return b""

    def _begin(self, file: BinaryIO) -> None:
        file.seek(0)
        self.file, self.inode = file, os.fstat(file.fileno()).st_ino
        self.position, self.has_begun_anew = 0, True

    def close(self) -> None:
        self.file.close()
