"""New tests become a file of their own, or go on where the others stand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emberline.refactor import forms
from emberline.refactor.gather import gather
from emberline.refactor.landing import land
from emberline.refactor.types import Unfit
from emberline.syntax.mistakes import mistakes
from tests.refactor.known import ROOT, Known
from tests.refactor.places import terrain


def after_tests(texts: Mapping[str, str], file: str, symbol: str, code: str) -> tuple[str, str]:
    """The file that changes or comes, and its text."""
    known = Known(texts)
    assignment = known.assignment("tests", file, symbol)
    dossier = gather(assignment, known, known.read, 4_000)
    assert forms.ask(assignment, dossier).messages[-1].content.count(dossier.destination)
    proposal = forms.proposal(assignment, dossier, {"code": code})
    sources = {each.source.name: each.source for each in dossier.excerpts}
    (changed,) = land(proposal, sources, terrain(ROOT)).files
    assert changed.after is not None
    return changed.name, changed.after


def test_a_new_file() -> None:
    texts = {"shop.py": "def f():\n    return 1\n", "tests/test_other.py": "import pytest\n"}
    code = "```python\nfrom shop import f\n\n\ndef test_f():\n    assert f() == 1\n```"
    assert after_tests(texts, "shop.py", "f", code) == (
        "tests/test_shop.py",
        "from shop import f\n\n\ndef test_f():\n    assert f() == 1\n",
    )


@pytest.mark.parametrize("end", ("\n", "\r\n"))
def test_the_file_that_is_there_goes_on(end: str) -> None:
    there = "import pytest\nfrom shop import g\n\n\ndef test_g():\n    assert g() == 1\n\n"
    texts = {"shop.py": "def f():\n    return 1\n", "test_shop.py": there.replace("\n", end)}
    code = "import pytest\nfrom shop import f\n\n\ndef test_f():\n    assert f() == 1\n"
    name, after = after_tests(texts, "shop.py", "f", code)
    assert name == "test_shop.py"
    assert after == (
        "import pytest\nfrom shop import g\nfrom shop import f\n\n\ndef test_g():\n    assert g() == 1\n\n\n"
        "def test_f():\n    assert f() == 1\n\n"
    ).replace("\n", end)


def test_go_has_one_package_clause() -> None:
    there = 'package a\n\nimport (\n\t"testing"\n)\n\nfunc TestG(t *testing.T) {\n\tg()\n}\n'
    texts = {"a.go": "package a\n\nfunc f() {}\n", "a_test.go": there}
    code = 'package a\n\nimport "strings"\n\nfunc TestF(t *testing.T) {\n    strings.Trim(f())\n}\n'
    name, after = after_tests(texts, "a.go", "f", code)
    assert name == "a_test.go" and after.count("package a") == 1
    assert after.index('import "strings"') < after.index("TestG") < after.index("TestF")
    assert "\tstrings.Trim" in after and not mistakes(after, "go")


def test_rusts_tests_stand_in_the_file_itself() -> None:
    texts = {"src/a.rs": "fn f() -> i32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n}\n"}
    code = "#[cfg(test)]\nmod f_tests {\n    use super::*;\n"
    code += "\n    #[test]\n    fn one() {\n        assert_eq!(f(), 1);\n    }\n}"
    name, after = after_tests(texts, "src/a.rs", "f", code)
    assert name == "src/a.rs" and after == f"{texts['src/a.rs']}\n{code}\n"
    known = Known(texts)
    assignment = known.assignment("tests", "src/a.rs", "f")
    said = forms.ask(assignment, gather(assignment, known, known.read, 4_000)).messages[-1].content
    assert "mod f_tests" in said


REFUSED = (("", "empty"), ("def test_g():\n    pass\n", "test_g already"))


@pytest.mark.parametrize(("code", "words"), REFUSED)
def test_nothing_and_what_is_there_already_are_refused(code: str, words: str) -> None:
    texts = {
        "shop.py": "def f():\n    return 1\n",
        "test_shop.py": "from shop import f\n\n\ndef test_g():\n    f()\n",
    }
    with pytest.raises(Unfit, match=words):
        after_tests(texts, "shop.py", "f", code)
