"""The plugin's own ghost text: what the screen shows and what ends up in the buffer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .editor import Editor, alive, wait_until

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

ADD = {"def add(": [{"text": "a, b):"}]}
BODY = {"def add(": [{"text": "a, b):\n    return a + b\n\n"}]}


def test_shows_and_accepts_the_whole(own: Open) -> None:
    editor = own()
    editor.answers(ADD)
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):", "~")
    editor.holds("def add(")
    editor.keys("<Tab>")
    editor.holds("def add(a, b):")
    assert editor.cursor() == (1, len("def add(a, b):"))
    shown = editor.received("textDocument/didShowCompletion")
    (ran,) = editor.wait_for("workspace/executeCommand")
    assert ran["command"] == "emberline.accepted"
    assert [one["item"]["command"]["arguments"] for one in shown] == [ran["arguments"]]


def test_ghost_text_has_a_colour_of_its_own_in_any_terminal(own: Open) -> None:
    editor = own()

    def colour() -> object:
        return editor.nvim.api.get_hl(0, {"name": "EmberlineGhost"}).get("ctermfg")

    assert colour() == 8
    editor.nvim.command("highlight NonText ctermfg=5 | doautocmd ColorScheme")
    assert colour() == 8, "what is set already stays set"
    editor.nvim.command("colorscheme blue")
    assert colour() == editor.nvim.api.get_hl(0, {"name": "NonText", "link": False})["ctermfg"]


def test_accepts_by_word(own: Open) -> None:
    editor = own()
    editor.answers({"x = ": [{"text": "first.second(third)\nnext"}]})
    editor.keys("i")
    editor.type("x = ")
    editor.sees("x = first.second(third)", "next")
    for word, units in (("first", 5), (".", 6), ("second", 12), ("(", 13), ("third", 18), (")", 19)):
        before = editor.buffer()[0]
        editor.keys("<M-Right>")
        editor.holds(before + word)
        editor.sees("x = first.second(third)", "next")
        told = editor.wait_for("textDocument/didPartiallyAcceptCompletion")[-1]
        wait_until(
            lambda units=units: (
                editor.received("textDocument/didPartiallyAcceptCompletion")[-1]["acceptedLength"] == units
            )
        )
        assert told["item"]["insertText"] == "first.second(third)\nnext"
    editor.keys("<M-Right>")
    editor.holds("x = first.second(third)", "next")
    editor.wait_for("workspace/executeCommand")


def test_accepts_by_line(own: Open) -> None:
    editor = own()
    editor.answers({"def add(": [{"text": "a, b):\n    c = a + b\n    return c"}]})
    editor.keys("i")
    editor.type("def add(")
    whole = ("def add(a, b):", "    c = a + b", "    return c")
    editor.sees(*whole)
    for count in (1, 2, 3):
        editor.keys("<M-l>")
        editor.holds(*whole[:count])
        editor.sees(*whole, "~")
    assert editor.cursor() == (3, len("    return c"))


def test_several_lines_in_the_middle_of_a_line(own: Open) -> None:
    """What follows the cursor is drawn where it will stand."""
    editor = own("call()\nafter\n")
    editor.answers({"call(": [{"text": "\n    one,\n    two,\n"}]})
    editor.keys("5li")
    editor.sees("call(", "    one,", "    two,", ")", "after")
    editor.holds("call()", "after")
    editor.keys("<Tab>")
    editor.holds("call(", "    one,", "    two,", ")", "after")
    editor.sees("call(", "    one,", "    two,", ")", "after")


@pytest.mark.parametrize(
    ("line", "text", "after"),
    [
        ("print()", "value)", 1),
        ("print([])", "a[0], b[1]])", 2),
        ("print(old) # kept", "new_value", 3),
        ("print(longer_name)", "x", 11),
        ("print() # kept", "'äöü 😀 \t', x", 0),
        ("print(schön) # 😀", "hübsch", 5),
        ("print(old, z)", "one,\n      two", 3),
    ],
)
def test_what_is_drawn_is_what_is_inserted(own: Open, line: str, text: str, after: int) -> None:
    editor = own(line + "\n")
    editor.answers({"print([" if "[" in line else "print(": [{"text": text, "after": after}]})
    column = line.index("[" if "[" in line else "(") + 1
    editor.keys(f"{column}li")
    wait_until(lambda: editor.lua("return require('emberline').visible()"))
    ghost = editor.screen(3)
    editor.holds(line)
    editor.keys("<Tab>")
    editor.holds(*(line[:column] + text + line[column + after :]).split("\n"))
    editor.sees(*ghost)


def test_a_range_that_begins_before_the_cursor(own: Open) -> None:
    editor = own()
    editor.answers({"s = '😀' + na": [{"text": "'😀' + name.strip()", "before": 9}]})
    editor.keys("i")
    editor.type("s = '😀' + na")
    editor.sees("s = '😀' + name.strip()")
    editor.keys("<M-Right>")
    editor.holds("s = '😀' + name")
    (told,) = editor.wait_for("textDocument/didPartiallyAcceptCompletion")
    assert told["acceptedLength"] == len("'😀' + name") + 1  # the emoji is two UTF-16 units


def test_typing_what_the_ghost_says_keeps_it_in_every_frame(own: Open) -> None:
    """Also while the server has no answer, or less of one, for what was typed since."""
    editor = own()
    editor.answers({**ADD, "def add(a": "hold", "def add(a, ": [{"text": "b"}]})
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.frames()
    for count, char in enumerate("a, b)", start=2):
        editor.type(char)
        editor.wait_for("textDocument/inlineCompletion", count)
        frames = editor.frames()
        assert frames
        assert set(frames) == {"def add(a, b):"}
    editor.keys("<Tab>")
    editor.holds("def add(a, b):")


def test_a_longer_answer_extends_what_is_shown(own: Open) -> None:
    editor = own()
    editor.answers({**ADD, "def add(a": [{"text": ", b): return a + b"}]})
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.type("a")
    editor.sees("def add(a, b): return a + b")


def test_typing_on_over_a_line_end(own: Open) -> None:
    editor = own()
    editor.answers(BODY)
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):", "    return a + b", "")
    editor.type("a, b):\nret")
    editor.sees("def add(a, b):", "    return a + b", "")
    editor.keys("<Tab>")
    editor.holds("def add(a, b):", "    return a + b", "", "")


def test_typing_something_else_hides_it_and_asks_again(own: Open) -> None:
    editor = own()
    editor.answers({**ADD, "def add(x": [{"text": ", y):"}]})
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.type("x")
    editor.sees("def add(x, y):")
    editor.type("z")
    editor.sees("def add(xz")
    editor.keys("<BS>")
    editor.sees("def add(x, y):")


def test_keystroke_and_change_reach_the_server_without_delay_and_cancel_the_question(own: Open) -> None:
    editor = own()
    editor.answers({"a": "hold", "ab": [{"text": "cde"}]})
    editor.keys("i")
    editor.type("a")
    editor.wait_for("textDocument/inlineCompletion")
    editor.type("b")
    editor.sees("abcde")
    editor.wait_for("$/cancelRequest")
    asked = editor.received("textDocument/inlineCompletion")[-1]
    changed = editor.received("textDocument/didChange")[-1]
    assert asked["textDocument"]["version"] == changed["textDocument"]["version"]
    assert asked["context"]["triggerKind"] == 2
    assert editor.lua("return vim.lsp.get_clients()[1].flags.debounce_text_changes") == 0


def test_dismiss_hides_it_until_the_text_changes(own: Open) -> None:
    editor = own()
    editor.answers({**ADD, "def add(a": [{"text": ", c):"}]})
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.keys("<C-]>")
    editor.sees("def add(")
    assert editor.nvim.api.get_mode()["mode"] == "i"
    questions = len(editor.received("textDocument/inlineCompletion"))
    uri = editor.lua("return vim.uri_from_bufnr(0)")
    editor.lua("vim.lsp.get_clients()[1]:notify('test/refresh', { uri = ... })", uri)
    editor.type("a")
    editor.sees("def add(a, c):")
    assert len(editor.received("textDocument/inlineCompletion")) == questions + 1


@pytest.mark.parametrize("key", ["<Esc>", "<C-c>"])
def test_leaving_insert_mode_hides_it(own: Open, key: str) -> None:
    editor = own()
    editor.answers(ADD)
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.keys(key)
    editor.sees("def add(")
    assert editor.nvim.api.get_mode()["mode"] == "n"
    editor.keys("A")
    editor.sees("def add(a, b):")


def test_alternatives_are_asked_for_and_cycled(own: Open) -> None:
    editor = own()
    editor.answers({"x": [{"text": " = 1"}, {"text": " = 22"}, {"text": " = 333"}]})
    editor.keys("i")
    editor.type("x")
    editor.sees("x = 1")
    editor.keys("<M-]>")
    editor.sees("x = 22   (2/3)")
    assert editor.received("textDocument/inlineCompletion")[-1]["context"]["triggerKind"] == 1
    editor.keys("<M-]>")
    editor.sees("x = 333   (3/3)")
    editor.keys("<M-]>")
    editor.sees("x = 1   (1/3)")
    editor.keys("<M-[>")
    editor.sees("x = 333   (3/3)")
    editor.keys("<Tab>")
    editor.holds("x = 333")
    editor.sees("x = 333")


def test_no_alternatives_change_nothing(own: Open) -> None:
    editor = own()
    editor.answers({"x": [{"text": " = 1"}]})
    editor.keys("i")
    editor.type("x")
    editor.sees("x = 1")
    editor.answers({})
    editor.keys("<M-]>")
    editor.wait_for("textDocument/inlineCompletion", 2)
    editor.type(" ")
    editor.sees("x = 1")


def test_accepting_is_one_undo_step(own: Open) -> None:
    editor = own()
    editor.answers(BODY)
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):", "    return a + b")
    editor.keys("<Tab>")
    accepted = ("def add(a, b):", "    return a + b", "", "")
    editor.holds(*accepted)
    editor.type("more")
    editor.keys("<Esc>")
    editor.holds(*accepted[:3], "more")
    editor.keys("u")
    editor.holds(*accepted)
    editor.keys("u")
    editor.holds("def add(")
    editor.keys("u")
    editor.holds("")
    editor.keys("3<C-r>")
    editor.holds(*accepted[:3], "more")


def test_dot_repeats_what_was_typed_and_accepted(own: Open) -> None:
    editor = own("\n\n")
    editor.answers({"if x": [{"text": ":\n    go()"}]})
    editor.keys("i")
    editor.type("if x")
    editor.sees("if x:", "    go()")
    editor.keys("<Tab>")
    editor.holds("if x:", "    go()", "")
    editor.keys("<Esc>G.")
    editor.holds("if x:", "    go()", "if x:", "    go()")


def test_refresh_replaces_what_is_shown(own: Open) -> None:
    editor = own()
    editor.answers({"x": [{"text": " = early"}]})
    editor.keys("i")
    editor.type("x")
    editor.sees("x = early")
    editor.answers({"x": [{"text": " = better"}]})
    uri = editor.lua("return vim.uri_from_bufnr(0)")
    editor.lua("vim.lsp.get_clients()[1]:notify('test/refresh', { uri = ... })", uri)
    editor.sees("x = better")
    (options,) = [one["initializationOptions"] for one in editor.received("initialize")]
    assert options == {"emberline": {"refresh": True, "dialogs": True}}


def test_hidden_under_the_popup_menu_and_back(own: Open) -> None:
    editor = own("value_one value_two\n")
    editor.answers({"val": [{"text": "id = True"}]})
    editor.keys("o")
    editor.type("val")
    editor.sees("value_one value_two", "valid = True")
    editor.keys("<C-x><C-n>")
    wait_until(lambda: editor.nvim.funcs.pumvisible() == 1)
    wait_until(lambda: "= True" not in editor.screen(2)[1])
    editor.keys("<C-e>")
    editor.sees("value_one value_two", "valid = True")


def test_macros_mean_the_same_every_time(own: Open) -> None:
    editor = own("\n\n")
    editor.answers({"a": [{"text": "bcd"}]})
    editor.keys("qqi")
    editor.type("a")
    editor.keys("<Tab>z<Esc>q")
    editor.holds("a   z", "")
    editor.keys("j@q")
    editor.holds("a   z", "a   z")


def test_windows_line_ends(own: Open) -> None:
    editor = own("first\r\n")
    editor.answers({"go(": [{"text": "\r\n    a,\r\n)"}]})
    editor.keys("o")
    editor.type("go(")
    editor.sees("first", "go(", "    a,", ")")
    editor.keys("<M-l>")
    editor.holds("first", "go(", "    a,")
    (told,) = editor.wait_for("textDocument/didPartiallyAcceptCompletion")
    assert told["acceptedLength"] == len("\r\n    a,")
    editor.keys("<Tab>")
    editor.holds("first", "go(", "    a,", ")")


def test_health_names_the_server(own: Open) -> None:
    editor = own()
    editor.nvim.command("checkhealth emberline")
    report = "\n".join(editor.buffer())
    assert "drawn by this plugin" in report
    assert "Server command" in report
    assert "Refactorings: vim.lsp.buf.code_action() and :Emberline refactor" in report
    assert "ERROR" not in report


def test_nothing_stays_behind(own: Open) -> None:
    editor = own()
    processes = editor.descendants()
    assert any("scripted_server.py" in " ".join(process.cmdline()) for process in processes)
    editor.keys(":qa!<CR>")
    wait_until(lambda: not alive(editor.process))
    wait_until(lambda: not any(map(alive, processes)), "the server is still there")
