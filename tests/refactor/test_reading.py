"""What models put around code is taken away only where it is certain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.refactor.forms.reading import indented_like, rebased, trimmed, unfenced, usual_indent

FENCED = (
    ("```python\nx = 1\n```", "x = 1"),
    ("  ```\n    x = 1\n  ```\n", "    x = 1"),
    ("~~~go\nx\n~~~", "x"),
    ("````md\n```\na\n```\n````", "````md\n```\na\n```\n````"),
    ("```\na\n```\ntext\n```\nb\n```", "```\na\n```\ntext\n```\nb\n```"),
    ("x = 1", "x = 1"),
    ("```python\nx = 1", "```python\nx = 1"),
    ('s = "```"', 's = "```"'),
)


@pytest.mark.parametrize(("written", "code"), FENCED)
def test_one_fence_around_all_of_it_goes(written: str, code: str) -> None:
    assert unfenced(written) == code


REBASED = (
    # written, column, comes to
    ("def f():\n    return 1", "    ", "    def f():\n        return 1"),
    ("def f():\n        return 1", "    ", "    def f():\n        return 1"),
    ("    def f():\n        return 1", "    ", "    def f():\n        return 1"),
    ("        def f():\n            return 1", "    ", "    def f():\n        return 1"),
    ("    x = 1\n    y = 2", "", "x = 1\ny = 2"),
    ("x = 1\n    y = 2", "    ", "    x = 1\n    y = 2"),
    ("@cache\ndef f():\n    return 1", "    ", "    @cache\n    def f():\n        return 1"),
    ("f() {\n  a();\n}", "  ", "  f() {\n    a();\n  }"),
    ("f() {\n    a();\n  }", "  ", "  f() {\n    a();\n  }"),
    ("def f():\n\n    return 1", "\t", "\tdef f():\n\n\t    return 1"),
    ("    x = 1\n  y = 2", "", "    x = 1\n  y = 2"),
    ("", "    ", ""),
)


@pytest.mark.parametrize(("written", "base", "code"), REBASED)
def test_a_lost_indentation_comes_back(written: str, base: str, code: str) -> None:
    assert rebased(written, base) == code


def test_lines_of_a_string_stay_where_they_stood() -> None:
    old = ["    def f():", "        return '''", "left", "'''"]
    assert rebased("def f():\n    return '''\nleft\n'''", "    ", old) == (
        "    def f():\n        return '''\nleft\n'''"
    )


UNITS = (
    ("def f():\n    return 1\n", "    "),
    ("f {\n  a {\n    b\n  }\n}\n", "  "),
    ("f {\n\ta\n}\n", "\t"),
    ("f {\n\ta\n}\ng {\n  b\n}\n", ""),
    ("/**\n * text\n */\nf {\n\ta\n}\n", "\t"),
    ("a\nb\n", ""),
    ("", ""),
)


@pytest.mark.parametrize(("text", "unit"), UNITS)
def test_how_a_file_is_indented(text: str, unit: str) -> None:
    assert usual_indent(text) == unit


INDENTED = (
    ("f {\n    a {\n        b\n    }\n}", "g {\n\tc\n}\n", "f {\n\ta {\n\t\tb\n\t}\n}"),
    ("f {\n  a\n}", "g {\n\tc\n}\n", "f {\n\ta\n}"),
    ("f {\n\ta {\n\t\tb\n\t}\n}", "g {\n  c\n}\n", "f {\n  a {\n    b\n  }\n}"),
    ("f {\n\ta\n}", "g {\n\tc\n}\n", "f {\n\ta\n}"),
    ("f {\n  a\n}", "plain\n", "f {\n  a\n}"),
    ("s = `\n    kept\n`", "g {\n\tc\n}\n    kept\nd\n\te\n", "s = `\n    kept\n`"),
)


@pytest.mark.parametrize(("code", "text", "comes_to"), INDENTED)
def test_tabs_and_spaces_are_the_files_own(code: str, text: str, comes_to: str) -> None:
    assert indented_like(code, text) == comes_to


@given(st.text(st.sampled_from("ab \t\n:{}`"), max_size=40), st.sampled_from(("", "  ", "    ", "\t")))
def test_nothing_but_white_space_is_ever_changed(code: str, base: str) -> None:
    written = "".join(code.split())
    assert "".join(rebased(code, base).split()) == written
    assert "".join(trimmed(code).split()) == written
    assert "".join(indented_like(code, f"x\n{base}y\n").split()) == written
