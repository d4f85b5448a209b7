"""The face of a session without a terminal: one line an event."""

from __future__ import annotations

from typing import TextIO

from emberline.demo.events import Accepted, Answered, Event, Typed
from emberline.demo.play import Scene
from emberline.demo.summary import Summary
from emberline.demo.words import COLUMNS, conclusion, one_line, rows


class Lines:
    """Writes to `output`. The keys between two other events share a line."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._keys = ""

    def ready(self, message: str) -> None:
        self._line("server", message)

    def happened(self, event: Event, scene: Scene) -> None:
        if isinstance(event, Typed):
            self._keys += event.text
        elif isinstance(event, Answered):
            if event.text and not event.stale:
                refreshed = "  (refreshed)" if event.refreshed else ""
                text = f"{event.milliseconds:7.1f} ms  {event.lane:13}  {one_line(event.text)}{refreshed}"
                self._line("ghost", text)
        elif isinstance(event, Accepted):
            self._line("accepted", f"{one_line(event.text)}  ({event.lane}, {_presses(event.presses)})")

    def done(self, summary: Summary) -> None:
        """The table, and what it comes to."""
        self._flush()
        table = [COLUMNS, *rows(summary)]
        widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
        print(file=self._output)
        for row in table:
            cells = (
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            print("  ".join(cells).rstrip(), file=self._output)
        print(f"\n{conclusion(summary)}", file=self._output, flush=True)

    def _line(self, what: str, text: str) -> None:
        self._flush()
        print(f"{what:9} {text}", file=self._output, flush=True)

    def _flush(self) -> None:
        if self._keys:
            print(f"{'typed':9} {one_line(self._keys, 100)}", file=self._output, flush=True)
            self._keys = ""


def _presses(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"
