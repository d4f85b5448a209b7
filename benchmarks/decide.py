"""What a decision costs: a pure function, for fleets of three sizes and three kinds of work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle, islice

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.labels import Label, Level, Place
from emberline.routing.ceiling import Ceiling, Span
from emberline.routing.decide import decide
from emberline.routing.fleet import Candidate, Fleet, Health, Policy, Price
from emberline.routing.request import Task
from emberline.routing.tasks import request

SIZES = (3, 20, 60)
_OPEN = Label(Level.OPEN, "app.py", "privacy.mode")
_LIMITS = (
    Ceiling(Span.REQUEST, 1.0),
    Ceiling(Span.DAY, 2.0, spent=0.5),
    Ceiling(Span.MONTH, 10.0, spent=3.0),
)
_POLICY = Policy(Level.OPEN, ceilings=_LIMITS)
_ABLE = frozenset((Capability.CHAT, Capability.SCHEMA, Capability.TOOLS))


def run(short: bool) -> dict[str, object]:
    """Microseconds; 200 is the most that a decision may take with twenty candidates."""
    runs = 500 if short else 5000
    asked = {
        "a keystroke": request(Task.COMPLETION, 1_500, _OPEN),
        "a commit message": request(Task.COMMIT_MESSAGE, 1_500, _OPEN),
        "a refactoring": request(Task.REFACTOR, 9_000, _OPEN, files=3),
        "a long document": request(Task.LONG_DOCUMENT, 60_000, _OPEN),
    }
    results: dict[str, object] = {}
    for size in SIZES:
        fleet = Fleet(tuple(islice(_candidates(), size)))
        for name, each in asked.items():
            durations = []
            for _ in range(runs):
                start = time.perf_counter()
                decide(each, _POLICY, fleet)
                durations.append((time.perf_counter() - start) * 1e6)
            results[f"{name}, {size} candidates, µs"] = distribution(durations)
    return results


def _candidates() -> Iterator[Candidate]:
    """Two local models for each cloud's, of all sizes, warm and cold: all can do it, so all are ranked."""
    sizes, warmth = cycle((1.5, 8.0, 14.0, 70.0)), cycle((Warmth.WARM, Warmth.COLD, Warmth.COLD))
    number = 0
    while True:
        number += 1
        is_cloud = number % 3 == 0
        yield Candidate(
            backend="openai" if is_cloud else "ollama",
            protocol="openai" if is_cloud else "ollama",
            address="",
            place=Place.CLOUD if is_cloud else Place.MACHINE,
            model=ModelInfo(
                f"model-{number}",
                _ABLE,
                context_tokens=131_072,
                warmth=Warmth.HOSTED if is_cloud else next(warmth),
                quantization="" if is_cloud else "Q4_K_M",
                parameters=None if is_cloud else next(sizes),
            ),
            health=Health.UP,
            price=Price(2.5, 10.0) if is_cloud else None,
            metered=is_cloud,
        )


if __name__ == "__main__":
    command_line("Deciding: where a request goes", run)
