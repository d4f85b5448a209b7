"""What a one-character change and a window read cost in a small and in a large document."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import cast

import orjson

from benchmarks.client import URI, change
from benchmarks.common import main
from emberline.completion.types import Status
from emberline.documents.text import Point, Text
from emberline.lsp.client import read_client
from emberline.lsp.features import Features
from emberline.lsp.listener import EditorListener
from emberline.lsp.session import new_server

LINE = "    value = compute(first, second)  # é and so on\n"
SIZES = (1_000, 200_000)
WINDOW_BEFORE, WINDOW_AFTER = 100, 20
"""Lines around the cursor: more than any prompt holds."""
_BLOCK = 100
"""Rounds of one step in a row; even, as each change takes back the one before."""


def run(short: bool) -> dict[str, object]:
    """Medians in microseconds, and the large document's over the small one's."""
    rounds = 1_000 if short else 10_000
    results: dict[str, object] = {}
    for name, prepare in {
        "one character, the text alone": _character,
        "new line, the text alone": _new_line,
        "window read": _window,
        "one character, a whole didChange": _did_change,
        "new line, a whole didChange": _did_change_lines,
    }.items():
        small, large = _medians(tuple(prepare(size) for size in SIZES), rounds)
        results[name] = {
            f"{SIZES[0]} lines µs": small,
            f"{SIZES[1]} lines µs": large,
            "ratio": large / small,
        }
    return results


def _medians(steps: Sequence[Callable[[int], object]], rounds: int) -> list[float]:
    """The median of each step in microseconds. They take turns, so that all meet the same machine."""
    clock = time.perf_counter
    durations: list[list[float]] = [[] for _ in steps]
    for block in range(rounds // _BLOCK + 1):
        for step, taken in zip(steps, durations, strict=True):
            for number in range(_BLOCK):
                start = clock()
                step(number)
                if block:  # the first only warms up
                    taken.append(clock() - start)
    return [statistics.median(taken) * 1e6 for taken in durations]


def _character(size: int) -> Callable[[int], object]:
    text = Text.of(LINE * size)
    place = Point(size // 2, 8)

    def step(number: int) -> None:
        nonlocal text
        if number % 2:
            text = text.replace(place, Point(place.line, 9), "")
        else:
            text = text.replace(place, place, "x")

    return step


def _new_line(size: int) -> Callable[[int], object]:
    text = Text.of(LINE * size)
    place = Point(size // 2, 8)

    def step(number: int) -> None:
        nonlocal text
        if number % 2:
            text = text.replace(place, Point(place.line + 1, 0), "")
        else:
            text = text.replace(place, place, "\n")

    return step


def _window(size: int) -> Callable[[int], object]:
    text = Text.of(LINE * size)
    return lambda _: text.lines(size // 2 - WINDOW_BEFORE, size // 2 + WINDOW_AFTER)


def _did_change(size: int) -> Callable[[int], object]:
    return _received(size, change(1, size // 2, 8, 8, "x"), change(2, size // 2, 8, 9, ""))


def _did_change_lines(size: int) -> Callable[[int], object]:
    join = change(2, size // 2, 8, 0, "")
    join["contentChanges"] = [
        {
            "range": {
                "start": {"line": size // 2, "character": 8},
                "end": {"line": size // 2 + 1, "character": 0},
            },
            "text": "",
        }
    ]
    return _received(size, change(1, size // 2, 8, 8, "\n"), join)


def _received(size: int, *changes: dict[str, object]) -> Callable[[int], object]:
    """Two changes in turn, from the bytes of the message to the document in the store."""
    server = new_server()
    Features(server.protocol, read_client({}), cast(EditorListener, _Deaf()))
    document = {"uri": URI, "languageId": "python", "version": 0, "text": LINE * size}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}
    server.protocol.receive(orjson.dumps(opened))
    insert, delete = (
        orjson.dumps({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})
        for params in changes
    )
    return lambda number: server.protocol.receive(delete if number % 2 else insert)


class _Deaf:
    """A listener for an edge without a completer, which tells nothing."""

    def status_changed(self, status: Status) -> None: ...

    def progress_cancelled(self, token: object) -> None: ...

    def say(self, message: str) -> None: ...


if __name__ == "__main__":
    main("Documents: the cost of an edit does not grow with the file", run)
