"""Routine work: a commit message, summaries, questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .editor import LINES, Editor, wait_until
from .scripts import gone, runs
from .test_command import messages, shows

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

MESSAGE = "Add retries to close\n\nIt tries three times."
GIT_SAYS = "\n# Please enter the commit message for your changes.\n# On branch main\n"


def answer(**result: object) -> dict[str, object]:
    return {"answer": {"words": "Computed by small on this machine.", "route": None, **result}}


def commits(own: Open, tmp_path: Path, text: str) -> Editor:
    (tmp_path / ".git").mkdir()
    return own(text, name=".git/COMMIT_EDITMSG", before="vim.cmd('filetype plugin on')")


def test_the_message_goes_where_the_commit_is_written(own: Open, tmp_path: Path) -> None:
    editor = commits(own, tmp_path, GIT_SAYS)
    runs(editor, answer(message=MESSAGE))
    editor.keys(":Emberline commit<CR>")
    editor.holds(*MESSAGE.splitlines(), *GIT_SAYS.splitlines())
    shows(editor, "Emberline: Computed by small on this machine.")
    (asked,) = editor.received("emberline/commitMessage")
    assert asked["folder"] == tmp_path.as_uri()
    editor.keys("u")
    editor.holds(*GIT_SAYS.splitlines())


def test_a_message_that_is_there_is_kept(own: Open, tmp_path: Path) -> None:
    editor = commits(own, tmp_path, "Mine\n# On branch main\n")
    runs(editor, answer(message=MESSAGE))
    editor.keys(":Emberline commit<CR>")
    shows(editor, " Commit message ", "Add retries to close", "there is a message already; p puts it")
    editor.keys("q")
    editor.holds("Mine", "# On branch main")
    editor.keys("p")
    editor.holds("Mine", *MESSAGE.splitlines(), "# On branch main")


def test_elsewhere_it_is_shown(own: Open) -> None:
    editor = own("x = 1")
    runs(editor, answer(message=MESSAGE))
    editor.keys(":Emberline commit<CR>")
    shows(editor, " Commit message ", "It tries three times.", "Computed by small on this machine.")
    editor.keys("q")
    editor.holds("x = 1")


@pytest.mark.parametrize(
    ("name", "command", "method"),
    [
        ("code.py", "summarize", "emberline/summarize"),
        ("build.log", "summarize", "emberline/summarizeLog"),
        ("build.log.1", "summarize", "emberline/summarizeLog"),
        ("build.log", "1,2summarize", "emberline/summarize"),
    ],
)
def test_a_summary_is_shown(own: Open, tmp_path: Path, name: str, command: str, method: str) -> None:
    editor = own("one\ntwo\nthree\n")
    (tmp_path / name).write_text("one\ntwo\nthree\n")
    editor.nvim.command(f"edit {name}")  # a log has no file type, and so no server of its own
    runs(editor, answer(markdown="It **counts**.\r\n\r\n- to three"))
    words = command.removesuffix("summarize")
    editor.keys(f":{words}Emberline summarize<CR>")
    shows(editor, f" Summary of {name} ", "- to three", "Computed by small on this machine.")
    (asked,) = editor.received(method)
    assert asked.get("range") == (
        {"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}} if words else None
    )


def test_a_question_is_answered_with_its_places(own: Open, tmp_path: Path) -> None:
    editor = own("x = 1\ny = 2\n")
    place = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 5}}
    citation = {"uri": (tmp_path / "code.py").as_uri(), "range": place, "excerpt": "  y = 2\n"}
    runs(editor, answer(markdown="It is **2** [1].", citations=[citation], found=True))
    editor.keys(":Emberline ask what is y?<CR>")
    shows(editor, " what is y? ", "It is ", "Computed by small", "the places are in the quickfix list")
    (asked,) = editor.received("emberline/ask")
    assert asked["question"] == "what is y?"
    editor.keys("q:cc 1<CR>")
    wait_until(lambda: editor.cursor() == (2, 0))
    assert editor.lua("return vim.fn.getqflist({ title = 0, items = 0 }).title") == "Emberline: what is y?"
    assert editor.lua("return vim.fn.getqflist()[1].text") == "y = 2"


def test_without_words_it_asks_for_them(own: Open) -> None:
    editor = own("x = 1")
    runs(editor, answer(markdown="Not found here.", citations=[], found=False))
    editor.keys(":Emberline ask<CR>")
    shows(editor, "What do you want to know?")
    editor.keys("why?<CR>")
    shows(editor, " why? ", "Not found here.")
    assert not any("quickfix" in row for row in editor.screen(LINES))


def test_progress_shows_and_is_cancelled(own: Open) -> None:
    editor = own("x = 1")
    editor.tell("test/status", {"kind": "normal", "busy": False, "message": "scripted, warm"})
    wait_until(lambda: editor.lua("return require('emberline').statusline()") == "ember: warm")
    begun = {"kind": "begin", "title": "Emberline: summary", "cancellable": True}
    progress = {"token": "emberline/task/1", "value": begun}
    over = {"token": "emberline/task/1", "value": {"kind": "end"}}
    ended = [
        {"tell": "$/progress", "params": over},
        {"fail": {"code": -32800, "message": "cancelled"}},
    ]
    runs(editor, {"tell": "$/progress", "params": progress}, {"hold": ended})
    editor.keys(":Emberline summarize<CR>")
    shows(editor, "Emberline: summary", ":Emberline cancel stops it")
    assert editor.lua("return require('emberline').statusline()") == "ember: working"
    editor.keys(":Emberline cancel<CR>")
    editor.wait_for("window/workDoneProgress/cancel")
    gone(editor, "Emberline: summary")


def test_what_goes_wrong_is_told(own: Open) -> None:
    editor = own("x = 1")
    runs(editor, {"fail": {"code": -32803, "message": "nothing is staged: git add what belongs in it"}})
    editor.keys(":Emberline commit<CR><CR>")
    wait_until(lambda: "nothing is staged: git add" in messages(editor), "nothing was said")
