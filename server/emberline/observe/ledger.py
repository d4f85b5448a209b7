"""Every routed request, remembered: the last ones in memory, all of them in a file (store.py).

Beside them, in the file alone: what became of suggestions, and samples of memory.

`record` appends and returns; one thread writes what came within a second in one transaction.
What goes wrong with the file disturbs nobody: it is said once, the last records stay in memory, and a minute
later it is tried again.
"""

from __future__ import annotations

import atexit
import math
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from emberline.observe import periods
from emberline.observe.record import Entry, Fate, Footprint, Record

if TYPE_CHECKING:
    from emberline.config.schema import Observe
    from emberline.observe.store import Store

REMEMBERED = 1000
"""Records kept in memory."""
FLUSH_SECONDS = 1.0
"""How long a record waits for others before they are written together."""
REST_SECONDS = 60.0
"""Between two tries with a file that cannot be used."""
MOST_WAITING = 10_000
"""Entries that wait for the file; further ones are only remembered, so that memory does not fill up."""
FRESH_SECONDS = 2.0
"""How long a sum of what other processes spent is used before the writing thread looks again."""
OLD_SECONDS = 60.0
"""How long it is used at all."""
MOST_PAID = 100_000
"""Payments kept one by one, of which a day's or a month's first sum is made; later ones need none."""
LEAVING_SECONDS = 5.0
"""How long the end of a process waits for what is not written yet: a slow disk takes more than a second to
make the file."""
LOOK_SECONDS = 5.0
"""How long a look that a decision about money waits for bears with processes that are in the way."""
SINCES = 4
"""Moments since which spending is remembered: a day's and a month's beginning, and the ones before."""
BUSY_PATIENCE = 3
"""Times in a row that other processes may keep the file busy before that counts as a trouble."""
_DAY = 86_400.0


def default_file() -> Path:
    """In $EMBERLINE_STATE, or in the platform's folder for what programs remember."""
    import platformdirs

    named = os.environ.get("EMBERLINE_STATE")
    folder = Path(named).expanduser() if named else platformdirs.user_state_path("emberline", appauthor=False)
    return folder / "ledger.sqlite3"


def open_ledger(observe: Observe, told: Callable[[str], None]) -> Ledger:
    """As the configuration wants it: with `observe.ledger: false` no file is written, and none is read."""
    return Ledger(default_file() if observe.ledger else None, observe.keep_days, told)


def _say_nothing(_: str) -> None: ...


class Ledger:
    """A `Recorder`. May be used from any thread.

    `told` gets a sentence for the user when the file cannot be used: once, and on the writing thread.
    """

    def __init__(
        self, path: Path | None, keep_days: int = 400, told: Callable[[str], None] = _say_nothing
    ) -> None:
        self._session = secrets.randbits(62)
        self._recent: deque[Record] = deque(maxlen=REMEMBERED)
        self._own = _Own()
        self._others: dict[float, _Others] = {}
        self._looking: set[float] = set()
        self._writer = None if path is None else _Writer(path, self._session, keep_days, told)

    @property
    def trouble(self) -> str:
        """What was wrong with the file when it was last tried, in a sentence; empty if nothing was."""
        return self._writer.trouble if self._writer is not None else ""

    @property
    def waiting(self) -> int:
        """How much is not in the file yet."""
        return self._writer.waiting if self._writer is not None else 0

    def record(self, record: Record) -> None:
        """Takes microseconds: no disk, and no lock that anyone holds for longer than that."""
        self._recent.append(record)
        if record.cost_usd > 0:
            self._own.add(record.at, record.cost_usd)
        if self._writer is not None:
            self._writer.add(record)

    def note(self, entry: Fate | Footprint) -> None:
        """As quick as `record`. Without a file it is forgotten."""
        if self._writer is not None:
            self._writer.add(entry)

    def recent(self, count: int = REMEMBERED) -> tuple[Record, ...]:
        """This process's last records, newest first."""
        return tuple(reversed(self._recent.copy()))[:count]

    def spent(self, since: float) -> float:
        """US dollars since this time (seconds of the epoch): what this process spent to this moment, and what
        the file holds of others, at most some seconds ago.

        Costs about a microsecond. Only at first and after a minute without a question about this `since` it
        reads an index of the file, in about 0.5 ms. Without a usable file, others' part is the last known.
        """
        if self._writer is not None:
            now = time.monotonic()
            age = now - self._known(since).at
            if age >= OLD_SECONDS:
                self._look(since)
            elif age >= FRESH_SECONDS and since not in self._looking:
                self._looking.add(since)
                self._writer.then(partial(self._look, since))
        return self._total(since)

    def spent_now(self, since: float) -> float:
        """The same, and others' part as the file holds it at this moment: some 0.5 ms, for a thread, because
        it waits for whoever is in the way."""
        if self._writer is not None:
            self._look(since, LOOK_SECONDS)
        return self._total(since)

    def afterwards(self, do: Callable[[], object]) -> None:
        """Has it done once everything recorded before is written, or the file cannot be used, on the writing
        thread; at once where nothing is written."""
        if self._writer is None or not self._writer.then(do):
            do()

    def flush(self, seconds: float = 10.0) -> bool:
        """Waits until what was recorded so far is written, or cannot be. False if that takes longer."""
        return self._writer is None or self._writer.flush(seconds)

    def close(self, seconds: float = LEAVING_SECONDS) -> None:
        """Writes what is left, and waits for it as long. What is recorded afterwards is only remembered."""
        if self._writer is not None:
            self._writer.close(seconds)

    def _look(self, since: float, patience: float = 0.0) -> None:
        """At what other processes spent, which stays the last known where the file cannot be read."""
        from emberline.observe import store

        assert self._writer is not None
        total = self._known(since).total
        with suppress(*store.TROUBLES), closing(store.Store.existing(self._writer.path, patience)) as others:
            total = others.spent(since, self._session)
        kept = [each for each in self._others.items() if each[0] != since][-SINCES + 1 :]
        self._others = dict(kept) | {since: _Others(total, time.monotonic())}
        self._looking.discard(since)

    def _known(self, since: float) -> _Others:
        return self._others.get(since, _NOBODY)

    def _total(self, since: float) -> float:
        return self._known(since).total + self._own.since(since)


