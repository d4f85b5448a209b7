"""`:Emberline install`: a server of one's own, and never half of one.

Python's place is taken by a script, which makes an environment whose `emberline` is the scripted server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .binaries import Version
from .conftest import SCRIPTED, OpenEditor
from .editor import Editor, wait_until
from .test_command import messages

pytestmark = pytest.mark.editor

PYTHON = """#!/bin/sh
[ "$#" -eq 2 ] && exit {old_enough}  # asked for its version
folder=$3
echo "$5" >> {told}
mkdir -p "$folder/bin"
printf '#!/bin/sh\\nexec {python} -S {server} {folder} "$@"\\n' > "$folder/bin/emberline"
chmod +x "$folder/bin/emberline"
exit {status}
"""
ATTACHED = "return #vim.lsp.get_clients({ bufnr = 0, name = 'emberline' }) == 1"


def written(folder: Path, status: int = 0, old_enough: int = 0) -> str:
    return PYTHON.format(
        python=sys.executable,
        server=SCRIPTED,
        folder=folder,
        status=status,
        old_enough=old_enough,
        told=folder / "told",
    )


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Puts a `python3` in front of every other, and nothing that could be an `emberline`."""

    def put(*, status: int = 0, old_enough: int = 0) -> dict[str, str]:
        bin_folder = tmp_path / "bin"
        bin_folder.mkdir(exist_ok=True)
        script = written(tmp_path, status, old_enough)
        for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11", "python", "py"):
            (bin_folder / name).write_text(script, "utf-8")
            (bin_folder / name).chmod(0o755)
        return {"PATH": f"{bin_folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}

    return put


@pytest.fixture(params=[Version.V011, Version.V012], ids=["0.11", "0.12"])
def bare(
    request: pytest.FixtureRequest, open_editor: OpenEditor, tmp_path: Path
) -> Callable[[dict[str, str]], Editor]:
    """An editor that knows of no server."""

    def start(environment: dict[str, str]) -> Editor:
        # The fixture waits for a server, so one runs at first: under another name it is not ours to find.
        init = "vim.lsp.config('emberline', { cmd = {cmd} })\nvim.lsp.enable('emberline')"
        editor = open_editor(request.param, init=init, text="x = 1", environment=environment)
        editor.lua("vim.lsp.enable('emberline', false)")
        wait_until(lambda: editor.lua("return #vim.lsp.get_clients() == 0"))
        editor.lua("vim.lsp.config('emberline', { cmd = { 'emberline', 'serve' } })")
        editor.lua("require('emberline').setup({ ghost = 'own' })")
        return editor

    return start


def environments(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "data").glob("*/emberline/server-*"))


def test_it_is_installed_started_and_found_again(
    bare: Callable[..., Editor], python: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    editor = bare(python())
    editor.keys(":Emberline install<CR>")
    wait_until(lambda: "the server is installed" in messages(editor), "nothing was said")
    editor.keys(":bwipeout!<CR>")
    wait_until(lambda: editor.lua(ATTACHED), "it was not started")
    (folder,) = environments(tmp_path)
    assert editor.lua("return vim.lsp.config.emberline.cmd") == [str(folder / "bin" / "emberline"), "serve"]
    assert editor.lua("return require('emberline.install').command()") == [
        str(folder / "bin" / "emberline"),
        "serve",
    ]
    (asked,) = (tmp_path / "told").read_text("utf-8").split()
    assert asked.endswith("[engine]")
    assert (Path(asked.removesuffix("[engine]")) / "pyproject.toml").exists()


def test_an_update_takes_the_place_of_the_old_one(
    bare: Callable[..., Editor], python: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    editor = bare(python())
    editor.lua("os.time = (function(before) return function() before = before + 1 return before end end)(7)")
    editor.keys(":Emberline install<CR>")
    wait_until(lambda: messages(editor).count("the server is installed") == 1)
    (old,) = environments(tmp_path)
    editor.keys(":Emberline install<CR>")
    wait_until(lambda: messages(editor).count("the server is installed") == 2)
    (new,) = environments(tmp_path)
    assert new != old
    assert editor.lua("return vim.lsp.config.emberline.cmd")[0].startswith(str(new))


def test_one_that_fails_leaves_nothing_and_what_was_there(
    bare: Callable[..., Editor], python: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    editor = bare(python())
    editor.lua("os.time = (function(before) return function() before = before + 1 return before end end)(7)")
    editor.keys(":Emberline install<CR>")
    wait_until(lambda: "the server is installed" in messages(editor))
    before = environments(tmp_path)
    python(status=1)
    editor.keys(":Emberline install<CR>")
    wait_until(lambda: "the server was not installed; nothing of it was kept" in messages(editor))
    assert environments(tmp_path) == before
    assert editor.lua("return require('emberline.install').installed()").startswith(str(before[0]))


def test_a_server_that_is_named_stays_the_one_in_use(own: Callable[..., Editor], tmp_path: Path) -> None:
    editor = own("x = 1")
    folder = tmp_path / "bin"
    folder.mkdir()
    script = written(tmp_path)
    (folder / "python3").write_text(script, "utf-8")
    (folder / "python3").chmod(0o755)
    editor.lua("vim.env.PATH = ... .. ':' .. vim.env.PATH", str(folder))
    command = editor.lua("return vim.lsp.config.emberline.cmd")
    editor.keys(":Emberline install<CR>")
    wait_until(lambda: "names another one" in messages(editor), "nothing was said")
    assert editor.lua("return vim.lsp.config.emberline.cmd") == command


def test_without_a_python_it_says_so(
    bare: Callable[..., Editor], python: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    editor = bare(python(old_enough=1))
    editor.keys(":Emberline install<CR><CR>")
    wait_until(lambda: "there is no Python 3.11 or newer" in messages(editor), "nothing was said")
    assert environments(tmp_path) == []
