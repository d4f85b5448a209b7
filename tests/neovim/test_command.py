"""`:Emberline`: what is asked of the server by hand."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from .binaries import Version
from .editor import LINES, Editor, alive, wait_until

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

SUBCOMMANDS = [
    "ask", "cancel", "commit", "doctor", "explain", "install", "log", "model", "pause", "privacy",
    "refactor", "report", "restart", "resume", "status", "summarize",
]  # fmt: skip
ADD = {"def add(": [{"text": "a, b):"}]}


def shows(editor: Editor, *texts: str) -> None:
    """Wait until all these texts are somewhere on the screen, each within one row."""

    def missing() -> list[str]:
        rows = editor.screen(LINES)
        return [text for text in texts if not any(text in row for row in rows)]

    wait_until(lambda: not missing(), f"not all of {texts} came up")


def messages(editor: Editor) -> str:
    return str(editor.lua("return vim.fn.execute('messages')"))


def server(editor: Editor) -> psutil.Process:
    """The scripted server's process, once it has read all that starts it."""
    editor.wait_for("initialized")
    (found,) = [each for each in editor.descendants() if "scripted_server.py" in " ".join(each.cmdline())]
    return found


def tell(editor: Editor, method: str) -> None:
    editor.lua("vim.lsp.get_clients({ name = 'emberline' })[1]:notify(..., {})", method)


def completes(editor: Editor) -> None:
    """The server works for this buffer: ghost text comes and is taken."""
    editor.answers(ADD)
    editor.keys("<Esc>ggdGi")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.keys("<Tab>")
    editor.holds("def add(a, b):")


def test_explain_shows_why_in_a_window(own: Open) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline explain<CR>")
    shows(editor, "goes to a model here", "it is warm")
    editor.keys("l")  # moving the cursor closes it
    wait_until(lambda: not any("it is warm" in row for row in editor.screen(19)), "it stays")


def test_alone_it_shows_what_the_server_says_of_itself(own: Open) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline<CR>")
    shows(
        editor,
        "state           warm ",
        "model           scripted, warm",
        "privacy         strict (the default)",
        "server          emberline 1.2.3",
    )


def test_pause_and_resume_show_in_the_status(own: Open) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline pause<CR>")
    shows(editor, "Emberline: paused; :Emberline resume goes on")
    editor.keys(":Emberline status<CR>")
    shows(editor, "state           off: paused")
    editor.keys(":Emberline resume<CR>")
    shows(editor, "Emberline: goes on")
    editor.keys(":Emberline status<CR>")
    shows(editor, "state           warm ")


def test_privacy_is_shown(own: Open) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline privacy<CR>")
    shows(editor, "privacy         strict (the default)")
    assert not any("model" in row for row in editor.screen(LINES))


