"""The full-text index: SQLite's FTS5 in memory. Nothing of it is ever written to disk.

The texts themselves are kept packed, once for each file; FTS5 holds what they are found by alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from emberline.tasks.questions.passages import Passage, lines_of
from emberline.tasks.questions.question import Choice
from emberline.tasks.questions.ranking import Matches, Place
from emberline.tasks.questions.reading import Reading, Stamp, excerpt, rows_of, unpack
from emberline.tasks.questions.synonyms import quoted

WEIGHTS = (4.0, 4.0, 1.0)
"""Of a match in the path, in the symbol and in the text."""
_SCHEMA = """
CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, name TEXT, written INTEGER, size INTEGER,
    packed BLOB);
CREATE TABLE passages (id INTEGER PRIMARY KEY, file INTEGER, first INTEGER, last INTEGER, symbol TEXT,
    name TEXT, is_definition INTEGER);
CREATE INDEX of_file ON passages (file);
CREATE INDEX by_name ON passages (name) WHERE is_definition;
CREATE VIRTUAL TABLE texts USING fts5 (path, symbol, body, content='',
    tokenize="porter unicode61 remove_diacritics 2");
"""


class FullText:
    """Passages of files, found by words. Belongs to one thread at a time."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        # Large sorts would go to a file else.
        self._db.execute("PRAGMA temp_store = MEMORY")
        self._db.execute("PRAGMA cache_size = -8000")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    # -- entering -------------------------------------------------------------------------------------

    def put(self, reading: Reading, name: str) -> None:
        """In the place of what stood for the file before."""
        self.remove(reading.path)
        stamp = reading.stamp or Stamp(0, -1)
        self._db.execute("BEGIN")
        file = self._db.execute(
            "INSERT INTO files (path, name, written, size, packed) VALUES (?, ?, ?, ?, ?)",
            (reading.path, name, *stamp, reading.packed),
        ).lastrowid
        for passage, row in zip(reading.passages, reading.rows, strict=True):
            own = (file, passage.first, passage.last, passage.symbol, _name_of(passage))
            number = self._db.execute(
                "INSERT INTO passages (file, first, last, symbol, name, is_definition)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*own, passage.is_definition),
            ).lastrowid
            self._db.execute(
                "INSERT INTO texts (rowid, path, symbol, body) VALUES (?, ?, ?, ?)", (number, *row)
            )
        self._db.execute("COMMIT")

    def remove(self, path: str) -> None:
        """Nothing where it is not in the index."""
        found = self._db.execute("SELECT id, name, packed FROM files WHERE path = ?", (path,)).fetchone()
        if found is None:
            return
        file, name, packed = found
        own = self._db.execute(
            "SELECT id, first, last, symbol, is_definition FROM passages WHERE file = ? ORDER BY id", (file,)
        ).fetchall()
        passages = tuple(Passage(first, last, symbol, bool(begins)) for _, first, last, symbol, begins in own)
        rows = rows_of(name, unpack(packed), passages)
        self._db.execute("BEGIN")
        # FTS5 keeps no texts here: it is told once more what was entered.
        self._db.executemany(
            "INSERT INTO texts (texts, rowid, path, symbol, body) VALUES ('delete', ?, ?, ?, ?)",
            [(number, *row) for (number, *_), row in zip(own, rows, strict=True)],
        )
        self._db.execute("DELETE FROM passages WHERE file = ?", (file,))
        self._db.execute("DELETE FROM files WHERE id = ?", (file,))
        self._db.execute("COMMIT")

    def stamps(self) -> dict[str, Stamp]:
        """Of all files in the index."""
        return {
            path: Stamp(written, size)
            for path, written, size in self._db.execute("SELECT path, written, size FROM files")
        }

    # -- asking ---------------------------------------------------------------------------------------

    @property
    def passages(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM passages").fetchone()[0]
        return count

    @property
    def files(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM files").fetchone()[0]
        return count

    def matches(self, choice: Choice) -> Matches:
        """Every passage that holds the choice's words, with how well; the higher the better."""
        # A name written in one word may stand in several here, and the other way round.
        rows = self._db.execute(
            f"SELECT rowid, -bm25(texts, {', '.join(map(str, WEIGHTS))}) FROM texts WHERE texts MATCH ?",
            (quoted(choice.words),),
        )
        return Matches(choice.weight, dict(rows.fetchall()))

    def defining(self, names: Sequence[str]) -> frozenset[int]:
        """The passages that begin a definition of one of these names, which are in lower case."""
        marks = ", ".join("?" * len(names))
        rows = self._db.execute(f"SELECT id FROM passages WHERE is_definition AND name IN ({marks})", names)
        return frozenset(number for (number,) in rows)

    def places(self, numbers: Iterable[int]) -> dict[int, Place]:
        """What is known of these passages without their texts."""
        chosen = list(numbers)
        found: dict[int, Place] = {}
        for start in range(0, len(chosen), 500):
            some = chosen[start : start + 500]
            marks = ", ".join("?" * len(some))
            for number, path, name, first, last, symbol, begins in self._db.execute(
                "SELECT p.id, f.path, f.name, first, last, symbol, is_definition FROM passages p"
                f" JOIN files f ON f.id = p.file WHERE p.id IN ({marks})",
                some,
            ):
                found[number] = Place(path, name, Passage(first, last, symbol, bool(begins)))
        return found

    def text(self, place: Place) -> str:
        """The passage's own text."""
        packed = self._db.execute("SELECT packed FROM files WHERE path = ?", (place.path,)).fetchone()[0]
        return excerpt(lines_of(unpack(packed)), place.passage)


def _name_of(passage: Passage) -> str:
    """The last part of what it defines, as names are compared."""
    return passage.symbol.rpartition(" > ")[2].rpartition(".")[2].lower()
