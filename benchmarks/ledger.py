"""What the ledger costs: the call, the writing, and the questions and reports of a year's requests; and what
a call costs while a report is made."""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from emberline.observe.ledger import Ledger
from emberline.observe.record import Accepted, Entry, Fate, Footprint, Part, Record
from emberline.observe.store import Store

_SEED = 20261124
_BATCH = 10_000
_A_MONTH = 86_400
_EVERY_SECONDS = 30.0
"""Between two requests: a million of them are about a year."""


def run(short: bool) -> dict[str, object]:
    """Microseconds, milliseconds, rows a second and bytes."""
    rows = 100_000 if short else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite3"
        return {
            "record() µs, in memory": _recording(None, 1 if short else 10),
            "record() µs, beside the writing": _recording(Path(folder) / "other", 3 if short else 10),
            f"{rows:,} requests": _filled(file, rows),
            f"questions to {rows:,} requests, ms": _asked(file, rows),
            f"reports of {rows:,} requests, ms": _reported(file, rows),
            "record() µs, while reports are made": _beside_reports(file, 3 if short else 10),
            "spent() µs, others' part known": _spent(file, rows),
        }


def _request(rng: random.Random, number: int) -> Record:
    """Nineteen of twenty are completions; of the others, a third goes to a cloud."""
    typing = rng.random() < 0.95
    cloud = not typing and rng.random() < 1 / 3
    task = "completion" if typing else rng.choice(("refactor", "commit-message", "explain", "tests", "fix"))
    return Record(
        at=number * _EVERY_SECONDS,
        task=task,
        place="cloud" if cloud else "this machine",
        backend="openai" if cloud else "engine",
        model="gpt-4o" if cloud else "qwen2.5-coder-0.5b",
        quantization="" if cloud else "Q4_K_M",
        input_tokens=rng.randrange(4000),
        cached_tokens=rng.randrange(4000),
        output_tokens=rng.randrange(100),
        first_token_ms=rng.uniform(5, 500),
        duration_ms=rng.uniform(20, 2000),
        lane="generated" if typing else "",
        reason="it is warm" if rng.random() < 0.9 else f"{rng.randrange(24_000)} tokens fit",
        cost_usd=rng.uniform(0.001, 0.1) if cloud else 0.0,
    )


def _entries(rng: random.Random, number: int) -> list[Entry]:
    """A request and what comes with it: a suggestion with every fourth, memory with every seventh."""
    request = _request(rng, number)
    found: list[Entry] = [request]
    if number % 4 == 0:
        taken = rng.random() < 0.3
        accepted = Accepted.WHOLE if taken else Accepted.NO
        standing = rng.random() if taken else None
        language = rng.choice(("python", "go", "typescript"))
        found.append(
            Fate(
                request.at, "generated", "engine", request.model, language, 30, accepted, 30 * taken, standing
            )
        )
    if number % 7 == 0:
        found.append(Footprint(request.at, Part.ENGINE, rng.randrange(700_000_000, 2_000_000_000)))
    return found


def _recording(file: Path | None, seconds: int) -> dict[str, object]:
    """Each call by itself, 2000 a second; the thread that writes does so once a second."""
    rng = random.Random(_SEED)
    ledger = Ledger(file)
    durations = []
    for number in range(20 * seconds):
        for record in [_request(rng, number) for _ in range(100)]:
            start = time.perf_counter()
            ledger.record(record)
            durations.append((time.perf_counter() - start) * 1e6)
        time.sleep(0.05)
    ledger.close()
    return distribution(durations)


def _filled(file: Path, rows: int) -> dict[str, object]:
    rng = random.Random(_SEED)
    writing, written = 0.0, 0
    with closing(Store.open(file, 1)) as store:
        for first in range(0, rows, _BATCH):
            batch = [entry for number in range(_BATCH) for entry in _entries(rng, first + number)]
            start = time.perf_counter()
            store.append(batch)
            writing += time.perf_counter() - start
            written += len(batch)
    return {"rows": written, "rows a second": written / writing, "megabytes": file.stat().st_size / 1e6}


def _asked(file: Path, rows: int) -> dict[str, object]:
    month = (rows - _A_MONTH) * _EVERY_SECONDS
    with closing(Store.existing(file)) as store:
        return {
            "all by task and place": _milliseconds(store.sums),
            "a month by task and place": _milliseconds(lambda: store.sums(since=month)),
            "a month's spending": _milliseconds(lambda: store.spent(month)),
            "the last 1000": _milliseconds(lambda: store.recent(1000)),
        }


def _reported(file: Path, rows: int) -> dict[str, object]:
    """From the file to the figures, and to the page; the first one as whoever asks meets it."""
    from emberline.account.book import reported
    from emberline.account.page.page import html
    from emberline.config.schema import Settings

    now = datetime.fromtimestamp(rows * _EVERY_SECONDS)
    settings = Settings()
    return {
        "all, the first": _milliseconds(lambda: reported(file, settings, "all", now)),
        "all, the second": _milliseconds(lambda: reported(file, settings, "all", now)),
        "all, as a page": _milliseconds(lambda: html(reported(file, settings, "all", now))),
        "30 days": _milliseconds(lambda: reported(file, settings, "30d", now)),
    }


def _beside_reports(file: Path, seconds: int) -> dict[str, object]:
    """Each call by itself, 100 a second, while another thread makes one report of everything after another.
    The interpreter's turns are as short as the server has them."""
    from emberline.account.book import reported
    from emberline.config.schema import Settings

    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            reported(file, Settings(), "all")

    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    reading = threading.Thread(target=read)
    reading.start()
    rng = random.Random(_SEED)
    ledger = Ledger(file)
    durations = []
    for number in range(100 * seconds):
        record = _request(rng, number)
        start = time.perf_counter()
        ledger.record(record)
        durations.append((time.perf_counter() - start) * 1e6)
        time.sleep(0.01)
    over.set()
    reading.join()
    ledger.close()
    sys.setswitchinterval(before)
    return distribution(durations)


def _spent(file: Path, rows: int) -> dict[str, object]:
    ledger = Ledger(file)
    for number in range(100):
        ledger.record(_request(random.Random(number), rows + number))
    ledger.spent(0.0)
    durations = []
    for _ in range(1000):
        start = time.perf_counter()
        ledger.spent(0.0)
        durations.append((time.perf_counter() - start) * 1e6)
    ledger.close()
    return distribution(durations)


def _milliseconds(question: Callable[[], object]) -> float:
    start = time.perf_counter()
    question()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    command_line("Ledger: the cost of remembering, and of asking", run)
