"""Code with ghost text in it, painted for a terminal: what the demo and `emberline complete` show."""

from __future__ import annotations

from functools import lru_cache

from rich.syntax import Syntax
from rich.text import Text

GHOST = "italic dim default"
FLASH = "black on green"
CURSOR = "reverse"
LANES = {"recalled": "cyan", "typed through": "magenta", "generated": "green"}
"""The colour of each lane, wherever one is named."""
_ABOVE, _BELOW = 150, 60
"""Lines around the cursor that the lexer reads: enough to tell strings from code, quick in a long file."""
_LEXERS = {"javascriptreact": "jsx", "typescriptreact": "tsx", "shellscript": "bash", "plaintext": "text"}


def paint(
    before: str,
    ghost: str,
    after: str,
    language_id: str,
    *,
    rows: int,
    width: int,
    flash: int = 0,
    note: Text | None = None,
) -> Text:
    """The `rows` lines around the cursor, numbered, `ghost` standing behind the cursor.

    The last `flash` characters before the cursor are lit up. `note` stands at the right edge of the cursor's
    line where there is room. Lines are cut at `width` cells.
    """
    hidden = max(0, before.count("\n") - _ABOVE)
    before = before.split("\n", hidden)[-1]
    after = "\n".join(after.split("\n", _BELOW)[:_BELOW])
    code = _highlighted(before + ghost + after, language_id).copy()
    cursor = len(before)
    if ghost:
        code.stylize(GHOST, cursor, cursor + len(ghost))
    if flash:
        code.stylize(FLASH, max(0, cursor - flash), cursor)
    lines = code.split("\n", allow_blank=True)
    row = before.count("\n")
    column = cursor - (before.rfind("\n") + 1)
    lines[row].append(" ")  # the cursor may stand behind the last character
    lines[row].stylize(CURSOR, column, column + 1)
    first = first_row(row, row + ghost.count("\n"), len(lines), rows)
    shown = list(lines[first : first + rows])
    digits = len(str(hidden + first + len(shown)))
    painted = Text(no_wrap=True, overflow="crop")
    for offset, line in enumerate(shown):
        number = first + offset
        full = Text()
        full.append(f" {hidden + number + 1:>{digits}}  ", style="bold" if number == row else "dim")
        full.append_text(line)
        full.truncate(width, overflow="ellipsis")
        if number == row and note is not None and full.cell_len + note.cell_len + 2 <= width:
            full.append(" " * (width - full.cell_len - note.cell_len))
            full.append_text(note)
        painted.append_text(full)
        if offset + 1 < len(shown):
            painted.append("\n")
    return painted


def first_row(cursor: int, last: int, count: int, rows: int) -> int:
    """The first of `rows` rows to show of `count`: `cursor` at two thirds, `last` still on the screen."""
    first = cursor - rows * 2 // 3
    first = max(first, last - rows + 1)
    return max(0, min(first, cursor, count - rows))


@lru_cache(maxsize=8)
def _highlighted(code: str, language_id: str) -> Text:
    """The code in colours that the terminal's own palette names, so that light and dark ones are readable."""
    syntax = Syntax("", _LEXERS.get(language_id, language_id), theme="ansi_dark", background_color="default")
    text = syntax.highlight(code)
    # The lexer ends every text with a line end.
    return text[: len(code)] if len(text.plain) > len(code) else text
