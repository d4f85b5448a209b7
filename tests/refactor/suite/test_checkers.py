"""The suite's own checks: each complains of what is damaged, and of nothing that is right."""

from __future__ import annotations

import shutil

import pytest

from emberline.refactor.types import Form
from tests.refactor.suite.case import Case
from tests.refactor.suite.cases import CASES
from tests.refactor.suite.checkers import (
    COMPILERS,
    Behaves,
    Check,
    CommentsKept,
    Compiles,
    Documented,
    Gone,
    Has,
    Imports,
    Linked,
    Only,
    Parses,
    Passes,
    Result,
    Runs,
    Shorter,
    Small,
    Tidy,
    broken,
    complaints,
)
from tests.refactor.suite.grounds import Files
from tests.refactor.suite.marks import named

EDITING = [name for name, case in CASES.items() if case.form is not Form.PROSE]


def _after(case: Case) -> Files:
    return {name: text for name, text in {**case.files, **case.right(case.files)}.items() if text is not None}


@pytest.mark.parametrize("name", named(EDITING))
def test_a_case_takes_the_right_result_and_nothing_undone(name: str) -> None:
    case = CASES[name]
    files = case.files
    assert list(complaints(case.checks, case.touched, Result(files, _after(case)))) == []
    assert any(said for check in case.checks for said in check(Result(files, files))), "they say nothing"


@pytest.mark.parametrize("name", named(EDITING))
def test_a_result_that_lacks_one_file_is_not_taken(name: str) -> None:
    """One that changes a single file alone lacks everything without it."""
    case = CASES[name]
    whole = _after(case)
    for left_out in sorted(case.touched):
        partly = {each: text for each, text in {**whole, left_out: case.files.get(left_out)}.items() if text}
        found = complaints(case.checks, case.touched, Result(case.files, partly))
        assert next(found, ""), f"{left_out} is not missed"


_HAS_NODE = shutil.which(COMPILERS["javascript"]) is not None
_PYTHON = {"a.py": "# about f\nimport json\n\n\ndef f(x):\n    return x\n"}
_SCRIPTS = {"a.js": 'import { f } from "./b.js";\nf();\n', "b.js": "export function f() {}\n"}
_GO = {"go.mod": "module example.org/a\n\ngo 1.21\n", "a.go": "package main\n\nfunc main() { println(1) }\n"}
_RUST = {"src/lib.rs": "pub fn f() -> u8 {\n    1\n}\n"}
_JAVA = {"A.java": "class A {\n    int f() {\n        return 1;\n    }\n}\n"}
_PROBE = "import a, json\nprint(json.dumps(a.f(2)))"
_TESTS = {"a.py": "x = 1\n", "test_a.py": "import a\n\n\ndef test_x():\n    assert a.x == 1\n"}
_DOCUMENTED = {"a.py": 'def f(x):\n    """Gives back what it is given."""\n    return x\n'}


@pytest.mark.parametrize(
    ("check", "before", "damage"),
    [
        (Only(frozenset(("a.py",))), {**_PYTHON, "b.py": ""}, {"b.py": "x = 1\n"}),
        (Parses(), _PYTHON, {"a.py": "def f(:\n"}),
        (Parses(), _PYTHON, {"a.py": "return 1\nyield = 2\n"}),
        (Parses(), _GO, {"a.go": "package main\n\nfunc main() {\n"}),
        (Parses(), _RUST, {"src/lib.rs": "pub fn f() -> { 1 }\n"}),
        (Parses(), _JAVA, {"A.java": "class A { int f( { } }\n"}),
        (Parses(), {"a.ts": "let x: number = 1;\n"}, {"a.ts": "let x: = 1;\n"}),
        (Tidy(), _PYTHON, {"a.py": _PYTHON["a.py"].rstrip()}),
        (Tidy(), _PYTHON, {"a.py": _PYTHON["a.py"].replace("\n", "\r\n")}),
        (Tidy(), _PYTHON, {"a.py": _PYTHON["a.py"].replace("    ", "\t")}),
        (Tidy(), _PYTHON, {"a.py": _PYTHON["a.py"].replace("return x", "return x ")}),
        (Has("a.py", r"return x", 1), _PYTHON, {"a.py": "x = 1\n"}),
        (Has("", r"def f"), _PYTHON, {"a.py": "x = 1\n"}),
        (Gone("g"), _PYTHON, {"a.py": "g = 1\n"}),
        (CommentsKept("a.py"), _PYTHON, {"a.py": _PYTHON["a.py"].replace("# about f\n", "")}),
        (Documented("a.py", "f"), _DOCUMENTED, {"a.py": "def f(x):\n    return x\n"}),
        (Documented("a.py", "f"), _DOCUMENTED, {"a.py": _DOCUMENTED["a.py"].replace("n x", "n -x")}),
        (Documented("A.java", "f", 0), _JAVA, {"A.java": _JAVA["A.java"].replace("1", "2")}),
        (Linked(), _SCRIPTS, {"b.js": "export function g() {}\n"}),
        (Linked(), _SCRIPTS, {"a.js": 'import { f } from "./c.js";\n'}),
        (Imports(("a",)), _PYTHON, {"a.py": "import nowhere_at_all\n"}),
        (Behaves(_PROBE), _PYTHON, {"a.py": "def f(x):\n    return -x\n"}),
        (Behaves(_PROBE, "2"), _PYTHON, {"a.py": "def f(y):\n    return x\n"}),
        (Passes("test_a.py"), _TESTS, {"a.py": "x = 2\n"}),
        (Passes("test_a.py"), _TESTS, {"test_a.py": ""}),
    ],
)  # fmt: skip
def test_a_check_complains_of_damage_alone(check: Check, before: Files, damage: Files) -> None:
    harmless = {name: f"{text}" for name, text in before.items()}
    if not isinstance(check, Only):
        assert list(check(Result(before, harmless))) == []
    assert list(check(Result(before, {**before, **damage})))


