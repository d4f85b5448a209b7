"""Which engine is found, when several ask at once and when the configuration changes meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emberline.backends.base import BackendUnavailable
from emberline.backends.engine import Engine, EngineSettings
from emberline.backends.llamacpp import LlamaCpp
from emberline.config.schema import Engine as EngineConfiguration
from emberline.models.errors import ModelMissing
from emberline.privacy.egress import Gate, connect
from emberline.routing import local
from emberline.routing.local import LocalEngine
from tests.routing.served import NOWHERE
from tests.servers import PATIENCE

SMALL, LARGE = (EngineConfiguration(model=f"qwen2.5-coder-{size}") for size in ("0.5b", "1.5b"))


class Disk:
    """The model files, which are hashed as long as a test wants. `missing` ones are not there."""

    def __init__(self) -> None:
        self.hashed: list[str] = []
        self.held: dict[str, threading.Event] = {}
        self.missing: set[str] = set()

    def file(self, configuration: EngineConfiguration) -> Path:
        name = configuration.model
        self.hashed.append(name)
        if name in self.held:
            assert self.held[name].wait(PATIENCE)
        if name in self.missing:
            raise ModelMissing(f"{name} is not here")
        return Path(f"{name}.gguf")


class Idle(Engine):
    """An engine without a process. One of a held model starts until it is given up."""

    made: list[str]
    starting: set[str]

    def __init__(self, settings: EngineSettings, directory: Path | None = None, gate: Gate | None = None):
        super().__init__(settings, directory, gate)
        self.made.append(settings.model_path)

    async def _connect(self) -> LlamaCpp:
        if self.settings.model_path in self.starting:
            await asyncio.Event().wait()
        self._backend = LlamaCpp(connect(NOWHERE, Gate(), {}), name=self.settings.model_path)
        return self._backend


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path))
    monkeypatch.setattr(local, "model_file", disk.file)
    monkeypatch.setattr(local, "Engine", Idle)
    monkeypatch.setattr(Idle, "made", [], raising=False)
    monkeypatch.setattr(Idle, "starting", set(), raising=False)
    yield disk
    for held in disk.held.values():
        held.set()


async def until_hashing(disk: Disk, name: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while name not in disk.hashed:
            await asyncio.sleep(0.01)


async def test_first_uses_at_once_share_one_search_and_one_engine(disk: Disk) -> None:
    held = disk.held[SMALL.model] = threading.Event()
    engine = LocalEngine(SMALL)
    leaving, *staying = (asyncio.create_task(engine.connect()) for _ in range(3))
    await until_hashing(disk, SMALL.model)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    held.set()
    first, second = await asyncio.gather(*staying)
    assert first is second
    assert (disk.hashed, Idle.made) == ([SMALL.model], [f"{SMALL.model}.gguf"])
    await engine.close()


@pytest.mark.parametrize("missing", [False, True])
async def test_what_was_looked_for_by_settings_that_have_gone_is_not_used(disk: Disk, missing: bool) -> None:
    held = disk.held[SMALL.model] = threading.Event()
    disk.missing = {SMALL.model} if missing else set()
    engine = LocalEngine(SMALL)
    use = asyncio.create_task(engine.connect())
    await until_hashing(disk, SMALL.model)
    engine.reconfigure(LARGE)
    held.set()
    await use
    assert Idle.made == [f"{LARGE.model}.gguf"]
    await engine.close()


async def test_an_engine_that_is_given_up_while_it_starts_is_not_waited_for(disk: Disk) -> None:
    Idle.starting = {f"{SMALL.model}.gguf"}
    engine = LocalEngine(SMALL)
    use = asyncio.create_task(engine.connect())
    async with asyncio.timeout(PATIENCE):
        while not Idle.made:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0)  # now it starts
    engine.reconfigure(LARGE)
    await use
    assert Idle.made == [f"{SMALL.model}.gguf", f"{LARGE.model}.gguf"]
    await engine.close()


async def test_who_is_cancelled_while_the_engine_starts_waits_no_longer(disk: Disk) -> None:
    Idle.starting = {f"{SMALL.model}.gguf"}
    engine = LocalEngine(SMALL)
    use = asyncio.create_task(engine.connect())
    async with asyncio.timeout(PATIENCE):
        while not Idle.made:
            await asyncio.sleep(0.01)
    use.cancel()
    with pytest.raises(asyncio.CancelledError):
        await use
    await engine.close()


async def test_a_model_that_was_fetched_meanwhile_is_found_by_the_next_use(disk: Disk) -> None:
    disk.missing = {SMALL.model}
    engine = LocalEngine(SMALL)
    with pytest.raises(BackendUnavailable, match="is not here"):
        await engine.connect()
    disk.missing.clear()
    await engine.connect()
    assert Idle.made == [f"{SMALL.model}.gguf"]
    await engine.close()
