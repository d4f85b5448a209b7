"""Anchored edits land where the model meant them, also around a directive that it never saw."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emberline.refactor import forms
from emberline.refactor.gather import gather
from emberline.refactor.landing import land
from emberline.refactor.types import Create, Delete, Move, Unfit
from tests.refactor.known import ROOT, Known
from tests.refactor.places import terrain


def answer(*edits: tuple[str, str, str], **others: Any) -> dict[str, Any]:
    listed = [{"file": file, "anchor": anchor, "replacement": text} for file, anchor, text in edits]
    return {"summary": "Does it.", "edits": listed, "create": [], "move": [], "delete": [], **others}


def edited(text: str, value: dict[str, Any], directive: str = "", file: str = "a.py") -> str:
    """The file after a directive, or own words, was answered like this."""
    known = Known({file: text})
    action = "directive" if directive else "own-words"
    assignment = known.assignment(action, file, answer="do it", directive=directive)
    dossier = gather(assignment, known, known.read, 4_000)
    said = forms.ask(assignment, dossier).messages[-1].content
    if directive.strip():
        assert directive.strip() not in said
    proposal = forms.proposal(assignment, dossier, value)
    (changed,) = land(proposal, {file: assignment.target.source}, terrain(ROOT)).files
    assert changed.after is not None
    return changed.after


DIRECTIVE = "    # emberline: double it\n"
TEXT = f"def f(a):\n    b = a\n{DIRECTIVE}    return b\n\n\ndef g():\n    return 1\n"
AROUND = {
    "above": (
        ("    b = a", "    b = 2 * a"),
        "def f(a):\n    b = 2 * a\n    return b\n\n\ndef g():\n    return 1\n",
    ),
    "below": (
        ("    return b", "    return b * 2"),
        "def f(a):\n    b = a\n    return b * 2\n\n\ndef g():\n    return 1\n",
    ),
    "over it": (
        ("    b = a\n    return b", "    return a * 2"),
        "def f(a):\n    return a * 2\n\n\ndef g():\n    return 1\n",
    ),
    "elsewhere": (
        ("return 1", "return 2"),
        "def f(a):\n    b = a\n    return b\n\n\ndef g():\n    return 2\n",
    ),
    "a word that the directive has too": (
        ("def g", "def double"),
        "def f(a):\n    b = a\n    return b\n\n\ndef double():\n    return 1\n",
    ),
}


@pytest.mark.parametrize("end", ("\n", "\r\n"))
@pytest.mark.parametrize("case", AROUND, ids=str)
def test_edits_around_a_directive(case: str, end: str) -> None:
    (anchor, text), after = AROUND[case]
    found = edited(TEXT.replace("\n", end), answer(("a.py", anchor, text)), DIRECTIVE.replace("\n", end))
    assert found == after.replace("\n", end)


def test_the_words_of_a_directive_are_no_place_to_edit() -> None:
    text = "a = 1  # emberline: call it b\nb2 = 2\n"
    directive = "  # emberline: call it b"
    assert edited(text, answer(("a.py", "a = 1", "b = 1")), directive) == "b = 1\nb2 = 2\n"
    with pytest.raises(Unfit):
        edited(text, answer(("a.py", "call it b", "x")), directive)


def test_a_word_that_stands_once_beside_the_directive_is_once() -> None:
    text = "# emberline: rename total\ntotal = 1\n"
    assert edited(text, answer(("a.py", "total", "whole")), "# emberline: rename total\n") == "whole = 1\n"


def test_a_file_with_nothing_but_a_directive_is_filled() -> None:
    text = "# emberline: write a function\n"
    assert edited(text, answer(("a.py", "", "def f():\n    pass\n")), text) == "def f():\n    pass\n"


def test_a_directive_goes_even_if_nothing_else_changes() -> None:
    assert edited(TEXT, answer(), DIRECTIVE) == TEXT.replace(DIRECTIVE, "")


LINES = st.lists(
    st.sampled_from(("a = 1", "b = 2", "", "    c = 3", "\td", "é = '→'", "# words")), max_size=8
)


@given(LINES, LINES, st.sampled_from(("\n", "\r\n")), st.data())
def test_every_anchor_that_the_model_saw_once_is_found(
    before: list[str], after: list[str], end: str, data: st.DataObject
) -> None:
    shown = [*before, *after]
    assume(len(shown) >= 1)
    first = data.draw(st.integers(0, len(shown) - 1))
    last = data.draw(st.integers(first + 1, len(shown)))
    anchor = "\n".join(shown[first:last])
    whole = "".join(f"{line}\n" for line in shown)
    at = whole.find(anchor)
    assume(anchor.strip() and whole.find(anchor, at + 1) < 0)
    assume(anchor not in "# emberline: do it")
    directive = f"# emberline: do it{end}"
    text = end.join((*before, "")) + directive + end.join((*after, ""))
    found = edited(text, answer(("a.py", anchor, "NEW")), directive)
    assert found == whole.replace(anchor, "NEW").replace("\n", end)


INDENTED = {
    "the indentation of all lines": ("if a:\n    b()", "if a:\n    c()", "    if a:\n        c()"),
    "white space at the ends": (
        "    if a:  \n        b()  ",
        "    if a:\n        c()",
        "    if a:\n        c()",
    ),
    "tabs for spaces": ("\tif a:\n\t\tb()", "\tif a:\n\t\tc()", "    if a:\n        c()"),
    "a deeper column": ("        if a:\n            b()", "        c()", "    c()"),
    "a fence around both": ("```\n    if a:\n        b()\n```", "```python\n    c()\n```", "    c()"),
}


@pytest.mark.parametrize("case", INDENTED, ids=str)
def test_white_space_that_got_lost_is_no_doubt(case: str) -> None:
    anchor, text, after = INDENTED[case]
    file = "def f(a):\n    if a:\n        b()\n    return 1\n"
    assert edited(file, answer(("a.py", anchor, text))) == f"def f(a):\n{after}\n    return 1\n"


def test_lines_that_stand_twice_are_doubtful_whatever_their_white_space() -> None:
    file = "if a:\n    b()\nif c:\n    b()\n"
    with pytest.raises(Unfit):
        edited(file, answer(("a.py", "\tb()", "\tc()")))


def test_tabs_stay_tabs() -> None:
    file = "package a\n\nfunc f() {\n\tg()\n}\n"
    found = edited(file, answer(("a.go", "    g()", "    if x {\n        g()\n    }")), file="a.go")
    assert found == "package a\n\nfunc f() {\n\tif x {\n\t\tg()\n\t}\n}\n"


def test_files_are_made_moved_and_deleted() -> None:
    known = Known({"a.py": "a = 1\n", "b.py": "import a\n"})
    assignment = known.assignment("own-words", "a.py", answer="in b.py too")
    dossier = gather(assignment, known, known.read, 4_000)
    value = answer(
        create=[{"file": "c.py", "content": "```python\nc = 1\n```"}],
        move=[{"from": "a.py", "to": "d.py"}],
        delete=["b.py"],
    )
    assert forms.proposal(assignment, dossier, value).operations == (
        Create("c.py", "c = 1"),
        Move("a.py", "d.py"),
        Delete("b.py"),
    )


REFUSED = {
    "a file that was not sent": (answer(("b.py", "a", "b")), "not one of the files"),
    "a file that is only to be read": (answer(("c.py", "c", "d")), "not one of the files"),
    "an empty anchor": (answer(("a.py", "", "b")), "is empty"),
    "a blank anchor": (answer(("a.py", "\n", "b")), "is empty"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_cannot_be_meant_is_refused_in_words(case: str) -> None:
    value, words = REFUSED[case]
    known = Known({"a.py": "from c import c\n\nprint(c)\n", "c.py": "c = 1\n"})
    assignment = known.assignment("fix", "a.py")
    dossier = gather(assignment, known, known.read, 4_000)
    assert [each.source.name for each in dossier.excerpts] == ["a.py", "c.py"]
    with pytest.raises(Unfit, match=words):
        forms.proposal(assignment, dossier, value)


def test_an_edit_that_changes_nothing_is_dropped() -> None:
    file = "a = 1\nb = 2\n"
    assert edited(file, answer(("a.py", "a = 1", "a = 1"), ("a.py", "b = 2", "b = 3"))) == "a = 1\nb = 3\n"
