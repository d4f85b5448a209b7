"""Sizes of models as their servers word them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMBT])\b")
_SCALES = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}


def billions(size: str) -> float | None:
    """Parameters in billions: "7.6B" is 7.6, "494.03M" is 0.49403, and "30B-A3B" is 30, for all of them have
    to be in memory. None for what is no such size."""
    found = _SIZE.match(size.strip().upper())
    return float(found[1]) * _SCALES[found[2]] if found else None
