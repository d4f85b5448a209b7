"""Database files in the user's state folder, which several threads and processes use at once."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

_ONE = threading.Lock()


def make_private(path: Path) -> None:
    """Makes the file, for this user alone, where it is not there.

    One that is there is not opened: when a process closes any descriptor of a file, POSIX ends all locks that
    it holds on it (fcntl(2)), and those of SQLite's connections in other threads are among them. Hence also
    one thread at a time. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _ONE, suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def connected(path: Path, patience: float) -> sqlite3.Connection:
    """A connection to a file that is there; it waits `patience` seconds for others that are in its way, and
    each statement is a transaction of its own. Raises `sqlite3.OperationalError` where there is no file."""
    # Not mode=ro: with it a file with a write-ahead log that nobody has open could not be read.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=patience, isolation_level=None
    )
