"""The header is another one, of the same name unless another was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.promises.header import header
from emberline.syntax.types import Definition


def signature_changed(attempt: Attempt) -> Iterator[str]:
    target, file = attempt.assignment.target, attempt.target
    symbol = target.symbol
    if symbol is None:
        return
    if file is None or file.after is None or file.before is None:
        yield f"the signature of {symbol.name} in {target.source.name} did not change"
        return
    shape, answer = attempt.after(file), attempt.assignment.answer
    if shape is None:
        return
    before = [header(each, file.before) for each in _all(attempt) if each.qualified == symbol.qualified]
    now = [header(each, file.after) for each in shape.definitions if each.qualified == symbol.qualified]
    known = {each.qualified for each in _all(attempt)}
    if not now:
        new = [each.name for each in shape.definitions if each.qualified not in known]
        if not any(re.search(rf"\b{re.escape(name)}\b", answer) for name in new):
            yield f"{file.name} no longer defines {symbol.qualified}: keep its name"
    elif now == before:
        yield f"the signature of {symbol.qualified} in {file.name} did not change"


def _all(attempt: Attempt) -> tuple[Definition, ...]:
    source = attempt.assignment.target.source
    shape = attempt.shape(source.text, source.language_id)
    return shape.definitions if shape is not None else ()
