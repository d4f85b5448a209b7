"""The ledger: nothing is lost that was written, and whatever happens to its file disturbs nobody."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest

from emberline.config.schema import Observe
from emberline.observe import ledger as ledger_module
from emberline.observe import periods, store
from emberline.observe.ledger import MOST_WAITING, REMEMBERED, Ledger, default_file, open_ledger
from emberline.observe.record import Record
from emberline.observe.store import MIGRATIONS, Store, Sum
from emberline.observe.summary import summarize

NOW = time.time()
LOCAL = Record(
    at=NOW,
    task="completion",
    place="this machine",
    backend="engine",
    model="qwen2.5-coder-0.5b",
    quantization="Q4_K_M",
    input_tokens=30,
    cached_tokens=900,
    output_tokens=12,
    first_token_ms=41.5,
    duration_ms=180.25,
    lane="generated",
    reason="it is warm",
)
PAID = replace(LOCAL, task="refactor", place="cloud", backend="openai", lane="", level="open", cost_usd=0.25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


def stored(path: Path) -> tuple[Record, ...]:
    """What the file holds, newest first; it is sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(Store.existing(path)) as opened:
        return opened.recent(100_000)


def test_what_is_recorded_is_read_again_as_it_was(path: Path) -> None:
    ledger = Ledger(path)
    first = replace(LOCAL, at=NOW - 2, first_token_ms=None, fallback_from="lm", fallback_why="unreachable")
    for record in (first, PAID):
        ledger.record(record)
    ledger.close()
    assert stored(path) == (PAID, first) == ledger.recent()
    assert ledger.trouble == ""


def test_the_schema_has_a_column_for_everything_in_a_record(path: Path) -> None:
    with closing(Store.open(path, 1)), closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(request)")]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert columns == ["id", "session", *(field.name for field in fields(Record)), "kind"]


def test_it_is_written_without_being_asked(path: Path) -> None:
    ledger = Ledger(path)
    ledger.record(LOCAL)
    deadline = time.monotonic() + 30
    while not path.exists() or not stored_or_none(path):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ledger.close()


def stored_or_none(path: Path) -> tuple[Record, ...]:
    try:
        return stored(path)
    except sqlite3.OperationalError:  # the table is not there yet
        return ()


def test_only_the_user_can_read_it(path: Path) -> None:
    ledger = Ledger(path)
    ledger.record(LOCAL)
    ledger.flush()
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    ledger.close()
    assert modes == {f"ledger.sqlite3{suffix}": 0o600 for suffix in ("", "-wal", "-shm")}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_memory_holds_the_last_ones_newest_first() -> None:
    ledger = Ledger(None)
    for number in range(REMEMBERED + 5):
        ledger.record(replace(LOCAL, input_tokens=number))
    assert [record.input_tokens for record in ledger.recent(2)] == [REMEMBERED + 4, REMEMBERED + 3]
    assert len(ledger.recent()) == REMEMBERED


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path))
    assert default_file() == tmp_path / "ledger.sqlite3"
    ledger = open_ledger(Observe(ledger=False), pytest.fail)
    ledger.record(PAID)
    assert ledger.flush() and ledger.spent(0) == 0.25
    ledger.close()
    assert list(tmp_path.iterdir()) == []


def test_spending_counts_what_is_not_written_yet_and_what_others_wrote_once(path: Path) -> None:
    other, own = Ledger(path), Ledger(path)
    other.record(replace(PAID, cost_usd=1.0))
    other.record(replace(PAID, cost_usd=4.0, at=NOW - 1000))
    other.close()
    assert own.spent(NOW - 10) == 1.0
    own.record(PAID)
    assert own.spent(NOW - 10) == 1.25
    own.flush()
    assert own.spent(NOW - 10) == 1.25
    assert own.spent(NOW - 2000) == 5.25
    assert own.spent(NOW + 10) == 0
    own.close()
    with closing(Store.existing(path)) as opened:
        assert opened.spent(NOW - 2000) == 5.25


