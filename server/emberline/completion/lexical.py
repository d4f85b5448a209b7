"""What is open at a place in a program: brackets, strings, comments. Linear, tolerant, by language family.

Not a parser: code around a cursor is seldom whole, and a filter must tell within microseconds whether a quote
opens or closes. Grammar is consulted where it pays, in `stop.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from emberline.completion.context import Context, leading_space

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}


class Open(NamedTuple):
    """Something that is open: a bracket, a string (named by its delimiter) or a comment (by its start)."""

    kind: str
    indent: str
    """Indentation of the line on which it was opened."""


class Closing(NamedTuple):
    """A character of the scanned text that closes what was open before that text."""

    entry: int
    """Which of the initial stack's entries it closes; -1: something that was opened outside of the window."""
    start: int
    end: int


class Scan(NamedTuple):
    """The outcome of reading a piece of text."""

    stack: tuple[Open, ...]
    closings: tuple[Closing, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """How a group of languages writes comments and strings."""

    line_comments: tuple[str, ...] = ()
    block_comment: tuple[str, str] | None = None
    strings: tuple[str, ...] = ()
    """Delimiters, longest first. Those of three characters and the back quote may span lines."""
    raw: str = ""
    """A pattern that is skipped as a whole, such as a character literal."""


_C = Family(("//",), ("/*", "*/"), ('"', "'"))
_TEXT = Family()
_FAMILIES: dict[str, Family] = {
    "python": Family(("#",), None, ('"""', "'''", '"', "'")),
    **dict.fromkeys(
        ("javascript", "javascriptreact", "typescript", "typescriptreact"),
        Family(
            ("//",),
            ("/*", "*/"),
            ("`", '"', "'"),
            r"(?<=[(,=:\[!&|?{};\s])/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\\[])+/",
        ),
    ),
    "go": Family(("//",), ("/*", "*/"), ("`", '"'), r"'(?:\\.[^'\n]*|[^\\'\n])'"),
    # A Rust quote is a character literal or a lifetime, never an open string.
    "rust": Family(("//",), ("/*", "*/"), ('"',), r"'(?:\\[^\n]{1,9}?|[^\\'\n])'"),
    **dict.fromkeys(("java", "kotlin", "swift", "scala"), Family(("//",), ("/*", "*/"), ('"""', '"', "'"))),
    **dict.fromkeys(("c", "cpp", "csharp", "objective-c", "dart", "php", "css", "scss", "less", "jsonc"), _C),
    "json": Family((), None, ('"',)),
    **dict.fromkeys(
        (
            "ruby",
            "perl",
            "shellscript",
            "r",
            "yaml",
            "dockerfile",
            "makefile",
            "elixir",
            "julia",
            "powershell",
        ),
        Family(("#",), None, ('"', "'")),
    ),
    "toml": Family(("#",), None, ('"""', "'''", '"', "'")),
    "lua": Family(("--",), ("--[[", "]]"), ('"', "'")),
    "sql": Family(("--",), ("/*", "*/"), ("'",)),
    "haskell": Family(("--",), ("{-", "-}"), ('"',)),
}


@dataclass(frozen=True, slots=True)
class _Rules:
    code: re.Pattern[str]
    inside: dict[str, re.Pattern[str]]
    line_comments: frozenset[str]
    strings: frozenset[str]


@cache
def _rules(language_id: str) -> _Rules:
    family = _FAMILIES.get(language_id, _TEXT)
    block = (family.block_comment[0],) if family.block_comment else ()
    starts = sorted((*block, *family.line_comments, *family.strings), key=len, reverse=True)
    parts = [re.escape(start) for start in starts]
    if family.raw:
        parts.insert(0, f"(?P<raw>{family.raw})")
    parts.append(r"[()\[\]{}]")
    inside = {start: re.compile(r"\n") for start in family.line_comments}
    if family.block_comment:
        inside[family.block_comment[0]] = re.compile(re.escape(family.block_comment[1]))
    for delimiter in family.strings:
        if delimiter == "`":
            go = language_id == "go"
            inside[delimiter] = re.compile("`" if go else r"\\[\s\S]|`|\$\{")
        elif len(delimiter) == 3:
            inside[delimiter] = re.compile(rf"\\[\s\S]|{delimiter}")
        else:
            inside[delimiter] = re.compile(rf"\\[\s\S]|{re.escape(delimiter)}|\n")
    return _Rules(
        re.compile("|".join(parts)), inside, frozenset(family.line_comments), frozenset(family.strings)
    )


def scan(text: str, language_id: str, stack: tuple[Open, ...] = (), line_indent: str = "") -> Scan:
    """Reads `text`, which starts where `stack` is open, on a line that is indented by `line_indent`."""
    rules = _rules(language_id)
    now = list(stack)
    floor = len(now)  # entries of the initial stack that are still open
    closings: list[Closing] = []
    place = 0

    def indent_at(position: int) -> str:
        start = text.rfind("\n", 0, position) + 1
        return leading_space(text[start:position]) if start else line_indent

    def close(start: int, end: int) -> None:
        nonlocal floor
        now.pop()
        if len(now) < floor:
            floor = len(now)
            closings.append(Closing(floor, start, end))

    while True:
        top = now[-1].kind if now else ""
        pattern = rules.inside.get(top)
        if pattern is not None:
            found = pattern.search(text, place)
            if found is None:
                break
            place = found.end()
            token = found[0]
            if token == "${":
                now.append(Open("{", indent_at(found.start())))
            elif token == "\n":  # ends a line comment; an unfinished string goes no further either
                now.pop()
                floor = min(floor, len(now))
            elif token[0] != "\\":
                close(found.start(), place)
            continue
        found = rules.code.search(text, place)
        if found is None:
            break
        place = found.end()
        token = found[0]
        if found.lastgroup == "raw":
            continue
        opener = CLOSERS.get(token)
        if opener is None:
            now.append(Open(token, indent_at(found.start())))
        elif any(entry.kind == opener for entry in now):
            while now[-1].kind != opener:  # what the code around the cursor left unfinished
                now.pop()
                floor = min(floor, len(now))
            close(found.start(), place)
        elif not now:
            closings.append(Closing(-1, found.start(), place))
    return Scan(tuple(now), tuple(closings))


@lru_cache(maxsize=16)
def open_at(context: Context) -> tuple[Open, ...]:
    """What is open at the cursor, as far as the window shows; outermost first."""
    before = context.before
    if context.language_id == "python":
        before = before[code_start(before) :]
    return scan(before, context.language_id).stack


def in_string(stack: tuple[Open, ...], language_id: str) -> bool:
    return bool(stack) and stack[-1].kind in _rules(language_id).strings


def in_comment(stack: tuple[Open, ...], language_id: str) -> bool:
    rules = _rules(language_id)
    return bool(stack) and stack[-1].kind in rules.inside and stack[-1].kind not in rules.strings


def ends_open(text: str) -> bool:
    """`text` ends such that a word can follow: in white space, an operator, a comma or an opening bracket."""
    return bool(text) and not text[-1].isalnum() and text[-1] not in "_)]};:"


_TRIPLE = re.compile(r'"""|\'\'\'')
_BEFORE_STRING = re.compile(r"[=(,\[{:%+]$|\b(?:return|yield|in|and|or|[rbfuRBFU]{1,2})$")


def code_start(before: str) -> int:
    """Where the code starts if the window was cut inside a docstring: behind its end; else 0.

    Without this, every string of such a window would be read inside out.
    """
    found = _TRIPLE.search(before)
    if found is None:
        return 0
    line_start = before.rfind("\n", 0, found.start()) + 1
    head = before[line_start : found.start()].strip()
    above = before[:line_start].rstrip()
    line_end = before.find("\n", found.end())
    rest = before[found.end() : line_end if line_end >= 0 else len(before)].strip()
    if rest not in ("", ")", "),", ","):
        return 0  # text follows: it opens
    if head:
        return (
            0
            if re.search(r"[=(,\[{:%+]$|\b(?:return|yield|in|and|or|rbf?|[rbfuRBFU])$", head)
            else found.end()
        )
    return 0 if not above or above[-1] in ":(=,[{" else found.end()
