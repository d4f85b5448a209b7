"""Edits of several files: whole or not at all, and one undo step in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .editor import Editor, wait_until
from .scripts import (
    CODE,
    USER,
    WORDS,
    Step,
    applies,
    asks_for_nothing,
    begins,
    confirms,
    done,
    lines_of,
    progress,
    renaming,
    replaces,
    runs,
    says,
)
from .test_command import messages, shows

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]


def test_two_files_one_undo_each(own: Open, folder: Path) -> None:
    editor = own(CODE)
    version = editor.lua("return vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()]")
    runs(
        editor,
        *begins(), confirms(folder), renaming(folder, version), progress("end"), says(WORDS), done(WORDS),
    )  # fmt: skip
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.keys("y")
    editor.holds("class Shelf:", "    pass")
    assert editor.responds("workspace/applyEdit") == {"applied": True}
    wait_until(lambda: f"Emberline: {WORDS} 2 files are not written yet (:wall)." in messages(editor))
    asks_for_nothing(editor)
    assert (folder / "user.py").read_text("utf-8") == USER, "it was written"
    editor.keys("u")
    editor.holds(*CODE.splitlines())
    editor.keys(":edit user.py<CR>")
    editor.holds("from code import Shelf", "", "Shelf()")
    editor.keys("u")
    editor.holds(*USER.splitlines())


def test_two_refactorings_of_a_hidden_file_are_two_undo_steps(own: Open, folder: Path) -> None:
    editor = own(CODE)
    user = (folder / "user.py").as_uri()
    for text, place in (("Shelf", (2, 0, 5)), ("Board", (2, 0, 5))):
        runs(editor, applies([replaces(user, None, [place], text)]), done(f"Now {text}."))
        editor.keys(":Emberline refactor rename it<CR>")
        shows(editor, f"Emberline: Now {text}. 1 file is not written yet (:wall).")
    editor.keys(":edit user.py<CR>")
    editor.holds("from code import Store", "", "Board()")
    editor.keys("u")
    editor.holds("from code import Store", "", "Shelf()")
    editor.keys("u")
    editor.holds("from code import Store", "", "Store()")


def test_an_edit_is_an_undo_step_apart_from_typing(own: Open, folder: Path) -> None:
    editor = own(CODE)
    runs(
        editor,
        {"pause": True}, applies([replaces((folder / "code.py").as_uri(), None, [(0, 6, 11)], "Shelf")]),
        done("Fine."),
    )  # fmt: skip
    editor.keys(":Emberline refactor rename it<CR>")
    editor.wait_for("workspace/executeCommand")
    editor.keys("Go")
    editor.type("a = 1")
    editor.tell("test/go", {})
    editor.holds("class Shelf:", "    pass", "a = 1")
    editor.type("2")
    editor.keys("<Esc>u")
    editor.holds("class Shelf:", "    pass", "a = 1")
    editor.keys("u")
    editor.holds("class Store:", "    pass", "a = 1")


def test_files_are_made_moved_and_deleted(own: Open, folder: Path) -> None:
    editor = own(CODE)
    (folder / "gone.py").write_text("old\n", "utf-8")
    user, new, made, away = (
        (folder / name).as_uri() for name in ("user.py", "deep/new.py", "made.py", "gone.py")
    )
    start = {"line": 0, "character": 0}
    insertion = [{"range": {"start": start, "end": start}, "newText": "made = 1\n"}]
    runs(
        editor,
        applies(
            [
                replaces(user, None, [(2, 0, 5)], "Shelf"),
                {"kind": "create", "uri": made, "options": {"overwrite": False, "ignoreIfExists": False}},
                {"textDocument": {"uri": made, "version": None}, "edits": insertion},
                {"kind": "rename", "oldUri": user, "newUri": new},
                {"kind": "delete", "uri": away},
            ]
        ),
        done("Fine."),
    )
    editor.keys(":Emberline refactor rename it<CR>")
    assert editor.responds("workspace/applyEdit") == {"applied": True}
    shows(editor, "Emberline: Fine. 1 file is not written yet (:wall).")
    assert lines_of(editor, folder / "made.py") == ["made = 1"]
    assert lines_of(editor, folder / "deep" / "new.py") == ["from code import Store", "", "Shelf()"]
    assert not (folder / "user.py").exists()
    assert (folder / "deep" / "new.py").read_text("utf-8").endswith("Shelf()\n"), (
        "Neovim writes what it moves"
    )
    assert not (folder / "gone.py").exists()
    assert editor.buffer() == CODE.splitlines()


def elsewhere(folder: Path, *more: Step) -> list[Step]:
    """An edit of the open file, and then others."""
    return [replaces((folder / "code.py").as_uri(), None, [(0, 6, 11)], "Shelf"), *more]


def obstacles(folder: Path) -> dict[str, tuple[list[Step], str]]:
    there, missing = (folder / "user.py").as_uri(), (folder / "missing.py").as_uri()
    options = {"overwrite": False, "ignoreIfExists": False}
    creates = {"kind": "create", "uri": there, "options": options}
    renames = {"kind": "rename", "options": options}
    lost = renames | {"oldUri": missing, "newUri": missing}
    return {
        "version": (elsewhere(folder, replaces(there, 7, [(2, 0, 5)], "Shelf")), "user.py has changed"),
        "create": (elsewhere(folder, creates), "is there already"),
        "rename from": (elsewhere(folder, lost), "not on the disk"),
        "rename to": (
            elsewhere(folder, renames | {"oldUri": (folder / "code.py").as_uri(), "newUri": there}),
            "user.py is there already",
        ),
        "delete": (elsewhere(folder, {"kind": "delete", "uri": missing}), "missing.py is not there"),
    }  # fmt: skip


@pytest.mark.parametrize("which", ["version", "create", "rename from", "rename to", "delete"])
def test_what_cannot_be_done_whole_is_not_begun(own: Open, folder: Path, which: str) -> None:
    changes, why = obstacles(folder)[which]
    editor = own(CODE)
    editor.lua("vim.fn.bufload(vim.fn.bufadd('user.py'))")
    runs(editor, applies(changes), done("Not done.", applied=False))
    editor.keys(":Emberline refactor rename it<CR>")
    result = editor.responds("workspace/applyEdit")
    assert (result["applied"], result["failedChange"]) == (False, 0)
    assert why in result["failureReason"]
    shows(editor, "Emberline: Not done.")
    assert editor.buffer() == CODE.splitlines()
    assert lines_of(editor, folder / "user.py") == USER.splitlines()
    assert sorted(each.name for each in folder.glob("*.py")) == ["code.py", "user.py"]


def test_an_edit_that_breaks_off_is_taken_back(own: Open, folder: Path) -> None:
    editor = own(CODE)
    broken = replaces((folder / "user.py").as_uri(), None, [(2, 0, 5)], "Shelf")
    broken["edits"][0]["range"]["start"]["line"] = -5
    runs(editor, applies(elsewhere(folder, broken)), done("Not done.", applied=False))
    editor.keys(":Emberline refactor rename it<CR>")
    result = editor.responds("workspace/applyEdit")
    assert result["applied"] is False
    assert editor.buffer() == CODE.splitlines()
    assert lines_of(editor, folder / "user.py") == USER.splitlines()


def test_annotations_that_ask_nothing_bring_no_messages(own: Open, folder: Path) -> None:
    editor = own(CODE)
    step = renaming(folder)
    step["params"]["edit"]["changeAnnotations"] = {"1": {"label": "Emberline", "description": "change it"}}
    for change in step["params"]["edit"]["documentChanges"]:
        for edit in change["edits"]:
            edit["annotationId"] = "1"
    runs(editor, step, done("Fine."))
    editor.keys(":Emberline refactor rename it<CR>")
    editor.holds("class Shelf:", "    pass")
    shows(editor, "Emberline: Fine. 2 files are not written yet (:wall).")
    assert "Applied changes" not in messages(editor)
    asks_for_nothing(editor)
