"""What requests under way may come to, so that several together do not overrun a limit.

Before a request that costs money is sent, the most that it may come to is put aside; once its record is in
the ledger, that is given back. All processes of a user see each other's: it stands in a small SQLite file
beside the ledger, and whoever puts something aside holds the file's lock while looking at what is spent.
What a process leaves behind that is killed stays put aside, because nobody knows what its request came to,
until the user says so (`forget`).

Without a file (or while it cannot be used) each process sees its own alone.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from emberline.observe.files import connected, make_private
from emberline.observe.ledger import Ledger, default_file

if TYPE_CHECKING:
    from emberline.config.schema import Observe

BUSY_SECONDS = 30.0
"""How long one process waits for others that are looking, some milliseconds each."""
KEPT_SECONDS = 40 * 86_400.0
"""What was put aside longer ago belongs to no month that still counts."""
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS promise (
        session INTEGER NOT NULL,
        number INTEGER NOT NULL,
        pid INTEGER NOT NULL,
        at REAL NOT NULL,
        usd REAL NOT NULL,
        PRIMARY KEY (session, number)
    )
"""
_TROUBLES = (OSError, sqlite3.Error)


def till_file() -> Path:
    """Beside the ledger."""
    return default_file().with_name("promises.sqlite3")


@dataclass(frozen=True, slots=True)
class Standing:
    """US dollars since some moment."""

    spent: float
    under_way: float


@dataclass(frozen=True, slots=True)
class Promise:
    """The most that one request may come to. `at` in seconds of the epoch, `pid` its process's."""

    at: float
    usd: float
    pid: int


Check = Callable[[tuple[Standing, ...]], None]
"""Raises where what is spent and put aside leaves too little."""


def open_till(observe: Observe, ledger: Ledger, told: Callable[[str], None]) -> Till:
    """As the configuration wants it: with `observe.ledger: false` no file is written, and none is read."""
    return Till(till_file() if observe.ledger else None, ledger, told)


