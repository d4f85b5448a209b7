"""The charts of the page, as SVG: pure functions from figures to text. Each has a title and a description for
those who do not see it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from html import escape

from emberline.account.figures import CLAIM, Day, FirstToken, Money, Served, Taken
from emberline.account.texts import lane_words
from emberline.account.words import count, milliseconds, percent, usd

WIDE, HALF = 920, 430
"""Units across: about a pixel each, so that all texts come out in one size."""


def chart(title: str, description: str, width: float, height: float, shapes: Sequence[str]) -> str:
    """An image with a name, which no other on the page has."""
    named = "-".join(re.findall("[a-z]+", title.lower()))
    image = (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{named} {named}-told">'
        f'<title id="{named}">{escape(title)}</title><desc id="{named}-told">{escape(description)}</desc>'
        f"{''.join(shapes)}</svg>"
    )
    return f'<div class="scroll wide">{image}</div>' if width == WIDE else image


def shares(rows: Sequence[tuple[str, Served]]) -> str:
    """A bar for each: where requests ran, and the band of the claim behind it."""
    left, right, step = 170, 60, 40
    width, height = WIDE - left - right, step * len(rows) + 22
    low, high = (left + bound * width for bound in CLAIM)
    shapes = [
        f'<rect class="band" x="{low:g}" y="0" width="{high - low:g}" height="{height - 18:g}" rx="4"/>',
        _text((low + high) / 2, height - 3, "said to run locally: 60–80 %", anchor="middle"),
    ]
    told = []
    for index, (name, served) in enumerate(rows):
        y = index * step + 6
        shapes.append(_text(left - 14, y + 18, name, "name", "end"))
        shapes += _stack(served, left, y, width, 24)
        shapes.append(_text(WIDE - right + 12, y + 18, percent(served.local), "strong"))
        told.append(f"{name}: {percent(served.local)} local")
    return chart("Share served locally", "; ".join(told), WIDE, height, shapes)


def tasks(rows: Sequence[tuple[str, Served]]) -> str:
    """A bar for each task, all of one length: where it ran."""
    left, right, step = 130, 96, 26
    width = WIDE / 2 - 30 - left - right
    shapes = []
    for index, (name, served) in enumerate(rows):
        y = index * step
        shapes.append(_text(left - 10, y + 15, name, "name", "end"))
        shapes += _stack(served, left, y + 3, width, 16)
        shapes.append(_text(left + width + 10, y + 15, f"{percent(served.local)} of {count(served.total)}"))
    told = "; ".join(f"{name}: {percent(served.local)} of {served.total} local" for name, served in rows)
    return chart("Where each task ran", told, HALF, max(step * len(rows), 1), shapes)


def days(found: Sequence[Day], weekly: bool) -> str:
    """A column for each day: requests, by where they ran."""
    left, height, bottom = 52, 180, 24
    top = _nice(max((day.served.total for day in found), default=0))
    width = (WIDE - left) / max(len(found), 1)
    shapes = _grid(left, height, top, count)
    for index, day in enumerate(found):
        x, y = left + index * width + width * 0.14, float(height)
        shapes.append(f"<g><title>{escape(_day_words(day, weekly))}</title>")
        parts = (day.served.machine, day.served.host, day.served.cloud)
        for number, kind in zip(parts, ("machine", "host", "cloud"), strict=True):
            tall = number / top * height
            y -= tall
            if tall > 0:
                shapes.append(
                    f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width * 0.72:.1f}" '
                    f'height="{tall:.1f}" rx="1.5"/>'
                )
        shapes.append("</g>")
    shapes += _dates(found, left, width, height + 18)
    return chart(
        f"Requests a {'week' if weekly else 'day'}",
        f"From {_told(found)}: at most {count(max((day.served.total for day in found), default=0))}.",
        WIDE,
        height + bottom,
        shapes,
    )


def latencies(rows: Sequence[FirstToken]) -> str:
    """From the median to the 95th percentile, on a logarithmic scale."""
    left, right, step = 218, 132, 30
    width = WIDE - left - right
    low = 10.0 ** math.floor(math.log10(max(min((row.p50 for row in rows), default=1.0), 0.1)))
    high = 10.0 ** math.ceil(math.log10(max(max((row.p95 for row in rows), default=1.0), low * 10)))
    height = step * len(rows)

    def x(duration: float) -> float:
        share = math.log10(min(max(duration, low), high) / low) / math.log10(high / low)
        return left + share * width

    shapes = []
    mark = low
    while mark <= high * 1.001:
        shapes.append(f'<line class="grid" x1="{x(mark):.1f}" y1="0" x2="{x(mark):.1f}" y2="{height}"/>')
        shapes.append(_text(x(mark), height + 16, _mark(mark), anchor="middle"))
        mark *= 10
    told = []
    for index, row in enumerate(rows):
        y = index * step + step / 2
        kind = {"your host": "host", "cloud": "cloud"}.get(row.place, "machine")
        name = f"{lane_words(row.lane)} · {row.backend or 'no model'}"
        told.append(f"{name}: {milliseconds(row.p50)}, 95 % below {milliseconds(row.p95)}")
        end = max(x(row.p95), x(row.p50) + 0.5)
        shapes += [
            _text(left - 14, y + 4, _short(name, 32), "name", "end"),
            f'<line class="reach {kind}" x1="{x(row.p50):.1f}" y1="{y:g}" x2="{end:.1f}" y2="{y:g}"/>',
            f'<circle class="{kind}" cx="{x(row.p50):.1f}" cy="{y:g}" r="6"/>',
            f'<text x="{WIDE - right + 16:g}" y="{y + 4:g}"><tspan class="strong">'
            f"{escape(milliseconds(row.p50))}</tspan> · {escape(milliseconds(row.p95))}</text>",
        ]
    return chart("Time to the first token", "; ".join(told), WIDE, height + 22, shapes)


def funnel(taken: Taken) -> str:
    """Shown, accepted, still there: three bars on one scale."""
    standing = taken.kept / taken.known if taken.known else None
    rows = [
        ("shown", 1.0, f"{count(taken.shown)}", "spare"),
        (
            "accepted",
            taken.acceptance or 0.0,
            f"{count(taken.accepted)} · {percent(taken.acceptance)}",
            "machine",
        ),
    ]
    if standing is not None:
        share = standing * (taken.acceptance or 0.0)
        rows.append(("five minutes later", share, f"{percent(standing)} of those followed", "good"))
    left, step = 128, 34
    width = HALF - left
    shapes = []
    for index, (name, share, words, kind) in enumerate(rows):
        y = index * step
        long = max(share * width, 2.0)
        shapes += [
            _text(left - 10, y + 18, name, "name", "end"),
            f'<rect class="{kind}" x="{left}" y="{y + 2}" width="{long:.1f}" height="24" rx="3"/>',
            _text(left + (long if kind != "spare" else 0) + 8, y + 18, words, "strong"),
        ]
    told = "; ".join(f"{name}: {words}" for name, _, words, _ in rows)
    return chart("What became of suggestions", told, HALF, step * len(rows), shapes)


def acceptance(found: Sequence[Day]) -> str:
    """The share of suggestions that was accepted, over time."""
    points = [(index, day.accepted / day.shown) for index, day in enumerate(found) if day.shown >= 5]
    if len(points) < 3:
        return ""
    left, height = 52, 96
    top = max(0.1, math.ceil(max(share for _, share in points) * 10) / 10)
    width = (HALF - left) / max(len(found) - 1, 1)
    path = " ".join(
        f"{left + index * width:.1f},{height - share / top * height:.1f}" for index, share in points
    )
    shapes = [*_grid(left, height, top, percent, HALF, 2), f'<polyline class="line" points="{path}"/>']
    shapes += _dates(found, left, width, height + 18, 3, middle=False)
    told = f"From {percent(points[0][1])} to {percent(points[-1][1])}, {_told(found)}."
    return chart("Accepted, of what was shown", told, HALF, height + 24, shapes)


def money(rows: Sequence[tuple[str, Money]]) -> str:
    """A bar for each: what the cloud would have cost, and behind it what it did cost."""
    left, right, step = 130, 118, 26
    width = HALF - left - right
    top = max((each.paid + (each.spared or 0.0) for _, each in rows), default=0.0) or 1.0
    shapes, told = [], []
    for index, (name, each) in enumerate(rows):
        y, x = index * step, float(left)
        shapes.append(_text(left - 10, y + 15, name, "name", "end"))
        for kind, amount in (("machine", each.spared or 0.0), ("cloud", each.paid)):
            long = amount / top * width
            if long > 0:
                shapes.append(
                    f'<rect class="{kind}" x="{x:.1f}" y="{y + 3}" width="{max(long, 1.5):.1f}" height="16" '
                    'rx="3"/>'
                )
            x += long
        words = f"{usd(each.spared)} · {usd(each.paid) if each.paid else '$0'}"
        shapes.append(_text(max(x, left + 1.5) + 8, y + 15, words))
        told.append(f"{name}: would have cost {usd(each.spared)}, did cost {usd(each.paid)}")
    return chart("Spared and paid", "; ".join(told), HALF, max(step * len(rows), 1), shapes)


def amounts(title: str, rows: Sequence[tuple[str, float, str, str]]) -> str:
    """A bar for each: name, amount, its words, and the class that colours it."""
    left, right, step = 150, 96, 30
    width, top = HALF - left - right, max((amount for _, amount, _, _ in rows), default=0.0) or 1.0
    shapes = []
    for index, (name, amount, words, kind) in enumerate(rows):
        y = index * step
        long = max(amount / top * width, 1.5)
        shapes += [
            _text(left - 10, y + 16, _short(name, 22), "name", "end"),
            f'<rect class="{kind}" x="{left}" y="{y + 2}" width="{long:.1f}" height="19" rx="3"/>',
            _text(left + long + 8, y + 16, words, "strong"),
        ]
    told = "; ".join(f"{name}: {words}" for name, _, words, _ in rows)
    return chart(title, told, HALF, max(step * len(rows), 1), shapes)


def _stack(served: Served, left: float, y: float, width: float, tall: float) -> list[str]:
    shapes, x = [f'<rect class="spare" x="{left}" y="{y:g}" width="{width:g}" height="{tall}" rx="3"/>'], left
    parts = (("machine", served.machine), ("host", served.host), ("cloud", served.cloud))
    for kind, number in parts:
        long = number / served.total * width if served.total else 0.0
        if long > 0:
            shapes.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y:g}" width="{long:.1f}" height="{tall}" rx="3"/>'
            )
        x += long
    return shapes


def _grid(
    left: float, height: float, top: float, words: Callable[[float], str], width: float = WIDE, lines: int = 4
) -> list[str]:
    shapes = []
    for index in range(lines + 1):
        y = height - index / lines * height
        kind = "axis" if index == 0 else "grid"
        shapes.append(f'<line class="{kind}" x1="{left}" y1="{y:g}" x2="{width:g}" y2="{y:g}"/>')
        shapes.append(_text(left - 8, y + 4, words(top * index / lines), anchor="end"))
    return shapes


def _dates(
    found: Sequence[Day], left: float, width: float, y: float, most: int = 8, middle: bool = True
) -> list[str]:
    """Some of the days, evenly."""
    step = max(1, math.ceil(len(found) / most))
    shift = width / 2 if middle else 0.0
    return [
        _text(left + index * width + shift, y, f"{day.first.day} {day.first:%b}", anchor="middle")
        for index, day in enumerate(found)
        if index % step == 0 and (middle or index + step / 2 < len(found))
    ]


def _day_words(day: Day, weekly: bool) -> str:
    served = day.served
    when = f"week of {day.first.isoformat()}" if weekly else day.first.isoformat()
    return (
        f"{when}: {count(served.machine)} on this machine, {count(served.host)} on your hosts, "
        f"{count(served.cloud)} in the cloud ({usd(day.paid)})"
    )


def _told(found: Sequence[Day]) -> str:
    return f"{found[0].first.isoformat()} to {found[-1].first.isoformat()}" if found else "no day"


def _nice(number: float) -> float:
    """A round number that is no smaller, and divides by four."""
    if number <= 4:
        return 4.0
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= number)


def _mark(duration: float) -> str:
    return f"{duration / 1000:g} s" if duration >= 1000 else f"{duration:g} ms"


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{shown}>{escape(words)}</text>'