class _Own:
    """What this process has spent, for any moment since; a sum is kept for each of the last `SINCES` that
    were asked for, so that a question does not take the longer the more was paid."""

    def __init__(self) -> None:
        self._paid: deque[tuple[float, float]] = deque(maxlen=MOST_PAID)
        self._sums: dict[float, float] = {}
        self._one = threading.Lock()

    def add(self, at: float, usd: float) -> None:
        with self._one:
            self._paid.append((at, usd))
            for since in self._sums:
                if at >= since:
                    self._sums[since] += usd

    def since(self, since: float) -> float:
        with self._one:
            total = self._sums.pop(since, None)
            if total is None:
                total = sum(usd for at, usd in self._paid if at >= since)
            while len(self._sums) >= SINCES:
                del self._sums[next(iter(self._sums))]
            self._sums[since] = total
            return total


class _Others(NamedTuple):
    """What other processes had spent since some moment, as of `at` on the monotonic clock."""

    total: float = 0.0
    at: float = -math.inf


_NOBODY = _Others()


class _Writer:
    """The thread that writes, and what it needs. Nothing else writes to the file in this process."""

    def __init__(self, path: Path, session: int, keep_days: int, told: Callable[[str], None]) -> None:
        self.trouble = ""
        self.path = path
        self._session = session
        self._keep_seconds = keep_days * _DAY
        self._told = told
        self._said = False
        self._arrived: SimpleQueue[Entry | Callable[[], object]] = SimpleQueue()
        self._unwritten: deque[Entry] = deque(maxlen=MOST_WAITING)
        self._afterwards: deque[Callable[[], object]] = deque()
        self._hurry = threading.Event()
        self._closed = False
        self._store: Store | None = None
        self._busy = 0
        self._retry_at = 0.0
        self._prune_at = 0.0
        self._thread = threading.Thread(target=self._run, name="emberline ledger", daemon=True)
        self._thread.start()
        atexit.register(self.close, LEAVING_SECONDS)  # for whoever forgets

    def add(self, entry: Entry) -> None:
        if not self._closed and self._arrived.qsize() < MOST_WAITING:
            self._arrived.put(entry)

    @property
    def waiting(self) -> int:
        return self._arrived.qsize() + len(self._unwritten)

    def then(self, do: Callable[[], object]) -> bool:
        """Has it done on the thread, once everything before it is written or the file has proved unusable:
        that others keep it busy is no end yet. False, and nothing, where the thread has ended."""
        if not self._thread.is_alive():
            return False
        self._arrived.put(do)
        return True

    def flush(self, seconds: float) -> bool:
        done = threading.Event()
        self.then(done.set)
        self._hurry.set()
        return not self._thread.is_alive() or done.wait(seconds)

    def close(self, seconds: float) -> None:
        atexit.unregister(self.close)
        self._closed = True
        self.then(lambda: None)  # wakes it
        self._hurry.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._closed or not self._arrived.empty() or self._is_kept_waiting:
            hurried = self._gather()
            due = hurried or time.monotonic() >= self._retry_at
            if self._unwritten and due and self._written():
                self._unwritten.clear()
            while self._afterwards and not self._is_kept_waiting:
                self._afterwards.popleft()()
        self._shut()

    @property
    def _is_kept_waiting(self) -> bool:
        """By others, who keep the file busy; soon it is tried again."""
        return self._busy > 0

    def _gather(self) -> bool:
        """Waits for something to write, and for what follows within a second unless someone is in a hurry;
        returns whether someone is."""
        wait = max(0.0, self._retry_at - time.monotonic()) if self._unwritten else None
        hurried = False
        with suppress(Empty):
            arrived = self._arrived.get(timeout=wait)
            hurried = self._hurry.wait(FLUSH_SECONDS)
            self._hurry.clear()
            while True:
                if isinstance(arrived, Entry):
                    self._unwritten.append(arrived)
                else:
                    self._afterwards.append(arrived)
                arrived = self._arrived.get_nowait()
        return hurried

    def _written(self) -> bool:
        from emberline.observe import store

        try:
            if self._store is None:
                self._store = store.Store.open(self.path, self._session)
            now = time.time()
            if now >= self._prune_at:
                self._store.prune(now - self._keep_seconds, periods.month_began(now))
                self._prune_at = now + _DAY
            self._store.append(self._unwritten)
        except store.TROUBLES as error:
            self._busy += 1
            if store.is_busy(error) and self._busy < BUSY_PATIENCE:
                self._retry_at = time.monotonic() + FLUSH_SECONDS
            else:
                self._give_up_for_now(store.explain(error, self.path))
            return False
        self.trouble, self._busy = "", 0
        return True

    def _give_up_for_now(self, trouble: str) -> None:
        self._busy = 0
        self._retry_at = time.monotonic() + REST_SECONDS
        self._shut()
        self.trouble = trouble
        if not self._said:
            self._said = True
            self._told(trouble)

    def _shut(self) -> None:
        from emberline.observe import store

        opened, self._store = self._store, None
        if opened is not None:
            with suppress(*store.TROUBLES):
                opened.close()
