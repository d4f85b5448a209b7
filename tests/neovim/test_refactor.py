"""Refactorings as Neovim shows them: preview, questions, progress, messages, cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .editor import COLUMNS, LINES, Editor, wait_until
from .scripts import (
    CODE,
    DIFF,
    TOKEN,
    USER,
    WORDS,
    Step,
    asks_for_nothing,
    begins,
    confirms,
    done,
    gone,
    lines_of,
    progress,
    renaming,
    runs,
    says,
)
from .test_command import messages, shows

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]


# -- the preview ---------------------------------------------------------------------------------------


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


# -- questions -----------------------------------------------------------------------------------------


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


# -- progress and the end ------------------------------------------------------------------------------


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
    assert editor.lua("return require('emberline.progress').word()") is None
