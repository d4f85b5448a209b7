"""`:Emberline`: what is asked of the server by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .editor import Editor, wait_until

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]


def test_explain_shows_why_in_a_window(own: Open) -> None:
    editor = own("x = 1")
    editor.keys(":Emberline explain<CR>")
    wait_until(lambda: any("goes to a model here" in row for row in editor.screen(19)), "no explanation")
    assert any("it is warm" in row for row in editor.screen(19))
    editor.keys("l")  # moving the cursor closes it
    wait_until(lambda: not any("it is warm" in row for row in editor.screen(19)), "it stays")


def test_subcommands_are_completed_and_wrong_ones_told(own: Open) -> None:
    editor = own("x = 1")
    assert editor.lua("return vim.fn.getcompletion('Emberline e', 'cmdline')") == ["explain"]
    editor.keys(":Emberline nonsense<CR>")
    wait_until(lambda: "no subcommand" in editor.lua("return vim.fn.execute('messages')"), "nothing was said")
