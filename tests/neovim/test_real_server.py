"""The real server with the real model: what appears behind the cursor is what <Tab> inserts."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from emberline.models import catalogue, store

from .binaries import Version
from .editor import LINES, Editor, alive, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.model]

Open = Callable[..., Editor]

CALM_S = 1.0
MODEL_PATIENCE_S = 90.0
"""The engine loads its model first, on a machine that may be busy."""

CODE = '''\
"""Areas of plane figures."""

import math


def rectangle_area(width: float, height: float) -> float:
    """The area of a rectangle."""
    return width * height


def circle_area(radius: float) -> float:
    """The area of a circle."""
'''


@pytest.fixture
def engine_environment() -> Iterator[Mapping[str, str]]:
    """Where the real server finds its model, and a place for an engine of the test's own."""
    command = [sys.executable, "-m", "emberline", "models", "pull", catalogue.DEFAULT.name]
    subprocess.run(command, check=True)
    runtime = Path(tempfile.mkdtemp(prefix="emberline"))
    yield {"EMBERLINE_MODELS": str(store.default_folder()), "EMBERLINE_RUNTIME": str(runtime)}
    for process in started_for(runtime):
        process.kill()
    shutil.rmtree(runtime)


def started_for(runtime: Path) -> list[psutil.Process]:
    """The living processes with this runtime folder, wherever in the tree of processes they are."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("EMBERLINE_RUNTIME") == str(runtime) and alive(process):
                found.append(process)
    return found


def settled(look: Callable[[], list[str]], works: Callable[[], bool]) -> list[str]:
    """What `look` sees once it has stayed the same for a while and nobody `works`: a suggestion grows while
    the model writes."""
    seen, since = look(), time.monotonic()

    def calm() -> bool:
        nonlocal seen, since
        if (now := look()) != seen or works():
            seen, since = now, time.monotonic()
        return time.monotonic() - since > CALM_S

    wait_until(calm, "the ghost text never stood still")
    return seen


@pytest.mark.parametrize("version", list(Version), ids=["0.11", "0.12"])
def test_code_appears_and_tab_inserts_it(
    open_editor: Open, engine_environment: Mapping[str, str], version: Version
) -> None:
    command = ", ".join(map(json.dumps, [sys.executable, "-m", "emberline", "serve"]))
    init = f"require('emberline').setup({{ cmd = {{ {command} }} }})"
    editor = open_editor(version, init=init, text=CODE, environment=engine_environment)
    editor.keys("Go")
    editor.holds(*CODE.splitlines(), "    ")
    editor.type("return math.p")
    typed = editor.buffer()

    def shown() -> list[str]:
        """The lines in the window, ghost text included: the last row is the command line."""
        return [row for row in editor.screen(LINES - 1) if row != "~"]

    wait_until(lambda: shown() != typed, "no ghost text", MODEL_PATIENCE_S)
    ghost = settled(shown, lambda: bool(editor.lua("return vim.g.emberline_status.busy")))
    assert ghost != typed
    assert editor.buffer() == typed
    editor.keys("<Tab>")
    editor.holds(*ghost)
    editor.keys("<Esc>u")
    editor.holds(*typed)

    editor.keys(":qa!<CR>")
    runtime = Path(engine_environment["EMBERLINE_RUNTIME"])
    wait_until(lambda: started_for(runtime) == [], "the server or its engine is still there")
