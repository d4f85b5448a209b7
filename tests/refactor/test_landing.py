"""A proposal lands whole and exactly where it says, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emberline.documents.text import normalised
from emberline.refactor.landing import land, rebase
from emberline.refactor.lines import BOM
from emberline.refactor.types import Change, Create, Delete, Move, Operation, Proposal, Replace, Unfit
from emberline.syntax.types import Span
from tests.refactor.places import source, sources, terrain, written

A = "def one():\n    return 1\n\n\ndef two():\n    return 1\n"


def landed(folder: Path, files: dict[str, str], *operations: Operation) -> Change:
    return land(Proposal(operations), sources(folder, files), terrain(folder))


def after(folder: Path, text: str, *edits: tuple[str, str]) -> str | None:
    operations = [Replace("a.py", anchor, new) for anchor, new in edits]
    return landed(folder, {"a.py": text}, *operations).files[0].after


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        (A, [("def one", "def first")], A.replace("one", "first")),
        (A, [("def two():\n    return 1", "def two():\n    return 2")], A[:-2] + "2\n"),
        ("a\r\nb\r\nc\r\n", [("a\nb", "x\ny\nz")], "x\r\ny\r\nz\r\nc\r\n"),
        ("a\r\nb\r\n", [("a\r\nb", "x")], "x\r\n"),
        ("a\rb\rc", [("b", "x\ny")], "a\rx\ry\rc"),
        ("a\r\nb\nc\r\n", [("a\nb\nc", "a\nb\nd")], "a\r\nb\nd\r\n"),
        ("a\r\nb\nc\r\n", [("b", "b\nb2")], "a\r\nb\r\nb2\nc\r\n"),
        (BOM + "a = 1\n", [("a = 1", "a = 2")], BOM + "a = 2\n"),
        (BOM + "a = 1\n", [(BOM + "a = 1", BOM + "a = 2")], BOM + "a = 2\n"),
        ("a = 1\nb = 2", [("b = 2", "b = 3\nc = 4\n")], "a = 1\nb = 3\nc = 4"),
        ("a = 1\r\nb = 2\r\n", [("b = 2\n", "b = 3")], "a = 1\r\nb = 3\r\n"),
        ("", [("", "x = 1")], "x = 1"),
        (BOM, [("", "x = 1\n")], BOM + "x = 1\n"),
        ("größe = '🜂'\n", [("'🜂'", "'🜄'")], "größe = '🜄'\n"),
        ("\tif x:\n\t\ty()\n", [("\t\ty()", "\t\tz()")], "\tif x:\n\t\tz()\n"),
        (A, [("one", "uno"), ("one", "uno"), ("two", "two")], A.replace("one", "uno")),
        ("ab", [("b", "c"), ("a", "d")], "dc"),
        ("a\n", [("a\n", "")], ""),
    ],
)
def test_lands(tmp_path: Path, text: str, edits: list[tuple[str, str]], expected: str) -> None:
    assert after(tmp_path, text, *edits) == expected


R, C, M, D = Replace, Create, Move, Delete
WRONG = {
    "stands 2 times in a.py (lines 2, 6): add a neighbouring line": [R("a.py", "return 1", "return 2")],
    "the anchor of edit 2 stands 2 times": [R("a.py", "one", "x"), R("a.py", "def", "x")],
    "does not stand in a.py; the nearest is line 5: copy it exactly": [R("a.py", "def two(x):", "y")],
    "only white space differs at line 5": [R("a.py", "def two():\n  return 1", "x")],
    "it stands in b.py": [R("a.py", "b = 2", "x")],
    "nothing there is like it": [R("a.py", "qqqq", "x")],
    "the anchor of edit 1 in a.py is empty": [R("a.py", "", "x")],
    "the edits 1 and 2 of a.py meet in line 1": [R("a.py", "def one", "x"), R("a.py", "one()", "y")],
    "replace 1: no file c.py was sent": [R("c.py", "x", "y")],
    "did you mean pkg/util.py?": [R("pkg/utils.py", "x", "y")],
    "delete 1: no file unsent.py was sent": [D("unsent.py")],
    "move 1: no file unsent.py was sent": [M("unsent.py", "new.py")],
    "b.py exists already: edit it": [C("b.py", "x")],
    "a.py exists already": [C("A.py", "x")],
    "unsent.py exists already, and was not sent": [C("unsent.py", "x")],
    "UNSENT.py exists already, and was not sent": [C("UNSENT.py", "x")],
    "b.py exists already": [M("a.py", "b.py")],
    "new.py is made twice": [C("new.py", "x"), C("new.py", "y")],
    "new.py and New.py are one name": [C("new.py", "x"), M("a.py", "New.py")],
    "one would be a file and a folder": [C("new", "x"), C("new/x.py", "y")],
    "a.py is edited and deleted": [R("a.py", "one", "x"), D("a.py")],
    "a.py is moved or deleted twice": [M("a.py", "x.py"), D("a.py")],
    "new.py is new in the same answer": [C("new.py", "x"), R("new.py", "x", "y")],
    "link.py are the same file": [R("b.py", "b", "c"), R("link.py", "2", "3")],
    "'..'": [C("../out.py", "x")],
    "absolute": [C("/tmp/out.py", "x")],
    "hidden": [C(".git/hooks/post-commit", "x")],
    "characters that no text file can hold": [C("n.py", "x\0")],
    "nothing would change": [],
    "nothing would change ": [R("a.py", "one", "one"), M("b.py", "b.py")],
    "nothing would change  ": [R("b.py", "b = 2\n", "b = 2\r\n")],
}


@pytest.mark.parametrize("words", WRONG)
def test_refuses(tmp_path: Path, words: str) -> None:
    written(tmp_path, {"unsent.py": "", "b.py": "b = 2\n"})
    (tmp_path / "link.py").symlink_to(tmp_path / "b.py")
    files = {"a.py": A, "b.py": "b = 2\n", "pkg/util.py": "x\n"}
    known = sources(tmp_path, files) | {"link.py": source(tmp_path, "link.py", "b = 2\n")}
    with pytest.raises(Unfit) as told:
        land(Proposal(tuple(WRONG[words])), known, terrain(tmp_path))
    assert words.strip() in str(told.value).replace("b.py and link.py", "link.py and b.py").replace(
        "link.py and b.py are", "link.py are"
    )


def test_all_complaints_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unfit) as told:
        landed(tmp_path, {"a.py": A}, R("a.py", "return 1", "x"), R("a.py", "nothing here", "x"))
    assert len(told.value.complaints) == 2


def test_files_come_go_and_move(tmp_path: Path) -> None:
    change = landed(
        tmp_path,
        {"a.py": "a\r\n", "b.py": "b\n", "c.py": "c\n"},
        R("./a.py", "a", "z"),
        M("a.py", "sub/z.py"),
        D("b.py"),
        C("d.py", "one\ntwo"),
        R("c.py", "c", "c"),
    )
    assert [(each.name, each.before, each.after) for each in change.files] == [
        ("a.py", "a\r\n", "z\r\n"),
        ("b.py", "b\n", None),
        ("d.py", None, "one\r\ntwo\r\n"),
    ]
    assert change.files[0].moved_to == tmp_path / "sub/z.py"
    assert change.files[2].uri == (tmp_path / "d.py").as_uri()


def test_a_new_spelling_of_a_name_is_a_move(tmp_path: Path) -> None:
    change = landed(tmp_path, {"util.py": "a\n"}, M("util.py", "Util.py"))
    assert change.files[0].moved_to == tmp_path / "Util.py"


def test_a_place_of_our_own_may_be_one_of_many(tmp_path: Path) -> None:
    second = A.rindex("return 1")
    at = Span(second, second + 8)
    change = landed(tmp_path, {"a.py": A}, R("a.py", "return 1", "return 2", at))
    assert change.files[0].after == A[:second] + "return 2\n"
    with pytest.raises(Unfit, match="stands 2 times"):
        landed(tmp_path, {"a.py": A}, R("a.py", "return 1", "return 2", Span(second + 1, second + 9)))
    with pytest.raises(Unfit, match="does not stand"):
        landed(tmp_path, {"a.py": A}, R("a.py", "return 7", "return 2", at))


def rebased(folder: Path, was: str, now: str, *operations: Operation) -> str | None:
    ground = terrain(folder)
    change = land(Proposal(operations), {"a.py": source(folder, "a.py", was, 1)}, ground)
    moved = rebase(change, {"a.py": source(folder, "a.py", now, 2)}, ground)
    assert moved.files[0].version == 2
    assert moved.files[0].before == now
    return moved.files[0].after


def test_it_moves_with_the_text(tmp_path: Path) -> None:
    second = A.rindex("return 1")
    ours = R("a.py", "return 1", "return 2", Span(second, second + 8))
    assert rebased(tmp_path, A, "import os\n" + A, ours) == "import os\n" + A[:-2] + "2\n"
    assert rebased(tmp_path, A, A + "x = 1\n", ours) == A[:-2] + "2\nx = 1\n"
    assert rebased(tmp_path, A, A.replace("one", "uno"), R("a.py", "two", "due")) == A.replace(
        "one", "uno"
    ).replace("two", "due")
    for now in (A.replace("two", "due").replace("return 1\n", "return 1  \n"), A[:second], "return 1\n"):
        with pytest.raises(Unfit, match=r"a.py changed meanwhile at line 6"):
            rebased(tmp_path, A, now, ours)
    with pytest.raises(Unfit, match="would be deleted"):
        rebased(tmp_path, A, A + "x\n", D("a.py"))


# -- whatever is proposed ---------------------------------------------------------------------------------

PIECES = st.sampled_from(["a", "b", "aa", "\n", "\r\n", "\r", " ", "\t", "é", "🜂", "def f():\n", "x = 1\r\n"])
TEXTS = st.lists(PIECES, max_size=12).map("".join)
_INSIDE = ["a.py", "b.py", "sub/c.py", "A.py", "new.py", "New.py", "new.py/x", "./a.py", "sub", "e\u0301.py"]
_BARRED = ["../out.py", "/emberline-out.py", "out/x.py", ".git/config", "link.py", "unsent.py", "\u00e9.py"]
NAMES = st.sampled_from(_INSIDE + _BARRED)
OPERATIONS = st.one_of(
    st.builds(Replace, NAMES, TEXTS, TEXTS),
    st.builds(Replace, st.sampled_from(["a.py", "b.py"]), st.sampled_from(["a", "b", "x = 1", "é"]), TEXTS),
    st.builds(Create, NAMES, TEXTS),
    st.builds(Move, NAMES, NAMES),
    st.builds(Delete, NAMES),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(st.tuples(TEXTS, TEXTS, TEXTS, st.sampled_from(["", BOM])), st.lists(OPERATIONS, max_size=4))
def test_nothing_lands_outside_or_partly(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str, str], operations: list[Operation]
) -> None:
    top = tmp_path_factory.getbasetemp() / "fuzz"
    folder = top / "ws"
    files = {"a.py": texts[3] + texts[0], "b.py": texts[1], "sub/c.py": texts[2]}
    written(folder, {**files, "unsent.py": "u\n", ".git/config": ""})
    (top / "outer").mkdir(exist_ok=True)
    for name, to in {"out": top / "outer", "link.py": folder / "b.py"}.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(to)
    known = sources(folder, files) | {"link.py": source(folder, "link.py", texts[1])}
    try:
        change = land(Proposal(tuple(operations)), known, terrain(folder))
    except Unfit as unfit:
        assert unfit.complaints and all(unfit.complaints)
        return
    real = folder.resolve()
    paths = []
    for file in change.files:
        assert file.before != file.after or file.moved_to is not None
        for path in filter(None, (file.path, file.moved_to)):
            assert path.resolve().is_relative_to(real)
            assert ".git" not in path.parts
            paths.append(str(path.resolve()).casefold())
        if file.before is None:
            assert not file.path.exists()
        else:
            assert known[file.name].text == file.before
    assert len(paths) - len(set(paths)) <= sum(1 for each in change.files if each.moved_to)
    changed = {each.name: each for each in change.files}
    by_file: dict[str, list[Replace]] = {}
    for operation in dict.fromkeys(operations):
        name = operation.file.removeprefix("./")
        match operation:
            case Replace():
                if normalised(operation.anchor) != normalised(operation.text):
                    by_file.setdefault(name, []).append(operation)
            case Create():
                made = changed[name].after
                assert made is not None
                assert normalised(made).rstrip("\n") == normalised(operation.text).rstrip("\n")
            case Delete():
                assert changed[name].after is None
            case Move() if name != operation.to.removeprefix("./"):
                assert changed[name].moved_to == folder / operation.to.removeprefix("./")
    for name, edits in by_file.items():
        text = known[name].text
        expected = text.removeprefix(BOM)
        expected = normalised(expected)
        for edit in edits:
            assert not expected or edit.anchor
            assert expected.count(normalised(edit.anchor)) >= 1
        spans = sorted(
            (expected.index(normalised(edit.anchor)), normalised(edit.anchor), normalised(edit.text))
            for edit in edits
        )
        for at, anchor, new in reversed(spans):
            expected = expected[:at] + new + expected[at + len(anchor) :]
        got = changed[name].after if name in changed else text
        assert got is not None
        assert got.startswith(BOM) == text.startswith(BOM)
        if "\n" not in normalised(text):
            assert not got.endswith(("\n", "\r")) or not text.removeprefix(BOM)
        assert normalised(got.removeprefix(BOM)).rstrip("\n") == expected.rstrip("\n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["x", "yy", "é", ""]), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_line_ends_stay(tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "ends"
    text = end.join(["first", *lines, "last"])
    result = after(folder, text, ("first", "one\ntwo\r\nthree"))
    assert result == end.join(["one", "two", "three", *lines, "last"])
