from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.gateway.stand import Stand, standing
from tests.routing.served import Place
from tests.servers import Served, serving


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


@pytest.fixture
def cloud() -> Iterator[Served]:
    """A cloud with OpenAI's protocol."""
    with serving("tests.servers.openai") as served:
        yield served


@pytest.fixture(scope="session")
def _vllm() -> Iterator[Served]:
    with serving("tests.servers.openai", "vllm") as served:
        yield served


@pytest.fixture
def vllm(_vllm: Served) -> Served:
    """One process for all tests; each begins with its usual answers."""
    _vllm.script(
        text="Hello from a fake model.",
        answers=[],
        embeds=[],
        echoes=False,
        refuses={},
        tools=True,
        models=["Qwen/Qwen2.5-Coder-7B"],
        seen=[],
    )
    return _vllm


@pytest.fixture
def knows_vllm(place: Place, vllm: Served) -> Place:
    """A user whose one server is a vLLM."""
    server = f'{{name: gpu, protocol: openai-compatible, url: "{vllm.url}"}}'
    place.configure(f"backends:\n  discover: false\n  servers:\n    - {server}\n")
    return place


@pytest.fixture
async def stand(knows_vllm: Place) -> AsyncIterator[Stand]:
    async with standing() as stand:
        yield stand
