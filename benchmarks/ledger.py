"""What the ledger costs: the call, the writing, and the questions asked of a year's requests."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from emberline.observe.ledger import Ledger
from emberline.observe.record import Record
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
            f"{rows:,} rows": _filled(file, rows),
            f"questions to {rows:,} rows, ms": _asked(file, rows),
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
    writing = 0.0
    with closing(Store.open(file, 1)) as store:
        for first in range(0, rows, _BATCH):
            batch = [_request(rng, first + number) for number in range(_BATCH)]
            start = time.perf_counter()
            store.append(batch)
            writing += time.perf_counter() - start
    return {"rows a second": rows / writing, "megabytes": file.stat().st_size / 1e6}


def _asked(file: Path, rows: int) -> dict[str, object]:
    month = (rows - _A_MONTH) * _EVERY_SECONDS
    with closing(Store.existing(file)) as store:
        return {
            "all by task and place": _milliseconds(store.sums),
            "a month by task and place": _milliseconds(lambda: store.sums(since=month)),
            "a month's spending": _milliseconds(lambda: store.spent(month)),
            "the last 1000": _milliseconds(lambda: store.recent(1000)),
        }


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
