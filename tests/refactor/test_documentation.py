"""Documentation in its place, in each language's own form."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.refactor import forms
from emberline.refactor.gather import gather
from emberline.refactor.landing import land
from emberline.refactor.types import Unfit
from emberline.syntax.mistakes import mistakes
from tests.refactor.known import ROOT, Known
from tests.refactor.places import terrain


def documented(file: str, text: str, symbol: str, said: str) -> str:
    known = Known({file: text})
    assignment = known.assignment("document", file, symbol)
    dossier = gather(assignment, known, known.read, 4_000)
    proposal = forms.proposal(assignment, dossier, {"text": said})
    change = land(proposal, {file: assignment.target.source}, terrain(ROOT))
    after = change.files[0].after
    assert after is not None
    language = assignment.target.source.language_id
    assert len(mistakes(after, language)) <= len(mistakes(text, language))
    return after


PLACED = {
    "a function": (
        "a.py",
        "def close(door):\n    return door.shut()\n",
        "close",
        "Shuts the door.",
        'def close(door):\n    """Shuts the door."""\n    return door.shut()\n',
    ),
    "what there is goes": (
        "a.py",
        'def close(door):\n    """Old.\n\n    Words.\n    """\n    return door.shut()\n',
        "close",
        "Shuts the door.",
        'def close(door):\n    """Shuts the door."""\n    return door.shut()\n',
    ),
    "a body beside its header": (
        "a.py",
        "def close(door): return door.shut()  # quick\n",
        "close",
        "Shuts the door.",
        'def close(door):\n    """Shuts the door."""\n    return door.shut()  # quick\n',
    ),
    "a method with tabs and CRLF": (
        "a.py",
        "class Door:\r\n\t@cached\r\n\tdef close(self):\r\n\t\treturn 1\r\n",
        "Door.close",
        "Shuts it.\n\nTwice is no harm.",
        'class Door:\r\n\t@cached\r\n\tdef close(self):\r\n\t\t"""Shuts it.\r\n\r\n\t\tTwice is no harm.\r\n'
        '\t\t"""\r\n\t\treturn 1\r\n',
    ),
    "a class": (
        "a.py",
        "class Door(Thing):\n    def close(self):\n        pass\n",
        "Door",
        "What shuts.",
        'class Door(Thing):\n    """What shuts."""\n\n    def close(self):\n        pass\n',
    ),
    "a header over several lines, with a comment below": (
        "a.py",
        "def close(\n    door: str,  # the one\n) -> None:\n    # now\n    pass\n",
        "close",
        "Shuts the door.",
        'def close(\n    door: str,  # the one\n) -> None:\n    """Shuts the door."""\n    # now\n    pass\n',
    ),
    "backslashes are meant": (
        "a.py",
        "def ends():\n    return 1\n",
        "ends",
        "Finds every \\n in it.",
        'def ends():\n    r"""Finds every \\n in it."""\n    return 1\n',
    ),
    "quotes in the words": (
        "a.py",
        "def ends():\n    return 1\n",
        "ends",
        'What """ ends: a "quote"',
        "def ends():\n    '''What \"\"\" ends: a \"quote\"'''\n    return 1\n",
    ),
    "a quote at the end": (
        "a.py",
        "def ends():\n    return 1\n",
        "ends",
        'Ends a "quote"',
        'def ends():\n    """Ends a "quote"\n    """\n    return 1\n',
    ),
    "the whole function came": (
        "a.py",
        "def close(door):\n    return 1\n",
        "close",
        '```python\ndef close(door):\n    """Shuts the door.\n\n    Well.\n    """\n    return 2\n```',
        'def close(door):\n    """Shuts the door.\n\n    Well.\n    """\n    return 1\n',
    ),
    "quoted words": (
        "a.py",
        "def close(door):\n    return 1\n",
        "close",
        '"""Shuts the door."""',
        'def close(door):\n    """Shuts the door."""\n    return 1\n',
    ),
    "go": (
        "a.go",
        "package a\n\n//go:noinline\nfunc Close(d Door) {\n\td.shut()\n}\n",
        "Close",
        "Close shuts the door.\n\nTwice is no harm.",
        "package a\n\n// Close shuts the door.\n//\n// Twice is no harm.\n//go:noinline\n"
        "func Close(d Door) {\n\td.shut()\n}\n",
    ),
    "go, anew": (
        "a.go",
        "package a\n\n// Close is old.\nfunc Close() {\n}\n",
        "Close",
        "// Close shuts the door.",
        "package a\n\n// Close shuts the door.\nfunc Close() {\n}\n",
    ),
    "rust": (
        "a.rs",
        "struct Door;\n\nimpl Door {\n    /// Old.\n    #[inline]\n    fn close(&self) {}\n}\n",
        "Door.close",
        "Shuts the door.",
        "struct Door;\n\nimpl Door {\n    /// Shuts the door.\n    #[inline]\n    fn close(&self) {}\n}\n",
    ),
    "javascript": (
        "a.js",
        "// eslint-disable-next-line\nexport function close(door) {\n  door.shut();\n}\n",
        "close",
        "Shuts the door.\n\n@param door which one",
        "// eslint-disable-next-line\n/**\n * Shuts the door.\n *\n * @param door which one\n */\n"
        "export function close(door) {\n  door.shut();\n}\n",
    ),
    "typescript, anew": (
        "a.ts",
        "class Door {\n  /**\n   * Old.\n   */\n  close(): void {}\n}\n",
        "Door.close",
        "/** Shuts the door. */",
        "class Door {\n  /** Shuts the door. */\n  close(): void {}\n}\n",
    ),
    "java": (
        "A.java",
        "class A {\n    @Override\n    public void close() {\n    }\n}\n",
        "A.close",
        "Shuts it, */ included.",
        "class A {\n    /** Shuts it, * / included. */\n    @Override\n    public void close() {\n    }\n}\n",
    ),
}


