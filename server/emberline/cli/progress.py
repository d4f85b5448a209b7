"""A download on the screen: a bar in a terminal, a line at every tenth otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.models.transfer import Progress, Report

LINES = 10


@contextmanager
def shown(title: str, console: Console) -> Iterator[Report]:
    """While the block runs, what is reported to the yielded function is shown on `console`."""
    with (_bar if console.is_terminal else _lines)(title, console) as report:
        yield report


@contextmanager
def _bar(title: str, console: Console) -> Iterator[Report]:
    from rich import progress as rich

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None)

        def report(progress: Progress) -> None:
            description = f"{title} from {progress.source}"
            bar.update(task, description=description, completed=progress.done, total=progress.total)

        yield report


@contextmanager
def _lines(title: str, console: Console) -> Iterator[Report]:
    said: tuple[str, int] | None = None

    def report(progress: Progress) -> None:
        nonlocal said
        step = progress.done * LINES // progress.total
        if said != (progress.source, step):
            said = (progress.source, step)
            size = f"{progress.done / 1e6:,.0f} of {progress.total / 1e6:,.0f} MB"
            console.print(
                f"{title} from {progress.source}: {step * 100 // LINES} % ({size})",
                highlight=False,
                soft_wrap=True,
            )

    yield report
