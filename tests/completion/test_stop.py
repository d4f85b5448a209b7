from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.completion.context import Context
from emberline.completion.stop import Cut, cut, wants_block
from tests.completion.real_code import places, sources


def _context(document: str, language_id: str = "python") -> Context:
    before, after = document.split("▮")
    return Context(before, after, language_id, "\n")


BLOCKS = [
    ("python", "def f(a):\n    ▮"),
    ("python", "def f(a):▮"),
    ("python", "def f(\n    a,\n) -> int:\n    ▮\n\ndef g(): pass\n"),
    ("python", "class A:\n    def f(self):\n        ▮\n\n    def g(self): pass\n"),
    ("python", "    if x:  # why\n        ▮"),
    ("python", "    if x:\n        ▮\n    else:\n        pass\n"),
    ("python", "match x:\n    case 1:\n        ▮"),
    ("python", "    try:\n        ▮"),
    ("python", "    ]\n\n        if each:\n            ▮"),  # an error stands between block and opener
    ("javascript", "class A {\n  foo(a) {\n    ▮\n  }\n}\n"),
    ("javascriptreact", "const f = () => {\n  ▮\n}"),
    ("typescript", "if (x) {▮}"),
    ("typescript", "interface A {\n  ▮\n}"),
    ("typescriptreact", "function App() {\n  ▮\n}"),
    ("go", "func main() {\n\t▮\n}"),
    ("rust", "impl A {\n    fn foo(&self) -> u8 {\n        ▮"),
    ("rust", "struct A {\n    ▮\n}"),
    ("java", "class A {\n  public void f() {\n    ▮\n  }\n}"),
    ("c", "int main(void) {\n    ▮\n}"),
    ("lua", "function f()\n    ▮\nend"),
]
LINES = [
    ("python", "x = ▮"),
    ("python", "def f(a):\n    x = 1\n    ▮"),
    ("python", "def f(a):\n    ▮\n    return 1\n"),
    ("python", "x = {\n    'a':\n    ▮"),
    ("python", "x = a[1:\n    ▮"),
    ("python", "f = lambda:\n    ▮\n    1"),
    ("python", "def f(a):▮ pass"),
    ("python", "# note:\n▮"),
    ("python", '"""\nNote:\n    ▮\n"""'),
    ("javascript", "const a = {\n  ▮\n}"),
    ("javascript", "f({▮})"),
    ("typescript", "function f() {\n  ▮\n  return 1\n}"),
    ("go", "func main() {\n\tx := 1\n\t▮\n}"),
    ("rust", "let x = 1;\n▮"),
    ("plaintext", "Some words\n▮"),
]


@pytest.mark.parametrize(("language_id", "document"), BLOCKS)
def test_an_empty_block_wants_its_body(language_id: str, document: str) -> None:
    assert wants_block(_context(document, language_id))


@pytest.mark.parametrize(("language_id", "document"), LINES)
def test_elsewhere_a_line_will_do(language_id: str, document: str) -> None:
    assert not wants_block(_context(document, language_id))


PYTHON = "class A:\n    def f(self):\n        ▮\n\n    def g(self): pass\n"
JAVASCRIPT = "class A {\n  foo(a) {\n    ▮\n  }\n}\n"


@pytest.mark.parametrize(
    ("generated", "expected"),
    [
        ("x = 1\n        return x\n\n    def h(self):", Cut("x = 1\n        return x", True)),
        ("x = 1\n        # more\n        y", Cut("x = 1\n        # more\n        y", False)),
        ("s = '''\nfoo\n'''\n        b", Cut("s = '''\nfoo\n'''\n        b", False)),
        ("foo(\n    a,\n)\n        b\n    @p", Cut("foo(\n    a,\n)\n        b", True)),
        ("pass\nfoo", Cut("pass", True)),
        ("if x:\n            y\n        else:\n            z\n", None),
    ],
)
def test_a_python_block_ends_where_its_depth_ends(generated: str, expected: Cut | None) -> None:
    assert cut(generated, _context(PYTHON), max_lines=8) == (expected or Cut(generated, False))


def test_a_block_whose_header_the_cursor_stands_on() -> None:
    context = _context("    if x:▮")
    assert cut("\n        y()\n    z()", context, max_lines=8) == Cut("\n        y()", True)
    assert cut("\n        y()\n    else:\n", context, max_lines=8) == Cut("\n        y()", True)


@pytest.mark.parametrize(
    ("language_id", "document", "body"),
    [
        ("javascript", JAVASCRIPT, "if (a) {\n      b('}');\n    }\n    return `${x}`;\n  }"),
        ("typescript", "function f(): number {\n  ▮\n}", "const a: A = {b: 1};\n  return a.b; // }\n}"),
        ("typescriptreact", "function App() {\n  ▮\n}", "return <p>{'}'}</p>;\n}"),
        ("go", "func main() {\n\t▮\n}", "for i := range x {\n\t\tf('}')\n\t}\n}"),
        ("rust", "fn f<'a>(x: &'a str) -> char {\n    ▮\n}", "let c = '}';\n    c\n}"),
        ("java", "class A {\n  void f() {\n    ▮\n  }\n}", 'g("}"); // }\n  }'),
        ("c", "int f(void) {\n    ▮\n}", "char c = '}'; /* } */\n    return c;\n}"),
    ],
)
def test_a_braced_block_ends_with_its_brace(language_id: str, document: str, body: str) -> None:
    context = _context(document, language_id)
    assert cut(body + "\nmore(", context, max_lines=8) == Cut(body, True)
    unfinished = body[:-1]
    assert not cut(unfinished, context, max_lines=8).complete


def test_other_languages_go_by_indentation() -> None:
    context = _context("function f()\n    ▮\nend", "lua")
    assert cut("local x = 1\n    return x\nend\n", context, max_lines=8) == Cut(
        "local x = 1\n    return x", True
    )


def test_a_block_has_at_most_max_lines() -> None:
    generated = "a()\n" + "        a()\n" * 9
    found = cut(generated, _context(PYTHON), max_lines=3)
    assert found == Cut("a()\n        a()\n        a()", True)


def test_one_line_ends_with_the_line() -> None:
    context = _context("x = ▮")
    assert cut("1", context, max_lines=8) == Cut("1", False)
    assert cut("1\ny = 2", context, max_lines=8) == Cut("1", True)
    assert cut("1\ny = 2", _context(PYTHON), max_lines=1) == Cut("1", True)


@given(
    st.lists(st.sampled_from(["x", "\n", "    ", "if a:", "(", ")", "'", '"""', "}", "#", "é"])).map("".join)
)
def test_cutting_again_changes_nothing(generated: str) -> None:
    for document, language_id in ((PYTHON, "python"), (JAVASCRIPT, "javascript"), ("x = ▮", "python")):
        context = _context(document, language_id)
        once = cut(generated, context, max_lines=4)
        assert generated.startswith(once.text)
        assert cut(once.text, context, max_lines=4).text == once.text


def test_real_bodies_are_cut_neither_short_nor_long() -> None:
    """Streams real block bodies and what follows them: the cut is the body, as soon as it is over."""
    rng = random.Random(7)
    bodies = [place for source in sources() for place in places(source, 60, rng) if place.kind == "block"]
    right = 0
    for place in bodies:
        context = place.context()
        found = cut(place.truth + place.after[:200], context, max_lines=99)
        right += found.text.rstrip() == place.truth.rstrip()
        for end in range(0, len(place.truth), 17):
            partial = cut(place.truth[:end], context, max_lines=99)
            assert not partial.complete or not wants_block(context)
    assert right / len(bodies) >= 0.95
