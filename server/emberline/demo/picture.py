"""The README's picture: the frame of a session in which the most helpful ghost text stands."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console, RenderableType
from rich.terminal_theme import TerminalTheme

from emberline.demo.events import Event
from emberline.demo.live import Terminal
from emberline.demo.play import Scene

COLUMNS, ROWS = 96, 25
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono"
THEME = TerminalTheme(
    (26, 27, 38),
    (200, 206, 228),
    [
        (65, 72, 104),
        (247, 118, 142),
        (158, 206, 106),
        (224, 175, 104),
        (122, 162, 247),
        (187, 154, 247),
        (125, 207, 255),
        (200, 206, 228),
    ],
    [
        (110, 118, 152),
        (247, 118, 142),
        (158, 206, 106),
        (224, 175, 104),
        (122, 162, 247),
        (187, 154, 247),
        (125, 207, 255),
        (230, 233, 245),
    ],
)


class Painter(Terminal):
    """A terminal that nobody sees; keeps the frame with the longest ghost text that was right."""

    def __init__(self, title: str) -> None:
        super().__init__(_console(), title)
        self._best: RenderableType = ""
        self._length = 0

    def happened(self, event: Event, scene: Scene) -> None:
        super().happened(event, scene)
        if scene.right and scene.lane == "generated" and len(scene.ghost) > self._length:
            self._length = len(scene.ghost)
            self._best = self.frame()

    def save(self, path: Path) -> str:
        """Writes the picture as SVG and says what it is."""
        if not self._length:
            return "no ghost text was right, so there is no picture"
        recorder = _console()
        recorder.print(self._best)
        svg = recorder.export_svg(title="emberline demo", theme=THEME)
        # A picture loads nothing from elsewhere: a monospaced font of the reader's own does.
        svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", FONTS)
        path.write_text(svg, encoding="utf-8")
        return f"{path}: a ghost text of {self._length} characters"


def _console() -> Console:
    """Of the picture's size, always in full colour; what it prints goes into its record alone."""
    return Console(
        record=True,
        width=COLUMNS,
        height=ROWS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
