"""The trail of what was sent: where, how much, whose text, and why it was allowed. Never the text itself.

Two kinds of files in the state folder, one JSON object a line, readable by the user alone:

- `left-YYYY-MM.jsonl`: what left this machine. A line is on its way to the disk before the request is on its
  way to the network; where it cannot be written nothing is sent. Never deleted by us.
- `stayed.jsonl`: what went to a server on this machine, and what was refused. One for every keystroke, so it
  is written in batches by a thread, kept short, and its loss disturbs nobody.

Several editor windows append at once: under a file lock, whole lines, in one write.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import orjson
import platformdirs
from filelock import FileLock

from emberline.privacy.labels import Level, Place

BATCH_SECONDS = 2.0
"""How long a line of `stayed.jsonl` waits for others."""
STAYED_BYTES = 2 << 20
"""A longer `stayed.jsonl` becomes `stayed.1.jsonl`, and the one before is gone."""
WAITING = 20_000
"""Lines that wait at most; beyond, the oldest are lost."""
LOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Send:
    """One request on its way out, or refused."""

    at: float
    """Seconds of the epoch."""
    destination: str
    """scheme://host:port"""
    address: str
    """The address that the name stood for; empty where it was refused before one was known."""
    place: Place
    model: str
    bytes: int
    """Of the request's body."""
    level: Level
    """The strictest among the labels of the text in it."""
    why: str
    """What set that level."""
    reason: str
    """What it was sent for."""
    sources: tuple[str, ...]
    """Whose text: paths, or words such as "clipboard"."""
    refused: str = ""
    """Why nothing was sent; empty where it was."""


class Witness(Protocol):
    """Where sends are written down."""

    def left(self, send: Send) -> None:
        """Before something leaves this machine. Blocks; raises OSError where it could not be kept."""
        ...

    def stayed(self, send: Send) -> None:
        """Before something is sent on this machine, or when it was refused. Returns at once, never raises."""
        ...


class Memory:
    """A trail that no disk holds: the last thousand sends of each kind."""

    def __init__(self) -> None:
        self.sent_away: deque[Send] = deque(maxlen=1000)
        self.kept_here: deque[Send] = deque(maxlen=1000)

    def left(self, send: Send) -> None:
        self.sent_away.append(send)

    def stayed(self, send: Send) -> None:
        self.kept_here.append(send)


def audit_folder() -> Path:
    """`audit` in $EMBERLINE_STATE, or in the platform's folder for state."""
    named = os.environ.get("EMBERLINE_STATE")
    state = Path(named).expanduser() if named else platformdirs.user_state_path("emberline", appauthor=False)
    return state / "audit"


class Trail:
    """The trail on disk. `close` it, so that the last batch is written; leaving Python does so too."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = audit_folder() if folder is None else folder
        self._waiting: deque[Send] = deque(maxlen=WAITING)
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._writer: threading.Thread | None = None

    def left(self, send: Send) -> None:
        month = time.strftime("%Y-%m", time.localtime(send.at))
        with self._alone():
            _append(self._folder / f"left-{month}.jsonl", [send])

    def stayed(self, send: Send) -> None:
        self._waiting.append(send)
        if self._writer is None and not self._closing.is_set():
            self._writer = threading.Thread(target=self._write_on, name="audit trail", daemon=True)
            self._writer.start()
            atexit.register(self.close)
        self._arrived.set()

    def flush(self) -> None:
        """Writes what waits. What cannot be written is lost."""
        batch = []
        with suppress(IndexError):
            while True:
                batch.append(self._waiting.popleft())
        if not batch:
            return
        path = self._folder / "stayed.jsonl"
        with suppress(OSError), self._alone():
            if path.exists() and path.stat().st_size > STAYED_BYTES:
                path.replace(self._folder / "stayed.1.jsonl")
            _append(path, batch)

    def close(self) -> None:
        """Writes what waits and ends the thread."""
        self._closing.set()
        self._arrived.set()
        if self._writer is not None:
            self._writer.join()
            self._writer = None
            atexit.unregister(self.close)
        self.flush()

    def _write_on(self) -> None:
        while not self._closing.is_set():
            self._arrived.wait()
            self._closing.wait(BATCH_SECONDS)
            self._arrived.clear()
            self.flush()

    def _alone(self) -> FileLock:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(self._folder / "lock", timeout=LOCK_SECONDS, mode=0o600)


def _append(path: Path, sends: Iterable[Send]) -> None:
    """Whole lines or none: a torn one (a full disk) would spoil the next."""
    lines = b"".join(orjson.dumps(send, option=orjson.OPT_APPEND_NEWLINE) for send in sends)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    try:
        length = os.fstat(file).st_size
        if os.write(file, lines) != len(lines):
            os.ftruncate(file, length)
            raise OSError(f"{path} could not be written whole")
    finally:
        os.close(file)


def left(folder: Path | None = None) -> Iterator[Send]:
    """What left this machine, oldest first."""
    for path in sorted((folder or audit_folder()).glob("left-*.jsonl")):
        yield from _read(path)


def stayed(folder: Path | None = None) -> Iterator[Send]:
    """What was sent on this machine lately, and what was refused, oldest first."""
    for name in ("stayed.1.jsonl", "stayed.jsonl"):
        yield from _read((folder or audit_folder()) / name)


_FIELDS = frozenset(field.name for field in fields(Send))


def _read(path: Path) -> Iterator[Send]:
    """A file's sends. A line that is none is passed over, and so is a field that a newer version added."""
    try:
        with path.open("rb") as lines:
            for line in lines:
                with suppress(ValueError, TypeError, KeyError, AttributeError):
                    values = {key: value for key, value in orjson.loads(line).items() if key in _FIELDS}
                    values["place"], values["level"] = Place(values["place"]), Level(values["level"])
                    values["sources"] = tuple(values["sources"])
                    yield Send(**values)
    except FileNotFoundError:
        return
