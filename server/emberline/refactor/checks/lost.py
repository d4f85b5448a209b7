"""No definition goes that nobody meant to go, and no file becomes another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, listed, squeezed
from emberline.refactor.checks.cases import folded, holds
from emberline.refactor.lines import split
from emberline.refactor.types import FileChange
from emberline.syntax.types import Definition, Outline, Sort

_FREE = frozenset(("own-words", "directive"))
_TAKING = re.compile(
    r"\b(?:delet|remov|drop|eliminat|clean|inlin|merg|replac|renam|mov|split|extract|consolidat|combin|unif"
    r"|unused|dead|dedup|duplicat|simplif|convert|turn|get rid|instead|rewrit|refactor|lösch|entfern)",
    re.IGNORECASE,
)
"""Words of an instruction that may cost a definition."""
_EMPTY = re.compile(
    r"""^(?::|\{|=>)?\s*(?:(?:"{3}|'{3})[\s\S]*?(?:"{3}|'{3})\s*)?
    (?:pass|\.\.\.|raise\ NotImplementedError(?:\(.*\))?|todo!\(.*\);?|unimplemented!\(.*\);?
      |(?:\#|//)[^\n]*|throw\ new\ \w*Error\(.*\);?|panic\(.*\)|return;?)?\s*\}?$""",
    re.VERBOSE,
)


def lost(attempt: Attempt) -> Iterator[str]:
    new = Counter(
        each.name for file in attempt.change.files for each in _new(attempt.before(file), attempt.after(file))
    )
    for file, _, _ in attempt.edited:
        yield from _definitions(attempt, file, new)
        yield from _bodies(attempt, file)
    yield from _pasted(attempt)


# -- definitions -----------------------------------------------------------------------------------------


def _definitions(attempt: Attempt, file: FileChange, new: Counter[str]) -> Iterator[str]:
    before, after = attempt.before(file), attempt.after(file)
    if before is None or after is None:
        return
    left = Counter(each.qualified for each in after.definitions)
    left.update(each.alias for each in after.imports)
    missing: list[str] = []
    for each in before.definitions:
        if left[each.qualified] > 0 or (each.container and _outer(each, missing)):
            continue
        if not new[each.name] and not _is_meant(attempt, file, each):
            missing.append(each.qualified)
    if missing:
        yield f"{file.name} no longer defines {listed(missing)}: keep what the task does not mean"


def _outer(each: Definition, missing: list[str]) -> bool:
    """Whether what it lies in is told already."""
    return any(each.container == name or each.container.startswith(f"{name}.") for name in missing)


def _new(before: Outline | None, after: Outline | None) -> Iterator[Definition]:
    known = {each.qualified for each in before.definitions} if before is not None else set()
    for each in after.definitions if after is not None else ():
        if each.qualified not in known:
            yield each


def _is_meant(attempt: Attempt, file: FileChange, lost: Definition) -> bool:
    """Whether the action, or the user's own words, can cost this definition."""
    assignment = attempt.assignment
    target = assignment.target
    action, symbol = assignment.action.id, target.symbol
    is_here = file.name == target.source.name
    name = symbol.name if symbol is not None else target.name
    if action in _FREE:
        words = assignment.answer
        is_named = re.search(rf"\b{re.escape(lost.name)}\b", words) is not None
        return bool(_TAKING.search(words)) or is_named or _is_spelt_anew(attempt, file, lost)
    if action == "rename-concept":
        return holds(lost.qualified, target.name or name)
    if action in ("inline-function", "move-symbol", "inline-variable", "rename-local", "change-signature"):
        inside = symbol is not None and (
            lost.qualified == symbol.qualified or lost.container.startswith(symbol.qualified)
        )
        return is_here and (inside or lost.name in (name, target.name))
    if action == "convert-dataclass":
        made_by_itself = lost.name.startswith("__") or lost.sort is Sort.VARIABLE
        return is_here and made_by_itself and symbol is not None and lost.container == symbol.qualified
    if action == "fix":
        return is_here and any(lost.span.touches(each.span) for each in target.diagnostics)
    return action == "split-file"  # its promise says where everything is


def _is_spelt_anew(attempt: Attempt, file: FileChange, lost: Definition) -> bool:
    """Whether there is one of the same words in another spelling: `get_total` for `getTotal`."""
    said = folded(lost.name)
    return any(folded(each.name) == said for each in _new(attempt.before(file), attempt.after(file)))


# -- bodies ------------------------------------------------------------------------------------------------


def _bodies(attempt: Attempt, file: FileChange) -> Iterator[str]:
    """A function that did something still does."""
    before, after = attempt.before(file), attempt.after(file)
    if before is None or after is None or file.before is None or file.after is None:
        return
    emptied = []
    now, was = (_by_name(shape) for shape in (after, before))
    for name, each in was.items():
        other = now.get(name)
        if each.sort not in (Sort.FUNCTION, Sort.METHOD) or other is None:
            continue
        if each.body is None or other.body is None:
            continue
        did = not _EMPTY.match(_code(each.body.of(file.before)))
        if did and _EMPTY.match(_code(other.body.of(file.after))):
            emptied.append(each.qualified)
    words = attempt.assignment.answer if attempt.assignment.action.id in _FREE else ""
    if emptied and not re.search(
        r"\b(?:empt|stub|body|delet|remov|placeholder|no-?op|abstract|protocol|interface)",
        words,
        re.IGNORECASE,
    ):
        yield f"{file.name}: {listed(emptied)} lost what it does: write its whole body"


def _by_name(shape: Outline) -> dict[str, Definition]:
    """Those whose name is theirs alone: of overloads some are empty, and rightly so."""
    counts = Counter(each.qualified for each in shape.definitions)
    return {each.qualified: each for each in shape.definitions if counts[each.qualified] == 1}


def _code(body: str) -> str:
    return body.strip()


# -- one file over another ---------------------------------------------------------------------------------

_COPYING = re.compile(r"\b(?:cop(?:y|ies)|duplicat|clon|fork|kopi)", re.IGNORECASE)
_ENOUGH = 5
"""Fewer lines tell nothing."""


def _pasted(attempt: Attempt) -> Iterator[str]:
    """Whether a file now holds what stands, and stays, in another one, though nobody asked for a copy."""
    assignment = attempt.assignment
    if assignment.action.id in _FREE and _COPYING.search(assignment.answer):
        return
    kept = {name: _lines(source.text) for name, source in attempt.sources.items()}
    for each in attempt.change.files:
        kept[each.name] = _lines(each.after or "")
    for file, after in attempt.made:
        own, now = _lines(file.before or ""), _lines(after)
        added = [line for line in now if line not in own]
        if len(added) < _ENOUGH or (
            file.before is not None and sum(line in now for line in own) > len(own) / 2
        ):
            continue
        for name, lines in kept.items():
            if name != file.name and sum(line in lines for line in added) >= 0.8 * len(added):
                yield f"{attempt.new_name(file)} would hold the content of {name}"
                break


def _lines(text: str) -> dict[str, int]:
    """The lines that tell something, each once."""
    found = (squeezed(line) for line in split(text))
    return {line: 1 for line in found if len(line) > 3}
