"""Languages by name, mistakes, words, comments and strings."""

from pathlib import Path

import pytest

from emberline.syntax.languages import language_of
from emberline.syntax.mistakes import mistakes
from emberline.syntax.prose import comments, strings
from emberline.syntax.words import words
from tests.syntax.samples import DEFINED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.py", "python"),
        ("a.pyi", "python"),
        ("A.TSX", "typescriptreact"),
        ("a.d.ts", "typescript"),
        ("a.mjs", "javascript"),
        ("a.jsx", "javascriptreact"),
        ("x/y/a.go", "go"),
        ("a.rs", "rust"),
        ("A.java", "java"),
        ("Makefile", "makefile"),
        ("Dockerfile", "dockerfile"),
        ("tsconfig.json", "jsonc"),
        ("README", "plaintext"),
        (".py", "plaintext"),
        ("", "plaintext"),
    ],
)
def test_a_language_is_told_by_the_name(name: str, expected: str) -> None:
    assert language_of(name) == expected
    assert language_of(Path(name)) == expected


@pytest.mark.parametrize("language_id", DEFINED)
def test_whole_programs_have_no_mistakes(language_id: str) -> None:
    text = DEFINED[language_id][0]
    assert mistakes(text, language_id) == ()
    assert mistakes(text.replace("\n", "\r\n"), language_id) == ()
    assert mistakes("", language_id) == ()


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "def f(:\n    pass\n"),
        ("python", "x = (1\n"),
        ("javascript", "function f( { }"),
        ("typescript", "const a: = 1;"),
        ("go", "package a\nfunc f( {}\n"),
        ("rust", "fn f( -> u8 {}"),
        ("java", "class A { void f( { } }"),
    ],
)
def test_mistakes_lie_in_the_text(language_id: str, text: str) -> None:
    text = f"{text}"
    found = mistakes(text, language_id)
    assert found
    assert all(0 <= span.start <= span.end <= len(text) for span in found)
    assert list(found) == sorted(found)


def test_a_missing_piece_is_an_empty_span() -> None:
    assert any(span.start == span.end for span in mistakes("class A { int x }", "java"))


def test_without_grammar_nothing_is_wrong() -> None:
    assert mistakes("((((", "ruby") == ()


def test_words_are_what_could_be_a_name() -> None:
    assert words("a = b2 + 3x - _c9, größe.$d # e-f \U0001f388") == {"a", "b2", "_c9", "größe", "d", "e", "f"}
    assert words("") == frozenset()


@pytest.mark.parametrize(
    ("language_id", "text", "expected"),
    [
        ("python", "x = '#'  # one\r\n# two\n", ["# one", "# two"]),
        ("javascript", "a = '//'; // one\n/* two\n */ b", ["// one", "/* two\n */"]),
        ("go", "a := `//` // one\n", ["// one"]),
        ("rust", "/// one\nfn f() {} /* two */\n//! no\n", ["/// one", "/* two */", "//! no"]),
        ("java", "/** one */ class A {} // two", ["/** one */", "// two"]),
        ("yaml", "a: b#c # one\n# two\n", ["# one", "# two"]),
        ("c", "char *a = b; // one\n/* two", ["// one", "/* two"]),
        ("sql", "select 1 -- one\n", ["-- one"]),
        ("html", "<p><!-- one\n two --></p>", ["<!-- one\n two -->"]),
        ("plaintext", "# no // no", []),
    ],
)
def test_comments(language_id: str, text: str, expected: list[str]) -> None:
    assert [span.of(text) for span in comments(text, language_id)] == expected


@pytest.mark.parametrize(
    ("language_id", "text", "expected"),
    [
        ("python", "a = 'x' + f\"y{b['z']}\"  # 'no'\n", ["'x'", "f\"y{b['z']}\"", "'z'"]),
        ("typescript", "a = 'x' + `y${b}` // 'no'\n", ["'x'", "`y${b}`"]),
        ("go", 'a := "x" + `y`', ['"x"', "`y`"]),
        ("rust", 'let a = "x"; let b = r#"y"#;', ['"x"', 'r#"y"#']),
        ("java", 'class A { String a = "x"; }', ['"x"']),
        ("ruby", "a = 'x'", []),
    ],
)
def test_strings(language_id: str, text: str, expected: list[str]) -> None:
    assert [span.of(text) for span in strings(text, language_id)] == expected
