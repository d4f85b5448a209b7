"""The ledger's file: one SQLite database a user, which all of their windows write to at once.

Texts that repeat (a task, a model, a reason) stand once, in `word`; a row of `request` is some 80 bytes, so a
million requests, a year of a busy user's, are some 80 MB. What all requests of a kind have in common also
stands once, in `kind`: grouping a million rows by one small number takes half a second, by their words four
(summary.py). There is no prompt, answer or path in it. A connection belongs to the thread that opened it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from emberline.observe.files import connected, make_private
from emberline.observe.record import Entry, Fate, Footprint, Record, without_folder

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
    """
    CREATE TABLE kind (
        id INTEGER PRIMARY KEY,
        task INTEGER NOT NULL,
        place INTEGER NOT NULL,
        backend INTEGER NOT NULL,
        model INTEGER NOT NULL,
        lane INTEGER NOT NULL,
        fallback_from INTEGER NOT NULL,
        outcome INTEGER NOT NULL,
        UNIQUE (task, place, backend, model, lane, fallback_from, outcome)
    );
    ALTER TABLE request ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    INSERT INTO kind (task, place, backend, model, lane, fallback_from, outcome)
        SELECT DISTINCT task, place, backend, model, lane, fallback_from, outcome FROM request;
    UPDATE request SET kind = (
        SELECT id FROM kind WHERE (kind.task, kind.place, kind.backend, kind.model, kind.lane,
            kind.fallback_from, kind.outcome) = (request.task, request.place, request.backend, request.model,
            request.lane, request.fallback_from, request.outcome)
    );
    CREATE TABLE fate (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL,
        at REAL NOT NULL,
        lane INTEGER NOT NULL,
        backend INTEGER NOT NULL,
        model INTEGER NOT NULL,
        language INTEGER NOT NULL,
        shown_chars INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        accepted_chars INTEGER NOT NULL,
        survived REAL,
        saved_keys INTEGER NOT NULL
    );
    CREATE INDEX fate_at ON fate (at);
    CREATE TABLE footprint (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL,
        at REAL NOT NULL,
        part INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        backend INTEGER NOT NULL,
        model INTEGER NOT NULL
    );
    CREATE INDEX footprint_at ON footprint (at);
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
_ALIKE = ("task", "place", "backend", "model", "lane", "fallback_from", "outcome")
"""What the requests of a `kind` have in common."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Where entries of one type go. All have a `session` before their own columns."""

    name: str
    columns: tuple[str, ...]
    words: frozenset[str]
    """Columns whose texts stand in `word`."""
    beside: tuple[str, ...] = ()
    """Columns that are not the entry's own."""

    @property
    def insert(self) -> str:
        columns = ("session", *self.columns, *self.beside)
        # OR IGNORE: a figure that is none (NaN) costs its own row, not the whole batch
        return (
            f"INSERT OR IGNORE INTO {self.name} ({', '.join(columns)}) "
            f"VALUES ({', '.join('?' * len(columns))})"
        )


_TABLES = {
    Record: _Table("request", _COLUMNS, _WORDS, ("kind",)),
    Fate: _Table(
        "fate",
        tuple(field.name for field in fields(Fate)),
        frozenset(("lane", "backend", "model", "language", "accepted")),
    ),
    Footprint: _Table(
        "footprint",
        tuple(field.name for field in fields(Footprint)),
        frozenset(("part", "backend", "model")),
    ),
}
_MOST = 2**43
"""A larger figure is a backend's mistake, and a million of these still add up to one that SQLite holds."""
_MOST_WORDS = 10_000
"""Kept in memory; reasons may hold figures, and so have no end."""


class NewerLedger(Exception):
    """The file was written by a later version of Emberline."""


TROUBLES = (OSError, sqlite3.Error, NewerLedger)
"""What `Store` may raise. None of them is a reason to disturb the user's work."""


