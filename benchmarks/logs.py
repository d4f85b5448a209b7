"""How fast logs are read and grouped, of four kinds, and what memory that takes."""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from benchmarks.common import main as command_line
from emberline.tasks.logs.reading import read
from emberline.tasks.logs.sources import Log

_SEED = 20261124
_MESSAGES = (
    "connected to 10.0.{a}.{b} in {c} ms",
    "request {d} served /api/users/{c} in {b}ms",
    "cache hit for key user:{d}",
    "job {d} finished",
    "flushed {c} rows to table_{a}",
    "heartbeat ok",
    "opened /var/lib/app/{a}/{d}.dat",
    "retrying 10.0.{a}.{b} (attempt 2/5)",
)
_TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/core.py", line {a}, in run\n'
    "    self.go()\n"
    "ValueError: bad value {b}\n"
)
Writer = Callable[[random.Random, datetime], str]


def run(short: bool) -> dict[str, object]:
    """Megabytes and lines a second, groups, and megabytes of memory beside what the process had."""
    size = 8_000_000 if short else 100_000_000
    with tempfile.TemporaryDirectory() as folder:
        return {
            f"{name}, {size / 1e6:.0f} MB": _measured(Path(folder), size, line)
            for name, line in _KINDS.items()
        }


def _measured(folder: Path, size: int, line: Writer) -> dict[str, object]:
    path = folder / "log"
    with path.open("w") as file:
        file.writelines(_lines(size, line))
    process = psutil.Process()
    before = process.memory_info().rss
    start = time.perf_counter()
    found = read([Log.of(path)])
    seconds = time.perf_counter() - start
    return {
        "MB/s": found.bytes / 1e6 / seconds,
        "lines/s": round(found.lines / seconds),
        "groups": len(found.groups),
        "memory MB": (process.memory_info().rss - before) / 1e6,
    }


def _lines(size: int, line: Writer) -> Iterator[str]:
    """Some 200 records a second, until there are so many bytes."""
    rng = random.Random(_SEED)
    moment = datetime(2026, 3, 1)
    while size > 0:
        moment += timedelta(seconds=rng.expovariate(200))
        text = line(rng, moment)
        size -= len(text)
        yield text


def _application(rng: random.Random, moment: datetime) -> str:
    level = rng.choices(("INFO", "DEBUG", "WARNING", "ERROR"), (80, 15, 4, 1))[0]
    figures = {
        "a": rng.randrange(256),
        "b": rng.randrange(256),
        "c": rng.randrange(10**4),
        "d": rng.randrange(10**6),
    }
    message = rng.choice(_MESSAGES).format(**figures)
    head = f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03} {level} [worker-{rng.randrange(8)}]"
    trace = _TRACE.format(**figures) if level == "ERROR" else ""
    return f"{head} app.core: {message}\n{trace}"


def _hashes(rng: random.Random, moment: datetime) -> str:
    request, took, node = uuid.UUID(int=rng.getrandbits(128)), rng.randrange(900), rng.randrange(5)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ} INFO request={request} took {took}ms on node-{node}\n"


def _access(rng: random.Random, moment: datetime) -> str:
    status = rng.choices((200, 404, 500), (95, 4, 1))[0]
    return (
        f"10.0.{rng.randrange(256)}.{rng.randrange(256)} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "
        f'"GET /items/{rng.randrange(10**4)}?q={rng.randrange(100)} HTTP/1.1" {status} '
        f'{rng.randrange(9000)} "-" "curl/8"\n'
    )


def _objects(rng: random.Random, moment: datetime) -> str:
    level = rng.choices((30, 40, 50), (95, 4, 1))[0]
    return (
        f'{{"level":{level},"time":{int(moment.timestamp() * 1000)},"pid":{rng.randrange(9)},'
        f'"msg":"request {rng.randrange(10**4)} done","ms":{rng.randrange(900)}}}\n'
    )


def _prose(rng: random.Random, moment: datetime) -> str:
    """No two lines alike: the worst case."""
    words = ("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randrange(3, 9))) for _ in range(10))
    return f"{moment:%Y-%m-%d %H:%M:%S} INFO {' '.join(words)}\n"


_KINDS: dict[str, Writer] = {
    "an application's": _application,
    "access log": _access,
    "JSON objects": _objects,
    "a UUID in every line": _hashes,
    "no two lines alike": _prose,
}

if __name__ == "__main__":
    command_line("Reading logs", run)
