"""What is simplified keeps its names and parameters, and knows no values that it did not know."""

from __future__ import annotations

from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, listed
from emberline.refactor.checks.promises.header import header, within
from emberline.refactor.checks.promises.values import new_values
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
    fresh = new_values(file.before, file.after, attempt.language(file))
    if fresh:
        yield f"{file.name}: {listed(fresh)} stood nowhere before, and the same behaviour needs no new values"
