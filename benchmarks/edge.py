"""What the edge itself costs: an empty answer's round trip, and memory over very many changes."""

from __future__ import annotations

import time

import psutil

from benchmarks.client import EMBERLINE, EMPTY_PYGLS, IDLE, Client, ask, change
from benchmarks.common import distribution, main

LINE = "    value = compute(first, second)\n"


def run(short: bool) -> dict[str, object]:
    """Round trips in milliseconds, memory in MB (10^6 bytes), growth in bytes a change."""
    rounds = 500 if short else 5_000
    changes = 10_000 if short else 100_000
    trips = {
        f"empty round trip, {name}, ms": distribution(_round_trips(arguments, rounds))
        for name, arguments in (("emberline serve", EMBERLINE), ("empty pygls server", EMPTY_PYGLS))
    }
    memory = {
        f"memory over {changes} didChange, {name}": _memory(arguments, changes)
        for name, arguments in (("the edge alone", IDLE), ("emberline serve", EMBERLINE))
    }
    return {**trips, **memory}


def _round_trips(arguments: tuple[str, ...], rounds: int) -> list[float]:
    with Client(*arguments) as client:
        client.initialize()
        client.open(LINE * 1_000)
        if arguments is EMBERLINE:
            client.wait_until_loaded()
            client.call("emberline/pause")  # answers empty, like the other: what is timed is the edge alone
        durations = []
        for _ in range(rounds + 100):
            start = time.perf_counter()
            client.call("textDocument/inlineCompletion", ask(500, 8))
            durations.append((time.perf_counter() - start) * 1e3)
        return durations[100:]


def _memory(arguments: tuple[str, ...], changes: int) -> dict[str, object]:
    with Client(*arguments) as client:
        client.initialize()
        client.wait_until_loaded()
        client.open(LINE * 1_000)
        process = psutil.Process(client.process.pid)
        _type(client, changes // 5)  # allocators and caches have found their size
        before = process.memory_info().rss
        start = time.perf_counter()
        _type(client, changes)
        seconds = time.perf_counter() - start
        after = process.memory_info().rss
        return {
            "before MB": before / 1e6,
            "after MB": after / 1e6,
            "growth bytes a change": (after - before) / changes,
            "µs a change": seconds / changes * 1e6,
        }


def _type(client: Client, changes: int) -> None:
    """Characters come and go, in one place after another; returns when the server has seen them all."""
    for version in range(changes):
        line = version // 20 % 1_000
        end = 8 + version % 2
        client.notify("textDocument/didChange", change(version, line, 8, end, "" if version % 2 else "x"))
    client.call("emberline/status")


if __name__ == "__main__":
    main("The edge", run)
