"""A change as one edit: right in every encoding, and in an order that can be carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from lsprotocol.converters import get_converter

from emberline.documents.encoding import PositionEncoding
from emberline.lsp.aftermath import unapplied
from emberline.lsp.client import Edits
from emberline.lsp.workspace_edit import Sheet, is_wide, obstacle, sheet, to_confirm
from emberline.refactor.types import Change, FileChange, Proposal, Unfit
from tests.lsp.editor import carry_out

FOLDER = Path("/project")
ALL = frozenset(("create", "rename", "delete"))
ABLE = Edits(True, True, ALL, True, "abort", True)
UTF16 = PositionEncoding.UTF16
CONVERTER = get_converter()
PIECES = ["a", "b", " ", "é", "名", "😀", "\n", "\r\n", "\r", "\f", "\u2028", "\ufeff"]
TEXTS = st.lists(st.sampled_from(PIECES)).map("".join)


def uri(name: str) -> str:
    return (FOLDER / name).as_uri()


def file(name: str, before: str | None, after: str | None, to: str = "") -> FileChange:
    return FileChange(name, FOLDER / name, uri(name), before, after, FOLDER / to if to else None)


def change(*files: FileChange) -> Change:
    return Change(files, Proposal(()))


def made(of: Change, versions: dict[str, int] | None = None, can: Edits = ABLE) -> Sheet:
    return sheet(of, versions or {}, can, UTF16)


def plain(ready: Sheet) -> dict[str, Any]:
    written: dict[str, Any] = CONVERTER.unstructure(ready.edit, types.WorkspaceEdit)
    return written


def kinds(ready: Sheet) -> list[tuple[str, str]]:
    """What is done to which file, in order."""
    return [
        (
            step.get("kind", "edit"),
            (step.get("uri") or step.get("oldUri") or step["textDocument"]["uri"])[16:],
        )
        for step in plain(ready)["documentChanges"]
    ]


@given(TEXTS, TEXTS, st.sampled_from(PositionEncoding))
def test_any_text_becomes_any_other_in_every_encoding(
    before: str, after: str, encoding: PositionEncoding
) -> None:
    ready = sheet(change(file("a", before, after)), {uri("a"): 1}, ABLE, encoding)
    texts = {uri("a"): before}
    carry_out(plain(ready), texts, {uri("a"): 1}, encoding.value)
    assert texts == {uri("a"): after}


@given(TEXTS, TEXTS)
def test_a_byte_order_mark_is_no_part_of_what_an_editor_loads(before: str, after: str) -> None:
    texts = {uri("a"): before}
    carry_out(plain(made(change(file("a", f"\ufeff{before}", f"\ufeff{after}")))), texts)
    assert texts == {uri("a"): after}


@given(TEXTS, TEXTS)
def test_the_same_for_a_client_without_versions(before: str, after: str) -> None:
    can = Edits(True, False, frozenset(), False, "", False)
    texts = {uri("a"): before}
    carry_out(plain(made(change(file("a", before, after)), {uri("a"): 1}, can=can)), texts)
    assert texts == {uri("a"): after}


def test_versions_of_what_is_open_and_none_of_the_rest() -> None:
    ready = made(change(file("a", "x", "y"), file("b", "x", "y")), {uri("a"): 7})
    told = [step["textDocument"] for step in plain(ready)["documentChanges"]]
    assert told == [{"uri": uri("a"), "version": 7}, {"uri": uri("b"), "version": None}]


def test_texts_come_first_and_by_their_old_names() -> None:
    ready = made(
        change(
            file("gone", "x", None),
            file("here", "x", "y", "there"),
            file("made", None, "new"),
            file("kept", "x", "y"),
        )
    )
    assert kinds(ready) == [
        ("edit", "here"),
        ("edit", "kept"),
        ("create", "made"),
        ("edit", "made"),
        ("rename", "here"),
        ("delete", "gone"),
    ]
    options = {step["kind"]: step["options"] for step in plain(ready)["documentChanges"] if "kind" in step}
    assert options == {
        "create": {"overwrite": False, "ignoreIfExists": False},
        "rename": {"overwrite": False, "ignoreIfExists": False},
        "delete": {"recursive": False, "ignoreIfNotExists": False},
    }


def test_a_move_alone_edits_nothing_and_an_empty_file_is_only_made() -> None:
    ready = made(change(file("a", "x", "x", "b"), file("empty", None, "")))
    assert kinds(ready) == [("create", "empty"), ("rename", "a")]


@pytest.mark.parametrize(
    ("files", "order"),
    [
        # A module becomes a package, and a new file takes its place.
        (
            [file("a.py", "x", "x", "a/b.py"), file("a.py2", None, ""), file("new", None, "")],
            [("create", "a.py2"), ("create", "new"), ("rename", "a.py")],
        ),
        ([file("a", "x", "x", "b"), file("b", "y", None)], [("delete", "b"), ("rename", "a")]),
        ([file("a", "x", "x", "b"), file("b", "y", "y", "c")], [("rename", "b"), ("rename", "a")]),
        # A file leaves, so that a folder of its name can come.
        ([file("a/b", None, ""), file("a", "x", "x", "c")], [("rename", "a"), ("create", "a/b")]),
        ([file("a", "x", "x", "a/b"), file("c", "x", None)], [("rename", "a"), ("delete", "c")]),
    ],
)
def test_what_takes_a_path_comes_after_what_leaves_it(
    files: list[FileChange], order: list[tuple[str, str]]
) -> None:
    assert kinds(made(change(*files))) == order


def test_files_that_change_places_are_refused() -> None:
    with pytest.raises(Unfit, match="change places"):
        made(change(file("a", "x", "x", "b"), file("b", "y", "y", "a")))


@pytest.mark.parametrize(
    ("one", "operation"),
    [
        (file("a", None, "x"), "create"),
        (file("a", "x", "x", "b"), "rename"),
        (file("a", "x", None), "delete"),
    ],
)
def test_what_the_client_cannot_do_is_refused_as_a_whole(one: FileChange, operation: str) -> None:
    whole = change(file("kept", "x", "y"), one)
    without = Edits(True, True, ALL - {operation}, False, "", False)
    assert "emberline refactor" in obstacle(whole, without)
    with pytest.raises(Unfit, match=" a"):
        made(whole, can=without)
    only = Edits(True, True, frozenset((operation,)), False, "", False)
    assert obstacle(whole, only) == ""


def test_to_be_looked_at_first() -> None:
    whole = change(file("kept", "x", "y"), file("made", None, "new"), file("a", "x", "y", "b"))
    ready = to_confirm(made(whole))
    written = plain(ready)
    assert written["changeAnnotations"] == {
        "emberline-1": {"label": "Emberline", "needsConfirmation": True, "description": "change kept"},
        "emberline-2": {"label": "Emberline", "needsConfirmation": True, "description": "move a to b"},
        "emberline-3": {"label": "Emberline", "needsConfirmation": True, "description": "make made"},
    }
    used = [
        [each["annotationId"] for each in step.get("edits", [step])] for step in written["documentChanges"]
    ]
    assert used == [["emberline-1"], ["emberline-2"], ["emberline-3"], ["emberline-3"], ["emberline-2"]]
    texts = {uri("kept"): "x", uri("a"): "x"}
    carry_out(written, texts, {})
    assert texts == {uri("kept"): "y", uri("made"): "new", uri("b"): "y"}


def test_what_is_wide() -> None:
    assert not is_wide(change(file("a", "x", "y")))
    assert is_wide(change(file("a", "x", "y"), file("b", "x", "y")))
    for one in (file("a", None, "y"), file("a", "x", None), file("a", "x", "x", "b")):
        assert is_wide(change(one))


@pytest.mark.parametrize(
    ("handling", "failed", "words"),
    [
        ("", None, "It may have done a part of it: look at a, b. To take that back, undo in b, undo in a."),
        ("", 1, "Done: change a. Not done: change b. To take back what was done, undo in a."),
        ("", 9, "It may have done a part"),
        ("abort", 0, "Nothing was changed."),
        ("transactional", None, "Nothing was changed."),
        ("textOnlyTransactional", 1, "Nothing was changed."),
        ("undo", 1, "does not promise to succeed: look at a, b."),
    ],
)
def test_what_became_of_it(handling: str, failed: int | None, words: str) -> None:
    steps = made(change(file("a", "x", "y"), file("b", "x", "y"))).steps
    assert words in unapplied(steps, failed, handling, "", ())


def test_files_are_taken_back_by_their_names() -> None:
    steps = made(change(file("a", "x", "x", "b"), file("c", "x", None), file("d", "x", "y"))).steps
    words = unapplied(steps, 3, "abort", "", ())
    assert "look at" in words  # no step has that number
    words = unapplied((*steps, steps[0]), 3, "abort", "because.", ("d",))
    assert words == (
        "Your editor did not apply the edit (d changed while the edit was on its way; because). "
        "Done: change d, move a to b, delete c. Not done: change d. To take back what was done, "
        "bring c back from version control or a backup, move b back to a, undo in d."
    )
