"""An audit's findings for the terminal, at most 80 columns, and as one JSON object."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emberline.account.rows import add_row
from emberline.account.usage.advice import Advice
from emberline.account.usage.findings import Findings, Line, Read
from emberline.account.usage.verdict import UNTOLD
from emberline.account.words import NOTHING, count, percent, plural, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 80
READ_A_SECOND, WRITTEN_A_SECOND = 100, 20
"""Tokens: a yardstick, near what a model of some billion parameters does without a graphics card."""
MOST_MODELS = 12
"""Rows; cheaper ones are summed up."""


def as_json(findings: Findings, advice: Advice) -> dict[str, Any]:
    """Everything, for a program."""
    told = asdict(findings)
    told["known"] = [{"how": known.value, "share": share} for known, share in findings.known]
    told["billed"] = [
        {"provider": provider, "item": item, "usd": amount} for provider, item, amount in findings.billed
    ]
    return told | {"advice": asdict(advice)}


def show(findings: Findings, advice: Advice, console: Console) -> None:
    """Prints it."""
    from rich.padding import Padding
    from rich.text import Text

    width = min(console.width, WIDTH)
    for title, block in _blocks(findings):
        console.print(Text(title, style="bold"), width=width)
        console.print(Padding(block, (0, 0, 1, 2)), width=width, highlight=False)
    console.print(Text("What that saves", style="bold"), width=width)
    for words in (*_savings(findings), *_model(findings, advice), *_certainty(findings)):
        console.print(Padding(Text(words), (0, 0, 0, 2)), width=width, highlight=False)
    if findings.notes:
        console.print()
        console.print(Text("To be known with it", style="bold"), width=width)
        for note in findings.notes:
            console.print(Padding(Text(f"- {note}."), (0, 0, 0, 2)), width=width, highlight=False)


# -- tables -----------------------------------------------------------------------------------------------


def _blocks(findings: Findings) -> Iterator[tuple[str, Table]]:
    yield "What was read", _read(findings.read)
    if findings.by_verdict:
        yield "What it was, and what becomes of it", _lines(findings.by_verdict, findings.usd)
    if any(line.name != UNTOLD for line in findings.by_work):
        yield (
            "What could run here, by what its tags and keys are called",
            _lines(findings.by_work, findings.usd),
        )
    if findings.by_model:
        yield "By model", _models(findings)
    if findings.billed:
        yield "Billed", _billed(findings)


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, column in enumerate(columns):
        if number:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    return table


def _read(read: Sequence[Read]) -> Table:
    table = _table("", "records", "from", "to", "it says", "list price")
    for each in read:
        files = f" ({plural(len(each.files), 'file')})" if len(each.files) > 1 else ""
        add_row(
            table,
            f"{each.source}{files}",
            count(each.records),
            _day(each.began),
            _day(each.ended - 1),
            usd(each.said_usd),
            usd(each.listed_usd),
        )
    return table


def _lines(lines: Sequence[Line], total: float) -> Table:
    table = _table("", "requests", "read", "written", "cost", "share")
    for line in lines:
        add_row(
            table,
            line.name,
            count(line.requests) if line.requests else NOTHING,
            count(line.input_tokens),
            count(line.output_tokens),
            usd(line.usd) if line.usd or not line.unpriced_tokens else NOTHING,
            percent(line.usd / total if total else None),
        )
    return table


def _models(findings: Findings) -> Table:
    here = {line.name: line.usd for line in findings.here_by_model}
    table = _table("", "requests", "cost", "could run here", "share")
    for line in findings.by_model[:MOST_MODELS]:
        could = here.get(line.name, 0.0)
        add_row(
            table,
            line.name,
            count(line.requests) if line.requests else NOTHING,
            usd(line.usd) if line.usd or not line.unpriced_tokens else NOTHING,
            usd(could),
            percent(could / line.usd if line.usd else None),
        )
    rest = findings.by_model[MOST_MODELS:]
    if rest:
        could = sum(here.get(line.name, 0.0) for line in rest)
        add_row(table, f"{len(rest)} more", "", usd(sum(line.usd for line in rest)), usd(could), "")
    return table


def _billed(findings: Findings) -> Table:
    table = _table("", "US dollars")
    for provider, item, amount in sorted(findings.billed, key=lambda each: (-each[2], each[:2])):
        add_row(
            table,
            f"{provider}: {item or 'not broken down'}",
            usd(amount) if amount >= 0 else f"-{usd(-amount)}",
        )
    return table


# -- sentences ----------------------------------------------------------------------------------------------


def _savings(findings: Findings) -> Iterator[str]:
    if not findings.usd:
        yield "Nothing of what was read cost anything."
        return
    share = percent(findings.saved_usd / findings.usd)
    could, all_of_them = findings.requests
    counted = f", and {percent(could / all_of_them)} of the requests that are counted" if all_of_them else ""
    yield (
        f"{usd(findings.saved_a_month)} of {usd(findings.usd_a_month)} a month ({share}{counted}) went to "
        "what could run here, for no more than electricity."
    )
    low, high = findings.untold_a_month
    if high:
        yield (
            f"Of what cannot be told, {usd(low)} to {usd(high)} a month more, if as much of it is routine as "
            "is commonly said (60–80 %): that is a claim, not a count."
        )


def _model(findings: Findings, advice: Advice) -> Iterator[str]:
    if not findings.saved_usd and not findings.untold_a_month[1]:
        return
    if not advice.model:
        yield f"No local model would do it on this machine: {'; '.join(advice.shortcomings)}."
        return
    name = f"{advice.model} {advice.quantization}".rstrip()
    why = f" ({', '.join(advice.reasons)})" if advice.reasons else ""
    but = f"; but {', '.join(advice.shortcomings)}" if advice.shortcomings else ""
    yield f"On this machine: by {name}{why}{but}."
    if advice.command:
        near = f" Of those that are here, {advice.here} is the best for it." if advice.here else ""
        yield f"It is not here yet: {advice.command}.{near}"
    read, written = findings.a_day
    if read or written:
        hours = (read / READ_A_SECOND + written / WRITTEN_A_SECOND) / 3600
        yield (
            f"It would read {count(read)} tokens a day and write {count(written)}: {hours:.1f} hours at "
            f"{READ_A_SECOND} and {WRITTEN_A_SECOND} a second. `emberline doctor` measures this machine."
        )


def _certainty(findings: Findings) -> Iterator[str]:
    if findings.known:
        shares = ", ".join(f"{percent(share)} by {known.value}" for known, share in findings.known)
        yield f"What could run here is known: {shares}."


def _day(at: float) -> str:
    """In UTC, as the exports count."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))
