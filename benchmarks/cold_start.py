"""From starting the process to the answer to `initialize`, and to the first answer after it."""

from __future__ import annotations

import time

from benchmarks.client import EMBERLINE, EMPTY_PYGLS, Client, ask
from benchmarks.common import distribution, main


def run(short: bool) -> dict[str, object]:
    """Milliseconds, in alternating runs so that both servers meet the same machine."""
    servers = {"emberline serve": EMBERLINE, "empty pygls server": EMPTY_PYGLS}
    initialized: dict[str, list[float]] = {name: [] for name in servers}
    answered: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(4 if short else 16):
        for name, arguments in servers.items():
            first, second = _start(arguments)
            if number:  # the first of each only warms the disk cache
                initialized[name].append(first)
                answered[name].append(second)
    results: dict[str, object] = {}
    for name in servers:
        results[f"initialize answered, {name}, ms"] = distribution(initialized[name])
        results[f"first inline completion answered, {name}, ms"] = distribution(answered[name])
    return results


def _start(arguments: tuple[str, ...]) -> tuple[float, float]:
    start = time.perf_counter()
    with Client(*arguments) as client:
        client.initialize()
        initialized = time.perf_counter() - start
        # About a document that is not open: what is timed is the server, not what it completes.
        client.call("textDocument/inlineCompletion", ask(0, 0))
        return initialized * 1e3, (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main("Cold start", run)
