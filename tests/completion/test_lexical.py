from __future__ import annotations

import pytest

from emberline.completion.context import Context
from emberline.completion.lexical import in_comment, in_string, open_at


@pytest.mark.parametrize(
    ("language_id", "before", "kinds"),
    [
        ("python", "f(a, [1, {", "([{"),
        ("python", "f(a)[0]", ""),
        ("python", "x = 'it\\'s (", "'"),
        ("python", "# it's (", "#"),
        ("python", "# it's (\nf(", "("),
        ("python", 'x = """a "quoted" (', '"""'),
        ("python", "x = 'unfinished\nf(", "("),
        ("javascript", "f(`a ${b(", "(`{("),
        ("javascript", "x = /[(']/; f(", "("),
        ("javascript", "a = b / c; f(", "("),
        ("typescript", "/* ( */ {", "{"),
        ("go", "x := `a\\` + f(", "("),
        ("go", "c := '\\''; f(", "("),
        ("rust", "fn f<'a>(x: &'a str", "("),
        ("rust", "let c = '('; {", "{"),
        ("java", 'String s = """\n  "(" ', '"""'),
        ("sql", "-- it's (\nselect (", "("),
        ("plaintext", "it's (", "("),
        ("python", "f(]", "("),
    ],
)
def test_what_is_open(language_id: str, before: str, kinds: str) -> None:
    stack = open_at(Context(before, "", language_id, "\n"))
    assert "".join(entry.kind for entry in stack) == kinds


def test_strings_and_comments_are_told_apart() -> None:
    string = open_at(Context("x = 'a", "", "python", "\n"))
    comment = open_at(Context("x = 1  # a", "", "python", "\n"))
    assert (in_string(string, "python"), in_comment(string, "python")) == (True, False)
    assert (in_string(comment, "python"), in_comment(comment, "python")) == (False, True)


def test_a_window_that_starts_inside_a_docstring_is_read_right_side_out() -> None:
    before = 'the end of some text.\n    """\n    x = f("a", '
    assert [entry.kind for entry in open_at(Context(before, "", "python", "\n"))] == ["("]
    whole = 'def f():\n    """Text."""\n    x = f("a", '
    assert [entry.kind for entry in open_at(Context(whole, "", "python", "\n"))] == ["("]
