"""What a place in a file is about."""

from __future__ import annotations

import pytest

from emberline.refactor.target import target
from emberline.refactor.types import Diagnostic
from emberline.syntax.types import Span
from tests.refactor.exact.marked import place, source

PYTHON = (
    "from other import helper\n\nLIMIT = 3\n\n\nclass Store:\n    def close(self, force):\n"
    "        total = LIMIT\n"
    "        self.open()\n        helper(total)\n        return total\n\n    def open(self):\n"
    "        pass\n\n\n"
    "def close():\n    pass\n"
)

# the text to be found, where in it the cursor stands, the symbol, the name
PLACES = [
    ("class Store", 8, "Store", "Store"),
    ("def close(self", 5, "Store.close", "close"),
    ("def close():", 5, "close", "close"),
    ("total = LIMIT", 10, "LIMIT", "LIMIT"),
    ("total = LIMIT", 1, "Store.close", "total"),
    ("self.open", 7, "Store.open", "open"),
    ("helper(total)", 2, "Store.close", "helper"),
    ("return total", 1, "Store.close", ""),
    ("import helper", 9, "", "helper"),
    ("LIMIT = 3", 0, "LIMIT", "LIMIT"),
    ("LIMIT = 3", 5, "LIMIT", "LIMIT"),
    ("(self, force)", 8, "Store.close", "force"),
]


@pytest.mark.parametrize(("found", "offset", "symbol", "name"), PLACES)
def test_a_cursor(found: str, offset: int, symbol: str, name: str) -> None:
    at = PYTHON.index(found) + offset
    there = target(source(PYTHON, "python"), Span(at, at))
    assert (there.symbol.qualified if there.symbol else "", there.name) == (symbol, name)


def test_a_selection_loses_the_space_around_it() -> None:
    text, there = place("def f():\n«    x = 1\n    y = 2\n\n»\n", "python")
    assert there.span.of(text) == "x = 1\n    y = 2"
    assert there.symbol is not None and there.symbol.name == "f" and there.name == ""


def test_a_selected_name_is_a_name() -> None:
    _, there = place("def f():\n    pass\n\n\n«f »()\n", "python")
    assert there.name == "f" and there.symbol is not None and there.symbol.name == "f"


def test_a_selection_of_space_is_a_cursor() -> None:
    _, there = place("def f():\n    x = 1\n«\n  \n»y = 2\n", "python")
    assert there.span.start == there.span.end and there.region == Span(0, len(there.source.text))


def test_a_span_beyond_the_text_ends_with_it() -> None:
    there = target(source("x = 1", "python"), Span(3, 400))
    assert there.span == Span(4, 5)
    assert target(source("", "python"), Span(7, 9)).span == Span(0, 0)


def test_directives_on_the_lines_of_a_place() -> None:
    text = "def f():\n    # emberline: better\n    x = 1  # emberline: two\n    y = 3\n"
    for found, words in (("better", "better"), ("x =", "two"), ("y =", None)):
        at = text.index(found)
        there = target(source(text, "python"), Span(at, at))
        assert (there.directive.words if there.directive else None) == words
    selected = target(source(text, "python"), Span(0, len(text)))
    assert selected.directive is not None and selected.directive.words == "better"


def test_a_directive_above_a_definition_means_it() -> None:
    text, there = place("x = 1\n\n\n# emberline: ‸faster\ndef f():\n    pass\n", "python")
    assert there.symbol is not None and there.symbol.name == "f"
    assert there.directive is not None and there.directive.span.of(text) == "# emberline: faster\n"


def test_diagnostics_of_the_lines_alone() -> None:
    near, far = Diagnostic(Span(0, 1), "near"), Diagnostic(Span(9, 10), "far")
    _, there = place("x = ‸1\ny = 2\nz = 3\n", "python", diagnostics=(near, far))
    assert there.diagnostics == (near,)


def test_a_language_without_grammar_has_words() -> None:
    for text, name in (("local größe = th‸ing + 1\n", "thing"), ("a «größe» b", "größe"), ("1 ‸+ 2", "")):
        _, there = place(text, "lua", "sample.lua")
        assert there.name == name and there.symbol is None


@pytest.mark.parametrize(
    ("language_id", "text", "symbol"),
    [
        ("javascript", "export function f() {\n  return g‸();\n}\n\nfunction g() {}\n", "g"),
        ("typescript", "class A {\n  b() {\n    this.c‸();\n  }\n  c() {}\n}\n", "A.c"),
        ("go", "package p\n\nfunc (s *S) Close() {}\n\nfunc f(s *S) { s.Clo‸se() }\n", "S.Close"),
        (
            "rust",
            "struct S;\n\nimpl S {\n    fn f(&self) {\n        self.g‸();\n    }\n    fn g(&self) {}\n}\n",
            "S.g",
        ),
        ("java", "class A {\n    void f() { g‸(); }\n    void g() {}\n}\n", "A.g"),
    ],
)
def test_other_languages(language_id: str, text: str, symbol: str) -> None:
    _, there = place(text, language_id)
    assert there.symbol is not None and there.symbol.qualified == symbol
