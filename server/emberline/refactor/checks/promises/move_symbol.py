"""The definition stands in the other file, as it was, and no longer here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, listed, squeezed, top_level
from emberline.refactor.types import FileChange
from emberline.syntax.types import Definition

VISIBILITY = re.compile(r"^(?:export(?:default)?|pub(?:\([^)]*\))?|public|private|protected)+")


def moved(attempt: Attempt) -> Iterator[str]:
    target = attempt.assignment.target
    symbol, file = target.symbol, attempt.target
    if symbol is None:
        return
    wanted = attempt.assignment.answer.strip().removeprefix("./")
    if (
        file is None
        or file.after is None
        or any(each.qualified == symbol.qualified for each in top_level(attempt.after(file)))
    ):
        yield f"{target.source.name} still defines {symbol.name}: it belongs in {wanted} alone"
    homes = [(each, found) for each in attempt.change.files for found in _new(attempt, each, symbol.name)]
    if not homes:
        yield f"{wanted} does not define {symbol.name}"
        return
    if len(homes) > 1:
        yield f"{symbol.name} is defined in {listed([each.name for each, _ in homes])}: one of them is enough"
    home, found = homes[0]
    is_named = any(each == wanted for each in (*attempt.sources, *(f.name for f in attempt.change.files)))
    if attempt.new_name(home) != wanted and is_named:
        yield f"{symbol.name} was to be moved to {wanted}, not to {attempt.new_name(home)}"
    if bare(symbol, target.source.text) != bare(found, home.after or ""):
        yield f"{attempt.new_name(home)}: {symbol.name} must be as it was in {target.source.name}"
    for each in (file, home):
        if each is not None:
            yield from _others(attempt, each, symbol.name)


def _new(attempt: Attempt, file: FileChange, name: str) -> Iterator[Definition]:
    """Definitions of this name at the top of a file that did not define it before."""
    if not any(each.name == name for each in top_level(attempt.before(file))):
        yield from (each for each in top_level(attempt.after(file)) if each.name == name)


def bare(definition: Definition, text: str) -> str:
    """Without white space, and without who may see it."""
    return VISIBILITY.sub("", squeezed(definition.core.of(text)))


def _others(attempt: Attempt, file: FileChange, name: str) -> Iterator[str]:
    """Definitions beside it stay, but for what they call it."""
    if file.before is None or file.after is None:
        return
    now = {each.qualified: each for each in top_level(attempt.after(file))}
    for each in top_level(attempt.before(file)):
        other = now.get(each.qualified)
        if each.name == name or other is None:
            continue
        was, is_now = each.core.of(file.before), other.core.of(file.after)
        if squeezed(was) != squeezed(is_now) and name not in was and name not in is_now:
            yield f"{file.name}: {each.name} must stay as it is"
