"""Rows of tables for a terminal: what stands in them are names that servers, files and users gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emberline.documents.printable import printable

if TYPE_CHECKING:
    from rich.table import Table


def add_row(table: Table, *cells: str) -> None:
    """Adds the cells as they are: no brackets in them are styles, no colons pictures."""
    from rich.text import Text

    table.add_row(*(Text(printable(cell)) for cell in cells))
