"""Random places in real code: nothing crashes, the syntax stays whole, a name goes there and comes back."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from benchmarks.data import ROOT as PROJECT
from benchmarks.data import unseen
from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.refactor import menu
from emberline.refactor.actions import ACTIONS
from emberline.refactor.exact import propose
from emberline.refactor.exact.code import Code
from emberline.refactor.target import target
from emberline.refactor.types import Assignment, Form, Source, Target, Unfit
from emberline.syntax.mistakes import mistakes
from emberline.syntax.types import Span
from tests.refactor.exact.marked import after, source, workspace
from tests.syntax.samples import DEFINED

NEW = "zq_renamed"
EXACT = [action.id for action in ACTIONS.values() if action.form is Form.NONE]


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """The language and the text of each file, and of samples in the other languages."""
    paths = [*unseen().rglob("*.py"), *(PROJECT / "server").rglob("*.py")]
    real = [("python", text) for text in map(_read, sorted(paths)) if text.strip()]
    return (*real, *((language_id, text) for language_id, (text, _) in sorted(DEFINED.items())))


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


@st.composite
def places(draw: st.DrawFn) -> Target:
    """A cursor, a piece of text, or a node of the syntax."""
    language_id, text = draw(st.sampled_from(texts()))
    start = draw(st.integers(0, len(text) - 1))
    span = Span(start, start)
    code = Code.of(text, language_id)
    shape = draw(st.sampled_from(("cursor", "piece", "node")))
    if shape == "piece":
        span = Span(start, min(len(text), start + draw(st.integers(1, 400))))
    elif shape == "node" and code is not None:
        node = code.node(Span(start, start + 1))
        for _ in range(draw(st.integers(0, 5))):
            node = node.parent or node
        span = code.span(node)
    return target(source(text, language_id), span)


@settings(max_examples=300)
@given(places())
def test_whatever_is_done_follows_the_syntax(there: Target) -> None:
    view = workspace(there)
    text, language_id = there.source.text, there.source.language_id
    applicable = {each.action.id for each in menu.offers(there, view) if not each.disabled}
    for action in EXACT:
        try:
            proposal = propose(
                Assignment(ACTIONS[action], there, NEW if action == "rename-local" else ""), view
            )
        except Unfit as unfit:
            assert all(unfit.complaints)
            assert action not in applicable, (action, str(unfit))
            continue
        assert action in applicable
        changed = after(text, proposal)
        assert changed != text
        assert len(mistakes(changed, language_id)) <= len(mistakes(text, language_id))
        if language_id == "python" and _compiles(text):
            assert _compiles(changed)
        if action == "rename-local":
            _assert_back(there.source, changed, there.name)


def _compiles(text: str) -> bool:
    try:
        compile(text, "sample", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _assert_back(before: Source, changed: str, name: str) -> None:
    at = changed.index(NEW)
    there = target(source(changed, before.language_id), Span(at, at))
    try:
        proposal = propose(Assignment(ACTIONS["rename-local"], there, name), workspace(there))
    except Unfit as unfit:
        assert "means something else in its scope" in str(unfit)
    else:
        assert after(changed, proposal) == before.text
