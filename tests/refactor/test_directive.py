"""Comments `emberline: …` in any language: their words, and what goes with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.refactor.directive import directives

CASES = {
    "a line of its own": ("python", "a = 1\n# emberline: make it 2\nb = a\n", "make it 2", "a = 1\nb = a\n"),
    "behind code": ("python", "a = 1  # emberline: make it 2\nb = a\n", "make it 2", "a = 1\nb = a\n"),
    "going on": (
        "python",
        "def f():\n    # emberline: split this\n    # into two functions\n    pass\n",
        "split this into two functions",
        "def f():\n    pass\n",
    ),
    "ended by a blank comment": (
        "python",
        "# emberline: split this\n#\n# what it was\nx = 1\n",
        "split this",
        "#\n# what it was\nx = 1\n",
    ),
    "ended by another column": (
        "python",
        "# emberline: split this\n    # not this\nx = 1\n",
        "split this",
        "    # not this\nx = 1\n",
    ),
    "ended by words of another tool": (
        "python",
        "# emberline: split this\n# noqa: X1\nx = 1\n",
        "split this",
        "# noqa: X1\nx = 1\n",
    ),
    "in any case and spacing": ("python", "#EMBERLINE :  go on\nx = 1\n", "go on", "x = 1\n"),
    "the last line": ("python", "x = 1\n# emberline: go", "go", "x = 1"),
    "the only line": ("python", "# emberline: go\n", "go", ""),
    "Windows' line ends": (
        "python",
        "x = 1\r\n# emberline: a\r\n# b\r\ny = 2\r\n",
        "a b",
        "x = 1\r\ny = 2\r\n",
    ),
    "a byte order mark": ("python", "\ufeff# emberline: go\nx = 1\n", "go", "\ufeffx = 1\n"),
    "other alphabets": (
        "python",
        "ä = '😀'\n# emberline: größer machen\ny = 2\n",
        "größer machen",
        "ä = '😀'\ny = 2\n",
    ),
    "JavaScript": ("javascript", "f();\n// emberline: add types\ng();\n", "add types", "f();\ng();\n"),
    "a block comment": (
        "javascript",
        "f();\n/* emberline: add types\n * to all of it\n */\ng();\n",
        "add types to all of it",
        "f();\ng();\n",
    ),
    "between two expressions": ("javascript", "f(1, /* emberline: why? */ 2);\n", "why?", "f(1,  2);\n"),
    "in JSX": (
        "javascriptreact",
        "const a = (\n  <b>\n    {/* emberline: a table */}\n    <i />\n  </b>\n);\n",
        "a table",
        "const a = (\n  <b>\n    <i />\n  </b>\n);\n",
    ),
    "Go": ("go", "package p\n\n// emberline: go\nfunc f() {}\n", "go", "package p\n\nfunc f() {}\n"),
    "Rust's documentation": ("rust", "/// emberline: go\nfn f() {}\n", "go", "fn f() {}\n"),
    "Java": ("java", "class A {\n    // emberline: go\n    int a;\n}\n", "go", "class A {\n    int a;\n}\n"),
    "Lua": ("lua", "x = 1\n-- emberline: go\n-- on\ny = 2\n", "go on", "x = 1\ny = 2\n"),
    "SQL": ("sql", "select 1 -- emberline: go\nfrom a\n", "go", "select 1\nfrom a\n"),
    "HTML": ("html", "<p>\n<!-- emberline: a list -->\n</p>\n", "a list", "<p>\n</p>\n"),
    "CSS": ("css", "a {}\n/* emberline: darker */\nb {}\n", "darker", "a {}\nb {}\n"),
    "TeX": ("latex", "a\n% emberline: shorter\nb\n", "shorter", "a\nb\n"),
    "a shell script": ("shellscript", "#!/bin/sh\n# emberline: go\nls\n", "go", "#!/bin/sh\nls\n"),
    "Lisp, of which nothing is known": ("lisp", "(a)\n;; emberline: go\n(b)\n", "go", "(a)\n(b)\n"),
    "OCaml, of which nothing is known": (
        "ocaml",
        "let a = 1\n(* emberline: go *)\nlet b = 2\n",
        "go",
        "let a = 1\nlet b = 2\n",
    ),
    "a text": ("plaintext", "a\n# emberline: go\nb\n", "go", "a\nb\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_words_and_what_is_removed(case: str) -> None:
    language_id, text, words, without = CASES[case]
    (found,) = directives(text, language_id)
    assert found.words == words
    assert text[: found.span.start] + text[found.span.end :] == without


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "x = '# emberline: no'\n"),
        ("python", "# emberline:\nx = 1\n"),
        ("python", "# see emberline: no\nx = 1\n"),
        ("python", '"""emberline: no"""\n'),
        ("javascript", "const a = `// emberline: no`;\n"),
        ("javascript", "emberline: for (;;) {}\n"),
        ("plaintext", "emberline: no\n"),
        ("python", ""),
    ],
)
def test_what_is_none(language_id: str, text: str) -> None:
    assert directives(text, language_id) == ()


def test_several_in_the_order_of_the_text() -> None:
    text = "# emberline: one\nx = 1  # emberline: two\n\n# emberline: three\n# and more\n"
    assert [each.words for each in directives(text, "python")] == ["one", "two", "three and more"]


PIECES = (
    "# emberline: a",
    "# b",
    "x = 1",
    "// emberline: c",
    "/* emberline: d",
    "*/",
    "\n",
    "\r\n",
    " ",
    "\t",
    "é",
)


@given(
    st.lists(st.sampled_from(PIECES)), st.sampled_from(["python", "javascript", "rust", "lua", "html", "x"])
)
def test_spans_lie_apart_and_hold_the_words(pieces: list[str], language_id: str) -> None:
    text = "".join(pieces)
    end = 0
    for each in directives(text, language_id):
        assert end <= each.span.start < each.span.end <= len(text)
        assert each.words and "emberline" in each.span.of(text).lower()
        end = each.span.end
