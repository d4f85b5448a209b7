"""A report for the terminal: at most 80 columns, without colours and boxes where it is piped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from emberline.account.figures import CLAIM, Report, Served
from emberline.account.rows import add_row
from emberline.account.texts import (
    EMPTY,
    claim,
    compared,
    holders,
    lane_words,
    money,
    period,
    place_words,
    suggestions,
)
from emberline.account.words import NOTHING, count, milliseconds, percent, usd

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDTH = 80
_BAR = 46
_MOST = 6
"""Rows of a list that has no end."""


def show(report: Report, console: Console) -> None:
    """Prints it."""
    from rich.padding import Padding

    for block in _blocks(report):
        console.print(Padding(block, (0, 0, 1, 0)), width=min(console.width, WIDTH), highlight=False)


def plain(report: Report) -> str:
    """The same as text alone."""
    import io

    from rich.console import Console

    stream = io.StringIO()
    show(report, Console(file=stream, width=WIDTH, color_system=None))
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().split("\n")) + "\n"


def _blocks(report: Report) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text.assemble(("Emberline", "bold"), f" · {period(report)}")
    if report.is_empty:
        yield Text(EMPTY)
        return
    yield _share(report)
    yield _tasks(report)
    yield from _money(report)
    yield from _latency(report)
    yield from _suggestions(report)
    yield from _fallbacks(report)
    yield from _memory(report)


def _share(report: Report) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    lines: list[RenderableType] = []
    for name, served in (("what you asked for", report.asked), ("with completions", report.served)):
        if (share := served.local) is not None:
            lines.append(
                Text.assemble(f"{name:<19}", *_bar(served), (f" {percent(share):>6}", "bold"), " local")
            )
    low, high = (round(bound * _BAR) for bound in CLAIM)
    scale = " " * (19 + low) + "└" + "─" * (high - low - 2) + "┘ said to run locally"
    if report.asked.local is not None:
        lines += [Text(scale, style="dim"), Text(claim(report))]
    return Group(*lines)


def _bar(served: Served) -> Iterator[tuple[str, str]]:
    """Solid for this machine, dense for the user's hosts, light for the cloud."""
    counts = (served.machine, served.host, served.cloud)
    ends = [round(sum(counts[: index + 1]) / served.total * _BAR) for index in range(len(counts))]
    begin = 0
    for end, (sign, style) in zip(ends, (("█", "green"), ("▓", "cyan"), ("░", "magenta")), strict=True):
        yield sign * (end - begin), style
        begin = end


def _tasks(report: Report) -> Table:
    table = _table(
        "Where it ran",
        ("task", "machine", "hosts", "cloud", "local", "would have cost", "did cost"),
        words=1,
    )
    for each in report.tasks:
        served = each.served
        add_row(
            table,
            each.task,
            *(count(number) if number else NOTHING for number in (served.machine, served.host, served.cloud)),
            percent(served.local),
            usd(each.money.spared),
            usd(each.money.paid) if each.money.paid else NOTHING,
        )
    return table


def _money(report: Report) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(f"{money(report)} {compared(report)}")


def _latency(report: Report) -> Iterator[Table]:
    if report.first_tokens:
        table = _table("Time to the first token", ("lane", "by", "requests", "p50", "p95"), words=2)
        for each in report.first_tokens:
            add_row(
                table,
                lane_words(each.lane),
                f"{each.backend}, {place_words(each.place)}" if each.backend else "no model",
                count(each.requests),
                milliseconds(each.p50),
                milliseconds(each.p95),
            )
        yield table


def _suggestions(report: Report) -> Iterator[RenderableType]:
    from rich.text import Text

    if not report.taken.shown:
        return
    columns = ("suggestions", "shown", "accepted", "still there", "keys saved")
    table = _table("Suggestions, and five minutes later", columns, words=1)
    named = chain((("all", report.taken),), report.by_lane, report.by_language[:_MOST])
    for name, taken in named:
        add_row(
            table,
            lane_words(name),
            count(taken.shown),
            f"{count(taken.accepted)} ({percent(taken.acceptance)})",
            percent(taken.survival),
            count(taken.saved_keys),
        )
    yield table
    yield Text(suggestions(report))


def _fallbacks(report: Report) -> Iterator[Table]:
    if report.fallbacks:
        table = _table("Fallbacks", ("failed", "answered instead", "why", "requests"), words=3)
        for each in report.fallbacks[:_MOST]:
            add_row(table, each.failed, each.instead or "nobody", each.why or NOTHING, count(each.requests))
        yield table
    if report.cloud_reasons:
        table = _table("Why the cloud", ("reason", "requests"), words=1)
        for reason, requests in report.cloud_reasons[:_MOST]:
            add_row(table, reason or NOTHING, count(requests))
        yield table


def _memory(report: Report) -> Iterator[Table]:
    if report.memory:
        table = _table("Memory", ("of", "now", "usual", "at most"), words=1)
        for row in holders(report):
            add_row(table, *row)
        yield table


def _table(title: str, columns: Sequence[str], words: int) -> Table:
    """The first `words` columns hold words, the others figures."""
    from rich import box
    from rich.table import Table

    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for number, name in enumerate(columns):
        if number < words:
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, justify="right", no_wrap=True)
    return table
