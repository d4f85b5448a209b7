"""Indentation, line ends, byte order mark and the file's last line end, as they were."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import BOM, ends, split
from emberline.syntax.prose import strings
from emberline.syntax.types import Span

_FREE = frozenset(("markdown", "plaintext", "restructuredtext", "latex", "makefile"))
"""Where indentation is no matter of style."""
_NAMES = {"\t": "tabs", " ": "spaces"}


def layout(attempt: Attempt) -> Iterator[str]:
    for file, before, after in attempt.edited:
        if attempt.language(file) not in _FREE:
            yield from _indentation(file.name, before, after, attempt.language(file))
        strange = ends(after).keys() - ends(before).keys()
        if strange and ends(before):
            yield f"{file.name}: its line ends are mixed now"
        if before.startswith(BOM) != after.startswith(BOM):
            yield f"{file.name}: its byte order mark must stay as it is"
        has_text = before.removeprefix(BOM) and after.removeprefix(BOM)
        if has_text and before.endswith(("\n", "\r")) != after.endswith(("\n", "\r")):
            yield f"{file.name}: the end of its last line must stay as it is"


def _indentation(name: str, before: str, after: str, language: str) -> Iterator[str]:
    """One line of each file is told."""
    lines = split(before)
    styles = {line[0] for line in lines if line[0] in _NAMES and _is_code(line)}
    if len(styles) != 1:
        return
    style = styles.pop()
    known = set(lines)
    quoted: tuple[Span, ...] | None = None
    offset = 0
    for number, line in enumerate(split(after), 1):
        start, offset = offset, offset + len(line)
        white = line[: len(line) - len(line.lstrip(" \t"))]
        is_strange = white[:1] == " " if style == "\t" else "\t" in white
        if is_strange and line not in known and _is_code(line):
            quoted = strings(after, language) if quoted is None else quoted
            if any(each.start < start < each.end for each in quoted):
                continue  # white space of a string is what it says
            yield f"{name} is indented with {_NAMES[style]}, line {number} is not"
            return


def _is_code(line: str) -> bool:
    """No blank line, and none within a block comment that is aligned by a space."""
    return bool(line.strip()) and not line.lstrip().startswith("*")
