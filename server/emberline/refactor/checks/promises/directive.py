"""The comment that asked for it is gone."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.documents.text import normalised
from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import line_at


def directive_gone(attempt: Attempt) -> Iterator[str]:
    target = attempt.assignment.target
    if target.directive is None:
        return
    words = normalised(target.directive.span.of(target.source.text)).strip()
    before = normalised(target.source.text).count(words)
    file = attempt.target
    if file is None:
        after = normalised(target.source.text)
    elif file.after is None:
        return
    else:
        after = normalised(file.after)
    if after.count(words) >= before:
        line = line_at(after, after.index(words))
        yield f"line {line} of {target.source.name} still has the comment that asked for this: take it away"
