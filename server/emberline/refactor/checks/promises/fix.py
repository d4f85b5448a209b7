"""Something changed where the problem is."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.differences import edits
from emberline.refactor.lines import line_at
from emberline.syntax.types import Span

_NEAR_LINES = 15


def fixed(attempt: Attempt) -> Iterator[str]:
    target, file = attempt.assignment.target, attempt.target
    if not target.diagnostics:
        return
    name = target.source.name
    line = line_at(target.source.text, target.diagnostics[0].span.start)
    if file is None or file.before is None or file.after is None:
        yield f"nothing changed in {name}, where the problem is (line {line})"
        return
    if not any(_is_near(attempt, file.before, edit.span) for edit in edits(file.before, file.after)):
        yield f"nothing changed near line {line} of {name}, where the problem is"


def _is_near(attempt: Attempt, text: str, changed: Span) -> bool:
    """Near it, in the definition around it, or among the imports."""
    target = attempt.assignment.target
    shape = attempt.shape(text, target.source.language_id)
    lines = range(line_at(text, changed.start) - _NEAR_LINES, line_at(text, changed.end) + _NEAR_LINES + 1)
    for each in target.diagnostics:
        around = shape.at(each.span) if shape is not None else ()
        if line_at(text, each.span.start) in lines or any(one.span.touches(changed) for one in around):
            return True
    brought = [each.span for each in shape.imports] if shape is not None else []
    last = max((span.end for span in brought), default=0)
    return line_at(text, changed.start) <= line_at(text, last) + 1
