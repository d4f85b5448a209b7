"""How events and figures are worded, the same in a terminal and without one."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.demo.summary import Figures, Summary

COLUMNS = ("lane", "answers", "p50 ms", "p95 ms", "accepted", "keys saved")
_EMPTY = "nothing to show"


def rows(summary: Summary) -> Iterator[tuple[str, ...]]:
    """The table's rows, by lane and then for all."""
    for lane, figures in summary.lanes.items():
        yield _row(lane or _EMPTY, figures)
    yield _row("all", summary.total)


def conclusion(summary: Summary) -> str:
    """The one figure that counts."""
    return (
        f"{summary.keys} key presses by hand, {summary.pressed} with Emberline: "
        f"{100 * summary.saved:.0f} % of the keystrokes saved"
    )


def one_line(text: str, width: int = 60) -> str:
    """`text` on one line of `width` characters at most, line ends shown as such."""
    shown = text.replace("\n", "⏎")
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def _row(name: str, figures: Figures) -> tuple[str, ...]:
    if not figures.answers and not figures.accepted:
        return (name, "0", "", "", "0", "0")
    return (
        name,
        str(figures.answers),
        f"{figures.p50:.1f}",
        f"{figures.p95:.1f}",
        str(figures.accepted),
        str(figures.keys_saved),
    )