def is_busy(error: Exception) -> bool:
    """Whether other processes merely held the file for too long."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: Exception) -> int:
    """SQLite's primary result code, which the low byte of an extended one is (sqlite.org/rescode.html); 0 for
    what is none of its errors."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def explain(error: Exception, path: Path) -> str:
    """A sentence for the user: what is wrong with the file, what mends it, and what follows."""
    until = "until then the last requests are remembered in memory only"
    if isinstance(error, NewerLedger):
        return f"{path} was written by a newer Emberline than this: update this one; {until}"
    if _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
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
        self._known = _Known()

    @classmethod
    def open(cls, path: Path, session: int) -> Store:
        """Opens the file, creating it (for this user alone) or bringing it up to date first.

        `session` marks the rows that this process writes.
        """
        make_private(path)  # SQLite's own files beside it follow its mode
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
    def existing(cls, path: Path, patience: float = 0.0) -> Store:
        """Opens the file for questions only, without creating it. Others can be in the way of a question only
        while they make the file or are the last to close it; it waits `patience` seconds for them."""
        return cls(connected(path, patience), 0)

    @classmethod
    def current(cls, path: Path) -> Store:
        """Opens a file that is there for questions, brought up to date first if an older version wrote it."""
        connection = connected(path, BUSY_SECONDS)
        try:
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, 0)

    @property
    def connection(self) -> sqlite3.Connection:
        """For questions of other modules here (summary.py)."""
        return self._connection

    def append(self, entries: Iterable[Entry]) -> None:
        """Writes all of them or none, in one transaction."""
        known = _Known(dict(self._known.words), dict(self._known.kinds))
        sorted_out: dict[type[Entry], list[Entry]] = {}
        for entry in entries:
            sorted_out.setdefault(type(entry), []).append(entry)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for kind, same in sorted_out.items():
                table = _TABLES[kind]
                self._connection.executemany(table.insert, (self._row(entry, table, known) for entry in same))
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._known = known if len(known.words) < _MOST_WORDS else _Known()

    def prune(self, before: float, month_began: float = math.inf) -> int:
        """Removes what happened before this time (seconds of the epoch), but not what was paid this month:
        the budget counts it. Returns how many rows."""
        old, unpaid = "at < ?", "at < ? AND (cost_usd = 0 OR at < ?)"
        return (
            self._pruned("request", unpaid, before, month_began)
            + self._pruned("fate", old, before)
            + self._pruned("footprint", old, before)
        )

    def _pruned(self, table: str, which: str, *times: float) -> int:
        removed = 0
        while True:
            count = self._connection.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {which} LIMIT ?)",
                (*times, PRUNED_AT_ONCE),
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

    def _row(self, entry: Entry, table: _Table, known: _Known) -> Sequence[object]:
        row: list[object] = [self._session]
        for name in table.columns:
            value = getattr(entry, name)
            if name == "model":  # llama.cpp's server names a model by its file
                value = without_folder(value)
            row.append(self._id(value, known.words) if name in table.words else _fit(value))
        if isinstance(entry, Record):
            row.append(self._kind(tuple(row[1 + _COLUMNS.index(name)] for name in _ALIKE), known.kinds))
        return row

    def _kind(self, alike: tuple[object, ...], known: dict[tuple[object, ...], int]) -> int:
        found = known.get(alike)
        if found is None:
            names, marks = ", ".join(_ALIKE), ", ".join("?" * len(_ALIKE))
            self._connection.execute(f"INSERT OR IGNORE INTO kind ({names}) VALUES ({marks})", alike)
            (found,) = self._connection.execute(
                f"SELECT id FROM kind WHERE ({names}) = ({marks})", alike
            ).fetchone()
            known[alike] = found
        return int(found)

    def _id(self, text: str, known: dict[str, int]) -> int:
        found = known.get(text)
        if found is None:
            utf8 = text.encode(errors="replace").decode()  # a backend's words may hold half a surrogate pair
            self._connection.execute("INSERT OR IGNORE INTO word (text) VALUES (?)", (utf8,))
            (found,) = self._connection.execute("SELECT id FROM word WHERE text = ?", (utf8,)).fetchone()
            known[text] = found
        return int(found)


@dataclass(slots=True)
class _Known:
    """Numbers of words and kinds that this process has looked up."""

    words: dict[str, int] = field(default_factory=dict)
    kinds: dict[tuple[object, ...], int] = field(default_factory=dict)


def _fit(figure: float | None) -> float | None:
    """SQLite's sums end at 64 bits, a backend's figures need not, and they may be less than nothing."""
    return min(max(figure, 0), _MOST) if isinstance(figure, int) else figure


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
