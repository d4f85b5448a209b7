"""The default model in two windows: one engine for both, which goes when they are closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from emberline.models import store

from .conftest import SERVER, environment
from .window import Code, Window, alive, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.model]

MODEL_S = 120.0
"""The engine loads its model first, on a machine that may be busy."""
CODE = '''\
"""Areas of plane figures."""

import math


def rectangle_area(width: float, height: float) -> float:
    """The area of a rectangle."""
    return width * height


def circle_area(radius: float) -> float:
    """The area of a circle."""
    return|
'''


@pytest.fixture
def code(tmp_path: Path) -> Iterator[Code]:
    (tmp_path / "config.yaml").write_text(json.dumps({"backends": {"discover": False}}), "utf-8")
    models = {"EMBERLINE_MODELS": str(store.default_folder())}
    settings = {"emberline.command": SERVER}
    started = Code(tmp_path / "code", settings, environment(tmp_path) | models)
    yield started
    started.close()
    for engine in engines(tmp_path):
        engine.kill()


def engines(folder: Path) -> list[psutil.Process]:
    """The living engines of this folder's user, wherever in the tree of processes they are."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("EMBERLINE_RUNTIME") == str(folder / "run")
            if ours and "emberline.backends.engine_host" in process.cmdline() and alive(process):
                found.append(process)
        except psutil.Error:
            continue
    return found


def suggests(window: Window) -> None:
    window.trust()
    window.until_warm()
    window.wake()
    window.edit("areas.py", CODE)
    window.type(" math.p")
    wait_until(window.ghost, "no ghost text", MODEL_S)
    ghost = window.ghost()
    assert ghost
    before = window.text()
    window.press("Tab")
    wait_until(lambda: window.text() != before, "Tab has accepted nothing")


def test_two_windows_share_one_engine(code: Code, tmp_path: Path) -> None:
    windows = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        windows.append(code.open(tmp_path / name))
        suggests(windows[-1])
    assert len(engines(tmp_path)) == 1
    servers = [server for window in windows for server in window.servers()]
    assert len(servers) == 2
    for window in windows:
        window.close()
    wait_until(lambda: not any(map(alive, servers)), "a server is still there")
    wait_until(lambda: not engines(tmp_path), "the engine is still there", MODEL_S)
