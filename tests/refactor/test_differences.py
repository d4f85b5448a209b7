"""Few edits that give exactly the text after; a diff that git takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.refactor.differences import TextEdit, applied, edits, unified
from emberline.refactor.types import Change, FileChange, Proposal
from emberline.syntax.types import Span

LINES = st.sampled_from(
    ["a\n", "b\n", "\n", "a\r\n", "b\r\n", "c\r", "ab c\n", "é🜂\n", "x", "\r", "\n", "  a\n"]
)
TEXTS = st.lists(LINES, max_size=30).map("".join)


@settings(max_examples=500)
@given(TEXTS, TEXTS)
def test_the_edits_give_the_text_after(before: str, after: str) -> None:
    found = edits(before, after)
    assert applied(before, found) == after
    done = -1
    for edit in found:
        assert done < edit.span.start
        done = edit.span.end
        assert edit.span.of(before) != edit.text
        for place in edit.span:
            assert before[max(0, place - 1) : place + 1] != "\r\n"


@settings(max_examples=300)
@given(st.text(alphabet="ab\r\n", max_size=12), st.text(alphabet="ab\r\n", max_size=12))
def test_short_texts_too(before: str, after: str) -> None:
    assert applied(before, edits(before, after)) == after


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("same\n", "same\n", ()),
        ("x = 1\ny = 2\n", "x = 1\ny = 3\n", (TextEdit(Span(10, 11), "3"),)),
        ("a\nb\nc\n", "a\nc\n", (TextEdit(Span(2, 4), ""),)),
        ("a\nc\n", "a\nb\nc\n", (TextEdit(Span(2, 2), "b\n"),)),
        ("one(1)\ntwo(1)\n", "uno(1)\ndue(1)\n", (TextEdit(Span(0, 3), "uno"), TextEdit(Span(7, 10), "due"))),
        ("a\r\nb\r\n", "a\nb\r\n", (TextEdit(Span(1, 3), "\n"),)),
        ("", "a\n", (TextEdit(Span(0, 0), "a\n"),)),
        ("a\n", "", (TextEdit(Span(0, 2), ""),)),
    ],
)
def test_no_more_than_needed(before: str, after: str, expected: tuple[TextEdit, ...]) -> None:
    assert edits(before, after) == expected


def test_one_change_in_a_big_file_is_one_edit() -> None:
    lines = [f"value_{number} = {number % 7}\n\n" for number in range(60_000)]
    before = "".join(lines)
    lines[30_000] = "value_30000 = 'new'\n\n"
    lines.insert(45_000, "\n\nmore = 1\n")
    assert len(edits(before, "".join(lines))) == 2


# -- the diff ----------------------------------------------------------------------------------------------


def git(folder: Path, *words: str, feed: str = "") -> str:
    done = subprocess.run(["git", *words], cwd=folder, input=feed.encode(), capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr.decode(), feed)
    return done.stdout.decode()


def test_git_takes_the_diff(tmp_path: Path) -> None:
    def file(name: str, before: str | None, after: str | None, to: str | None = None) -> FileChange:
        path = tmp_path / name
        moved = tmp_path / to if to else None
        return FileChange(name, path, path.as_uri(), before, after, moved)

    files = (
        file("a.py", "a\nb\nc\n", "a\nB\nc\n"),
        file("deep/gone.py", "x\n", None),
        file("end.py", "a\nb", "a\nc"),
        file("größe ü.py", "a\n", "b\n"),
        file("moved.py", "1\n2\n3\n4\n", "1\n2\n3\n5\n", "deep/er/moved too.py"),
        file("new.py", None, "n\n"),
        file("no text.py", None, ""),
        file("windows.py", "a\r\nb\r\n", "a\r\nc\r\n"),
    )
    git(tmp_path, "init", "-q")
    for each in files:
        if each.before is not None:
            each.path.parent.mkdir(exist_ok=True, parents=True)
            each.path.write_bytes(each.before.encode())
    git(tmp_path, "apply", "-", feed=unified(Change(files, Proposal(()))))
    for each in files:
        if each.after is None or each.moved_to is not None:
            assert not each.path.exists()
        if each.after is not None:
            assert (each.moved_to or each.path).read_bytes() == each.after.encode()


@settings(max_examples=60)
@given(TEXTS.filter(bool), TEXTS.filter(bool))
def test_git_takes_any_diff(tmp_path_factory: pytest.TempPathFactory, before: str, after: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "diff"
    folder.mkdir(exist_ok=True)
    path = folder / "a.txt"
    path.write_bytes(before.encode())
    if before == after:
        return
    change = Change((FileChange("a.txt", path, path.as_uri(), before, after),), Proposal(()))
    git(folder, "apply", "--whitespace=nowarn", "--unsafe-paths", "-", feed=unified(change))
    assert path.read_bytes() == after.encode()


def test_names_have_their_folders_before_them(tmp_path: Path) -> None:
    path, to = tmp_path / "lib" / "a.py", tmp_path / "lib" / "sub" / "b.py"
    change = Change((FileChange("app/lib/a.py", path, path.as_uri(), "x\n", "x\n", to),), Proposal(()))
    assert "rename from app/lib/a.py\nrename to app/lib/sub/b.py\n" in unified(change)
