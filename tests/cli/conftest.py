"""A user's machine for the commands: folders of its own, and the model servers that run there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.routing.served import Place
from tests.servers import Served, serving


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Place:
    """A workspace to stand in; no configuration but an empty one, no model, no engine, no server."""
    place = Place(tmp_path, monkeypatch)
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(place.folder)
    return place


@pytest.fixture
def ollama(place: Place) -> Iterator[Served]:
    """An Ollama that already runs, found without a word of configuration."""
    with serving("tests.servers.ollama") as served:
        place.runs_ollama(served)
        yield served
