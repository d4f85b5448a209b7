"""The plugin by Neovim 0.12's own package manager, as the manual says it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .binaries import Version
from .conftest import OpenEditor
from .editor import PLUGIN, wait_until

pytestmark = pytest.mark.editor

PACK = """
vim.opt.runtimepath:remove({plugin})
vim.pack.add({ 'file://{source}' }, { confirm = false })
local packs = vim.fn.stdpath('data') .. '/site/pack/core/opt'
vim.opt.runtimepath:append(packs .. '/project/editors/neovim')
require('emberline').setup({ cmd = {cmd}, ghost = 'own' })
"""


def test_vim_pack(open_editor: OpenEditor, tmp_path: Path) -> None:
    source = tmp_path / "project"
    shutil.copytree(PLUGIN, source / "editors" / "neovim")
    who = {f"GIT_{one}_{what}": "you" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for command in ("init --quiet", "add .", "commit --quiet --message plugin"):
        subprocess.run(["git", *command.split()], cwd=source, check=True, env={**os.environ, **who})
    init = PACK.replace("{source}", str(source)).replace("{plugin}", f"'{PLUGIN}'")
    editor = open_editor(Version.V012, init=init)
    editor.answers({"def add(": [{"text": "a, b):"}]})
    editor.keys("i")
    editor.type("def add(")
    editor.sees("def add(a, b):")
    loaded = editor.lua("return vim.api.nvim_get_runtime_file('lua/emberline/init.lua', true)")
    assert [str(tmp_path / "data") in path for path in loaded] == [True]
    wait_until(lambda: editor.lua("return vim.fn.exists(':Emberline')") == 2, "its commands are not there")
