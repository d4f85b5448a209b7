"""What a file defines and brings in, by language, in whatever line ends and alphabets."""

import pytest

from emberline.syntax.outline import exports, outline, outline_and_exports, outline_of
from emberline.syntax.tree import parse
from emberline.syntax.types import Definition, Outline, Sort
from tests.syntax.samples import COMMONJS, DEFINED, IMPORTED, JAVA, PYTHON, RUST, SCRIPT

ENDS = {"unix": "\n", "windows": "\r\n", "old mac": "\r"}


def shape(text: str, language_id: str) -> Outline:
    found = outline(text, language_id)
    assert found is not None
    return found


def named(text: str, language_id: str, qualified: str) -> Definition:
    return next(each for each in shape(text, language_id).definitions if each.qualified == qualified)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("language_id", DEFINED)
def test_definitions_have_their_sort_name_and_header(language_id: str, end: str) -> None:
    text, expected = DEFINED[language_id]
    text = text.replace("\n", end)
    found = shape(text, language_id).definitions
    got = [(each.sort, each.qualified, each.header.of(text).replace(end, "\n")) for each in found]
    assert got == expected
    assert all(each.name_span.of(text) == each.name for each in found)


@pytest.mark.parametrize("language_id", IMPORTED)
def test_every_name_that_is_brought_in_is_an_import(language_id: str) -> None:
    text, _ = DEFINED[language_id]
    found = shape(text, language_id).imports
    assert [(each.module, each.name, each.alias, each.is_exported) for each in found] == IMPORTED[language_id]
    for each in found:
        statement = each.span.of(text)
        assert statement == statement.strip()
        assert statement.split()[0] in ("import", "from", "use", "pub", "mod", "const", "export")


@pytest.mark.parametrize("prefix", ["\ufeff", "# 한글 🎈 é\n\n", "\n\n"], ids=["bom", "wide", "blank"])
def test_offsets_count_code_points(prefix: str) -> None:
    plain = shape(PYTHON, "python").definitions
    text = prefix + PYTHON
    for before, after in zip(plain, shape(text, "python").definitions, strict=True):
        assert after.name_span.of(text) == before.name
        assert after.header.of(text) == before.header.of(PYTHON)
        assert after.span.of(text) == before.span.of(PYTHON)


def test_names_may_be_of_any_alphabet() -> None:
    text = "größe = 'ü🎈'\n\n\ndef größer(naïve):\n    return naïve\n"
    assert [each.name for each in shape(text, "python").definitions] == ["größe", "größer"]
    assert named(text, "python", "größer").header.of(text) == "def größer(naïve):"


@pytest.mark.parametrize(
    ("language_id", "qualified", "start", "core"),
    [
        ("python", "Keeper", "# Looks after", "@decorated("),
        ("python", "Keeper.kept", "# What it keeps", "kept:"),
        ("python", "Keeper.first", "@property", "@property"),
        ("python", "LIMIT", "LIMIT", "LIMIT"),
        ("typescript", "Keeper", "/** Looks", "@decorated"),
        ("typescript", "Keeper.names", "@field()", "@field()"),
        ("typescript", "outer", "function outer", "function outer"),
        ("go", "Keeper", "// Keeper looks", "type Keeper"),
        ("rust", "Keeper", "/// Looks", "#[derive"),
        ("rust", "Keeper.draw", "/// Draws", "#[inline]"),
        ("rust", "inner", "pub mod", "pub mod"),
        ("java", "Keeper", "/** Looks", "@Service"),
        ("java", "Keeper.LIMIT", "LIMIT", "LIMIT"),
        ("java", "Keeper.add", "@Override", "@Override"),
    ],
)
def test_a_definition_begins_with_its_documentation_and_its_core_with_what_is_attached(
    language_id: str, qualified: str, start: str, core: str
) -> None:
    text = DEFINED[language_id][0]
    found = named(text, language_id, qualified)
    assert found.span.of(text).startswith(start)
    assert found.core.of(text).startswith(core)
    assert found.span.end == found.core.end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# About f.\ndef f(): pass\n", "# About f.\n"),
        ("# A heading.\n\ndef f(): pass\n", ""),
        ("x = 1  # About x.\ndef f(): pass\n", ""),
        ("#!/bin/sh\ndef f(): pass\n", ""),
        ("#!/bin/sh\n# -*- coding: utf-8 -*-\n# One.\n# Two.\ndef f(): pass\n", "# One.\n# Two.\n"),
        ("\ufeff# About f.\ndef f(): pass\n", "# About f.\n"),
        ("# One.\r\n#\r\n# Two.  \r\ndef f(): pass\r\n", "# One.\r\n#\r\n# Two.  \r\n"),
    ],
)
def test_documentation_stands_directly_above(text: str, expected: str) -> None:
    found = named(text, "python", "f")
    assert text[found.span.start : found.core.start] == expected


