"""Figures as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

NOTHING = "–"
"""Where there is no figure."""


def count(number: float) -> str:
    """1234 as 1,234; above a million 1.23 M."""
    if abs(number) >= 1e9:
        return f"{number / 1e9:.3g} G"
    if abs(number) >= 1e6:
        return f"{number / 1e6:.3g} M"
    return f"{number:,.0f}"


def percent(share: float | None) -> str:
    """Of a share (0..1). What is not all is never 100 %, and what is something never 0 %."""
    if share is None:
        return NOTHING
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %"


def usd(amount: float | None) -> str:
    """US dollars: cents, or as many digits as make a small amount something."""
    if amount is None:
        return NOTHING
    if 0 < amount < 0.0001:
        return "< $0.0001"
    if 0 < amount < 0.1:
        return f"${amount:.4f}"
    return f"${amount:,.2f}" if amount < 10_000 else f"${amount:,.0f}"


def milliseconds(duration: float | None) -> str:
    """Two digits that count; seconds above one."""
    if duration is None or not math.isfinite(duration):
        return NOTHING
    if duration >= 10_000:
        return f"{duration / 1000:.0f} s"
    if duration >= 1000:
        return f"{duration / 1000:.1f} s"
    if duration >= 10:
        return f"{duration:.0f} ms"
    return f"{duration:.1f} ms"


def size(number: float) -> str:
    """Of bytes, in powers of ten, as memory is told of elsewhere here."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g} {unit}"
    return f"{number:.0f} B"


def few(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def plural(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"
