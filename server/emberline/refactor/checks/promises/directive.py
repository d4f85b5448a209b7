"""The comment that asked for it is gone."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import line_at, plain


def directive_gone(attempt: Attempt) -> Iterator[str]:
    target = attempt.assignment.target
    if target.directive is None:
        return
    words = plain(target.directive.span.of(target.source.text)).strip()
    before = plain(target.source.text).count(words)
    file = attempt.target
    if file is None:
        after = plain(target.source.text)
    elif file.after is None:
        return
    else:
        after = plain(file.after)
    if after.count(words) >= before:
        line = line_at(after, after.index(words))
        yield f"line {line} of {target.source.name} still has the comment that asked for this: take it away"
