"""The ledger's file: one SQLite database a user, which all of their windows write to at once.

Texts that repeat (a task, a model, a reason) stand once, in `word`; a row of `request` is some 80 bytes, so a
million requests, a year of a busy user's, are some 80 MB and are summed up in about a second. There is no
prompt, answer or path in it. A connection belongs to the thread that opened it.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from emberline.observe.record import Record

MIGRATIONS = (
    """
    CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL,
        at REAL NOT NULL,
        task INTEGER NOT NULL,
        place INTEGER NOT NULL,
        backend INTEGER NOT NULL,
        model INTEGER NOT NULL,
        quantization INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        first_token_ms REAL,
        duration_ms REAL NOT NULL,
        lane INTEGER NOT NULL,
        reason INTEGER NOT NULL,
        fallback_from INTEGER NOT NULL,
        fallback_why INTEGER NOT NULL,
        outcome INTEGER NOT NULL,
        level INTEGER NOT NULL,
        cost_usd REAL NOT NULL
    );
    CREATE INDEX request_at ON request (at);
    CREATE INDEX request_paid ON request (at, session, cost_usd) WHERE cost_usd > 0;
    """,
)
"""What makes version n + 1 of the schema out of version n; `user_version` says which one a file has."""

BUSY_SECONDS = 5.0
"""How long a write waits for another process's."""
PRUNED_AT_ONCE = 10_000
"""Rows a transaction removes, so that no other process waits long."""
_COLUMNS = tuple(field.name for field in fields(Record))
_WORDS = frozenset(
    (
        "task",
        "place",
        "backend",
        "model",
        "quantization",
        "lane",
        "reason",
        "fallback_from",
        "fallback_why",
        "outcome",
        "level",
    )
)
"""Columns whose texts stand in `word`."""
_INSERT = (  # OR IGNORE: a figure that is none (NaN) costs its own row, not the whole batch
    f"INSERT OR IGNORE INTO request (session, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})"
)
_FOLDER = re.compile(r"^([A-Za-z]:)?[\\/].*[\\/]")
_MOST = 2**63 - 1
_MOST_WORDS = 10_000
"""Kept in memory; reasons may hold figures, and so have no end."""


class NewerLedger(Exception):
    """The file was written by a later version of Emberline."""


TROUBLES = (OSError, sqlite3.Error, NewerLedger)
"""What `Store` may raise. None of them is a reason to disturb the user's work."""


def is_busy(error: Exception) -> bool:
    """Whether other processes merely held the file for too long."""
    return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def explain(error: Exception, path: Path) -> str:
    """A sentence for the user: what is wrong with the file, what mends it, and what follows."""
    until = "until then the last requests are remembered in memory only"
    if isinstance(error, NewerLedger):
        return f"{path} was written by a newer Emberline than this: update this one; {until}"
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"{path} is damaged ({error}): move it away and a new one begins; {until}"
    return f"{path} cannot be used ({error}): mend that and it goes on; {until}"


@dataclass(frozen=True, slots=True)
class Sum:
    """What the requests for one task at one place came to. Tokens and dollars are totals."""

    task: str
    place: str
    requests: int
    failed: int
    """Neither "ok" nor "cancelled"."""
    fell_back: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    first_token_ms: float | None
    """The mean, of those that had a first token."""
    duration_ms: float
    """The mean."""
    cost_usd: float


