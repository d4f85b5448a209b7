"""One function more, which is called where its code stood; the rest stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, listed, squeezed
from emberline.refactor.checks.promises.header import enclosing, header
from emberline.syntax.occurrences import occurrences
from emberline.syntax.types import Sort

_FUNCTIONS = (Sort.FUNCTION, Sort.METHOD)
_WORD = re.compile(r"[^\W\d]\w{2,}")


def extracted(attempt: Attempt) -> Iterator[str]:
    file, target = attempt.target, attempt.assignment.target
    if file is None or file.before is None or file.after is None:
        yield "no function was extracted"
        return
    before, after = attempt.before(file), attempt.after(file)
    if before is None or after is None:
        return
    known = {each.qualified for each in before.definitions}
    new = [each for each in after.definitions if each.qualified not in known and each.sort in _FUNCTIONS]
    if len(new) != 1:
        told = f"{len(new)} were added: {listed([each.name for each in new])}" if new else "none was added"
        yield f"{file.name}: exactly one new function was asked for, and {told}"
        return
    made, old = new[0], enclosing(attempt)
    language = attempt.language(file)
    uses = [place for place in occurrences(file.after, language, made.name) if not made.core.holds(place)]
    if old is not None:
        now = next((each for each in after.definitions if each.qualified == old.qualified), None)
        if now is None:
            return  # told as lost
        if header(now, file.after) != header(old, file.before):
            yield f"{file.name}: the header of {old.qualified} must stay as it is"
        uses = [place for place in uses if now.core.holds(place)]
    if not uses:
        yield f"{file.name}: {made.name} is not called where its code stood"
    selected = target.region.of(file.before)
    words = set(_WORD.findall(selected))
    if len(words) >= 3 and len(words.intersection(_WORD.findall(made.core.of(file.after)))) * 2 < len(words):
        yield f"{file.name}: {made.name} does not do what the selected code did"
    code = squeezed(selected)
    if len(code) > 30 and squeezed(file.after).count(code) > squeezed(file.before).count(code):
        yield f"{file.name}: the selected code stands twice now: call {made.name} in its place"
    changed = [
        each.qualified
        for each in before.definitions
        for now in after.definitions
        if each.qualified == now.qualified
        and each.sort in _FUNCTIONS
        and not each.core.holds(target.region)
        and not target.region.holds(each.core)
        and (old is None or not old.core.holds(each.core))
        and squeezed(each.core.of(file.before)) != squeezed(now.core.of(file.after))
        and made.name not in now.core.of(file.after)
    ]
    if changed:
        yield f"{file.name}: {listed(changed)} must stay as it is"
