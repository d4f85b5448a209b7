from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.routing.served import Place
from tests.servers import Served, serving


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


@pytest.fixture
def ollama(place: Place) -> Iterator[Served]:
    """An Ollama that already runs, found without a word of configuration."""
    with serving("tests.servers.ollama") as served:
        place.runs_ollama(served)
        yield served


@pytest.fixture
def cloud() -> Iterator[Served]:
    """A cloud with OpenAI's protocol."""
    with serving("tests.servers.openai") as served:
        yield served
