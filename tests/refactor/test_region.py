"""New code for a region takes the region's column, line ends and imports."""

from __future__ import annotations

import pytest

from emberline.refactor import forms
from emberline.refactor.gather import gather
from emberline.refactor.landing import land
from emberline.refactor.types import Unfit
from tests.refactor.known import ROOT, Known
from tests.refactor.places import terrain


def rewritten(
    text: str, code: str, symbol: str = "", selected: str = "", file: str = "a.py", action: str = "simplify"
) -> str:
    known = Known({file: text})
    assignment = known.assignment(action, file, symbol, selected=selected)
    dossier = gather(assignment, known, known.read, 4_000)
    proposal = forms.proposal(assignment, dossier, {"code": code})
    (changed,) = land(proposal, {file: assignment.target.source}, terrain(ROOT)).files
    assert changed.after is not None
    return changed.after


CLASS = "import os\n\n\nclass A:\n    def f(self, a):\n        b = a\n        return b\n\n    x = 1\n"
DONE = "import os\n\n\nclass A:\n    def f(self, a):\n        return a\n\n    x = 1\n"
WRITTEN = {
    "as it stands": "    def f(self, a):\n        return a",
    "without its column": "def f(self, a):\n    return a",
    "only the first line without": "def f(self, a):\n        return a",
    "in a fence": "```python\ndef f(self, a):\n    return a\n```",
    "with the end of its JSON": 'def f(self, a):\n    return a"}',
    "with a bracket too many": "    def f(self, a):\n        return a\n}",
    "with blank lines": "\n\n    def f(self, a):\n        return a\n\n\n",
}


@pytest.mark.parametrize("end", ("\n", "\r\n"))
@pytest.mark.parametrize("case", WRITTEN, ids=str)
def test_a_method_keeps_its_column(case: str, end: str) -> None:
    assert rewritten(CLASS.replace("\n", end), WRITTEN[case], "A.f") == DONE.replace("\n", end)


def test_a_selection_is_replaced_alone() -> None:
    text = "def f(a):\n    b = a\n    c = b\n    return c\n"
    assert (
        rewritten(text, "c = a", selected="    b = a\n    c = b\n") == "def f(a):\n    c = a\n    return c\n"
    )
    assert rewritten(text, "a", selected="b\n") == "def f(a):\n    b = a\n    c = a\n    return c\n"


def test_imports_go_where_the_others_are() -> None:
    text = "import os\nfrom sys import path\n\n\ndef f(a):\n    return a\n"
    code = "from typing import Any\nimport os\n\n\ndef f(a: Any) -> Any:\n    return a"
    assert rewritten(text, code, "f", action="add-types") == (
        "import os\nfrom sys import path\nfrom typing import Any\n\n\ndef f(a: Any) -> Any:\n    return a\n"
    )


def test_the_first_import_stands_above_the_first_definition() -> None:
    text = '"""Words."""\n\n\nclass B:\n    pass\n\n\nclass A:\n    pass\n'
    code = "from dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    a: int = 0"
    assert rewritten(text, code, "A", action="convert-dataclass") == (
        '"""Words."""\n\n\nfrom dataclasses import dataclass\n\n\nclass B:\n    pass\n\n\n'
        "@dataclass\nclass A:\n    a: int = 0\n"
    )
    text = '"""Words."""\n\n\nclass A:\n    pass\n'
    assert rewritten(text, code, "A", action="convert-dataclass") == (
        '"""Words."""\n\n\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    a: int = 0\n'
    )


def test_what_comes_from_the_future_comes_first() -> None:
    text = "import os\n\n\ndef f(a):\n    return a\n"
    code = "from __future__ import annotations\n\ndef f(a: A) -> A:\n    return a"
    assert rewritten(text, code, "f").startswith("from __future__ import annotations\nimport os\n")


def test_a_selection_that_begins_with_imports_keeps_them() -> None:
    text = "import os\nimport sys\nprint(os)\n"
    assert rewritten(text, "import os\nprint(os)", selected=text) == "import os\nprint(os)\n"


def test_go_keeps_its_tabs_and_groups() -> None:
    text = 'package a\n\nimport (\n\t"fmt"\n)\n\nfunc F() {\n\tfmt.Println(1)\n}\n'
    code = "func F() {\n    if true {\n        fmt.Println(2)\n    }\n}"
    assert rewritten(text, code, "F", file="a.go") == (
        'package a\n\nimport (\n\t"fmt"\n)\n\nfunc F() {\n\tif true {\n\t\tfmt.Println(2)\n\t}\n}\n'
    )


REFUSED = (
    ("", "empty"),
    ("```\n\n```", "empty"),
    ("return a", "still define f"),
    ("The new code", "still define f"),
)


@pytest.mark.parametrize(("code", "words"), REFUSED)
def test_a_part_or_mere_words_are_no_code(code: str, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        rewritten(CLASS, code, "A.f")


def test_a_bracket_that_belongs_to_the_code_stays() -> None:
    text = "function f() {\n  return 1;\n}\n"
    assert rewritten(text, "function f() {\n  return 2;\n}", "f", file="a.js") == text.replace("1", "2")
