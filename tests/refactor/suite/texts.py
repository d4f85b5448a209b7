"""Finding places in texts by what stands there, and changing texts: what right answers are made of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emberline.syntax.types import Span

At = Callable[[str], Span]
"""A place in a text."""


def found(text: str, pattern: str) -> re.Match[str]:
    """The one place where `pattern` holds (lines are anchored by ^ and $)."""
    places = list(re.finditer(pattern, text, re.MULTILINE))
    assert len(places) == 1, f"{pattern!r} stands {len(places)} times"
    return places[0]


def first(text: str, pattern: str) -> re.Match[str]:
    match = re.search(pattern, text, re.MULTILINE)
    assert match is not None, f"{pattern!r} does not stand there"
    return match


def cursor(pattern: str) -> At:
    """The beginning of group 1 of `pattern`, with nothing selected."""

    def at(text: str) -> Span:
        start = first(text, pattern).start(1)
        return Span(start, start)

    return at


def selection(start: str, end: str) -> At:
    """Whole lines, from the first in which `start` stands to the next in which `end` does."""

    def at(text: str) -> Span:
        opening = first(text, start)
        closing = re.compile(end, re.MULTILINE).search(text, opening.start())
        assert closing is not None, f"{end!r} does not follow"
        begin = text.rfind("\n", 0, opening.start()) + 1
        stop = text.find("\n", closing.start())
        return Span(begin, len(text) if stop < 0 else stop)

    return at


def whole(text: str) -> Span:
    """All of it."""
    return Span(0, len(text))


def block(text: str, pattern: str) -> Span:
    """The lines of a definition, from the one in which `pattern` stands to its end, last line end included.

    Where a brace opens in its first lines it ends with that brace, else where the indentation goes back.
    """
    match = first(text, pattern)
    start = text.rfind("\n", 0, match.start()) + 1
    lines = text[start:].splitlines(keepends=True)
    head = "".join(lines[:4])
    count = _braced(lines) if re.match(r"[^\n]*\{\s*$", head, re.MULTILINE) else _indented(lines)
    return Span(start, start + sum(map(len, lines[:count])))


def _braced(lines: list[str]) -> int:
    depth = 0
    for index, line in enumerate(lines):
        depth += line.count("{") - line.count("}")
        if depth == 0 and (index or "}" in line):
            return index + 1
    raise AssertionError("the braces do not close")


def _indented(lines: list[str]) -> int:
    own = len(lines[0]) - len(lines[0].lstrip())
    count = 1
    for index, line in enumerate(lines[1:], 1):
        indent = len(line) - len(line.lstrip())
        is_closing = re.match(r"\s*(?:\)|end\b)", line) is not None and indent == own
        if line.strip() and indent <= own and not is_closing:
            break
        if line.strip():
            count = index + 1
    return count


def once(text: str, old: str, new: str) -> str:
    """With the one `old` replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def word(text: str, old: str, new: str) -> str:
    """With every word `old` replaced, wherever it stands."""
    changed, count = re.subn(rf"(?<![\w]){re.escape(old)}(?![\w])", new, text)
    assert count, f"{old} does not stand there"
    return changed


def without(text: str, span: Span) -> str:
    """Without these lines and the blank ones behind them."""
    rest = text[span.end :]
    return text[: span.start] + rest[len(rest) - len(rest.lstrip("\n")) :]


def before(text: str, pattern: str, new: str) -> str:
    """With `new` above the line in which `pattern` stands first."""
    start = text.rfind("\n", 0, first(text, pattern).start()) + 1
    return text[:start] + new + text[start:]


def after(text: str, pattern: str, new: str) -> str:
    """With `new` below the line in which `pattern` stands first."""
    end = text.find("\n", first(text, pattern).end()) + 1
    return text[:end] + new + text[end:]


def within(text: str, span: Span, change: Callable[[str], str]) -> str:
    """With that part changed."""
    return text[: span.start] + change(span.of(text)) + text[span.end :]


@dataclass(slots=True)
class _Hunk:
    """Lines `start`..`end-1` of the old text become `low`..`high-1` of the new one."""

    start: int
    end: int
    low: int
    high: int


def anchored(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """The change as anchors and what takes their places: whole lines, as few as stand there only once."""
    mine, other = old.splitlines(keepends=True), new.splitlines(keepends=True)
    codes = difflib.SequenceMatcher(None, mine, other, autojunk=False).get_opcodes()
    hunks = [_Hunk(*places) for tag, *places in codes if tag != "equal"]
    while (number := _ambiguous(hunks, mine, old)) is not None:
        hunk = hunks[number]
        if hunk.start > 0:
            hunk.start, hunk.low = hunk.start - 1, hunk.low - 1
        else:
            hunk.end, hunk.high = hunk.end + 1, hunk.high + 1
        hunks = list(_joined(hunks))
    return tuple(("".join(mine[h.start : h.end]), "".join(other[h.low : h.high])) for h in hunks)


def _ambiguous(hunks: list[_Hunk], mine: list[str], old: str) -> int | None:
    for number, hunk in enumerate(hunks):
        if old.count("".join(mine[hunk.start : hunk.end]) or old) != 1 or hunk.start == hunk.end:
            return number
    return None


def _joined(hunks: list[_Hunk]) -> Iterator[_Hunk]:
    """With those that meet made one."""
    held = hunks[0]
    for hunk in hunks[1:]:
        if hunk.start <= held.end:
            held = _Hunk(held.start, max(held.end, hunk.end), held.low, max(held.high, hunk.high))
        else:
            yield held
            held = hunk
    yield held
