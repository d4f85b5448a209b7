"""It gives a promise now, under the same name, and takes no callback."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.promises.header import header

_CALLBACK = re.compile(r"\b(?:callback|cb|done)\b", re.IGNORECASE)


def made_promise(attempt: Attempt) -> Iterator[str]:
    target, file = attempt.assignment.target, attempt.target
    symbol, now = target.symbol, attempt.symbol_after()
    if symbol is None:
        return
    if file is None or file.before is None or file.after is None or now is None:
        yield f"{target.source.name}: {symbol.qualified} does not give a promise"
        return
    core = now.core.of(file.after)
    if re.search(r"\b(?:async|await|Promise|promisify)\b|\.then\(", core) is None:
        yield f"{file.name}: {symbol.qualified} does not give a promise"
    if header(now, file.after) == header(symbol, file.before) or _CALLBACK.search(now.header.of(file.after)):
        yield f"{file.name}: {symbol.qualified} still takes a callback"
