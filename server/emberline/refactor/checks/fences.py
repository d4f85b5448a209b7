"""Code is no chat: no markdown around it, no words to the reader above it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, place
from emberline.refactor.lines import BOM, split
from emberline.syntax.mistakes import mistakes
from emberline.syntax.prose import comments, strings
from emberline.syntax.types import Span

_MARKUP = frozenset(("markdown", "restructuredtext", "latex", "html", "vue", "svelte"))
"""Where a fence may stand for itself."""
_FENCE = re.compile(r"\s*(?:```|~~~)")
_WORDS = re.compile(
    r"""\W*(?:
      (?:here(?:'s|\ is|\ are)|(?:below|the\ following)\ is)\ (?:the|your|an?|my)\ (?:\w+\ ){0,2}
        (?:code|version|file|files|implementation|changes|edits?|solution|refactoring|answer)
    | (?:sure|certainly|of\ course|absolutely)\b\s*[,!.]
    | as\ an?\ (?:ai|large\ language|language\ model)\b
    | i(?:'ve|\ have)\ (?:updated|refactored|changed|modified|made|added|rewritten)\b
    | i(?:'m|\ am)\ (?:sorry|unable|afraid)\b | i\ can(?:not|'t)\ (?:help|assist|do|fulfil|comply)
    | let\ me\ know\ if\b | (?:i\ )?hope\ this\ helps
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def fences(attempt: Attempt) -> Iterator[str]:
    for file, after in attempt.made:
        language = attempt.language(file)
        name = attempt.new_name(file)
        known = {line.strip() for line in split(file.before or "")}
        is_markup = language in _MARKUP or place(file).suffix in ("", ".txt")
        quoted: tuple[Span, ...] | None = None
        offset, is_told = 0, False
        lines = split(after)
        filled = [number for number, line in enumerate(lines, 1) if line.strip(" \t\r\n" + BOM)]
        edges = filled[:1] + filled[-1:]  # prose speaks to its reader; a model does so before and behind it
        for number, line in enumerate(lines, 1):
            is_new = line.strip() not in known
            if is_new and not is_told and not is_markup and _FENCE.match(line):
                quoted = _quoted(after, language) if quoted is None else quoted
                start = offset + len(line) - len(line.lstrip())
                if not any(each.start <= start < each.end for each in quoted):
                    yield f"line {number} of {name} is a markdown fence: code alone belongs there"
                    is_told = True
            may_speak = is_markup and number not in edges
            if is_new and not may_speak and _WORDS.match(line.removeprefix(BOM)):
                yield f"line {number} of {name} speaks to the reader: code alone belongs there"
            offset += len(line)


def _quoted(text: str, language: str) -> tuple[Span, ...]:
    """Comments and strings, in which a fence may stand; in a broken text nothing is sure to be one."""
    return () if mistakes(text, language) else (*comments(text, language), *strings(text, language))
