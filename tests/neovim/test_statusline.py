"""What a status line shows of the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .editor import LINES, Editor, wait_until

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

STATUSES = [
    ("normal", False, "a model, warm", "ember: warm", None),
    ("normal", False, "a model, not running", "ember: cold", None),
    ("normal", True, "a model, warm", "ember: …", None),
    ("inactive", False, "paused", "ember: off", None),
    ("warning", False, "without a model", "ember: !", "EmberlineWarning"),
    ("error", False, "broken", "ember: !", "EmberlineError"),
]

LINE = """
vim.o.laststatus = 2
vim.o.statusline = "%{%v:lua.require'emberline'.statusline()%} | %t"
"""

# What of lualine a component is built on; lualine itself is on none of the package registries. As there, the
# option `color` is asked at each drawing.
LUALINE = """
package.preload['lualine.component'] = function()
  local Base = {}
  Base.__index = Base
  function Base:extend()
    local class = setmetatable({ super = self }, { __index = self, __call = function(class, options)
      local made = setmetatable({}, { __index = class })
      made:init(options)
      return made
    end })
    return class
  end
  function Base:init(options)
    self.options = options
  end
  function Base:draw()
    return { self:update_status(true), self.options.color({ section = 'x' }) }
  end
  return Base
end
"""


def become(editor: Editor, kind: str, busy: bool, message: str) -> None:
    tell = "vim.lsp.get_clients({ name = 'emberline' })[1]:notify('test/status', ...)"
    editor.lua(tell, {"kind": kind, "busy": busy, "message": message})
    wait_until(lambda: editor.lua("return (vim.g.emberline_status or {}).message") == message, "not heard of")


def test_it_says_in_a_word_what_the_server_is_doing(own: Open) -> None:
    editor = own("x = 1", before=LINE)
    assert editor.screen(LINES)[-2] == " | code.py", "nothing before the server has said anything"
    for kind, busy, message, shown, group in STATUSES:
        become(editor, kind, busy, message)
        expected = f"{shown} | code.py"
        wait_until(lambda text=expected: editor.screen(LINES)[-2] == text, f"no {expected!r} on the screen")
        drawn = editor.lua("return vim.api.nvim_eval_statusline(vim.o.statusline, { highlights = true })")
        groups = [one["group"] for one in drawn["highlights"] if one["group"].startswith("Emberline")]
        assert groups == ([group] if group else [])


def test_the_lualine_component_says_the_same(own: Open) -> None:
    editor = own("x = 1", before=LUALINE)
    editor.lua("component = require('lualine.components.emberline')({})")
    assert editor.lua("return component:draw()") == ["", []]
    for kind, busy, message, shown, group in STATUSES:
        become(editor, kind, busy, message)
        text, color = editor.lua("return component:draw()")
        assert text == shown
        if group:
            foreground = editor.nvim.api.get_hl(0, {"name": group, "link": False})["fg"]
            assert color == {"fg": f"#{foreground:06x}"}
        else:
            assert color == []


def test_a_lualine_colour_of_the_users_own_stays(own: Open) -> None:
    editor = own("x = 1", before=LUALINE)
    color = "require('lualine.components.emberline')({ color = function() return 'Mine' end }):draw()[2]"
    assert editor.lua(f"return {color}") == "Mine"