@pytest.mark.parametrize("case", PLACED, ids=str)
def test_documentation_is_put_into_place(case: str) -> None:
    file, text, symbol, said, after = PLACED[case]
    assert documented(file, text, symbol, said) == after


def test_long_words_are_wrapped_and_lists_are_kept() -> None:
    said = f"{'word ' * 40}\n\n- {'one ' * 30}\n- two\n\n    kept = 1\n    as_it = 2\n"
    after = documented("a.py", "def f():\n    return 1\n", "f", said)
    assert max(map(len, after.split("\n"))) <= 72
    lines = [line.strip() for line in after.split("\n")]
    assert "- two" in lines and sum(line.startswith("- one") for line in lines) == 1


def test_without_any_words_there_is_nothing_to_put() -> None:
    with pytest.raises(Unfit, match="empty"):
        documented("a.py", "def f():\n    return 1\n", "f", '""" """')


def test_a_language_whose_form_nobody_knows_is_left_alone() -> None:
    with pytest.raises(Unfit, match="lua"):
        known = Known({"a.lua": "function f() end\n"})
        assignment = known.assignment("document", "a.lua", "f")

        symbol = Known({"a.py": "def f():\n    return 1\n"}).symbol("a.py", "f")
        assignment = replace(assignment, target=replace(assignment.target, symbol=symbol))
        forms.proposal(assignment, gather(assignment, known, known.read, 4_000), {"text": "Does."})


@given(st.text(st.sampled_from("ab \n\"'\\.-*`:>"), min_size=1, max_size=80))
def test_whatever_the_words_are_the_code_stays_what_it_is(said: str) -> None:
    text = "class A:\n    def f(self):\n        return 1\n"
    try:
        after = documented("a.py", text, "A.f", said)
    except Unfit:
        return
    (cls,) = ast.parse(after).body
    assert isinstance(cls, ast.ClassDef)
    (function,) = cls.body
    assert isinstance(function, ast.FunctionDef)
    assert ast.get_docstring(function) and len(function.body) == 2