def test_what_others_spend_meanwhile_is_learnt_in_the_background(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "FRESH_SECONDS", 0.0)
    other, own = Ledger(path), Ledger(path)
    assert own.spent(NOW - 10) == 0
    other.record(PAID)
    other.close()
    assert own.spent(NOW - 10) == 0  # as last known; and asks for a look
    own.flush()
    assert own.spent(NOW - 10) == 0.25
    path.write_bytes(b"damaged since")
    own.flush()
    assert own.spent(NOW - 10) == 0.25
    own.close()


def test_sums_by_task_and_place(path: Path) -> None:
    with closing(Store.open(path, 1)) as opened:
        opened.append(
            [
                LOCAL,
                replace(LOCAL, duration_ms=19.75, first_token_ms=None, outcome="cancelled"),
                replace(LOCAL, at=NOW - 1000),
                replace(PAID, outcome="unreachable", fallback_from="ollama"),
            ]
        )
        assert opened.sums(since=NOW - 10) == (
            Sum("completion", "this machine", 2, 0, 0, 60, 1800, 24, 41.5, 100.0, 0.0),
            Sum("refactor", "cloud", 1, 1, 1, 30, 900, 12, 41.5, 180.25, 0.25),
        )
        assert [sum.requests for sum in opened.sums(until=NOW)] == [1]
        assert opened.sums(since=NOW + 1) == ()


def test_words_and_figures_that_a_database_cannot_hold(path: Path) -> None:
    odd = replace(LOCAL, model="half \ud83d a pair", input_tokens=10**30)
    ledger = Ledger(path)
    for record in (odd, replace(LOCAL, duration_ms=float("nan")), LOCAL):
        ledger.record(record)
    ledger.close()
    assert {record.model for record in stored(path)} == {"half ? a pair", LOCAL.model}
    assert {record.input_tokens for record in stored(path)} == {2**43, 30}


def test_figures_that_a_backend_made_up_still_add_up(path: Path) -> None:
    with closing(Store.open(path, 1)) as opened:
        opened.append([replace(LOCAL, input_tokens=2**63 - 1)] * 3 + [replace(LOCAL, output_tokens=-5)])
        (found,) = opened.sums()
        assert (found.requests, found.input_tokens, found.output_tokens) == (4, 3 * 2**43 + 30, 36)
    assert sum(each.requests for each in summarize(path, 0.0, 2.0**40).kinds.values()) == 4


@pytest.mark.parametrize(
    ("model", "kept"),
    [
        ("/home/ann/models/coder-q4.gguf", "coder-q4.gguf"),
        ("C:\\Users\\Ann\\coder-q4.gguf", "coder-q4.gguf"),
        ("~/models/coder-q4.gguf", "coder-q4.gguf"),
        ("../ann/coder-q4.gguf", "coder-q4.gguf"),
        ("./ann/coder/", "coder"),
        ("Qwen/Qwen2.5-Coder-7B", "Qwen/Qwen2.5-Coder-7B"),
        ("llama3.1:8b", "llama3.1:8b"),
    ],
)
def test_of_a_model_that_is_named_by_its_file_the_folder_is_not_kept(
    model: str, kept: str, path: Path
) -> None:
    with closing(Store.open(path, 1)) as opened:
        opened.append([replace(LOCAL, model=model)])
    assert stored(path)[0].model == kept


def test_old_rows_go_and_young_ones_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PRUNED_AT_ONCE", 10)
    day = 86_400
    with closing(Store.open(path, 1)) as opened:
        opened.append([replace(LOCAL, at=NOW - (30 + number) * day) for number in range(1, 46)])
        opened.append([replace(LOCAL, at=NOW - 29 * day)])
    ledger = Ledger(path, keep_days=30)
    ledger.record(LOCAL)
    ledger.close()
    assert [record.at for record in stored(path)] == [NOW, NOW - 29 * day]


