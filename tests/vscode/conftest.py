"""One VS Code for all tests here: its start takes longer than all that they do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import Served, serving

from .window import Code, Window

SERVER = [sys.executable, "-m", "emberline"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A VS Code whose user has a scripted Ollama, and no model of ours."""

    code: Code
    ollama: Served
    folder: Path
    config: Path


def environment(folder: Path, **more: str) -> dict[str, str]:
    """For a server whose user has nothing but what lies in `folder`."""
    return {
        "EMBERLINE_CONFIG": str(folder / "config.yaml"),
        "EMBERLINE_MODELS": str(folder / "models"),
        "EMBERLINE_RUNTIME": str(folder / "run"),
        "EMBERLINE_STATE": str(folder / "state"),
        **more,
    }


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("vscode")
    config = folder / "config.yaml"
    work = folder / "work"
    work.mkdir()
    # The user has opened this folder to the cloud; without a key nothing goes there.
    config.write_text(
        json.dumps({"engine": {"embedded": False}, "privacy": {"folders": {str(work): "open"}}}), "utf-8"
    )
    with serving("tests.servers.ollama") as ollama:
        settings = {"emberline.command": SERVER}
        code = Code(folder / "code", settings, environment(folder, OLLAMA_HOST=ollama.url))
        try:
            yield Stage(code, ollama, work, config)
        finally:
            code.close()


@pytest.fixture(scope="session")
def first(stage: Stage) -> Window:
    """The window on the folder, as it is after the start: not trusted."""
    return stage.code.open(stage.folder)


@pytest.fixture(scope="session")
def trusted(first: Window) -> Window:
    """The same, trusted, and asking for suggestions."""
    if not first.api("return vscode.workspace.isTrusted"):
        first.trust()
    first.until_warm()
    first.wake()
    return first


@pytest.fixture
def window(stage: Stage, trusted: Window) -> Iterator[Window]:
    """The window with a server that runs, and an Ollama that says nothing."""
    trusted.until_warm()
    stage.ollama.script(text="", delay=0.0, probabilities=False)
    yield trusted
    stage.ollama.script(text="", delay=0.0)
