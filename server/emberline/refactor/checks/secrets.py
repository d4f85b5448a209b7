"""Secrets stay where they stood: none comes to another file, none is lost behind a mask."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.privacy.secrets import secrets_in
from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.differences import TextEdit, edits
from emberline.refactor.lines import line_at, split
from emberline.syntax.types import Span

_PLACEHOLDER = re.compile(r"EMBERLINE_?SECRET", re.IGNORECASE)
_MASK = re.compile(
    r"\*{3,}|[xX]{4,}|[•●█]{3,}|\.{3}|…|<[^<>\n]{0,40}>"
    r"|(?i:redacted|placeholder|masked|hidden|changeme|change_me|your[-_ ]|insert[-_ ]|dummy|example)"
)


def secrets(attempt: Attempt) -> Iterator[str]:
    known = _known(attempt)
    for file, after in attempt.made:
        before, name = file.before or "", attempt.new_name(file)
        if len(_PLACEHOLDER.findall(after)) > len(_PLACEHOLDER.findall(before)):
            yield f"{name} holds a placeholder where a secret stood: copy that line exactly"
        new = [Span(*span) for span in secrets_in(after)]
        values = known | {span.of(after) for span in new}
        for value in sorted(values):
            if after.count(value) > before.count(value):
                line = line_at(after, _first_new(before, after, value))
                yield f"line {line} of {name} holds a secret that does not belong there"
        if file.before is not None:
            yield from _masked(name, before, after)


def _known(attempt: Attempt) -> set[str]:
    """The secrets of all that was sent or is changed."""
    texts = {each.text for each in attempt.sources.values()}
    texts |= {each.before for each in attempt.change.files if each.before is not None}
    found = {text[start:end] for text in texts for start, end in secrets_in(text)}
    return {each for each in found if len(each) >= _TELLING}


_TELLING = 8
"""A shorter one may be an ordinary word elsewhere."""


def _first_new(before: str, after: str, value: str) -> int:
    """Where the value stands on a line that was not there before; else where it stands first."""
    known, offset = set(split(before)), 0
    for line in split(after):
        if value in line and line not in known:
            return offset + line.index(value)
        offset += len(line)
    return after.index(value)


def _masked(name: str, before: str, after: str) -> Iterator[str]:
    lost = [
        span
        for span in (Span(*each) for each in secrets_in(before))
        if after.count(span.of(before)) < before.count(span.of(before))
    ]
    if not lost:
        return
    changes = edits(before, after)
    for span in lost:
        for change, line in _with_lines(changes, after):
            if change.span.touches(span) and _MASK.search(line):
                yield f"the secret in line {line_at(before, span.start)} of {name} is lost behind a mask"
                break


def _with_lines(changes: tuple[TextEdit, ...], after: str) -> Iterator[tuple[TextEdit, str]]:
    """Each edit with the lines that it became."""
    shift = 0
    for change in changes:
        start = change.span.start + shift
        end = start + len(change.text)
        first = max(after.rfind("\n", 0, start), after.rfind("\r", 0, start)) + 1
        last = after.find("\n", end)
        yield change, after[first : len(after) if last < 0 else last]
        shift += len(change.text) - (change.span.end - change.span.start)
