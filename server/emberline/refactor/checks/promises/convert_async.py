"""It is async now, under the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt


def made_async(attempt: Attempt) -> Iterator[str]:
    target, file = attempt.assignment.target, attempt.target
    symbol, now = target.symbol, attempt.symbol_after()
    if symbol is None:
        return
    if file is None or file.after is None or now is None:
        yield f"{target.source.name}: {symbol.qualified} is not async"
        return
    end = now.body.start if now.body is not None else now.core.end
    if re.search(r"\basync\b", file.after[now.core.start : end]) is None:
        yield f"{file.name}: {symbol.qualified} is not async"
