"""Logs that tests write, read in one go."""

from __future__ import annotations

from datetime import date

from emberline.tasks.logs.gathering import Gatherer
from emberline.tasks.logs.overview import overview
from emberline.tasks.logs.types import Group, Overview

TODAY = date(2026, 3, 10)


def gathered(text: str | bytes, block: int = 1 << 20) -> Gatherer:
    """The log's lines, fed in blocks of so many bytes."""
    data = text.encode() if isinstance(text, str) else text
    gatherer = Gatherer(0, TODAY)
    for start in range(0, len(data), block):
        gatherer.feed(data[start : start + block])
    gatherer.finish()
    return gatherer


def overview_of(text: str | bytes, name: str = "app.log", block: int = 1 << 20) -> Overview:
    gatherer = gathered(text, block)
    return overview([name], [gatherer.tally], [gatherer.groups.all()])


def only(found: Overview) -> Group:
    """The one group of a log that has one."""
    assert len(found.groups) == 1, [each.template for each in found.groups]
    return found.groups[0]
