"""Neovim 0.12's own inline completion with our keys, and without this plugin at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .binaries import Version
from .editor import Editor

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

ADD = {"def add(": [{"text": "a, b):"}]}


def test_shows_and_accepts_the_whole(builtin: Open) -> None:
    editor = builtin()
    editor.answers(ADD)
    editor.keys("i<Tab>")
    editor.holds("    ")
    editor.keys("<C-u>")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.keys("<Tab>")
    editor.holds("def add(a, b):")
    assert editor.cursor() == (1, len("def add(a, b):"))
    (ran,) = editor.wait_for("workspace/executeCommand")
    assert ran["command"] == "emberline.accepted"
    (shown,) = editor.wait_for("textDocument/didShowCompletion")
    assert shown["item"]["command"]["arguments"] == ran["arguments"]


def test_accepts_by_word_and_line(builtin: Open) -> None:
    editor = builtin()
    lines = {"text": "one two\n    three\n    four"}
    editor.answers(
        {
            "x = ": [lines],
            "x = one": [{"text": lines["text"].removeprefix("one")}],
            "x = one two": [{"text": "\n    three\n    four"}],
            "    three": [{"text": "\n    four"}],
        }
    )
    editor.keys("i")
    editor.type("x = ")
    editor.sees("x = one two", "    three", "    four")
    editor.keys("<M-Right>")
    editor.holds("x = one")
    editor.sees("x = one two", "    three", "    four")
    (told,) = editor.wait_for("textDocument/didPartiallyAcceptCompletion")
    assert told["acceptedLength"] == len("one")
    editor.keys("<M-l>")
    editor.holds("x = one two")
    editor.sees("x = one two", "    three", "    four")
    editor.keys("<M-l>")
    editor.holds("x = one two", "    three")
    editor.sees("x = one two", "    three", "    four")
    editor.keys("<Tab>")
    editor.holds("x = one two", "    three", "    four")


def test_ghost_text_has_a_colour_of_its_own_in_any_terminal(builtin: Open) -> None:
    assert builtin().nvim.api.get_hl(0, {"name": "ComplHint", "link": False})["ctermfg"] == 8


def test_accepting_after_typing_on_doubles_nothing(builtin: Open) -> None:
    editor = builtin("()\n")
    editor.answers({"(": [{"text": "value)", "after": 1}]})
    editor.keys("a")
    editor.sees("(value)")
    editor.type("val")
    editor.sees("(value)")
    editor.keys("<Tab>")
    editor.holds("(value)")


def test_what_typing_refuted_is_hidden(builtin: Open) -> None:
    editor = builtin()
    editor.answers(ADD)
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.type("x")
    editor.sees("def add(x")
    editor.keys("<Tab>")
    editor.holds("def add(x" + " " * 3)


def test_dismiss_and_cycle(builtin: Open) -> None:
    editor = builtin()
    editor.answers({"x": [{"text": " = 1"}, {"text": " = 22"}, {"text": " = 333"}]})
    editor.keys("i")
    editor.type("x")
    editor.sees("x = 1")
    editor.keys("<M-]>")
    editor.sees("x = 22 (2/3)")
    editor.keys("<M-[>")
    editor.sees("x = 1 (1/3)")
    editor.keys("<M-[>")
    editor.sees("x = 333 (3/3)")
    editor.keys("<C-]>")
    editor.sees("x")
    assert editor.nvim.api.get_mode()["mode"] == "i"


def test_accepting_is_one_undo_step_and_repeats(builtin: Open) -> None:
    editor = builtin("\n\n")
    editor.answers({"if x": [{"text": ":\n    go()"}]})
    editor.keys("i")
    editor.type("if x")
    editor.sees("if x:", "    go()")
    editor.keys("<Tab>")
    editor.holds("if x:", "    go()", "")
    editor.keys("<Esc>G.")
    editor.holds("if x:", "    go()", "if x:", "    go()")
    editor.keys("u")
    editor.holds("if x:", "    go()", "")
    editor.keys("u")
    editor.holds("if x", "")
    editor.keys("u")
    editor.holds("", "")


def test_refresh_replaces_what_is_shown(builtin: Open) -> None:
    editor = builtin()
    editor.answers({"x": [{"text": " = early"}]})
    editor.keys("i")
    editor.type("x")
    editor.sees("x = early")
    editor.answers({"x": [{"text": " = better"}]})
    uri = editor.lua("return vim.uri_from_bufnr(0)")
    editor.lua("vim.lsp.get_clients()[1]:notify('test/refresh', { uri = ... })", uri)
    editor.sees("x = better")


def test_the_configuration_without_the_plugin(open_editor: Open) -> None:
    """The five lines of the manual for a Neovim that has never heard of us."""
    init = """
    vim.opt.runtimepath = vim.env.VIMRUNTIME
    vim.lsp.config('emberline', { cmd = {cmd}, flags = { debounce_text_changes = 0 } })
    vim.lsp.enable('emberline')
    vim.lsp.inline_completion.enable()
    vim.keymap.set('i', '<Tab>', function()
      return vim.lsp.inline_completion.get() and '' or '<Tab>'
    end, { expr = true })
    """
    editor = open_editor(Version.V012, init=init)
    editor.answers(ADD)
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    editor.keys("<Tab>")
    editor.holds("def add(a, b):")