@pytest.mark.parametrize(
    ("language_id", "qualified", "body"),
    [
        ("python", "Keeper.first", "# The oldest one.\n        def inner"),
        ("python", "main", "print(count)"),
        ("typescript", "Keeper.add", "{ this.names.push(name); }"),
        ("typescript", "twice", "2 * n"),
        ("typescript", "Shape", "{ area: number;"),
        ("go", "Shape", "{ Draw("),
        ("go", "New", "{ return nil }"),
        ("rust", "Colour.Mixed", "(u8)"),
        ("java", "Keeper.Colour", "{ RED, GREEN;"),
    ],
)
def test_bodies(language_id: str, qualified: str, body: str) -> None:
    text = DEFINED[language_id][0]
    found = named(text, language_id, qualified)
    assert found.body is not None
    assert found.body.of(text).startswith(body) or found.body.of(text).startswith(body.replace("{ ", "{"))


@pytest.mark.parametrize(
    ("language_id", "qualified"),
    [
        ("typescript", "Shape.draw"),
        ("rust", "Shape.draw"),
        ("java", "Keeper.Shape.draw"),
        ("python", "LIMIT"),
    ],
)
def test_what_has_no_body_has_none(language_id: str, qualified: str) -> None:
    assert named(DEFINED[language_id][0], language_id, qualified).body is None


def test_what_lies_around_a_place_is_told_from_the_outside_in() -> None:
    found = shape(PYTHON, "python")
    place = named(PYTHON, "python", "Keeper.first.inner").name_span
    assert [each.name for each in found.at(place)] == ["Keeper", "first", "inner"]


@pytest.mark.parametrize(
    ("language_id", "text", "expected"),
    [
        ("typescript", SCRIPT, {"default": "shelf", "total": "total"}),
        ("javascript", COMMONJS, {"shut": "shut", "lock": "shut"}),
        ("javascript", "export default class Door {}\n", {"default": "Door"}),
        ("python", 'from .a import b\n__all__ = ["b"]\n__all__ += ["c"]\n', {"b": "b", "c": "c"}),
        ("go", "package a\n", {}),
    ],
)
def test_what_passes_out(language_id: str, text: str, expected: dict[str, str]) -> None:
    tree = parse(text, language_id)
    assert tree is not None
    assert exports(tree, language_id) == expected
    assert outline_and_exports(text, language_id) == (outline_of(tree, language_id), expected)


def test_passed_on_imports() -> None:
    assert [
        each.is_exported for each in shape('from .a import b, c\n__all__ = ("b",)\n', "python").imports
    ] == [
        True,
        False,
    ]
    assert shape("from .a import b as b\n", "python").imports[0].is_exported


def test_broken_code_is_told_as_far_as_it_goes() -> None:
    text = "def good():\n    pass\n\n\ndef bad(:\n    return (\n\n\nclass Late:\n    pass\n"
    assert "good" in [each.name for each in shape(text, "python").definitions]


@pytest.mark.parametrize("language_id", DEFINED)
@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\x00", "\ud800", "((((((", "}" * 50])
def test_nothing_is_found_in_nothing(text: str, language_id: str) -> None:
    assert shape(text, language_id).definitions == ()


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("typescript", "from pkg import count\ndef count(): ...\n"),
        ("javascript", "require(); import(); const {} = require('a'); import {} from 'b'; export {};"),
        ("go", "package a\nimport ()\nfunc () f() {}\nvar ()\n"),
        ("rust", "use ; use {}; use a::{}; impl {} mod ;"),
        ("java", "import ; class { } enum A { }"),
        ("python", "from import\nimport\nclass :\n    = 1\n"),
    ],
)
def test_half_written_statements_are_no_danger(language_id: str, text: str) -> None:
    assert all(each.name for each in shape(text, language_id).definitions)


def test_a_language_without_grammar_has_no_outline() -> None:
    assert outline("def f; end", "ruby") is None
    assert outline("text", "plaintext") is None


def test_deep_nesting_is_no_danger() -> None:
    text = "x = " + "(" * 3000 + ")" * 3000 + "\n"
    assert [each.sort for each in shape(text, "python").definitions] == [Sort.VARIABLE]


def test_a_large_file_is_read_whole() -> None:
    text = "".join(f"# Größe {n}\ndef f{n}():\n    return {n}\n\n\n" for n in range(5_000))
    found = shape(text, "python").definitions
    assert len(found) == 5_000
    assert found[-1].span.of(text) == "# Größe 4999\ndef f4999():\n    return 4999"


def test_members_are_told_from_functions() -> None:
    sorts = {each.qualified: each.sort for each in shape(RUST, "rust").definitions}
    assert sorts["Keeper.draw"] is Sort.METHOD and sorts["inner.deep"] is Sort.FUNCTION
    assert {each.sort for each in shape(JAVA, "java").definitions if each.name == "own"} == set()
