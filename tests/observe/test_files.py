"""Files that several threads and processes use at once."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from emberline.observe.files import make_private
from emberline.observe.ledger import Ledger
from emberline.observe.till import Till

OTHER = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
    print("mine")
except sqlite3.OperationalError as error:
    print(error)
"""


def forgets_a_promise(path: Path) -> None:
    Till(path, Ledger(None))._remove(path, 1)


@pytest.mark.parametrize("use", [make_private, forgets_a_promise])
def test_whoever_uses_the_file_ends_no_lock_of_another_thread(
    tmp_path: Path, use: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emberline.observe.till.BUSY_SECONDS", 0.0)
    path = tmp_path / "file.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE thing (x)")
        holder.execute("BEGIN IMMEDIATE")
        use(path)
        told = subprocess.run([sys.executable, "-c", OTHER, str(path)], capture_output=True, text=True)
        assert told.stdout == "database is locked\n"


def test_a_new_file_is_its_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "file"
    make_private(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text("kept")
    path.chmod(0o400)
    make_private(path)
    assert path.read_text() == "kept"