class Till:
    """May be used from any thread. `told` gets a sentence for the user when the file cannot be used: once."""

    def __init__(
        self, path: Path | None, ledger: Ledger, told: Callable[[str], None] = lambda words: None
    ) -> None:
        self.ledger = ledger
        """Where what the requests came to is recorded."""
        self._path = path
        self._told = told
        self._said = False
        self._session = secrets.randbits(62)
        self._numbers = itertools.count()
        self._own: dict[int, Promise] = {}
        self._one = threading.Lock()

    def standing(self, since: float) -> Standing:
        """By what this process knows, in microseconds; of others' requests, those that have ended."""
        return Standing(self.ledger.spent(since), self._own_since(since))

    async def put_aside(self, usd: float, sinces: Sequence[float], check: Check) -> Callable[[], None]:
        """Puts aside what a request may come to, unless `check` raises: it is handed the standing since each
        of these moments, others' included. What is returned gives it back, for after its record."""
        # No task: those are cancelled where a command ends, and what the thread puts aside would stay.
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(None, self._put_aside, usd, tuple(sinces), check)
        try:
            number = await asyncio.shield(working)
        except asyncio.CancelledError:
            working.add_done_callback(self._unwanted)
            raise
        return partial(self._give_back, number)

    def promises(self) -> tuple[Promise, ...]:
        """Everybody's that stand now, oldest first. Reads the file; raises nothing."""
        if self._path is None:
            return tuple(self._own.values())
        with suppress(*_TROUBLES), closing(connected(self._path, BUSY_SECONDS)) as file:
            return _standing_in(file)
        return ()

    def forget(self, lives: Callable[[int], bool]) -> tuple[Promise, ...]:
        """Gives back what processes that do not live any more left put aside, and returns it. For the user's
        order: it may have been spent. Raises `OSError` and `sqlite3.Error`."""
        if self._path is None or not self._path.exists():
            return ()
        with closing(connected(self._path, BUSY_SECONDS)) as file:
            left = tuple(each for each in _standing_in(file) if not lives(each.pid))
            file.executemany("DELETE FROM promise WHERE pid = ? AND at = ?", [(e.pid, e.at) for e in left])
        return left

    # -- putting aside --------------------------------------------------------------------------------

    def _put_aside(self, usd: float, sinces: Sequence[float], check: Check) -> int:
        promise, number = Promise(time.time(), usd, os.getpid()), next(self._numbers)
        with self._one:
            if self._path is None:
                self._checked(sinces, check, others={})
            else:
                self._shared(self._path, promise, number, sinces, check)
            self._own[number] = promise
        return number

    def _shared(
        self, path: Path, promise: Promise, number: int, sinces: Sequence[float], check: Check
    ) -> None:
        """The same under the file's lock. In this order: what others put aside, then what they have spent; so
        whatever moves from the one to the other meanwhile is counted twice rather than not at all."""
        try:
            file = _opened(path)
        except _TROUBLES as error:
            self._tell(path, error)
            self._checked(sinces, check, others={})
            return
        with closing(file):
            try:
                file.execute("BEGIN IMMEDIATE")
                file.execute("DELETE FROM promise WHERE at < ?", (promise.at - KEPT_SECONDS,))
                others = {since: self._others(file, since) for since in sinces}
                row = (self._session, number, promise.pid, promise.at, promise.usd)
                file.execute("INSERT INTO promise VALUES (?, ?, ?, ?, ?)", row)
            except _TROUBLES as error:
                self._tell(path, error)
                others = {}
            self._checked(sinces, check, others)  # where it raises, closing takes the row back
            try:
                if file.in_transaction:
                    file.execute("COMMIT")
            except _TROUBLES as error:
                self._tell(path, error)

    def _checked(self, sinces: Sequence[float], check: Check, others: dict[float, float]) -> None:
        check(
            tuple(
                Standing(self.ledger.spent_now(since), self._own_since(since) + others.get(since, 0.0))
                for since in sinces
            )
        )

    def _own_since(self, since: float) -> float:
        return sum(promise.usd for promise in tuple(self._own.values()) if promise.at >= since)

    def _others(self, file: sqlite3.Connection, since: float) -> float:
        (total,) = file.execute(
            "SELECT total(usd) FROM promise WHERE at >= ? AND session != ?", (since, self._session)
        ).fetchone()
        return float(total)

    # -- giving back ----------------------------------------------------------------------------------

    def _unwanted(self, working: asyncio.Future[int]) -> None:
        """Nobody waits for it any more: nothing was sent."""
        if not working.cancelled() and working.exception() is None:
            self._give_back(working.result())

    def _give_back(self, number: int) -> None:
        if self._own.pop(number, None) is not None and self._path is not None:
            self.ledger.afterwards(partial(self._remove, self._path, number))

    def _remove(self, path: Path, number: int) -> None:
        with suppress(*_TROUBLES), closing(_opened(path)) as file:
            file.execute("DELETE FROM promise WHERE session = ? AND number = ?", (self._session, number))

    # -- the file -------------------------------------------------------------------------------------

    def _tell(self, path: Path, error: Exception) -> None:
        if not self._said:
            self._said = True
            self._told(
                f"{path} cannot be used ({error}): until that is mended, what requests of other windows may "
                "cost does not count against the budget while they are under way"
            )


def _standing_in(file: sqlite3.Connection) -> tuple[Promise, ...]:
    """Everybody's, oldest first."""
    rows = file.execute("SELECT at, usd, pid FROM promise ORDER BY at, session, number")
    return tuple(Promise(*row) for row in rows)


def _opened(path: Path) -> sqlite3.Connection:
    """The file, made for this user alone where it is not there."""
    make_private(path)
    file = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # A killed process loses nothing by it; where the power fails, no request is under way any more.
        file.execute("PRAGMA synchronous = OFF")
        file.execute(_SCHEMA)
    except BaseException:
        file.close()
        raise
    return file
