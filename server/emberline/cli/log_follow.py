"""`emberline log -f`: the table is drawn anew in place as the log grows; a pipe's reader is told each
new kind of record once. Ctrl-C, or the end of a piped log, ends it."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emberline.cli.log_table import name, painted
from emberline.tasks.logs.gathering import Gatherer
from emberline.tasks.logs.reading import overview_of
from emberline.tasks.logs.sheet import said
from emberline.tasks.logs.sources import Log, Tail

if TYPE_CHECKING:
    from emberline.tasks.logs.types import Overview, Severity

POLL_SECONDS = 0.2
DRAWN_SECONDS = 0.5
"""Between two drawings of the table."""
SETTLED_SECONDS = 0.5
"""A record is taken to be whole when nothing followed for so long."""
_BLOCKS_AT_ONCE = 64
"""Read of one log before the others and the screen have their turn."""


@dataclass(slots=True)
class Followed:
    """One log that grows. After a rotation it goes on as another source, whose lines count from 1 again."""

    log: Log
    read: Callable[[], bytes | None]
    """What is new, empty where nothing is; None at a pipe's end."""
    gatherer: Gatherer
    tail: Tail | None = None
    is_over: bool = False
    quiet_since: float = 0.0


class Following:
    """Several logs that grow."""

    def __init__(self, logs: Sequence[Log]) -> None:
        self.logs = list(logs)
        self._gatherers: list[Gatherer] = []
        self._followed = [self._follow(log, number) for number, log in enumerate(logs)]

    def _follow(self, log: Log, number: int) -> Followed:
        gatherer = Gatherer(number, log.today)
        self._gatherers.append(gatherer)
        if log.path is None:
            return Followed(log, _pipe(log), gatherer)
        tail = Tail.of(log.path)
        return Followed(log, tail.new, gatherer, tail)

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come."""
        return all(each.is_over for each in self._followed)

    def step(self) -> bool:
        """Reads what is new; whether there was anything."""
        news = [self._step(each) for each in self._followed]
        return any(news)

    def _step(self, each: Followed) -> bool:
        if each.is_over:
            return False
        now = time.monotonic()
        for count in range(_BLOCKS_AT_ONCE):
            data = each.read()
            if each.tail is not None and each.tail.has_begun_anew:
                self._begin_anew(each)
            if data is None:
                each.gatherer.finish()
                each.is_over = True
                return True
            if not data:
                if each.quiet_since and now - each.quiet_since > SETTLED_SECONDS:
                    each.gatherer.settle()
                    each.quiet_since = 0.0
                    return True
                return count > 0
            each.gatherer.feed(data)
            each.quiet_since = now
        return True

    def _begin_anew(self, each: Followed) -> None:
        """The file was replaced or emptied: its lines are another log's."""
        each.gatherer.finish()
        times = sum(log.path == each.log.path for log in self.logs)
        self.logs.append(replace(each.log, name=f"{each.log.path} ({times + 1})"))
        each.gatherer = Gatherer(len(self._gatherers), each.log.today)
        self._gatherers.append(each.gatherer)

    def finish(self) -> None:
        """Nothing more is read."""
        for each in self._followed:
            if not each.is_over:
                each.gatherer.finish()
            if each.tail is not None:
                each.tail.close()

    def overview(self) -> Overview:
        """What is known so far."""
        return overview_of([log.name for log in self.logs], self._gatherers)


def _pipe(log: Log) -> Callable[[], bytes | None]:
    """Reads standard input in a thread of its own: there is no waiting for a pipe with a time limit on every
    platform."""
    blocks: queue.Queue[bytes | None] = queue.Queue(maxsize=_BLOCKS_AT_ONCE)

    def reading() -> None:
        for piece in log.pieces():
            blocks.put(piece.data)
        blocks.put(None)

    threading.Thread(target=reading, daemon=True).start()

    def new() -> bytes | None:
        try:
            return blocks.get_nowait()
        except queue.Empty:
            return b""

    return new


def followed(logs: Sequence[Log], most: int) -> tuple[Overview, list[Log]]:
    """Follows the logs until Ctrl-C, or their end. The last picture of them, and every source there was.

    Raises `BadLog` where one cannot be read.
    """
    following = Following(logs)
    show = _in_place(most) if sys.stdout.isatty() else _as_they_come()
    try:
        with show as draw:
            _watch(following, draw)
    except KeyboardInterrupt:
        pass
    following.finish()
    return following.overview(), following.logs


def _watch(following: Following, draw: Callable[[Overview], None]) -> None:
    drawn = 0.0
    is_new = True
    while True:
        is_new = following.step() or is_new
        now = time.monotonic()
        if is_new and now - drawn >= DRAWN_SECONDS:
            draw(following.overview())
            drawn, is_new = now, False
        if following.is_over:
            if is_new:
                draw(following.overview())
            return
        time.sleep(POLL_SECONDS)


@contextmanager
def _in_place(most: int) -> Iterator[Callable[[Overview], None]]:
    """The table at one place of the terminal, as high as that is."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    with Live(console=console, auto_refresh=False, transient=True, screen=False) as live:
        yield lambda overview: live.update(painted(overview, most, console.height), refresh=True)


@contextmanager
def _as_they_come() -> Iterator[Callable[[Overview], None]]:
    """A line for each kind of record when it turns up first."""
    told: set[tuple[Severity, str]] = set()

    def draw(overview: Overview) -> None:
        new = [each for each in overview.groups if (each.severity, each.template) not in told]
        for each in sorted(new, key=lambda group: (group.first.source, group.first.line)):
            told.add((each.severity, each.template))
            words = (
                overview.time(each.first_time),
                name(each.severity),
                f"{overview.at(each.first)}:",
                said(each),
            )
            print(" ".join(filter(None, words)), flush=True)

    yield draw
