"""Neovims to test with, each in a folder of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from .binaries import Version, binary
from .editor import PLUGIN, Editor, wait_until
from .scripts import USER

SCRIPTED = Path(__file__).parent / "scripted_server.py"

OPTIONS = """
vim.o.laststatus, vim.o.showmode, vim.o.ruler, vim.o.shortmess = 0, false, false, 'aoOtTIcFW'
vim.o.expandtab, vim.o.shiftwidth, vim.o.autoindent = true, 4, true
vim.g.loaded_python3_provider = 0 -- looking for one takes a second
vim.opt.runtimepath:prepend({plugin})
"""

NOTHING_ELSE: Mapping[str, str] = MappingProxyType({})

OpenEditor = Callable[..., Editor]


def lua_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def scripted_command(folder: Path) -> str:
    """The Lua table that starts the scripted server."""
    return "{" + ", ".join(map(lua_string, [sys.executable, "-S", str(SCRIPTED), str(folder)])) + "}"


@pytest.fixture
def open_editor(tmp_path: Path) -> Iterator[OpenEditor]:
    """Start a Neovim with a file.

    `init` is Lua that runs at its start, and `{cmd}` in it the scripted server's command; `environment` is
    what differs from this process's own.
    """
    opened: list[Editor] = []

    def start(
        version: Version,
        *,
        init: str,
        text: str = "",
        name: str = "code.py",
        environment: Mapping[str, str] = NOTHING_ELSE,
    ) -> Editor:
        (tmp_path / "answers.json").write_text("{}", "utf-8")
        file = tmp_path / name
        file.write_bytes(text.encode())
        script = OPTIONS.replace("{plugin}", lua_string(str(PLUGIN))) + init.replace(
            "{cmd}", scripted_command(tmp_path)
        )
        editor = Editor(binary(version), tmp_path, script, environment)
        opened.append(editor)
        # What waits in its start lets us in before it is over.
        wait_until(lambda: editor.lua("return vim.v.vim_did_enter") == 1, "Neovim did not start")
        editor.nvim.command(f"edit {file}")
        attached = "return #vim.lsp.get_clients({ bufnr = 0, name = 'emberline' }) == 1"
        initialized = "return vim.lsp.get_clients({ bufnr = 0, name = 'emberline' })[1].initialized"
        wait_until(lambda: editor.lua(attached) and editor.lua(initialized), "the server did not attach")
        return editor

    yield start
    for editor in opened:
        editor.close()


@pytest.fixture(params=[Version.V011, Version.V012], ids=["0.11", "0.12"])
def own(request: pytest.FixtureRequest, open_editor: OpenEditor) -> Callable[..., Editor]:
    """Open an editor whose ghost text is the plugin's own."""

    def start(text: str = "", *, name: str = "code.py", before: str = "") -> Editor:
        init = f"{before}\nrequire('emberline').setup({{ cmd = {{cmd}}, ghost = 'own' }})"
        return open_editor(request.param, init=init, text=text, name=name)

    return start


@pytest.fixture
def builtin(open_editor: OpenEditor) -> Callable[..., Editor]:
    """Open a 0.12 whose own inline completion draws."""

    def start(text: str = "", *, name: str = "code.py", before: str = "") -> Editor:
        init = f"{before}\nrequire('emberline').setup({{ cmd = {{cmd}} }})"
        return open_editor(Version.V012, init=init, text=text, name=name)

    return start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The workspace, with a second file that is not open."""
    (tmp_path / "user.py").write_text(USER, "utf-8")
    return tmp_path