def test_privacy_is_set_by_the_servers_own_program_in_the_workspace(own: Open, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    editor = own(
        "x = 1", name="deep/code.py", before="vim.lsp.config('emberline', { cmd_env = { WHOM = 'you' } })"
    )
    editor.keys(":Emberline privacy trusted<CR>")
    shows(editor, f"privacy set trusted in {tmp_path.name} for you")
    editor.keys(":Emberline privacy open<CR>")
    shows(editor, "privacy set open in")


def test_doctor_runs_in_a_split(own: Open, tmp_path: Path) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline doctor<CR>")
    shows(editor, "x = 1", f"doctor in {tmp_path.name} for nobody")
    assert editor.nvim.current.buffer.options["buftype"] == "terminal"


def test_the_report_in_a_split_and_as_a_page(own: Open, tmp_path: Path) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline report<CR>")
    shows(editor, "x = 1", f"report in {tmp_path.name} for nobody")
    editor.keys(":bwipeout!<CR>:Emberline report page<CR>")
    wait_until(lambda: "report --html --open in" in messages(editor), "nothing was said")


def test_a_model_is_chosen_from_a_menu(own: Open, tmp_path: Path) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline model<CR>")
    shows(editor, "1: small  491 MB, here, in use", "2: large  1117 MB, missing")
    assert not any("your own" in row for row in editor.screen(LINES))
    editor.keys("2<CR>")
    shows(editor, f"models use large in {tmp_path.name} for nobody")
    wait_until(lambda: "the engine's model is large" in messages(editor), "nothing was said")


def test_a_model_is_named(own: Open, tmp_path: Path) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline model other<CR>")
    shows(editor, f"models use other in {tmp_path.name} for nobody")


@pytest.mark.parametrize("command", ["doctor", "privacy strict", "report", "report page", "model", "model a"])
def test_a_program_that_is_not_there_is_named(own: Open, command: str) -> None:
    editor = own("x = 1")
    editor.lua("vim.lsp.config('emberline', { cmd = { 'no-such-program', 'serve' } })")
    editor.keys(f":Emberline {command}<CR><CR>")  # once more, as the message is wider than the screen
    wait_until(lambda: '"no-such-program" is no program' in messages(editor), "nothing was said")
    assert len(editor.nvim.windows) == 1


def test_log_opens_at_its_end_and_for_reading(own: Open) -> None:
    editor = own("x = 1")
    editor.lua("vim.lsp.log.error('one'); vim.lsp.log.error('the newest line')")
    editor.keys(":Emberline log<CR>")
    wait_until(lambda: len(editor.nvim.tabpages) == 2, "no tab")
    assert editor.nvim.current.buffer.name == editor.lua("return vim.lsp.log.get_filename()")
    assert "the newest line" in editor.nvim.current.line
    assert editor.nvim.current.buffer.options["readonly"]


@pytest.mark.parametrize("hangs", [False, True], ids=["", "hung"])
def test_restart_takes_a_new_server(own: Open, hangs: bool) -> None:
    editor = own()
    old = server(editor)
    if hangs:
        tell(editor, "test/hang")
    editor.keys(":Emberline restart<CR>")
    editor.wait_for("initialized", 2)
    assert not alive(old)
    assert server(editor) != old
    completes(editor)
    assert "server ended" not in messages(editor)


def test_restart_with_neovims_own_ghost_text(builtin: Open) -> None:
    editor = builtin()
    old = server(editor)
    editor.keys(":Emberline restart<CR>")
    editor.wait_for("initialized", 2)
    assert server(editor) != old
    completes(editor)


@pytest.mark.parametrize("mode", ["n", "i"])
def test_a_killed_server_is_told_once_and_comes_back(own: Open, mode: str) -> None:
    editor = own()
    editor.nvim.ui_try_resize(200, LINES)  # what Neovim says of its own accord names a long path
    editor.keys("i" if mode == "i" else "")
    wait_until(lambda: editor.nvim.api.get_mode()["mode"] == mode)
    server(editor).send_signal(signal.SIGKILL)
    shows(editor, "Emberline: server ended by signal 9; :Emberline restart starts it")
    assert editor.nvim.api.get_mode() == {"mode": mode, "blocking": False}, "it asks for a key"
    assert messages(editor).count("server ended") == 1
    assert editor.lua("return vim.g.emberline_status.kind") == "error"
    editor.keys("<Esc>:Emberline<CR>")
    shows(editor, "Emberline: no server runs; :Emberline restart starts one")
    editor.keys(":Emberline restart<CR>")
    editor.wait_for("initialized", 2)
    completes(editor)


def test_a_server_that_was_stopped_is_not_told(own: Open) -> None:
    editor = own()
    editor.lua("vim.lsp.enable('emberline', false)")
    wait_until(lambda: editor.lua("return (vim.g.emberline_status or {}).kind") == "inactive", "still there")
    assert messages(editor) == ""


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("Emberline ", SUBCOMMANDS),
        ("Emberline re", ["refactor", "report", "restart", "resume"]),
        ("'<,'>Emberline can", ["cancel"]),
        ("Emberline privacy ", ["open", "strict", "trusted"]),
        ("vertical Emberline privacy tr", ["trusted"]),
        ("Emberline report ", ["page"]),
        ("Emberline status ", []),
    ],
)
def test_words_are_completed(own: Open, line: str, completed: list[str]) -> None:
    assert own("x = 1").lua("return vim.fn.getcompletion(..., 'cmdline')", line) == completed


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nonsense", f'no subcommand "nonsense"; there is {", ".join(SUBCOMMANDS)}'),
        ("privacy secret", 'no argument of privacy "secret"; there is open, strict, trusted'),
        ("privacy open now", 'no argument of privacy "now"; there is open, strict, trusted'),
        ("report now", 'no argument of report "now"; there is page'),
        ("status now", 'no argument of status "now"; there is none'),
    ],
)
def test_wrong_words_are_told(own: Open, command: str, said: str) -> None:
    editor = own("x = 1")
    editor.keys(f":Emberline {command}<CR><CR>")  # once more, where the message is wider than the screen
    wait_until(lambda: said in messages(editor), "nothing was said")


@pytest.mark.parametrize("version", list(Version), ids=["0.11", "0.12"])
def test_the_real_server_answers(open_editor: Open, tmp_path: Path, version: Version) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "config.yaml").write_text("engine:\n  embedded: false\n", "utf-8")
    command = ", ".join(map(json.dumps, [sys.executable, "-m", "emberline", "serve"]))
    editor = open_editor(
        version,
        init=f"require('emberline').setup({{ cmd = {{ {command} }} }})",
        text="x = 1",
        environment={"EMBERLINE_CONFIG": str(tmp_path / "config.yaml"), "EMBERLINE_RUNTIME": str(tmp_path)},
    )

    def says(*texts: str) -> None:
        """Asks for the status until it is so: what has changed takes the server a moment."""

        def said() -> bool:
            editor.nvim.command("Emberline status")
            rows = editor.screen(LINES)
            return all(any(text in row for row in rows) for text in texts)

        wait_until(said, f"the status never was {texts}")

    says("privacy         strict (")
    editor.nvim.command("Emberline pause")
    says("state           off: paused")
    editor.nvim.command("Emberline privacy trusted")
    wait_until(lambda: "trusted" in (tmp_path / "config.yaml").read_text("utf-8"), "it was not written")
    says("privacy         trusted (")