def test_what_measures_a_change_complains_of_too_much_and_of_none() -> None:
    before, long = {"a.py": "x = 1\n"}, {"a.py": "y = 1\nz = 2\nw = 3\n"}
    assert list(Small("a.py", 2)(Result(before, {"a.py": "x = 2\n"}))) == []
    assert list(Small("a.py", 2)(Result(before, long)))
    assert list(Small("a.py", 2)(Result(before, before)))
    assert list(Shorter("a.py")(Result(long, before))) == []
    assert list(Shorter("a.py")(Result(before, long)))
    assert list(Only(frozenset(("a.py",)))(Result(before, long))) == []
    assert list(Only(frozenset(("a.py",)))(Result(before, before)))


@pytest.mark.parametrize(
    ("check", "before", "damage"),
    [
        (Compiles("go"), _GO, {"a.go": "package main\n\nfunc main() { println(x) }\n"}),
        (Compiles("rust"), _RUST, {"src/lib.rs": "pub fn f() -> u8 {\n    g()\n}\n"}),
        (Compiles("java"), _JAVA, {"A.java": "class A {\n    int f() {\n        return g();\n    }\n}\n"}),
        (Runs('console.log("1")', "1"), _SCRIPTS, {"probe.mjs": ""}),
    ],
)
def test_a_compiler_is_believed_where_there_is_one(check: Check, before: Files, damage: Files) -> None:
    """Without one it says nothing: what else is checked has to do."""
    name = getattr(check, "language", "javascript")
    assert list(check(Result(before, before))) == []
    if isinstance(check, Runs):
        damaged: Check = Runs('import { g } from "./b.js"; console.log("1")', "1")
    else:
        damaged = check
    there = shutil.which(COMPILERS[name]) is not None
    assert bool(list(damaged(Result(before, {**before, **damage})))) == there


@pytest.mark.download
@pytest.mark.parametrize(
    ("name", "file", "change", "is_damage"),
    [
        ("kv-simplify", "kvprof/request.py", ("import json", "import jsom"), True),
        ("kv-simplify", "kvprof/request.py", ('"/v1/messages": ', '"/v2/messages": '), True),
        ("kv-simplify", "kvprof/request.py", ("# -- plain facts", "# -- facts"), False),
        ("kv-directive", "kvprof/util.py", ('return "?"', 'return "??"'), False),
        ("ts-move-symbol", "src/types.ts", ("export function isRetryable", "function isRetryable"), True),
        ("js-inline-function", "lib/pattern.js", ("return true;", "return false;"), True),
        ("gp-document", "genai_prices/units.py", ("import annotations", "import annotations, x"), True),
    ],
)
def test_damage_is_told_from_what_is_only_not_what_was_asked_for(
    name: str, file: str, change: tuple[str, str], is_damage: bool
) -> None:
    case = CASES[name]
    files = case.files
    result = Result(files, {**files, file: files[file].replace(*change)})
    assert result.changed == {file}
    assert bool(next(broken(case.checks, result), "")) == (
        is_damage and (case.language != "javascript" or _HAS_NODE)
    )
