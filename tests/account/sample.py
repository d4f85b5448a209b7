"""A month of a busy developer's, made up: what tests read, and what the pictures of the report show.

python -m tests.account.sample FILE      writes it into a new ledger
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

from emberline.observe.record import Accepted, Entry, Fate, Footprint, Part, Record
from emberline.observe.store import Store

SEED = 20261124
LAST = date(2026, 11, 24)
DAYS = 30
LANGUAGES = {"python": 0.46, "typescript": 0.27, "go": 0.14, "markdown": 0.08, "yaml": 0.05}
TASKS = {
    "commit-message": 0.26,
    "explain": 0.14,
    "docstring": 0.12,
    "question": 0.12,
    "refactor": 0.1,
    "log-summary": 0.08,
    "doc-summary": 0.06,
    "tests": 0.05,
    "fix": 0.04,
    "classification": 0.02,
    "agent": 0.01,
}
CLOUD = {
    "refactor": 0.55,
    "tests": 0.7,
    "fix": 0.5,
    "agent": 0.9,
    "question": 0.38,
    "doc-summary": 0.4,
    "explain": 0.22,
}
"""How often a task goes to the cloud; others never."""
REASONS = (
    ("refactor over 6 files wants a precise model: none here is", 0.5),
    ("31,400 tokens are more than local models hold well (24,000)", 0.3),
    ("9 tool calls in a row are more than local models keep up (8)", 0.2),
)


def month(days: int = DAYS, last: date = LAST, seed: int = SEED) -> Iterator[Entry]:
    """Everything that happened, day by day. The same each time."""
    rng = random.Random(seed)
    for back in reversed(range(days)):
        day = last - timedelta(days=back)
        midnight = datetime.combine(day, time.min).timestamp()
        busy = 0.12 if day.weekday() >= 5 else rng.uniform(0.7, 1.3)
        learnt = 1 - back / days  # the user gets used to it
        yield from _typing(rng, midnight, busy)
        yield from _suggestions(rng, midnight, busy, learnt)
        yield from _tasks(rng, midnight, busy)
        yield from _memory(rng, midnight, busy)


def fill(path: Path, days: int = DAYS, last: date = LAST) -> None:
    """Writes the month into this ledger."""
    with closing(Store.open(path, 1)) as store:
        store.append(month(days, last))


def _when(rng: random.Random, midnight: float) -> float:
    return midnight + 3600 * min(max(rng.gauss(13.5, 2.6), 7.5), 21.5)


def _long(rng: random.Random, median: float, spread: float = 0.5) -> float:
    """As durations are: most near the median, some much longer."""
    return median * math.exp(rng.gauss(0, spread))


def _typing(rng: random.Random, midnight: float, busy: float) -> Iterator[Record]:
    for _ in range(round(620 * busy)):
        at, chance = _when(rng, midnight), rng.random()
        if chance < 0.42:
            took = _long(rng, 0.9, 0.6)
            yield Record(at, "completion", "this machine", lane="typed through", first_token_ms=took,
                         duration_ms=took, reason="needs no model")  # fmt: skip
        elif chance < 0.6:
            took = _long(rng, 1.6, 0.5)
            yield Record(at, "completion", "this machine", lane="recalled", first_token_ms=took,
                         duration_ms=took, reason="needs no model")  # fmt: skip
        else:
            gone = rng.random() < 0.38
            first = _long(rng, 62, 0.45)
            tokens = rng.randrange(2, 40)
            yield Record(
                at, "completion", "this machine", "engine", "qwen2.5-coder-1.5b", "Q4_K_M",
                rng.randrange(4, 60), rng.randrange(500, 1100), tokens, first, first + 24 * tokens,
                "generated", "it is warm", outcome="cancelled" if gone else "ok",
            )  # fmt: skip


def _suggestions(rng: random.Random, midnight: float, busy: float, learnt: float) -> Iterator[Fate]:
    for _ in range(round(210 * busy)):
        at = _when(rng, midnight)
        (language,) = rng.choices(list(LANGUAGES), list(LANGUAGES.values()))
        lane = rng.choices(("generated", "recalled", "typed through"), (0.66, 0.22, 0.12))[0]
        chars = round(_long(rng, 26, 0.6)) + 3
        chance, sure = rng.random(), {"recalled": 0.36, "typed through": 0.3}.get(lane, 0.25)
        sure += 0.08 * learnt
        took, accepted, kept = 0, Accepted.NO, None
        if chance < sure:
            accepted = Accepted.WHOLE if rng.random() < 0.8 else Accepted.PARTLY
            took = chars if accepted is Accepted.WHOLE else max(3, chars // 2)
            fate = rng.random()
            kept = None if fate < 0.07 else 1.0 if fate < 0.72 else rng.uniform(0.4, 1.0)
            kept = 0.0 if fate > 0.9 else kept
        elif chance < sure + 0.07:
            accepted, took = Accepted.TYPED, chars
        model = ("", "") if lane == "recalled" else ("engine", "qwen2.5-coder-1.5b")
        saved = 0 if accepted is Accepted.TYPED else max(0, took - 2)
        yield Fate(at, lane, *model, language, chars, accepted, took, kept, saved)


def _tasks(rng: random.Random, midnight: float, busy: float) -> Iterator[Record]:
    for _ in range(round(34 * busy)):
        at = _when(rng, midnight)
        (task,) = rng.choices(list(TASKS), list(TASKS.values()))
        read, written = round(_long(rng, 2600, 0.8)), round(_long(rng, 220, 0.7))
        if rng.random() < CLOUD.get(task, 0.0):
            (reason,) = rng.choices([words for words, _ in REASONS], [share for _, share in REASONS])
            read = round(_long(rng, 14_000, 0.6))
            cost = (read * 2.5 + written * 10) / 1e6
            first = _long(rng, 820, 0.4)
            yield Record(at, task, "cloud", "openai", "gpt-4o", "", read, 0, written, first,
                         first + 14 * written, reason=reason, level="open", cost_usd=cost)  # fmt: skip
            continue
        host = rng.random() < 0.24
        fell = not host and rng.random() < 0.03
        place, backend, model = (
            ("your host", "gpu", "qwen2.5:14b") if host else ("this machine", "ollama", "llama3.1:8b")
        )
        if fell:
            backend, model = "engine", "qwen2.5-coder-1.5b"
        first = _long(rng, 260 if host else 540, 0.5)
        outcome = rng.choices(("ok", "cancelled", "timeout"), (0.955, 0.03, 0.015))[0]
        cached = round(read * rng.uniform(0, 0.6))
        yield Record(
            at, task, place, backend, model, "Q4_K_M", read, cached, written, first,
            first + (18 if host else 42) * written, reason="the first choice of the configuration",
            fallback_from="ollama" if fell else "",
            fallback_why=rng.choice(("out of memory", "did not begin in time")) if fell else "",
            outcome=outcome,
        )  # fmt: skip


def _memory(rng: random.Random, midnight: float, busy: float) -> Iterator[Footprint]:
    for number in range(round(96 * busy)):
        at = midnight + 9 * 3600 + number * 300
        yield Footprint(at, Part.SERVER, round(96e6 + 14e6 * math.sin(number / 9) + rng.uniform(0, 6e6)))
        yield Footprint(at, Part.ENGINE, round(1.93e9 + rng.uniform(0, 0.12e9)))
        if 12 < number < 80:
            yield Footprint(at, Part.MODEL, 5_310_000_000, "ollama", "llama3.1:8b")


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
