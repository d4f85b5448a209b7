"""Sample code with its selection marked: «like this», or a cursor at ‸."""

from __future__ import annotations

from collections.abc import Mapping

from emberline.refactor.actions import ACTIONS
from emberline.refactor.differences import TextEdit, applied
from emberline.refactor.exact import propose
from emberline.refactor.index.view import View
from emberline.refactor.target import target
from emberline.refactor.types import Assignment, Diagnostic, Proposal, Replace, Source, Target
from emberline.syntax.mistakes import mistakes
from emberline.syntax.types import Span
from tests.refactor.index.made import ROOT, known_of
from tests.refactor.known import OPEN

NAMES = {
    "python": "sample.py",
    "javascript": "sample.js",
    "javascriptreact": "sample.jsx",
    "typescript": "sample.ts",
    "typescriptreact": "sample.tsx",
    "go": "sample.go",
    "rust": "src/sample.rs",
    "java": "Sample.java",
}


def marked(text: str) -> tuple[str, Span]:
    """The text without its marks, and what they mark."""
    if "‸" in text:
        at = text.index("‸")
        return text.replace("‸", ""), Span(at, at)
    start = text.index("«")
    end = text.index("»") - 1
    return text.replace("«", "").replace("»", ""), Span(start, end)


def source(text: str, language_id: str, name: str = "") -> Source:
    path = ROOT / (name or NAMES[language_id])
    return Source(path.relative_to(ROOT).as_posix(), path, path.as_uri(), language_id, text, OPEN)


def place(
    text: str, language_id: str, name: str = "", diagnostics: tuple[Diagnostic, ...] = ()
) -> tuple[str, Target]:
    """The text without its marks, and the target that they make."""
    text, span = marked(text)
    return text, target(source(text, language_id, name), span, diagnostics)


def workspace(target: Target, others: Mapping[str, str] | None = None) -> View:
    """The target's file and others, as the index knows them."""
    known = known_of({target.source.name: target.source.text, **(others or {})})
    known.is_complete = True
    return known


def after(text: str, proposal: Proposal) -> str:
    """The text with the proposal in it. Every place must hold what the proposal says that it holds."""
    edits = []
    for each in proposal.operations:
        assert isinstance(each, Replace) and each.at is not None
        assert each.anchor == each.at.of(text) != ""
        edits.append(TextEdit(each.at, each.text))
    return applied(text, tuple(sorted(edits)))


def done(
    action: str,
    text: str,
    language_id: str,
    answer: str = "",
    others: Mapping[str, str] | None = None,
    name: str = "",
    diagnostics: tuple[Diagnostic, ...] = (),
) -> str:
    """What the action makes of marked code, which parses as it did."""
    plain, there = place(text, language_id, name, diagnostics)
    proposal = propose(Assignment(ACTIONS[action], there, answer), workspace(there, others))
    result = after(plain, proposal)
    assert len(mistakes(result, language_id)) <= len(mistakes(plain, language_id))
    return result


def outcome(text: str) -> object:
    """What Python makes of the code's `result`; or the kind of error that it ends with."""
    names: dict[str, object] = {}
    try:
        exec(compile(text, "sample", "exec"), names)
    except Exception as error:  # the same error before and after is the same outcome
        return type(error)
    return names["result"]
