"""Every definition of the file stands once, somewhere, as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, listed, top_level
from emberline.refactor.checks.promises.move_symbol import bare
from emberline.syntax.types import Sort


def parted(attempt: Attempt) -> Iterator[str]:
    source = attempt.assignment.target.source
    whole = top_level(attempt.shape(source.text, source.language_id))
    homes: dict[str, list[tuple[str, str]]] = {}
    for file, after in attempt.made:
        known = (
            {each.name for each in top_level(attempt.before(file))}
            if file.name != source.name
            else frozenset()
        )
        for each in top_level(attempt.after(file)):
            if each.name not in known:
                code = bare(each, after)
                homes.setdefault(each.name, []).append((attempt.new_name(file), code))
    if attempt.target is None:
        yield f"{source.name} did not change: its parts belong in files of their own"
        return
    wanted = Counter(each.name for each in whole if not each.name.startswith("__"))
    for name, count in wanted.items():
        found = homes.get(name, [])
        if len(found) < count:
            yield f"{name} of {source.name} stands nowhere any more"
        elif len(found) > count:
            yield f"{name} is defined in {listed([home for home, _ in found])}: one of them is enough"
    for each in whole:
        code = bare(each, source.text)
        found = homes.get(each.name, [])
        if each.sort is not Sort.VARIABLE and found and code not in [other for _, other in found]:
            yield f"{found[0][0]}: {each.name} must be as it was in {source.name}"
    if len({home for name in wanted for home, _ in homes.get(name, [])}) < 2:
        yield f"all of {source.name} stands in one file still"
