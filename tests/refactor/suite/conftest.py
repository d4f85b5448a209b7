"""The two clouds of the suite, each a process that runs as long as the tests do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from emberline.refactor.index import child
from tests.forks import DEVNULL, PIPE, forked
from tests.refactor.suite.stand import PROTOCOLS, Stand
from tests.servers import Served, serving

Clouds = Mapping[str, Served]


@pytest.fixture(autouse=True)
def _index_off_the_fork_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has an index of its own; that its process starts is shown where the index is."""
    builder = "emberline.refactor.index.builder"
    streams = {"stdin": PIPE, "stdout": PIPE, "stderr": DEVNULL}
    monkeypatch.setattr(child, "_started", lambda: forked(builder, **streams, start_new_session=True))


@pytest.fixture(scope="session")
def clouds() -> Iterator[Clouds]:
    with serving("tests.servers.openai") as openai, serving("tests.servers.anthropic") as anthropic:
        yield {"openai": openai, "anthropic": anthropic}


@pytest.fixture
def stand_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clouds: Clouds) -> Callable[[str], Stand]:
    """A stand with the cloud of a protocol."""
    return lambda protocol: Stand(tmp_path, monkeypatch, protocol, clouds[protocol])


@pytest.fixture(params=PROTOCOLS)
def stand(request: pytest.FixtureRequest, stand_for: Callable[[str], Stand]) -> Stand:
    """One for each protocol."""
    return stand_for(request.param)
