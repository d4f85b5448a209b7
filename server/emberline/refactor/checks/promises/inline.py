"""The function is gone, and so is every call of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.promises.header import is_member
from emberline.refactor.lines import line_at
from emberline.syntax.occurrences import occurrences

_CALL = re.compile(r"\s*(?:<[^<>()]*>)?\s*\(")


def inlined(attempt: Attempt) -> Iterator[str]:
    target = attempt.assignment.target
    symbol, file = target.symbol, attempt.target
    if symbol is None:
        return
    if file is None or file.after is None or attempt.symbol_after() is not None:
        yield f"{target.source.name} still defines {symbol.name}: put it where it is called, and delete it"
        return
    if any(other.definition.qualified != symbol.qualified for other in attempt.view.definitions(symbol.name)):
        return  # another one has the name too, and a call does not tell which is meant
    for each, after in attempt.made:
        places = occurrences(after, attempt.language(each), symbol.name)
        # Behind a dot a function's name is another's; through its module it is found by `still_used`.
        own = [each for each in places if symbol.container or not is_member(after, each)]
        call = next((each for each in own if _CALL.match(after, each.end)), None)
        if call is not None:
            yield f"line {line_at(after, call.start)} of {attempt.new_name(each)} still calls {symbol.name}"
