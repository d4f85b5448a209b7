"""A default key without ghost text does what it did before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .binaries import Version
from .editor import Editor, wait_until

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

MAPPINGS = {
    "none": ("", "    "),
    "keys": ("vim.keymap.set('i', '<Tab>', 'keys')", "keys"),
    "keys, mapped again": (
        "vim.keymap.set('i', '<F2>', 'again'); vim.keymap.set('i', '<Tab>', '<F2>', { remap = true })",
        "again",
    ),
    "function": (
        "vim.keymap.set('i', '<Tab>', function() vim.api.nvim_put({ 'put' }, 'c', false, true) end)",
        "put",
    ),
    "expression": ("vim.cmd([[inoremap <expr> <Tab> toupper('up')]])", "UP"),
    "expression with its own key": ("vim.cmd([[imap <expr> <Tab> v:true ? '<Tab>' : 'never']])", "    "),
    "script function": (
        "vim.cmd([[function! Said()\nreturn 'said'\nendfunction\ninoremap <silent> <expr> <Tab> Said()]])",
        "said",
    ),
}


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_tab_falls_through(own: Open, mapping: str) -> None:
    before, typed = MAPPINGS[mapping]
    editor = own(before=before)
    editor.answers({f"{typed}{typed}(": [{"text": "ghost)"}]})
    editor.keys("i<Tab>")
    editor.holds(typed)
    editor.keys("<Tab>")
    editor.holds(typed * 2)
    editor.type("(")
    editor.sees(f"{typed}{typed}(ghost)")
    editor.keys("<Tab>")
    editor.holds(f"{typed}{typed}(ghost)")


def test_an_alt_key_falls_through_as_neovim_takes_it(own: Open) -> None:
    # From the keyboard an unmapped <M-l> is <Esc>l; handed on by a mapping it would insert an "l".
    editor = own()
    editor.keys("izq<M-l>")
    wait_until(lambda: editor.nvim.api.get_mode()["mode"] == "n")
    editor.holds("zq")


def test_tab_still_ends_an_abbreviation(own: Open) -> None:
    # Neovim's own mapping of <Tab> ends none: without it, the key does.
    editor = own(before="vim.keymap.del('i', '<Tab>'); vim.cmd('iabbrev teh the')")
    editor.keys("iteh<Tab>")
    editor.holds("the ")


def test_tab_still_jumps_in_a_snippet(own: Open) -> None:
    editor = own()
    editor.keys("i")
    wait_until(lambda: editor.nvim.api.get_mode()["mode"] == "i")
    editor.lua("vim.snippet.expand('f($1, $2)')")
    editor.keys("a<Tab>b")
    editor.holds("f(a, b)")


def test_a_buffers_own_mapping_comes_back(own: Open) -> None:
    editor = own(
        before="vim.api.nvim_create_autocmd('BufReadPost', { callback = function() "
        "vim.keymap.set('i', '<Tab>', 'mine', { buffer = true }) end })"
    )
    assert editor.nvim.funcs.maparg("<Tab>", "i") != "mine"
    editor.lua("for _, client in ipairs(vim.lsp.get_clients()) do client:stop() end")
    wait_until(lambda: editor.nvim.funcs.maparg("<Tab>", "i") == "mine")
    editor.keys("i<Tab>")
    editor.holds("mine")


@pytest.mark.parametrize("version", list(Version))
def test_keys_of_the_users_own_choice(open_editor: Open, version: Version) -> None:
    init = """
    vim.keymap.set('i', '<C-y>', '<Plug>(emberline-accept)')
    require('emberline').setup({ cmd = {cmd}, keys = { accept = false, dismiss = '<F3>' } })
    """
    editor = open_editor(version, init=init)
    editor.answers({"x": [{"text": " = 1"}], "x   ": [{"text": "# one"}]})
    editor.keys("i")
    editor.type("x")
    editor.sees("x = 1")
    editor.keys("<F3>")
    editor.sees("x")
    editor.keys("<Tab>")
    editor.sees("x   # one")
    editor.keys("<C-y>")
    editor.holds("x   # one")


def test_a_setting_that_does_not_exist_is_named(own: Open) -> None:
    editor = own()
    said = editor.lua("return { pcall(require('emberline').setup, { keys = { acept = '<Tab>' } }) }")
    assert said[0] is False
    assert 'unknown key "keys.acept"' in said[1]
