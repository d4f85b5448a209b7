"""The page itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from emberline import __version__
from emberline.account.figures import Report, Taken
from emberline.account.page import charts
from emberline.account.page.style import STYLE
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

_MOST = 8
"""Rows of a list that has no end."""
_PLACES = (
    '<li><i class="machine"></i>this machine</li><li><i class="host"></i>your hosts</li>'
    '<li><i class="cloud"></i>cloud</li>'
)
_PRICES = '<li><i class="machine"></i>what ran locally would have cost</li><li><i class="cloud"></i>paid</li>'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(report: Report) -> str:
    """The whole document."""
    body = f'<section class="empty"><p>{escape(EMPTY)}</p></section>' if report.is_empty else _body(report)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Emberline: {escape(period(report))}</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>Emberline <small>{escape(period(report))}</small></h1></header>"
        f"{body}<footer>Made by Emberline {__version__} from the ledger on this machine, which holds figures "
        "and names, never your text. Nothing of it is sent anywhere.</footer></main></body></html>\n"
    )


def _body(report: Report) -> str:
    return "".join(
        (
            _cards(report),
            _share(report),
            f'<div class="pair">{_tasks(report)}{_costs(report)}</div>',
            _activity(report),
            _latency(report),
            f'<div class="pair">{_suggestions(report)}{_languages(report)}</div>'
            if report.taken.shown
            else "",
            _pair(_reasons(report), _memory(report)),
        )
    )


def _pair(*sections: str) -> str:
    found = [section for section in sections if section]
    return f'<div class="pair">{"".join(found)}</div>' if len(found) > 1 else "".join(found)


def _cards(report: Report) -> str:
    total, taken = report.money, report.taken
    share = report.asked.local
    what = "of what you asked for ran locally" if share is not None else "of completions ran locally"
    cards = [
        (percent(share if share is not None else report.served.local), what),
        (usd(total.spared), f"spared by running locally; {usd(total.paid)} paid to the cloud"),
        (percent(taken.acceptance), f"of {count(taken.shown)} suggestions accepted"),
        (count(taken.saved_keys), "keystrokes saved"),
    ]
    shown = "".join(
        f'<div class="card"><b>{escape(figure)}</b><span>{escape(words)}</span></div>'
        for figure, words in cards
    )
    return f'<div class="cards">{shown}</div>'


def _share(report: Report) -> str:
    named = (("what you asked for", report.asked), ("with completions", report.served))
    rows = [(name, served) for name, served in named if served.total]
    return _section("Local first", claim(report), charts.shares(rows), key=_PLACES) if rows else ""


def _tasks(report: Report) -> str:
    figures = _table(
        ("task", "machine", "hosts", "cloud", "local", "cancelled", "failed", "tokens"),
        (
            (
                each.task,
                count(each.served.machine),
                count(each.served.host),
                count(each.served.cloud),
                percent(each.served.local),
                count(each.cancelled),
                count(each.failed),
                count(each.tokens),
            )
            for each in report.tasks
        ),
    )
    rows = [(each.task, each.served) for each in report.tasks if each.served.total]
    return _section("By task", "Requests that got their answer.", charts.tasks(rows), figures)


def _costs(report: Report) -> str:
    spending = sorted(report.tasks, key=lambda each: -each.money.paid - (each.money.spared or 0.0))
    rows = [("all", report.money), *((each.task, each.money) for each in spending[:_MOST])]
    figures = _table(
        ("task", "would have cost", "did cost"),
        ((each.task, usd(each.money.spared), usd(each.money.paid)) for each in report.tasks),
    )
    note = f"{money(report)} {compared(report)}"
    return _section("Money", note, charts.money(rows), figures, _PRICES)


def _activity(report: Report) -> str:
    unit = "week" if report.weekly else "day"
    figures = _table(
        (unit, "machine", "hosts", "cloud", "paid", "shown", "accepted"),
        (
            (
                day.first.isoformat(),
                count(day.served.machine),
                count(day.served.host),
                count(day.served.cloud),
                usd(day.paid),
                count(day.shown),
                count(day.accepted),
            )
            for day in report.days
        ),
    )
    drawing = charts.days(report.days, report.weekly)
    return _section(
        f"{unit.capitalize()} by {unit}", "Requests that got their answer.", drawing, figures, _PLACES
    )


def _latency(report: Report) -> str:
    if not report.first_tokens:
        return ""
    figures = _table(
        ("lane", "backend", "place", "requests", "p50", "p95"),
        (
            (
                lane_words(each.lane),
                each.backend or "no model",
                place_words(each.place),
                count(each.requests),
                milliseconds(each.p50),
                milliseconds(each.p95),
            )
            for each in report.first_tokens
        ),
        words=3,
    )
    note = "The dot is the median; the bar reaches to where 95 % had theirs. Each line is ten times the last."
    return _section("Time to the first token", note, charts.latencies(report.first_tokens), figures, _PLACES)


def _suggestions(report: Report) -> str:
    figures = _taken_table("lane", [(lane_words(name), taken) for name, taken in report.by_lane])
    drawing = charts.funnel(report.taken) + charts.acceptance(report.days)
    return _section("Suggestions", suggestions(report), drawing, figures)


def _languages(report: Report) -> str:
    rows = [
        (
            name or "unknown",
            taken.acceptance or 0.0,
            f"{percent(taken.acceptance)} of {count(taken.shown)}",
            "machine",
        )
        for name, taken in report.by_language[:_MOST]
    ]
    figures = _taken_table("language", [(name or "unknown", taken) for name, taken in report.by_language])
    return _section(
        "By language", "Accepted, of what was shown.", charts.amounts("Accepted by language", rows), figures
    )


def _taken_table(what: str, rows: Sequence[tuple[str, Taken]]) -> str:
    return _table(
        (what, "shown", "accepted", "still there", "keys saved"),
        (
            (
                name,
                count(taken.shown),
                f"{count(taken.accepted)} ({percent(taken.acceptance)})",
                percent(taken.survival),
                count(taken.saved_keys),
            )
            for name, taken in rows
        ),
    )


def _reasons(report: Report) -> str:
    fallbacks = [
        (each.failed, each.instead or "nobody", each.why or NOTHING, count(each.requests))
        for each in report.fallbacks[:_MOST]
    ]
    reasons = [(reason or NOTHING, count(requests)) for reason, requests in report.cloud_reasons[:_MOST]]
    shown = ""
    if fallbacks:
        shown += _table(("failed", "answered instead", "why", "requests"), fallbacks, words=3)
    if reasons:
        shown += _table(("why the cloud", "requests"), reasons)
    if not shown:
        return ""
    note = "A fallback: one failed before its first word, and another answered." if fallbacks else ""
    return _section("Fallbacks and reasons", note, shown)


def _memory(report: Report) -> str:
    if not report.memory:
        return ""
    rows = [
        (each.name, each.mean, f"{held[2]}", "machine")
        for each, held in zip(report.memory, holders(report), strict=True)
    ]
    figures = _table(("of", "now", "usual", "at most"), holders(report))
    return _section(
        "Memory", "What each usually holds.", charts.amounts("Memory held", rows[:_MOST]), figures
    )


def _section(title: str, note: str, content: str, figures: str = "", key: str = "") -> str:
    told = f'<p class="note">{escape(note)}</p>' if note else ""
    keys = f'<ul class="key" aria-hidden="true">{key}</ul>' if key else ""
    beneath = f"<details><summary>Figures</summary>{figures}</details>" if figures else ""
    return f"<section><h2>{escape(title)}</h2>{told}{content}{keys}{beneath}</section>"


def _table(
    columns: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]], words: int = 1
) -> str:
    """The first `words` columns hold words, the others figures."""

    def cells(tag: str, scope: str, row: Sequence[str]) -> str:
        kinds = ' class="words"', ""
        return "".join(
            f"<{tag}{scope}{kinds[number >= words]}>{escape(cell)}</{tag}>" for number, cell in enumerate(row)
        )

    head = cells("th", ' scope="col"', columns)
    body = "".join(f"<tr>{cells('td', '', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
