"""Refactorings as Neovim shows them: menu, questions, preview, progress, messages, edits and their undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from .editor import COLUMNS, LINES, Editor, wait_until
from .test_command import messages, shows

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]
Step = dict[str, Any]

TOKEN = "emberline/refactor/1"
WORDS = "Renamed Store to Shelf in 2 files; computed by a model on this machine."
CODE = "class Store:\n    pass\n"
USER = "from code import Store\n\nStore()\n"
DIFF = """\
--- a/code.py
+++ b/code.py
@@ -1,2 +1,2 @@
-class Store:
+class Shelf:
     pass
--- a/user.py
+++ b/user.py
@@ -1,1 +1,1 @@
-from code import Store
+from code import Shelf
@@ -3,1 +3,1 @@
-Store()
+Shelf()
"""


# -- what the server does -----------------------------------------------------------------------------


def progress(kind: str, message: str = "") -> Step:
    value = {"kind": kind, "message": message} | ({"title": "Rename Store"} if kind == "begin" else {})
    return {"tell": "$/progress", "params": {"token": TOKEN, "value": value}}


def begins() -> list[Step]:
    create = {"ask": "window/workDoneProgress/create", "params": {"token": TOKEN}}
    return [create, progress("begin")]


def says(words: str, kind: int = 3) -> Step:
    return {"tell": "window/showMessage", "params": {"type": kind, "message": words}}


def done(words: str, *, applied: bool = True) -> Step:
    return {"answer": {"applied": applied, "words": words, "files": [], "route": None, "leftOut": []}}


def replaces(uri: str, version: int | None, places: Sequence[tuple[int, int, int]], text: str) -> Step:
    """An edit of (line, from, to)."""
    edits = [
        {
            "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": stop}},
            "newText": text,
        }
        for line, start, stop in places
    ]
    return {"textDocument": {"uri": uri, "version": version}, "edits": edits}


def renaming(folder: Path, version: int | None = None) -> Step:
    """Store becomes Shelf in the open file and in one that is not."""
    changes = [
        replaces((folder / "code.py").as_uri(), version, [(0, 6, 11)], "Shelf"),
        replaces((folder / "user.py").as_uri(), None, [(0, 17, 22), (2, 0, 5)], "Shelf"),
    ]
    return applies(changes)


def applies(changes: Sequence[Step]) -> Step:
    return {"ask": "workspace/applyEdit", "params": {"edit": {"documentChanges": changes}, "label": "Rename"}}


def confirms(folder: Path) -> Step:
    files = [{"uri": (folder / name).as_uri(), "kind": "edit"} for name in ("code.py", "user.py")]
    refused = [progress("end"), done("Not wanted; nothing was changed.", applied=False)]
    params = {"title": "Rename Store", "words": WORDS, "diff": DIFF, "files": files, "token": TOKEN}
    return {"ask": "emberline/confirm", "params": params, "refused": refused}


def runs(editor: Editor, *steps: Step) -> None:
    editor.refactors({"steps": list(steps)})


# -- what the user sees -------------------------------------------------------------------------------


def gone(editor: Editor, text: str) -> None:
    wait_until(lambda: not any(text in row for row in editor.screen(LINES)), f"{text!r} stays")


def asks_for_nothing(editor: Editor) -> None:
    assert not editor.nvim.api.get_mode()["blocking"], "it asks for a key"


def lines_of(editor: Editor, path: Path) -> list[str]:
    return list(editor.lua("return vim.api.nvim_buf_get_lines(vim.fn.bufnr(...), 0, -1, true)", str(path)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "user.py").write_text(USER, "utf-8")
    return tmp_path


# -- the preview --------------------------------------------------------------------------------------


def test_the_preview_shows_words_files_and_difference(own: Open, folder: Path) -> None:
    editor = own(CODE)
    runs(editor, confirms(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(
        editor,
        " Rename Store ",
        "Renamed Store to Shelf in 2 files; computed by a model on this machine.",
        "changes  code.py",
        "changes  user.py",
        "-class Store:",
        "+class Shelf:",
        " y accept   q refuse   ]f [f next, previous file ",
    )
    (ordered,) = editor.wait_for("workspace/executeCommand")
    assert ordered["command"] == "emberline.refactor"
    (argument,) = ordered["arguments"]
    assert argument["instruction"] == "rename it"
    assert argument["preview"] is True
    assert argument["uri"] == (folder / "code.py").as_uri()


@pytest.mark.parametrize("key", ["y", "<CR>"])
def test_accepting_is_answered(own: Open, folder: Path, key: str) -> None:
    editor = own(CODE)
    runs(editor, confirms(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.keys(key)
    assert editor.responds("emberline/confirm") == {"accept": True}
    gone(editor, "y accept")
    shows(editor, "Emberline: Renamed Store to")


@pytest.mark.parametrize("keys", ["q", "n", "<Esc>", ":q<CR>", "<C-w>c", ":enew<CR>", "<C-w>o"])
def test_refusing_and_any_other_way_out_leave_everything(own: Open, folder: Path, keys: str) -> None:
    editor = own(CODE)
    runs(editor, *begins(), confirms(folder), renaming(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.keys("<C-w>w<C-w>o" if keys == "<C-w>o" else keys)
    assert editor.responds("emberline/confirm") == {"accept": False}
    shows(editor, "Emberline: Not wanted; nothing was changed.")
    gone(editor, "y accept")
    assert editor.responses("workspace/applyEdit") == []
    assert lines_of(editor, folder / "code.py") == CODE.splitlines()
    assert (folder / "user.py").read_text("utf-8") == USER
    assert editor.lua("return vim.fn.bufexists(...)", str(folder / "user.py")) == 0


def test_a_long_difference_scrolls_and_files_are_jumped_to(own: Open, folder: Path) -> None:
    editor = own(CODE)
    step = confirms(folder)
    lines = "".join(f"+--- line {number}\n" for number in range(40))
    step["params"]["diff"] = f"--- a/x\n+++ b/x\n@@ -0,0 +1,40 @@\n{lines}{DIFF}"
    runs(editor, step, done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "--- a/x", "y accept")

    def at() -> str:
        return str(editor.nvim.current.line)

    editor.keys("]f")
    wait_until(lambda: at() == "--- a/x")
    editor.keys("]f")
    wait_until(lambda: at() == "--- a/code.py", "what looks like a heading in a hunk is none")
    editor.keys("]f]f]f")
    wait_until(lambda: at() == "--- a/user.py")
    shows(editor, "+Shelf()", "y accept")
    editor.keys("[f")
    wait_until(lambda: at() == "--- a/code.py")
    editor.keys("gg")
    shows(editor, "Renamed Store to", "y accept")


def test_the_preview_fits_a_screen_that_shrinks(own: Open, folder: Path) -> None:
    editor = own(CODE)
    runs(editor, confirms(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.nvim.ui_try_resize(40, 12)
    wait_until(lambda: any("y accept" in row and row.rstrip().endswith("╯") for row in editor.screen(11)))


@pytest.mark.parametrize(("enter", "mode"), [("i", "i"), ("v", "v"), (":let x", "c")])
def test_no_window_opens_under_who_types(own: Open, folder: Path, enter: str, mode: str) -> None:
    editor = own(CODE)
    runs(editor, *begins(), {"pause": True}, confirms(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "Rename Store")
    editor.keys(enter)
    wait_until(lambda: editor.nvim.api.get_mode()["mode"] == mode)
    editor.tell("test/go", {})
    shows(editor, "something to see and answer: go to Normal mode")
    editor.keys("y" if mode == "i" else "")
    assert editor.responses("emberline/confirm") == []
    assert not any("y accept" in row for row in editor.screen(LINES))
    editor.keys("<Esc>")
    shows(editor, "y accept")
    gone(editor, "go to Normal mode")
    editor.keys("q")
    assert editor.responds("emberline/confirm") == {"accept": False}


# -- questions ----------------------------------------------------------------------------------------


def asks(**params: object) -> Step:
    return {"ask": "emberline/input", "params": {"token": TOKEN, **params}}


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("<CR>", "Store"), ("<C-u>Zaun é𝕏<CR>", "Zaun é𝕏"), ("<Esc>", None), ("<C-u><CR>", None)],
)
def test_a_question_is_asked_with_its_default(own: Open, keys: str, answer: str | None) -> None:
    editor = own(CODE)
    runs(editor, asks(prompt="Rename Store to", default="Store", choices=[]), done("Fine."))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "Rename Store to: Store")
    editor.keys(keys)
    assert editor.responds("emberline/input") == {"answer": answer}
    shows(editor, "Emberline: Fine.")


@pytest.mark.parametrize(
    ("keys", "answer"), [("2<CR>", "b.py"), ("<CR>", None), ("3<CR>c.py<CR>", "c.py"), ("3<CR><Esc>", None)]
)
def test_choices_have_a_last_entry_for_another_answer(own: Open, keys: str, answer: str | None) -> None:
    editor = own(CODE)
    runs(editor, asks(prompt="Move Store to which file?", choices=["a.py", "b.py"]), done("Fine."))
    editor.keys(":Emberline refactor move it<CR>")
    shows(editor, "Move Store to which file?:", "1: a.py", "2: b.py", "3: Another answer…")
    head, *rest = keys.partition("<CR>")
    editor.keys(head + rest[0])
    if rest[1]:
        wait_until(lambda: editor.screen(LINES)[-1].startswith("Move Store to which file?:"))
        editor.keys(rest[1])
    assert editor.responds("emberline/input") == {"answer": answer}


def test_two_questions_come_one_after_the_other(own: Open, folder: Path) -> None:
    editor = own(CODE)
    second = {**confirms(folder), "refused": []}
    runs(editor, confirms(folder), second, done("Both."))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.keys("y")
    editor.responds("emberline/confirm")
    shows(editor, "y accept")
    editor.keys("y")
    editor.responds("emberline/confirm", 2)
    shows(editor, "Emberline: Both.")


def test_an_explanation_stays_to_be_read(own: Open) -> None:
    editor = own(CODE)
    text = "It **closes** the store.\n\n" + "\n".join(f"- point {number}" for number in range(30))
    show = {"tell": "emberline/show", "params": {"title": "Explain Store", "markdown": text}}
    runs(editor, show, done(text, applied=False))
    editor.keys(":Emberline refactor explain it<CR>")
    shows(editor, " Explain Store ", "- point 3", " q close ")
    assert editor.nvim.current.buffer.options["filetype"] == "markdown"
    editor.keys("G")
    shows(editor, "- point 29")
    editor.keys("gg:%yank<CR>")
    wait_until(lambda: editor.lua("return vim.fn.getreg('\"')") == text + "\n", "nothing was yanked")
    editor.keys("<C-w>w")
    wait_until(lambda: editor.buffer() == CODE.splitlines())
    shows(editor, " Explain Store ")
    editor.keys("<C-w>wq")
    gone(editor, " Explain Store ")
    assert "point 29" not in messages(editor)


# -- progress and the end -----------------------------------------------------------------------------


LISTENER = """
seen = {}
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(args) table.insert(seen, args.data.params.value.kind) end,
})
"""


def test_progress_is_shown_in_the_corner_and_in_the_status_word(own: Open) -> None:
    editor = own(CODE, before=LISTENER)
    editor.tell("test/status", {"kind": "normal", "busy": True, "message": "a model, warm"})
    reading, waiting = progress("report", "reading 7 files"), progress("report", "waiting, 3 of 7")
    runs(
        editor,
        *begins(), reading, {"pause": True}, waiting, {"pause": True},
        progress("end"), says("Done as wished."), done("Done as wished."),
    )  # fmt: skip
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, " Rename Store: reading 7 files", ":Emberline cancel stops it")
    rows = editor.screen(LINES)
    assert [row[1:20].strip() for row in rows[-3:-1]] == ["", ""], "not in the corner"
    assert editor.lua("return require('emberline').statusline()") == "ember: refactoring"
    editor.tell("test/go", {})
    shows(editor, " Rename Store: waiting, 3 of 7")
    assert editor.buffer() == CODE.splitlines(), "the float takes no focus"
    editor.tell("test/go", {})
    shows(editor, "Emberline: Done as wished.")
    gone(editor, "Rename Store")
    assert messages(editor).count("Done as wished.") == 1
    assert editor.lua("return require('emberline').statusline()") == "ember: …"
    assert editor.lua("return seen") == ["begin", "report", "report", "end"]


def test_progress_follows_to_another_tab(own: Open) -> None:
    editor = own(CODE)
    runs(editor, *begins(), {"pause": True}, progress("end"), done("Fine."))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "Rename Store", ":Emberline cancel stops it")
    editor.keys(":tabnew<CR>")
    wait_until(lambda: len(editor.nvim.tabpages) == 2)
    shows(editor, "Rename Store", ":Emberline cancel stops it")
    editor.tell("test/go", {})
    gone(editor, "Rename Store")


@pytest.mark.parametrize("words", ["x" * 400, "one\ntwo\nthree " + "é𝕏" * 100])
@pytest.mark.parametrize("kind", [1, 2, 3])
def test_a_long_message_asks_for_no_key(own: Open, words: str, kind: int) -> None:
    editor = own(CODE)
    runs(editor, says(f"Emberline: {words}", kind), done(words, applied=kind == 3))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "Emberline: " + words[:3])
    asks_for_nothing(editor)
    shown = editor.screen(LINES)[-1]
    assert len(shown) < COLUMNS
    assert messages(editor).count("Emberline: ") == 1
    assert "  ".join(words.split("\n")) in messages(editor)


def test_a_plugin_for_notifications_gets_the_whole_message(own: Open) -> None:
    editor = own(CODE, before="told = {}; vim.notify = function(...) table.insert(told, { ... }) end")
    runs(editor, says("x" * 400, 2), done("x" * 400, applied=False))
    editor.keys(":Emberline refactor rename it<CR>")
    wait_until(lambda: editor.lua("return told") == [["Emberline: " + "x" * 400, 3]])


def test_an_error_is_told(own: Open) -> None:
    editor = own(CODE)
    runs(editor, {"fail": {"code": -32602, "message": "range must have start and end"}})
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "Emberline: range must have start and end")
    asks_for_nothing(editor)


def cancelled(**how: Any) -> list[Step]:
    return [progress("end", "cancelled"), how]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (cancelled(**done("Cancelled; nothing was changed.", applied=False)), "Cancelled; nothing was"),
        (cancelled(fail={"code": -32800, "message": "cancelled"}), "stopped; nothing was changed"),
        (
            [progress("end"), says("It has the edit.", 2), {"fail": {"code": -32800, "message": "c"}}],
            "It has",
        ),
    ],
    ids=["answered", "error", "told"],
)
def test_cancel_stops_what_runs(own: Open, steps: list[Step], said: str) -> None:
    editor = own(CODE)
    runs(editor, *begins(), {"hold": steps})
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "Rename Store", ":Emberline cancel stops it")
    editor.keys(":Emberline cancel<CR>")
    assert editor.wait_for("window/workDoneProgress/cancel") == [{"token": TOKEN}]
    shows(editor, f"Emberline: {said}")
    gone(editor, "Rename Store")
    assert messages(editor).count("Emberline: ") == 1


def test_cancel_before_any_progress_ends_the_request(own: Open) -> None:
    editor = own(CODE)
    runs(editor, {"hold": [{"fail": {"code": -32800, "message": "cancelled"}}]})
    editor.keys(":Emberline refactor rename it<CR>")
    editor.wait_for("workspace/executeCommand")
    editor.keys(":Emberline cancel<CR>")
    editor.wait_for("$/cancelRequest")
    shows(editor, "Emberline: stopped; nothing was changed")
    editor.keys(":Emberline cancel<CR>")
    shows(editor, "Emberline: nothing runs that could be stopped")


def test_cancel_closes_the_preview(own: Open, folder: Path) -> None:
    editor = own(CODE)
    runs(editor, *begins(), confirms(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.keys(":Emberline cancel<CR>")
    gone(editor, "y accept")
    assert editor.responds("emberline/confirm") == {"accept": False}


def test_a_preview_whose_refactoring_ended_elsewhere_closes(own: Open, folder: Path) -> None:
    editor = own(CODE)
    first = begins()
    editor.refactors({"steps": [*first, confirms(folder), done(WORDS)]})
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    runs(editor, progress("end"), done("Over."))
    editor.lua("vim.cmd.wincmd('w')")
    editor.keys(":Emberline refactor again<CR>")
    gone(editor, "y accept")
    assert editor.responds("emberline/confirm") == {"accept": False}


def test_a_server_that_dies_leaves_nothing_behind(own: Open, folder: Path) -> None:
    editor = own(CODE)
    runs(editor, *begins(), confirms(folder), done(WORDS))
    editor.keys(":Emberline refactor rename it<CR>")
    shows(editor, "y accept")
    editor.nvim.ui_try_resize(200, LINES)  # what Neovim says of its own accord names a long path
    for process in editor.descendants():
        process.kill()
    gone(editor, "y accept")
    gone(editor, "Rename Store")
    assert editor.lua("return require('emberline.progress').is_running()") is False


# -- edits --------------------------------------------------------------------------------------------


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


# -- menus --------------------------------------------------------------------------------------------

ARGUMENT = {"action": "rename-concept"}
COMMAND = {
    "title": "Rename Store · local, a model",
    "kind": "refactor.rewrite",
    "command": {"title": "Rename", "command": "emberline.refactor", "arguments": [ARGUMENT]},
}
EXACT = {"title": "Extract variable · no model", "kind": "refactor.extract", "data": {"action": "extract"}}
DISABLED = {
    "title": "Split this file",
    "kind": "refactor.move",
    "disabled": {"reason": "the model is too small"},
}
MENUS = {
    "Neovim's": ("lua vim.lsp.buf.code_action()", "Code actions:"),
    "ours": ("Emberline refactor", "Emberline:"),
}


def offers(editor: Editor, folder: Path, *actions: Step) -> None:
    edit = {"documentChanges": [replaces((folder / "code.py").as_uri(), None, [(0, 6, 11)], "Shelf")]}
    editor.refactors(
        {
            "actions": list(actions),
            "resolved": {EXACT["title"]: {"edit": edit}},
            "steps": [*begins(), progress("end"), says("Renamed."), done("Renamed.")],
        }
    )


@pytest.mark.parametrize("menu", list(MENUS))
def test_an_exact_action_is_resolved_into_its_edit(own: Open, folder: Path, menu: str) -> None:
    command, prompt = MENUS[menu]
    editor = own(CODE)
    offers(editor, folder, COMMAND, EXACT)
    editor.keys(f":{command}<CR>")
    shows(editor, prompt, "1: Rename Store · local, a model", "2: Extract variable · no model")
    editor.keys("2<CR>")
    editor.holds("class Shelf:", "    pass")
    editor.keys("u")
    editor.holds(*CODE.splitlines())
    assert editor.received("workspace/executeCommand") == []


@pytest.mark.parametrize("menu", list(MENUS))
def test_an_action_with_a_command_runs_it_and_tells_once(own: Open, folder: Path, menu: str) -> None:
    command, _ = MENUS[menu]
    editor = own(CODE)
    offers(editor, folder, COMMAND, EXACT)
    editor.keys(f":{command}<CR>")
    shows(editor, "1: Rename Store")
    editor.keys("1<CR>")
    (ran,) = editor.wait_for("workspace/executeCommand")
    assert ran["arguments"] == [ARGUMENT]
    shows(editor, "Emberline: Renamed.")
    assert messages(editor).count("Renamed.") == 1


def test_our_menu_says_why_something_cannot_be_done(own: Open, folder: Path) -> None:
    editor = own(CODE)
    offers(editor, folder, DISABLED)
    editor.keys(":Emberline refactor<CR>")
    shows(editor, "1: Split this file (not here: the model is too small)")
    editor.keys("1<CR>")
    shows(editor, "Emberline: the model is too small")
    assert editor.received("workspace/executeCommand") == []


def test_an_empty_menu_is_told(own: Open, folder: Path) -> None:
    editor = own(CODE)
    offers(editor, folder)
    editor.keys(":Emberline refactor<CR>")
    shows(editor, "Emberline: nothing to offer here")


def test_our_menu_hands_over_what_any_tool_complains_of(own: Open, folder: Path) -> None:
    editor = own("é𝕏 = 1\nb = 2\n")
    offers(editor, folder, EXACT)
    editor.lua(
        "vim.diagnostic.set(vim.api.nvim_create_namespace('tool'), 0, {"
        " { lnum = 0, col = 2, end_col = 6, message = 'odd', source = 'tool', code = 'E1', severity = 2 },"
        " { lnum = 1, col = 0, message = 'elsewhere' } })"
    )
    editor.keys(":Emberline refactor<CR>")
    (asked,) = editor.wait_for("textDocument/codeAction")
    place = {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 3}}
    assert asked["context"]["diagnostics"] == [
        {"range": place, "message": "odd", "source": "tool", "code": "E1", "severity": 2}
    ]


def test_what_neovim_announces(own: Open, request: pytest.FixtureRequest) -> None:
    (told,) = own(CODE).wait_for("initialize")
    workspace, actions = (
        told["capabilities"]["workspace"],
        told["capabilities"]["textDocument"]["codeAction"],
    )
    assert told["initializationOptions"]["emberline"] == {"refresh": True, "dialogs": True}
    assert workspace["applyEdit"] is True
    edits = workspace["workspaceEdit"]
    assert sorted(edits["resourceOperations"]) == ["create", "delete", "rename"]
    assert (edits["documentChanges"], edits["failureHandling"]) == (True, "textOnlyTransactional")
    assert edits["changeAnnotationSupport"] is None
    assert (actions["dataSupport"], actions["resolveSupport"]) == (True, {"properties": ["edit", "command"]})
    is_new = "0.12" in request.node.name
    assert actions.get("disabledSupport", False) is is_new


# -- places -------------------------------------------------------------------------------------------

TEXT = "aé𝕏b\n\nzé𝕏\n"


def test_the_cursor_is_an_empty_range(own: Open) -> None:
    assert placed(own(TEXT), "fb:Emberline refactor do<CR>") == (0, 4, 0, 4)


@pytest.mark.parametrize(
    ("select", "place"),
    [
        ("lvl", (0, 1, 0, 4)),
        ("v$", (0, 0, 0, 5)),
        ("lVG", (0, 0, 2, 4)),
        ("jv", (1, 0, 1, 0)),
        ("Gvgg", (0, 0, 2, 1)),
        ("G$vgg", (0, 0, 2, 4)),
        ("l<C-v>Gl", (0, 0, 2, 4)),
    ],
)
@pytest.mark.parametrize("way", [":Emberline refactor do<CR>", "gr"])
def test_a_selection_is_sent_to_its_last_character(
    own: Open, select: str, place: tuple[int, int, int, int], way: str
) -> None:
    editor = own(TEXT, before="vim.keymap.set({ 'n', 'x' }, 'gr', '<Plug>(emberline-refactor)')")
    assert placed(editor, f"{select}{way}" + ("do<CR>" if way == "gr" else "")) == place
    assert editor.nvim.api.get_mode()["mode"] == "n"


def test_a_selection_with_selection_exclusive(own: Open) -> None:
    editor = own(TEXT, before="vim.o.selection = 'exclusive'")
    assert placed(editor, "lvll:Emberline refactor do<CR>") == (0, 1, 0, 4)


def test_a_range_of_lines(own: Open) -> None:
    assert placed(own(TEXT), ":2,3Emberline refactor do<CR>") == (1, 0, 2, 4)


def placed(editor: Editor, keys: str) -> tuple[int, int, int, int]:
    runs(editor, done("Fine."))
    editor.keys(keys)
    (ordered,) = editor.wait_for("workspace/executeCommand")
    start, end = ordered["arguments"][0]["range"]["start"], ordered["arguments"][0]["range"]["end"]
    assert ordered["arguments"][0]["instruction"] == "do"
    return start["line"], start["character"], end["line"], end["character"]


def test_words_go_as_they_are_written(own: Open) -> None:
    editor = own(CODE)
    runs(editor, done("Fine."))
    editor.keys(r""":Emberline refactor  say "a\\b" | 'c'  # and <lt>Tab><CR>""")
    (ordered,) = editor.wait_for("workspace/executeCommand")
    assert ordered["arguments"][0]["instruction"] == r"""say "a\\b" | 'c'  # and <Tab>"""


@pytest.mark.parametrize("keys", ["<Esc>", "<CR>"], ids=["left", "empty"])
def test_no_words_no_refactoring(own: Open, keys: str) -> None:
    editor = own(CODE, before="vim.keymap.set({ 'n', 'x' }, 'gr', '<Plug>(emberline-refactor)')")
    editor.keys("Vgr")
    shows(editor, "What should be done here?")
    editor.keys(keys)
    wait_until(lambda: editor.nvim.api.get_mode()["mode"] == "n", "it still asks")
    assert editor.received("workspace/executeCommand") == []


def test_without_a_server_it_is_told(own: Open) -> None:
    editor = own(CODE)
    editor.keys(":enew<CR>:Emberline refactor do it<CR>")
    shows(editor, "Emberline: no server runs for this file")