def test_what_was_paid_this_month_stays_for_the_budget(path: Path) -> None:
    now = time.time()
    began = periods.month_began(now)
    with closing(Store.open(path, 1)) as opened:
        opened.append([replace(PAID, at=began), replace(PAID, at=began - 1), replace(LOCAL, at=began)])
        assert opened.prune(now + 1, began) == 2
    assert [(record.at, record.cost_usd) for record in stored(path)] == [(began, PAID.cost_usd)]
    ledger = Ledger(path, keep_days=1)
    ledger.record(replace(LOCAL, at=now))
    ledger.close()
    assert Ledger(path).spent(began) == PAID.cost_usd


def test_however_much_is_paid_little_is_held_and_all_of_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MOST_PAID", 10)
    ledger = Ledger(None)
    for since in (NOW - 10, NOW - 2000, NOW - 3000, NOW - 4000, NOW - 10):
        assert ledger.spent(since) == 0
    for number in range(100):
        ledger.record(replace(PAID, at=NOW - 1000 * (number % 2)))
        assert ledger.spent(NOW - 10) == PAID.cost_usd * (number // 2 + 1)
    assert ledger.spent(NOW - 2000) == 100 * PAID.cost_usd
    assert ledger.spent(NOW + 10) == 0


WRITER = """
import sys, time
from dataclasses import replace
from functools import partial
from pathlib import Path
sys.path.insert(0, {root!r})
from emberline.observe.ledger import Ledger
from tests.observe.test_ledger import LOCAL
ledger = Ledger(Path(sys.argv[1]), told=sys.exit)
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that a test started, ended with it."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        with process:
            process.kill()


def writer(path: Path, body: str) -> subprocess.Popen[str]:
    """A process with a ledger on this file, that does `body`."""
    root = str(Path(__file__).parents[2])
    code = WRITER.format(root=root) + body
    return subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)


def test_several_processes_write_at_once(path: Path, started: list[subprocess.Popen[str]]) -> None:
    body = """
for batch in range(10):
    for _ in range(50):
        ledger.record(replace(LOCAL, model=f"of batch {batch}"))
    ledger.flush()
ledger.close()
"""
    started += [writer(path, body) for _ in range(4)]
    assert [process.wait(120) for process in started] == [0, 0, 0, 0]
    assert len(stored(path)) == 4 * 10 * 50


def test_killed_in_mid_write_it_opens_with_every_committed_row(
    path: Path, started: list[subprocess.Popen[str]]
) -> None:
    body = """
for count in range(1, 1_000_000):
    ledger.record(replace(LOCAL, input_tokens=count))
    if count % 100 == 0:
        ledger.flush()
        print(count, flush=True)
"""
    for _ in range(3):
        process = writer(path, body)
        started.append(process)
        assert process.stdout is not None
        committed = [int(process.stdout.readline()) for _ in range(5)][-1]
        process.send_signal(signal.SIGKILL)
        committed = int((process.communicate()[0].split() or [committed])[-1])
        rows = {record.input_tokens for record in stored(path)}
        assert rows >= set(range(1, committed + 1))
        path.unlink()
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def test_a_damaged_file_is_said_once_and_mended_by_moving_it_away(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was a ledger, once" * 1000)
    said: list[str] = []
    ledger = Ledger(path, told=said.append)
    for record in (LOCAL, PAID):
        ledger.record(record)
        assert ledger.flush()
    assert said == [ledger.trouble]
    assert str(path) in said[0] and "is damaged" in said[0] and "move it away" in said[0]
    assert ledger.recent() == (PAID, LOCAL) and ledger.spent(0) == 0.25
    path.rename(path.with_suffix(".old"))
    ledger.close()  # tries once more
    assert ledger.trouble == "" and set(stored(path)) == {LOCAL, PAID}


def test_a_file_damaged_within(path: Path) -> None:
    with closing(Store.open(path, 1)) as opened:
        opened.append([replace(LOCAL, model=f"model {number}") for number in range(2000)])
    with path.open("r+b") as file:  # past the header, so that it opens
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    said: list[str] = []
    ledger = Ledger(path, told=said.append)
    ledger.record(LOCAL)
    ledger.close()
    assert len(said) == 1 and "is damaged" in said[0]
    assert ledger.recent() == (LOCAL,)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    said: list[str] = []
    ledger = Ledger(tmp_path / "state" / "ledger.sqlite3", told=said.append)
    ledger.record(LOCAL)
    ledger.close()
    assert len(said) == 1 and "cannot be used" in said[0] and ledger.recent() == (LOCAL,)


def test_a_newer_ledger_is_left_as_it_is(path: Path) -> None:
    with closing(Store.open(path, 1)), closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    said: list[str] = []
    ledger = Ledger(path, told=said.append)
    ledger.record(LOCAL)
    ledger.close()
    assert len(said) == 1 and "newer Emberline" in said[0]
    assert stored(path) == ()


def test_a_full_disk(path: Path, started: list[subprocess.Popen[str]]) -> None:
    body = """
import resource
said = []
ledger.close()
ledger = Ledger(Path(sys.argv[1]), told=said.append)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
for batch in range(5):
    for number in range(600):
        ledger.record(replace(LOCAL, input_tokens=batch, model=f"model {batch} {number}"))
    assert ledger.flush()
assert len(said) == 1 and "cannot be used" in said[0], said
assert ledger.trouble and ledger.recent(1)[0].input_tokens == 4
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
ledger.close()
assert ledger.trouble == ""
"""
    started.append(writer(path, body))
    assert started[0].wait(120) == 0
    assert len(stored(path)) == 5 * 600  # what waited was written when there was room again


def test_recording_does_not_wait_for_whoever_holds_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.01)
    Store.open(path, 1).close()
    said: list[str] = []
    ledger = Ledger(path, told=said.append)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        done: list[int] = []
        for number in range(3):
            ledger.record(replace(LOCAL, input_tokens=number))
            ledger.afterwards(partial(done.append, number))
        assert not ledger.flush(0.1)
        assert (said, done) == ([], [])  # a busy file is no trouble yet, and nothing of it is written
        assert ledger.flush()
        assert len(said) == 1 and done == [0, 1, 2]
        for _ in range(MOST_WAITING + 5):
            ledger.record(LOCAL)
        holder.execute("ROLLBACK")
    ledger.close()
    assert len(stored(path)) == MOST_WAITING


def test_what_others_keep_waiting_is_written_and_only_then_done(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is closed meanwhile."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.01)
    Store.open(path, 1).close()
    ledger = Ledger(path)
    found: list[int] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        ledger.record(LOCAL)
        ledger.afterwards(lambda: found.append(len(stored(path))))
        ledger.close(0.1)
        assert found == []
        holder.execute("ROLLBACK")
    ledger.close()
    assert found == [1]


def test_a_look_for_a_decision_waits_for_whoever_is_in_the_way(path: Path) -> None:
    writing = Ledger(path)
    writing.record(PAID)
    writing.close()
    ledger = Ledger(path)
    looked: list[float] = []
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")  # as the last to close the file holds it
        holder.execute("BEGIN IMMEDIATE")
        assert ledger.spent(0.0) == 0.0  # a keystroke does not wait
        looking = threading.Thread(target=lambda: looked.append(ledger.spent_now(0.0)))
        looking.start()
        looking.join(0.2)
        assert looked == []
        holder.execute("ROLLBACK")
    looking.join()
    assert looked == [PAID.cost_usd]
    ledger.close()


def test_a_process_that_ends_without_closing_it_leaves_nothing_unwritten(
    path: Path, started: list[subprocess.Popen[str]]
) -> None:
    started.append(writer(path, "ledger.record(LOCAL)"))
    assert started[0].wait(60) == 0
    assert [replace(record, at=NOW) for record in stored(path)] == [LOCAL]
