"""What the index and its child process say to each other: pickled, each behind its length.

The pipe leads from one process of this program to another, and nowhere else: what is unpickled is our own.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from emberline.refactor.index.record import Record

_LENGTH = struct.Struct("<I")
HEAD = _LENGTH.size


@dataclass(frozen=True, slots=True)
class Setting:
    """First of all: the workspace."""

    folders: tuple[Path, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Asks for all files of the workspace."""


@dataclass(frozen=True, slots=True)
class Look:
    """Asks what is at these paths now."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Asks for the records of these files."""

    paths: tuple[str, ...]


Request = Walk | Look | Read


@dataclass(frozen=True, slots=True)
class Found:
    """Files that are there and may be read, as far as rules of the workspace go."""

    paths: tuple[str, ...]
    written: tuple[int, ...]
    """When each was last written, in nanoseconds of its file system."""


@dataclass(frozen=True, slots=True)
class Walked:
    """All files of this folder have been found since the last answer of another kind."""

    folder: str


@dataclass(frozen=True, slots=True)
class Absent:
    """There are no such files, or they are none of ours."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records, and the entries of `postings.entries_of`."""

    records: tuple[Record, ...]
    entries: tuple[bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Done:
    """The oldest request is answered."""


Answer = Found | Walked | Absent | Batch | Done


def framed(message: object) -> bytes:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


def length_of(head: bytes) -> int:
    """How many bytes follow."""
    length: int = _LENGTH.unpack(head)[0]
    return length


def read_from(stream: IO[bytes]) -> object | None:
    """The next message, waited for; None at the end."""
    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    message: object = pickle.loads(stream.read(length_of(head)))
    return message
