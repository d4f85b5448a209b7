"""What the ledger's rows come to, against a count by hand; and that a kill loses nothing that was written."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.observe import histogram, store
from emberline.observe.footprints import EVERY_SECONDS, Footprints
from emberline.observe.ledger import Ledger
from emberline.observe.pressure import ENGINE, SERVER, Held, Sample
from emberline.observe.record import Accepted, Fate, Footprint, Part, Record
from emberline.observe.store import MIGRATIONS, NewerLedger, Store
from emberline.observe.summary import Kind, summarize

NOW = time.time()
RECORD = Record(NOW, "explain", "this machine", "ollama", "llama", input_tokens=10, first_token_ms=5.0)
FATE = Fate(NOW, "generated", "engine", "tiny", "python", 20, Accepted.WHOLE, 20, 0.5, 19)
FOOTPRINT = Footprint(NOW, Part.ENGINE, 1000)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_buckets_are_in_order_and_hold_what_lies_within(one: float, other: float) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        buckets = [
            connection.execute(f"SELECT {histogram.sql('x')} FROM (SELECT ? AS x)", (duration,)).fetchone()[0]
            for duration in (one, other)
        ]
    assert (buckets[0] <= buckets[1]) or one > other
    for bucket, duration in zip(buckets, (one, other), strict=True):
        low, high = histogram.bounds(bucket)
        assert low * 0.9999 <= duration and (duration <= high * 1.0001 or bucket == histogram.LAST)


@given(st.lists(st.floats(0.1, 90_000), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_percentile_is_near_the_true_one(durations: list[float], share: float) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (x REAL)")
        connection.executemany("INSERT INTO t VALUES (?)", [(each,) for each in durations])
        counts = Counter(bucket for (bucket,) in connection.execute(f"SELECT {histogram.sql('x')} FROM t"))
    found = histogram.percentile(counts, share)
    true = sorted(durations)[max(0, -(-round(share * len(durations) * 1e9) // 10**9) - 1)]
    assert found is not None and true * 0.9 <= found <= true * 1.11


def test_of_nothing_there_is_no_percentile() -> None:
    assert histogram.percentile({}, 0.5) is None


def test_sums_are_those_that_one_would_count_by_hand(tmp_path: Path) -> None:
    rng = random.Random(7)
    records = [
        replace(
            RECORD,
            at=NOW - rng.uniform(0, 20 * 86_400),
            task=rng.choice(("explain", "completion")),
            outcome=rng.choice(("ok", "cancelled")),
            input_tokens=rng.randrange(200_000),
            first_token_ms=rng.choice((None, 12.0)),
            cost_usd=rng.choice((0.0, 0.25)),
        )
        for _ in range(500)
    ]
    with closing(Store.open(tmp_path / "ledger", 1)) as opened:
        opened.append(records)
        opened.append([FATE, replace(FATE, survived=None), FOOTPRINT, replace(FOOTPRINT, bytes=500)])
    found = summarize(tmp_path / "ledger", 0.0, NOW + 1)
    by_hand = Counter((record.task, record.outcome) for record in records)
    found_by_hand: Counter[tuple[str, str]] = Counter()
    for (kind, _), total in found.kinds.items():
        found_by_hand[kind.task, kind.outcome] += total.requests
    assert found_by_hand == by_hand
    assert sum(total.read for total in found.kinds.values()) == sum(each.input_tokens for each in records)
    assert sum(total.cost_usd for total in found.days.values()) == sum(each.cost_usd for each in records)
    assert sum(counts.total() for counts in found.first_tokens.values()) == sum(
        each.first_token_ms is not None for each in records
    )
    (fates,) = found.fates.values()
    assert (fates.shown, fates.known, fates.known_chars, fates.standing_chars, fates.kept) == (
        2,
        1,
        20,
        10,
        1,
    )
    assert (found.memory[0].mean, found.memory[0].last) == (750, 500)


def test_a_ledger_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(MIGRATIONS[0])
        names = [field.name for field in fields(Record)]
        for number, text in enumerate(("explain", "this machine", "", "ok", "strict"), start=1):
            connection.execute("INSERT INTO word VALUES (?, ?)", (number, text))
        row = {"at": NOW, "task": 1, "place": 2, "outcome": 4, "level": 5, "input_tokens": 7}
        values = [row.get(name, 3 if name in store._WORDS else 0) for name in names]
        marks = ", ".join("?" * (len(names) + 1))
        connection.execute(
            f"INSERT INTO request (session, {', '.join(names)}) VALUES ({marks})", (1, *values)
        )
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    found = summarize(path, 0.0, NOW + 1)
    assert [(kind.task, total.read) for (kind, _), total in found.kinds.items()] == [("explain", 7)]
    with closing(Store.current(path)) as opened:
        opened.append([RECORD, FATE])
    assert len(summarize(path, 0.0, NOW + 1).kinds) == 2


def test_a_newer_ledger_is_not_read_wrongly(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with closing(Store.open(path, 1)) as opened:
        opened.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(NewerLedger):
        Store.current(path)


def test_old_fates_and_footprints_go_as_requests_do(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "ledger", 1)) as opened:
        for entry in (RECORD, FATE, FOOTPRINT):
            opened.append([entry, replace(entry, at=NOW - 100)])
        assert opened.prune(NOW - 50) == 3
        assert [len(opened.recent(9)), *(_count(opened, name) for name in ("fate", "footprint"))] == [1, 1, 1]


def _count(opened: Store, table: str) -> int:
    return int(opened.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_nothing_of_a_fate_is_text_of_the_users() -> None:
    texts = {field.name for field in fields(Fate) if field.type in ("str", "Accepted")}
    assert texts == {"lane", "backend", "model", "language", "accepted"}
    assert set(Kind._fields) <= {field.name for field in fields(Record)}


def test_memory_is_noted_every_few_minutes_under_the_names_of_its_holders() -> None:
    now = NOW
    kept = Footprints(lambda: now)
    assert kept.due(Sample()) == ()
    sample = Sample(
        held=(
            Held(SERVER, 100),
            Held(ENGINE, 2000, 500),
            Held("ollama/library/llama3.1:8b", 7),
            Held("llamacpp at http://127.0.0.1:8080//home/ann/models/coder.gguf", 8),
            Held("lm/nothing yet", 0),
        )
    )
    assert kept.due(sample) == (
        Footprint(NOW, Part.SERVER, 100),
        Footprint(NOW, Part.ENGINE, 2500),
        Footprint(NOW, Part.MODEL, 7, "ollama", "library/llama3.1:8b"),
        Footprint(NOW, Part.MODEL, 8, "llamacpp at http://127.0.0.1:8080", "/home/ann/models/coder.gguf"),
    )
    now = NOW + EVERY_SECONDS - 1
    assert kept.due(sample) == ()
    now = NOW + EVERY_SECONDS
    assert len(kept.due(sample)) == 4


def test_of_a_loaded_file_the_folder_is_not_kept(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "ledger", 1)) as opened:
        opened.append([Footprint(NOW, Part.MODEL, 8, "llamacpp", "/home/ann/models/coder.gguf")])
    assert summarize(tmp_path / "ledger", 0.0, NOW + 1).memory[0].model == "coder.gguf"


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {root!r})
from emberline.observe.ledger import Ledger
from tests.observe.test_summary import FATE, FOOTPRINT, RECORD
ledger = Ledger(Path(sys.argv[1]), told=sys.exit)
for count in range(1, 1_000_000):
    ledger.record(replace(RECORD, input_tokens=count))
    ledger.note(replace(FATE, shown_chars=count))
    ledger.note(replace(FOOTPRINT, bytes=count))
    if count % 50 == 0 and ledger.flush():
        print(count, flush=True)
"""


