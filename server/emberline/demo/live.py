"""The face of a session in a terminal: the file as an editor would show it, and what the server does."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import TracebackType

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from emberline.cli.paint import FLASH, LANES, paint
from emberline.demo.events import Accepted, Answered, Event, Typed
from emberline.demo.play import Scene
from emberline.demo.summary import Summary, summarize
from emberline.demo.words import COLUMNS, conclusion, one_line, rows

FLASH_SECONDS = 0.45
MOST_ROWS, MOST_COLUMNS = 24, 104
_AROUND = 7
"""Lines of the screen that are not code."""
_TICKS = 3


class Terminal:
    """Draws after every event, at most once a turn of the loop; never by a timer of its own, which would take
    processor time from the answers that are being measured."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._message = "starting the server and its engine…"
        self._events: list[Event] = []
        self._scene: Scene | None = None
        self._ticks: deque[Text] = deque(maxlen=_TICKS)
        self._flash = 0
        self._flash_until = 0.0
        self._due = False
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Terminal:
        self._live.__enter__()
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._flash_until = 0.0
        self._draw()
        self._live.__exit__(kind, error, traceback)

    def ready(self, message: str) -> None:
        self._message = message
        self._soon()

    def happened(self, event: Event, scene: Scene) -> None:
        self._events.append(event)
        self._scene = scene
        if isinstance(event, Typed):
            self._flash_until = 0.0
        elif isinstance(event, Answered):
            if event.text and not event.stale:
                self._ticks.append(_answer(event))
        elif isinstance(event, Accepted):
            self._ticks.append(_accept(event))
            self._flash = len(event.text)
            self._flash_until = time.monotonic() + FLASH_SECONDS
            asyncio.get_running_loop().call_later(FLASH_SECONDS + 0.01, self._soon)
        self._soon()

    def done(self, summary: Summary) -> None:
        """The table, and what it comes to."""
        self._console.print(table(summary))
        self._console.print(f" {conclusion(summary)}", style="bold", highlight=False)

    def frame(self) -> RenderableType:
        """The screen as it stands."""
        width = min(self._console.width, MOST_COLUMNS)
        height = max(6, min(self._console.height - _AROUND, MOST_ROWS))
        code: Text
        if self._scene is None:
            code = Text("\n" * (height - 1))
        else:
            code = self._code(self._scene, height, width - 4)
        return Group(
            Panel(
                code,
                title=Text(self._title, style="bold"),
                title_align="left",
                subtitle=Text(self._message, style="dim"),
                subtitle_align="right",
                border_style="dim",
                box=ROUNDED,
                width=width,
                height=height + 2,
            ),
            *self._ticker(width),
        )

    def _code(self, scene: Scene, rows: int, width: int) -> Text:
        flash = self._flash if time.monotonic() < self._flash_until else 0
        note = _note(scene) if scene.ghost else None
        return paint(
            scene.before,
            scene.ghost,
            scene.after,
            scene.language_id,
            rows=rows,
            width=width,
            flash=flash,
            note=note,
        )

    def _ticker(self, width: int) -> list[Text]:
        blank = [Text(" ")] * (_TICKS - len(self._ticks))
        lines = [*blank, *self._ticks, _running(summarize(self._events))]
        for line in lines:
            line.truncate(width - 1, overflow="ellipsis")
        return lines

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._draw)

    def _draw(self) -> None:
        self._due = False
        self._live.update(self.frame(), refresh=True)


def table(summary: Summary) -> Table:
    """The figures of a session, a row a lane."""
    result = Table(box=SIMPLE_HEAD, pad_edge=True, header_style="bold")
    for index, column in enumerate(COLUMNS):
        result.add_column(column, justify="right" if index else "left")
    for row in rows(summary):
        result.add_row(*row, style="bold" if row[0] == "all" else LANES.get(row[0], "dim"))
    return result


def _note(scene: Scene) -> Text:
    when = " after the key" if scene.refreshed else ""
    style = f"{LANES.get(scene.lane, '')} reverse"
    return Text(f" {scene.lane} {_duration(scene.milliseconds)}{when} ", style=style)


def _answer(event: Answered) -> Text:
    line = Text("  ")
    line.append(f"{_duration(event.milliseconds):>8}  {event.lane:13}  ", style=LANES.get(event.lane, ""))
    line.append(one_line(event.text), style="italic dim")
    return line.append("  refreshed", style="dim") if event.refreshed else line


def _accept(event: Accepted) -> Text:
    line = Text("  ")
    line.append(f"{'Tab':>8}", style="bold")
    line.append("  accepted       ")
    return line.append(one_line(event.text), style=FLASH)


def _running(summary: Summary) -> Text:
    figures = summary.total
    return Text(
        f"  {figures.answers} answers · p50 {_duration(figures.p50)} · p95 {_duration(figures.p95)} · "
        f"{figures.accepted} accepted · {100 * summary.saved:.0f} % of keystrokes saved",
        style="bold",
    )


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
