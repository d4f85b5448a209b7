"""A task's steps on standard error: a bar in a terminal, a line for each where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from emberline.tasks.types import Audience


@contextmanager
def shown(title: str, console: Console) -> Iterator[Audience]:
    """While the block runs, what the yielded audience is told is shown on `console`, and then wiped away."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    from rich import progress as rich

    columns = (
        rich.SpinnerColumn(),
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(bar_width=20),
        rich.TimeElapsedColumn(),
    )
    with rich.Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar, bar.add_task(title, total=None))


class _Bar:
    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task
        self._done = -1

    def begin(self, steps: int) -> None:
        self._bar.update(self._task, total=max(steps, self._done + 1))

    def step(self, words: str) -> None:
        self._done += 1
        self._bar.update(self._task, description=words, completed=max(0, self._done))


class _Lines:
    """For a log: steps are told only where there are many, so that what is quick says nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps = 0

    def begin(self, steps: int) -> None:
        self._steps = steps

    def step(self, words: str) -> None:
        if self._steps > FEW:
            self._console.print(words, style="dim", markup=False, highlight=False, soft_wrap=True)


FEW = 3