class Store:
    """The open file. Every method may raise one of `TROUBLES`."""

    def __init__(self, connection: sqlite3.Connection, session: int) -> None:
        self._connection = connection
        self._session = session
        self._known: dict[str, int] = {}

    @classmethod
    def open(cls, path: Path, session: int) -> Store:
        """Opens the file, creating it (for this user alone) or bringing it up to date first.

        `session` marks the rows that this process writes.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own files beside it follow its mode
        with suppress(OSError):
            path.chmod(0o600)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # in WAL safe against a kill, and against a
            _migrate(connection)  # power cut but for the last seconds
        except BaseException:
            connection.close()
            raise
        return cls(connection, session)

    @classmethod
    def existing(cls, path: Path) -> Store:
        """Opens the file for questions only. It neither creates it nor waits for anyone."""
        uri = (
            f"{path.absolute().as_uri()}?mode=rw"  # with mode=ro a ledger that nobody has open cannot be read
        )
        return cls(sqlite3.connect(uri, uri=True, timeout=0), 0)

    def append(self, records: Iterable[Record]) -> None:
        """Writes all of them or none, in one transaction."""
        known = dict(self._known)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(_INSERT, (self._row(record, known) for record in records))
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._known = known if len(known) < _MOST_WORDS else {}

    def prune(self, before: float) -> int:
        """Removes requests decided before this time (seconds of the epoch). Returns how many."""
        removed = 0
        while True:
            count = self._connection.execute(
                "DELETE FROM request WHERE id IN (SELECT id FROM request WHERE at < ? LIMIT ?)",
                (before, PRUNED_AT_ONCE),
            ).rowcount
            removed += count
            if count < PRUNED_AT_ONCE:
                return removed

    def recent(self, count: int) -> tuple[Record, ...]:
        """The last `count` of all processes', newest first."""
        texts = ", ".join(
            f"(SELECT text FROM word WHERE id = {name})" if name in _WORDS else name for name in _COLUMNS
        )
        rows = self._connection.execute(f"SELECT {texts} FROM request ORDER BY at DESC LIMIT ?", (count,))
        return tuple(Record(*row) for row in rows)

    def spent(self, since: float, but_session: int | None = None) -> float:
        """US dollars since this time (seconds of the epoch), without those of one session if it is given."""
        (total,) = self._connection.execute(
            "SELECT total(cost_usd) FROM request WHERE cost_usd > 0 AND at >= ? AND session IS NOT ?",
            (since, but_session),
        ).fetchone()
        return float(total)

    def sums(self, since: float = 0.0, until: float = float("inf")) -> tuple[Sum, ...]:
        """By task and place, the most frequent first; times are seconds of the epoch, `until` exclusive."""
        rows = self._connection.execute(
            """
            SELECT (SELECT text FROM word WHERE id = task), (SELECT text FROM word WHERE id = place),
                requests, failed, fell_back, read, cached, written, first, duration, cost
            FROM (
                SELECT task, place, count(*) AS requests,
                    sum(outcome NOT IN (SELECT id FROM word WHERE text IN ('ok', 'cancelled'))) AS failed,
                    sum(fallback_from NOT IN (SELECT id FROM word WHERE text = '')) AS fell_back,
                    sum(input_tokens) AS read, sum(cached_tokens) AS cached, sum(output_tokens) AS written,
                    avg(first_token_ms) AS first, avg(duration_ms) AS duration, total(cost_usd) AS cost
                FROM request WHERE at >= ? AND at < ? GROUP BY task, place
            ) ORDER BY requests DESC
            """,
            (since, until),
        )
        return tuple(Sum(*row) for row in rows)

    def close(self) -> None:
        """Also folds the write-ahead log back into the file, where no other process has it open."""
        self._connection.close()

    def _row(self, record: Record, known: dict[str, int]) -> Sequence[object]:
        row: list[object] = [self._session]
        for name in _COLUMNS:
            value = getattr(record, name)
            if name == "model":  # llama.cpp's server names a model by its file
                value = _FOLDER.sub("", value)
            row.append(self._id(value, known) if name in _WORDS else _fit(value))
        return row

    def _id(self, text: str, known: dict[str, int]) -> int:
        found = known.get(text)
        if found is None:
            utf8 = text.encode(errors="replace").decode()  # a backend's words may hold half a surrogate pair
            self._connection.execute("INSERT OR IGNORE INTO word (text) VALUES (?)", (utf8,))
            (found,) = self._connection.execute("SELECT id FROM word WHERE text = ?", (utf8,)).fetchone()
            known[text] = found
        return int(found)


def _fit(figure: float | None) -> float | None:
    """SQLite's integers end at 64 bits, a backend's figures need not."""
    return min(figure, _MOST) if isinstance(figure, int) else figure


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")  # whoever is first does it, the others then find it done
    try:
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise NewerLedger
        for script in MIGRATIONS[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
