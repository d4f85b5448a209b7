"""What is simplified keeps its names and parameters."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.promises.header import header, within
from emberline.syntax.types import Sort


def simplified(attempt: Attempt) -> Iterator[str]:
    file, target = attempt.target, attempt.assignment.target
    if file is None or file.before is None or file.after is None:
        return
    after = attempt.after(file)
    known = {each.qualified: each for each in after.definitions} if after is not None else {}
    for each in within(attempt, target.region):
        now = known.get(each.qualified)
        if each.sort is Sort.VARIABLE or after is None:
            continue
        if now is None:
            if each.container == "" or each.sort is Sort.METHOD:
                yield f"{file.name} no longer defines {each.qualified}: keep its name"
        elif header(now, file.after) != header(each, file.before):
            yield f"{file.name}: the header of {each.qualified} must stay as it is"
