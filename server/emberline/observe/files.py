"""The files that are kept beside each other in the user's state folder."""

from __future__ import annotations

import os
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
