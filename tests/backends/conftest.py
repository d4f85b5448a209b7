from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from emberline.backends.engine import EngineSettings, default_threads
from emberline.models import catalogue, store


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own; engines that it leaves behind are ended."""
    folder = tmp_path / "run"
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(folder))
    yield folder
    for process in engines(folder):
        with contextlib.suppress(psutil.Error):
            process.kill()
            process.wait(10)


def engines(folder: Path) -> list[psutil.Process]:
    """The engine processes that this runtime folder's state files name."""
    found = []
    for state in folder.glob("*/state.json"):
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            found.append(psutil.Process(json.loads(state.read_text())["pid"]))
    return found


@pytest.fixture
def settings() -> EngineSettings:
    """The default model, small and only as fast as the machine allows."""
    path = store.locate(catalogue.DEFAULT, store.default_folder())
    return EngineSettings(str(path), min(default_threads(), os.cpu_count() or 1), context_tokens=2048)
