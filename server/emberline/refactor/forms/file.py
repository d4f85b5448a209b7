"""One new file whose path we chose, or what is added to the end of the one that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from emberline.documents.text import normalised
from emberline.refactor import prompt
from emberline.refactor.forms import imports
from emberline.refactor.forms.edits import closed
from emberline.refactor.forms.reading import indented_like, trimmed, unfenced
from emberline.refactor.plan import Plan
from emberline.refactor.testfiles import tests_lie_inside
from emberline.refactor.types import Assignment, Create, Dossier, Proposal, Replace, Source, Unfit
from emberline.syntax.outline import outline
from emberline.syntax.types import Span

_WORDS = 'Answer with one JSON object: {"code": "the code"}. '
_NEW = "It is the whole of a new file, with all imports."
_MORE = (
    "It is put at the end of a file that is there. Do not repeat what stands there; imports that it needs \
and that are missing may stand on its first lines."
)
_TOKENS = 1_500
_PACKAGE = re.compile(r"\s*package\s+[\w.]+;?[ \t]*\n*")


def words(assignment: Assignment, dossier: Dossier) -> str:
    return _WORDS + (_NEW if _existing(assignment, dossier) is None else _MORE)


def tokens(assignment: Assignment, dossier: Dossier) -> int:
    return _TOKENS


def schema(assignment: Assignment, dossier: Dossier) -> dict[str, Any]:
    return closed({"code": {"type": "string"}})


def parts(assignment: Assignment, dossier: Dossier, plan: Plan | None) -> Iterator[str]:
    for excerpt in dossier.excerpts:
        yield prompt.block(excerpt)
    name = prompt.name(dossier.destination)
    source = assignment.target.source
    if _existing(assignment, dossier) is None:
        where = f"Write the new file {name}."
        if source.language_id == "python":
            where += f" {_import_line(assignment)}"
    elif tests_lie_inside(source.language_id):
        where = (
            f"Write a module `#[cfg(test)] mod {_module(assignment)}` with `use super::*;`, to be put at the "
            f"end of {name}."
        )
    else:
        where = f"Write what is to be added at the end of {name}."
    yield f"Task: {prompt.task(assignment)}\n{where}"


def proposal(assignment: Assignment, dossier: Dossier, value: Any) -> Proposal:
    code = trimmed(unfenced(normalised(value["code"])))
    if not code:
        raise Unfit("the code is empty")
    there = _existing(assignment, dossier)
    if there is None:
        return Proposal((Create(dossier.destination, f"{code}\n"),))
    code, statements = imports.parted(_PACKAGE.sub("", code, count=1), "", there)
    code = indented_like(trimmed(code), normalised(there.text))
    _is_new(code, there)
    text = there.text.rstrip()
    if not text:
        return Proposal((Replace(there.name, there.text, f"{code}\n", Span(0, len(there.text))),))
    start = max(text.rfind("\n"), text.rfind("\r")) + 1
    at = Span(start, len(text))
    gap = "\n\n\n" if there.language_id == "python" else "\n\n"
    added = Replace(there.name, at.of(there.text), f"{at.of(there.text)}{gap}{code}", at)
    return Proposal(tuple(imports.brought([added], there, statements)))


def _is_new(code: str, there: Source) -> None:
    """Raises `Unfit` where the added code defines what the file has already."""
    before, after = (outline(text, there.language_id) for text in (there.text, code))
    if before is None or after is None:
        return
    known = {each.qualified for each in before.definitions}
    twice = [each.qualified for each in after.definitions if not each.container and each.qualified in known]
    if twice:
        raise Unfit(f"{there.name} has {', '.join(dict.fromkeys(twice))} already: add only what is new")


def _existing(assignment: Assignment, dossier: Dossier) -> Source | None:
    return next((each.source for each in dossier.excerpts if each.source.name == dossier.destination), None)


def _import_line(assignment: Assignment) -> str:
    """How the new file gets at the code, for Python: packages are seen from the folder that holds them."""
    target = assignment.target
    parts = PurePosixPath(target.source.name).with_suffix("").parts
    parts = parts[1:] if len(parts) > 1 and parts[0] in ("src", "server", "lib") else parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
    if target.symbol is None:
        return f"It imports {module}."
    name = (target.symbol.container or target.symbol.name).partition(".")[0]
    return f"It begins with `from {module} import {name}`."


def _module(assignment: Assignment) -> str:
    """A name for Rust's module of tests that the file does not have yet."""
    text, symbol = assignment.target.source.text, assignment.target.symbol
    names = ["tests", f"{symbol.name.lower()}_tests" if symbol is not None else "more_tests"]
    free = (name for name in names if re.search(rf"\bmod\s+{name}\b", text) is None)
    return next(free, f"{names[1]}_2")