def test_killed_at_any_moment_it_opens_again_with_every_finished_row(tmp_path: Path) -> None:
    """One file, killed again and again, each time after another while; every row that was told to be written
    is there, once, and a report can be made."""
    rng = random.Random(3)
    path = tmp_path / "ledger.sqlite3"
    finished = 0
    for _ in range(4):
        code = WRITER.format(root=str(Path(__file__).parents[2]))
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(rng.randrange(2, 12))]
            process.send_signal(signal.SIGKILL)
            told += [int(line) for line in process.stdout.read().split("\n") if line]
        finished += told[-1]
        with closing(Store.current(path)) as opened:
            assert opened.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts = {name: _count(opened, name) for name in ("request", "fate", "footprint")}
            assert min(counts.values()) >= finished
            found = summarize(path, 0.0, time.time() + 1)
            assert sum(total.requests for total in found.kinds.values()) == counts["request"]
            for name, column in (
                ("request", "input_tokens"),
                ("fate", "shown_chars"),
                ("footprint", "bytes"),
            ):
                rows = opened.connection.execute(
                    f"SELECT count(DISTINCT {column}) FROM {name} WHERE {column} <= ? AND session = "
                    f"(SELECT session FROM {name} ORDER BY id DESC LIMIT 1)",
                    (told[-1],),
                )
                assert rows.fetchone() == (told[-1],)
            finished = min(counts.values())


def test_a_report_is_read_while_others_write(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger = Ledger(path)
    ledger.record(RECORD)
    assert ledger.flush()
    with closing(sqlite3.connect(path, isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        assert len(summarize(path, 0.0, NOW + 1).kinds) == 1
        busy.execute("ROLLBACK")
    ledger.close()
