"""Ghost text and its keys beside completion menus and snippets.

The plugins' place is taken by tables that answer as they do; Neovim's own snippets are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .editor import Editor, wait_until

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

CMP = """
local heard = {}
Menu = { open = false }
package.loaded['cmp'] = {
  visible = function() return Menu.open end,
  event = { on = function(_, name, callback) heard[name] = callback end },
}
function Menu.set(open)
  Menu.open = open
  heard[open and 'menu_opened' or 'menu_closed']({})
end
"""
BLINK = """
Menu = { open = false }
package.loaded['blink.cmp'] = { is_menu_visible = function() return Menu.open end }
function Menu.set(open)
  Menu.open = open
  vim.api.nvim_exec_autocmds('User', { pattern = open and 'BlinkCmpMenuOpen' or 'BlinkCmpMenuClose' })
end
"""
OLDER_BLINK = BLINK.replace("is_menu_visible", "is_visible")
SELECTS = (
    "vim.keymap.set('i', '<Tab>', function() return Menu.open and 'NEXT' or '<Tab>' end, { expr = true })"
)
MENUS = pytest.mark.parametrize("menu", [CMP, BLINK, OLDER_BLINK], ids=["cmp", "blink", "older blink"])


def typed(editor: Editor) -> None:
    editor.answers({"val": [{"text": "id = True"}]})
    editor.keys("i")
    editor.type("val")
    editor.sees("valid = True")


@MENUS
def test_it_hides_under_a_plugins_menu_and_comes_back(own: Open, menu: str) -> None:
    editor = own(before=menu)
    typed(editor)
    editor.lua("Menu.set(true)")
    editor.sees("val")
    editor.lua("Menu.set(false)")
    editor.sees("valid = True")
    editor.keys("<Tab>")
    editor.holds("valid = True")


@pytest.mark.parametrize("menu", [CMP, BLINK], ids=["cmp", "blink"])
def test_neovims_own_ghost_text_hides_too(builtin: Open, menu: str) -> None:
    editor = builtin(before=menu)
    typed(editor)
    editor.lua("Menu.set(true)")
    editor.sees("val")
    editor.lua("Menu.set(false)")
    editor.sees("valid = True")


@MENUS
def test_the_menu_keeps_its_key(own: Open, menu: str) -> None:
    editor = own(before=f"{menu}\n{SELECTS}")
    typed(editor)
    editor.lua("Menu.set(true)")
    editor.sees("val")
    editor.keys("<Tab>")
    editor.holds("valNEXT")


BESIDE = "local setup = require('emberline').setup\nrequire('emberline').setup = function(settings)\n"
BESIDE += "  setup(vim.tbl_extend('error', settings, { beside_menu = true }))\nend\n"


@MENUS
def test_beside_a_menu_where_it_is_wanted_the_key_is_the_menus(own: Open, menu: str) -> None:
    editor = own(before=f"{BESIDE}\n{menu}\n{SELECTS}")
    typed(editor)
    editor.lua("Menu.set(true)")
    editor.sees("valid = True")
    editor.keys("<M-Right>")  # which nobody else has
    editor.holds("valid")
    editor.keys("<Tab>")
    editor.holds("validNEXT")


def test_a_menu_without_the_key_does_not_keep_it(own: Open) -> None:
    editor = own(before=f"{BESIDE}\n{CMP}\npcall(vim.keymap.del, 'i', '<Tab>')")
    typed(editor)
    editor.lua("Menu.set(true)")
    editor.keys("<Tab>")
    editor.holds("valid = True")


def test_a_snippet_keeps_tab_until_it_is_over(own: Open) -> None:
    editor = own()
    editor.answers({"for x": [{"text": "s"}], "for x in y: go": [{"text": "()"}]})
    editor.keys("i")
    editor.lua("vim.snippet.expand('for ${1:i} in ${2:items}: go')")
    editor.keys("x")
    editor.sees("for xs in items: go")
    editor.keys("<Tab>")  # Neovim's own mapping: to the second place
    editor.keys("y")
    editor.holds("for x in y: go")
    editor.keys("<Tab>")  # to its end
    wait_until(lambda: editor.cursor() == (1, 14))
    editor.keys("<Esc>A")
    editor.sees("for x in y: go()")
    editor.keys("<Tab>")
    editor.holds("for x in y: go()")


def test_luasnip_keeps_tab_while_it_can_jump(own: Open) -> None:
    luasnip = "package.loaded['luasnip'] = { locally_jumpable = function(n) return n == 1 and Jumps end }"
    jumps = "vim.keymap.set('i', '<Tab>', function() return Jumps and 'JUMP' or '<Tab>' end, { expr = true })"
    editor = own(before=f"Jumps = true\n{luasnip}\n{jumps}")
    typed(editor)
    editor.lua("Jumps = false")
    editor.keys("<Tab>")
    editor.holds("valid = True")
    editor.lua("Jumps = true")
    editor.answers({"valid = True": [{"text": " or False"}]})
    editor.type("?")
    editor.keys("<BS>")
    editor.sees("valid = True or False")
    editor.keys("<Tab>")
    editor.holds("valid = TrueJUMP")


SELECTING = """
vim.cmd([[
function! NextPlace()
  let g:places = get(g:, 'places', 0) + 1
  return "\\<Esc>0" .. (g:places == 1 ? '' : 'w') .. "viwo\\<C-G>"
endfunction
inoremap <silent> <Plug>(next-place) <C-R>=NextPlace()<CR>
imap <Tab> <Plug>(next-place)
]])
"""
"""Leaves with the next place selected, as SnipMate does."""


def test_a_snippet_mapping_that_ends_in_select_mode_works_each_time(own: Open) -> None:
    editor = own("one two", before=SELECTING)
    editor.keys("A<Tab>")
    editor.type("1")
    editor.keys("<Tab>")
    editor.type("2")
    editor.holds("1 2")


TAKES = "vim.keymap.set('i', '<Tab>', 'TAKEN', { buffer = true })"
GIVES_BACK = "vim.keymap.del('i', '<Tab>', { buffer = true })"


def test_a_key_that_a_snippet_took_and_unmapped_is_ours_again(own: Open) -> None:
    """As UltiSnips does, which tells of it; anybody else is found out with the next insertion."""
    editor = own()
    editor.keys("i")
    editor.lua(TAKES)
    editor.keys("<Tab><Esc>A<Tab>")
    editor.holds("TAKENTAKEN")
    editor.answers({"TAKENTAKENval": [{"text": "id = True"}], "1": [{"text": "23"}]})
    editor.lua(f"vim.api.nvim_exec_autocmds('User', {{ pattern = 'UltiSnipsExitLastSnippet' }}) {GIVES_BACK}")
    editor.type("val")
    editor.sees("TAKENTAKENvalid = True")
    editor.keys("<Tab>")
    editor.holds("TAKENTAKENvalid = True")
    editor.lua(f"{TAKES} {GIVES_BACK}")
    editor.keys("<Esc>S1")
    editor.sees("123")
    editor.keys("<Tab>")
    editor.holds("123")


def test_a_snippet_of_snipmate_keeps_tab(own: Open) -> None:
    editor = own(before="vim.keymap.set('i', '<Tab>', 'JUMP')")
    editor.lua("vim.cmd('let b:snip_state = {}')")
    typed(editor)
    editor.keys("<Tab>")
    editor.holds("valJUMP")


def test_a_snippet_of_ultisnips_keeps_tab(own: Open, tmp_path: Path) -> None:
    script = tmp_path / "autoload" / "UltiSnips.vim"
    script.parent.mkdir()
    script.write_text("function! UltiSnips#CanJumpForwards()\n  return 1\nendfunction\n")
    editor = own(before=f"vim.keymap.set('i', '<Tab>', 'JUMP') vim.cmd.source('{script}')")
    typed(editor)
    editor.keys("<Tab>")
    editor.holds("valJUMP")


def test_a_plugin_that_has_changed_does_no_harm(own: Open) -> None:
    broken = "package.loaded['cmp'] = { visible = function() error('gone') end, event = 1 }"
    editor = own(before=f"{broken}\npackage.loaded['blink.cmp'] = true\npackage.loaded['luasnip'] = {{}}")
    typed(editor)
    editor.keys("<Tab>")
    editor.holds("valid = True")
    wait_until(lambda: editor.lua("return vim.fn.execute('messages')") == "")
