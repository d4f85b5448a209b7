"""Rows of tables for a terminal: what stands in them are names that servers, files and users gave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


_STEERING = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""Controls, ends of lines, directions of writing, and halves of characters."""


def printable(text: str) -> str:
    """One line without what would steer a terminal."""
    return _STEERING.sub("�", text)


def add_row(table: Table, *cells: str) -> None:
    """Adds the cells as they are: no brackets in them are styles, no colons pictures."""
    from rich.text import Text

    table.add_row(*(Text(printable(cell)) for cell in cells))
