"""A name that the file lacks gets its import."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.exact.code import Code, code_of
from emberline.refactor.exact.edits import proposal
from emberline.refactor.exact.imports.added import added
from emberline.refactor.exact.imports.sought import is_free, sought
from emberline.refactor.exact.imports.spelling import Wanted
from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Diagnostic, Proposal, Target, Unfit

_MISSING = (
    re.compile(r"(?i)undefined (?:name|variable|type)[:\s]+['\"`]?(\w+)"),
    re.compile(r"['\"`](\w+)['\"`] is (?:not defined|undefined|possibly unbound)"),
    re.compile(r"(?i)cannot find (?:name|\w+(?: \w+)*) ['\"`](\w+)['\"`]"),
    re.compile(r"(?i)(?:undefined|undeclared name): (\w+)"),
    re.compile(r"(?i)(?:symbol:\s*(?:class|variable) |cannot find symbol\s+)(\w+)"),
    re.compile(r"(\w+) cannot be resolved"),
    re.compile(r"['\"`](\w+)['\"`] is not defined"),
    re.compile(r"use of undeclared (?:type|crate or module) [`'](\w+)[`']"),
)


def propose(assignment: Assignment, view: View) -> Proposal:
    """`assignment.answer` says which import, as `label` writes it, where there are several."""
    target = assignment.target
    code = code_of(target.source.text, target.source.language_id)
    found = check(code, target, view)
    answer = assignment.answer.strip()
    chosen = [each for each in found if label(each) == answer] if answer else list(found)
    if not chosen:
        raise Unfit(f"{answer} is not where it could come from.")
    if len(chosen) > 1:
        raise Unfit(f"It could come from {' or '.join(label(each) for each in chosen)}.")
    return proposal(target.source, added(code, chosen[0]))


def label(wanted: Wanted) -> str:
    """The import in a few words, each one's own."""
    if not wanted.name:
        return wanted.module
    name = wanted.alias if wanted.name == "default" else wanted.name
    return f"{name} from {wanted.module}"


def check(code: Code, target: Target, view: View) -> tuple[Wanted, ...]:
    """The imports that would bring the missing name. Raises `Unfit` where there is none to be sure of."""
    for name in missing(code, target):
        found = of_name(code, target, name, view)
        if found:
            return found
    raise Unfit("No name is missing here that the workspace knows.")


def of_name(code: Code, target: Target, name: str, view: View) -> tuple[Wanted, ...]:
    """The imports that would bring this name."""
    return sought(name, target.source.path, code.outline, target.source.language_id, view)


def missing(code: Code, target: Target) -> Iterator[str]:
    """Names at the target that nothing binds: what the diagnostics name, then what the cursor is on."""
    names = [each for diagnostic in target.diagnostics for each in _named(diagnostic)]
    for name in dict.fromkeys((*names, target.name)):
        if name and is_free(code, name):
            yield name


def _named(diagnostic: Diagnostic) -> Iterator[str]:
    for pattern in _MISSING:
        found = pattern.search(diagnostic.message)
        if found is not None:
            yield found[1]
