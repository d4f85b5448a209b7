"""A soak as a picture: memory and latency over the keystrokes, legible on light and on dark pages. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from benchmarks.soak_report import Answers, Sample
from emberline.replay.report import percentile

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 860, 190, 64, 150, 58, 62
BINS = 100
"""Stretches of a run whose answers make one point."""

Points = Sequence[tuple[float, float]]

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .rule { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round }
  .a { stroke: #bc4c00 } .b { stroke: #0969da }
  text.a { fill: #bc4c00; stroke: none } text.b { fill: #0969da; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .rule { stroke: #3d444d }
    .a { stroke: #f0883e } .b { stroke: #58a6ff }
    text.a { fill: #f0883e } text.b { fill: #58a6ff }
  }"""


def picture(runs: Mapping[str, tuple[Sequence[Sample], Answers]]) -> str:
    """An SVG with two panels for each run."""
    parts: list[str] = []
    top = 0.0
    for name, (samples, answers) in runs.items():
        parts.append(f'<text class="title" x="{LEFT}" y="{top + 24:.0f}">Typed {escape(name)}</text>')
        last = samples[-1].keys or 1
        memory = {
            "server": [(each.keys, each.server / 1e6) for each in samples],
            "engine": [(each.keys, each.engine / 1e6) for each in samples],
        }
        parts += _panel(top + TOP, last, "memory, MB", memory)
        latency = {
            "p95": _over_time(answers, last, 0.95),
            "median": _over_time(answers, last, 0.5),
        }
        parts += _panel(top + TOP + PANEL + GAP, last, "from request to answer, ms", latency)
        top += TOP + 2 * PANEL + GAP + 62
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:.0f}" role="img"'
    label = ' aria-label="Memory and latency over the keystrokes of a long session">'
    return f"{head}{label}\n<style>{_STYLE}\n</style>\n" + "\n".join(parts) + "\n</svg>\n"


def _over_time(answers: Answers, last: int, share: float) -> Points:
    bins: dict[int, list[float]] = {}
    for keys, milliseconds, _ in answers:
        bins.setdefault(min(BINS - 1, keys * BINS // last), []).append(milliseconds)
    return [((at + 0.5) * last / BINS, percentile(found, share)) for at, found in sorted(bins.items())]


def _panel(top: float, last: int, title: str, lines: Mapping[str, Points]) -> list[str]:
    most = max((y for points in lines.values() for _, y in points), default=1.0)
    step = _step(most)
    ceiling = step * max(1, math.ceil(most / step))

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * x / last

    def up(y: float) -> float:
        return top + PANEL * (1 - y / ceiling)

    parts = [f'<text class="quiet" x="{LEFT}" y="{top - 12:.0f}">{escape(title)}</text>']
    for number in range(round(ceiling / step) + 1):
        at = up(number * step)
        parts.append(f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        words = f"{number * step:,g}"
        parts.append(f'<text class="quiet" text-anchor="end" x="{LEFT - 8}" y="{at + 4:.1f}">{words}</text>')
    for number in range(5):
        at, words = across(last * number / 4), f"{last * number / 4:,.0f}"
        words += " keys" if number == 4 else ""
        parts.append(
            f'<text class="quiet" text-anchor="middle" x="{at:.0f}" y="{top + PANEL + 20:.0f}">{words}</text>'
        )
    return parts + _drawn(lines, across, up)


def _drawn(
    lines: Mapping[str, Points], across: Callable[[float], float], up: Callable[[float], float]
) -> list[str]:
    parts: list[str] = []
    ends: list[float] = []
    for kind, (name, points) in zip("ab", lines.items(), strict=False):
        if not points:
            continue
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline class="line {kind}" points="{path}"/>')
        end = up(points[-1][1])
        while any(abs(end - other) < 16 for other in ends):  # or the words lie on each other
            end += 4
        ends.append(end)
        words = f"{escape(name)} {points[-1][1]:,.3g}"
        parts.append(f'<text class="{kind}" x="{WIDTH - RIGHT + 8}" y="{end + 4:.1f}">{words}</text>')
    return parts


def _step(most: float) -> float:
    """Between two rules: 1, 2 or 5 times a power of ten, with three to seven of them."""
    power = 10.0 ** math.floor(math.log10(max(most, 1e-9)))
    return next(step * power for step in (0.2, 0.5, 1.0, 2.0) if most / (step * power) <= 6)
