"""Names that code uses are still brought in, in the file itself."""

from __future__ import annotations

import builtins
import re
import symtable
import warnings
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import BOM, line_at, split
from emberline.syntax.occurrences import occurrences
from emberline.syntax.types import Outline

_ALWAYS = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__cached__", "__class__", "__doc__", "__file__", "__loader__",
    "__module__", "__name__", "__package__", "__path__", "__qualname__", "__spec__", "reveal_type",
}  # fmt: skip


def unbound(attempt: Attempt) -> Iterator[str]:
    for file, after in attempt.made:
        language, name = attempt.language(file), attempt.new_name(file)
        if language == "python":
            now = _unknown(after)
            known = _unknown(file.before or "") if now else frozenset[str]()
            for each in sorted(now - known) if now and known is not None else ():
                place = next(iter(occurrences(after, language, each)), None)
                where = f"line {line_at(after, place.start)} of {name}" if place is not None else name
                yield f"{where} uses {each}, which is neither defined nor imported there"
        elif file.before is not None:
            yield from _brought_no_more(
                attempt, name, (file.before, attempt.before(file)), (after, attempt.after(file))
            )


def _unknown(text: str) -> frozenset[str] | None:
    """The names that Python would not find; None where that cannot be told."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            top = symtable.symtable(text.removeprefix(BOM), "text", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if re.search(r"(?m)^\s*from\s+\S+\s+import\s+\*", text):
        return None
    bound, used = set(_ALWAYS), set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        is_top = table is top
        for symbol in table.get_symbols():
            is_bound = symbol.is_assigned() or symbol.is_imported() or symbol.is_annotated()
            if is_bound and (is_top or symbol.is_declared_global()):
                bound.add(symbol.get_name())
            if symbol.is_referenced() and (symbol.is_global() or (is_top and not is_bound)):
                used.add(symbol.get_name())
    return frozenset(used - bound)


def _brought_no_more(
    attempt: Attempt, name: str, was: tuple[str, Outline | None], now: tuple[str, Outline | None]
) -> Iterator[str]:
    """Where an import is gone, and a line that stays calls what it brought in."""
    (before, shape), (after, shape_now) = was, now
    if shape is None or shape_now is None or any(each.name == "*" for each in shape_now.imports):
        return
    left = {each.alias for each in shape_now.imports} | {each.name for each in shape_now.definitions}
    gone = sorted({each.alias for each in shape.imports if each.alias} - left)
    kept = set(split(before))
    for alias in gone:
        uses = re.compile(rf"(?:(?<![\w.$])|new\s+|<){re.escape(alias)}\s*(?:\(|\.|::)")
        for place in occurrences(after, shape.language_id, alias):
            line_start = max(after.rfind("\n", 0, place.start), after.rfind("\r", 0, place.start)) + 1
            line = split(after[line_start:] or " ")[0]
            is_used = after[place.start - 1 : place.start] != "." and uses.match(after, place.start)
            if line in kept and is_used:
                yield (
                    f"line {line_at(after, place.start)} of {name} uses {alias}, whose import is gone: "
                    "leave the import"
                )
                break
