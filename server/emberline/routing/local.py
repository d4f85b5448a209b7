"""The embedded engine: which model it hosts, and what it can do on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emberline.backends.base import BackendUnavailable
from emberline.backends.engine import (
    SLOTS,
    TASK_SLOT,
    Engine,
    EngineSettings,
    RunningEngine,
    allowed_cores,
    default_threads,
)
from emberline.backends.llamacpp import LlamaCpp
from emberline.config.schema import Engine as EngineConfiguration
from emberline.models import gguf
from emberline.models.catalogue import Model, find
from emberline.models.errors import ModelError, UnknownModel
from emberline.models.fetch import pull
from emberline.models.fim import PLAIN
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.models.memory import need
from emberline.models.planner import of_catalogue
from emberline.models.store import State, default_folder, locate, look
from emberline.models.transfer import IsCancelled, Report
from emberline.observe import growth as observed
from emberline.privacy.egress import Gate, download_client

HERE = (State.READY, State.UNCHECKED)
ALWAYS = frozenset((Capability.CHAT, Capability.SCHEMA))
"""llama.cpp's server chats by the file's own template, and holds any model to a JSON Schema."""
LOOK_SECONDS = 1.0
"""How long what was found of the model's file and the library is believed."""


def model_file(configuration: EngineConfiguration) -> Path:
    """The GGUF file to host: the user's own, or the catalogue's. Raises `ModelError` with the remedy."""
    if configuration.model_path is not None:
        gguf.check(configuration.model_path)
        return configuration.model_path
    return locate(find(configuration.model), default_folder())


def wanted(configuration: EngineConfiguration) -> EngineSettings:
    """The engine that this asks for. Raises `ModelError`. For a thread: it may hash the whole model."""
    return engine_settings(configuration, model_file(configuration))


def engine_settings(configuration: EngineConfiguration, model: Path) -> EngineSettings:
    threads = min(configuration.threads or default_threads(), allowed_cores())
    return EngineSettings(
        model_path=str(model),
        threads=threads,
        context_tokens=configuration.context_tokens * SLOTS,
        gpu_layers=configuration.gpu_layers,
        idle_seconds=configuration.idle_minutes * 60.0,
    )


class LocalEngine:
    """The embedded engine of this process. The model is looked for at the first use."""

    def __init__(self, configuration: EngineConfiguration, gate: Gate | None = None) -> None:
        self._configuration = configuration
        self._gate = gate or Gate()
        self._engine: Engine | None = None
        self._search: asyncio.Task[EngineSettings] | None = None
        """The last one by the present configuration."""
        self._learnt: ModelInfo | None = None
        """What the file says; None before it was read."""
        self._told: ModelInfo | None = None
        self._trouble = ""
        self._looked_at = -LOOK_SECONDS
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def starts(self) -> int:
        """How many engine processes this one has started."""
        return self._engine.starts if self._engine else 0

    @property
    def pid(self) -> int | None:
        """The engine's process, once it runs."""
        running = self._engine.running if self._engine else None
        return running.pid if running else None

    @property
    def running(self) -> RunningEngine | None:
        """The engine, once it runs."""
        return self._engine.running if self._engine else None

    def first_slot(self) -> int:
        """The first of the engine's slots that belong to this process; 0 before it is connected."""
        return self._engine.seat * SLOTS if self._engine is not None else 0

    async def connect(self) -> LlamaCpp:
        """A warm engine, by the configuration as it is when this returns. Raises `BackendUnavailable` with
        what is missing and what mends it."""
        while True:
            engine = await self._found()
            try:
                backend = await engine.connect()
            except BackendUnavailable:
                if engine is self._engine:
                    raise
                continue
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
                continue  # not this use: the engine was given up while it started
            if self._learnt is None and self._configuration.model_path is not None:
                await asyncio.to_thread(self.learn)
            if engine is self._engine:
                info, _ = self.told()
                backend.fim = info.fim or PLAIN
                return backend

    async def flush(self) -> None:
        """Empties the KV caches of this process's slots, and of the tasks'. Nothing where no engine runs."""
        if self._engine is not None and self.pid:
            backend = await self._engine.connect()
            first = self.first_slot()
            for slot in (*range(first, first + SLOTS), TASK_SLOT):
                await backend.erase(slot)

    async def restart(self) -> bool:
        """Starts the engine anew where nobody's request is under way in it; False where one is, or where none
        runs. Who connects meanwhile waits for the new one. Raises `BackendUnavailable`."""
        return self._engine is not None and await self._engine.restart()

    @contextlib.contextmanager
    def visited(self) -> Iterator[None]:
        """While it is open, the engine that runs is not started anew from here."""
        if self._engine is None:
            yield
            return
        with self._engine.visited():
            yield

    @property
    def now(self) -> observed.Engine | None:
        """What the memory's watch wants to know of the engine; None where none runs."""
        running = self.running
        if running is None:
            return None
        return observed.Engine(running.pid, time.time() - running.started, self._needed())

    def _needed(self) -> int | None:
        """Bytes that the engine should take; None where nobody knows."""
        info, _ = self.told()
        taken = need(info, self._configuration.context_tokens * SLOTS)
        return None if taken is None else taken.total

    async def failed(self) -> None:
        if self._engine is not None:
            await self._engine.failed()

    def missing_model(self) -> Model | None:
        """The catalogue's model that the configuration asks for and that has not been fetched."""
        configuration = self._configuration
        if configuration.model_path is not None or not configuration.embedded:
            return None
        model = find(configuration.model)
        return None if look(model, default_folder()).state in HERE else model

    def told(self) -> tuple[ModelInfo, str]:
        """The model, as its file describes it, and what keeps it from running; empty where nothing does."""
        trouble = self._obstacle()
        if self._told is None:
            self._told = self._learnt or self._promised()
        warmth = Warmth.WARM if self.pid else Warmth.COLD
        if self._told.warmth is not warmth:
            room = self._told.context_tokens if self.pid else None
            self._told = replace(self._told, warmth=warmth, loaded_context=room)
        return self._told, trouble

    def learn(self) -> None:
        """Reads what a file of the user's own says of itself, once; what is pinned in the catalogue is known.
        Some 0.3 s, for a thread. Raises nothing: what is wrong with the file is `told`."""
        configuration = self._configuration
        path = configuration.model_path
        if path is None or self._learnt is not None or self._obstacle():
            return
        with contextlib.suppress(ModelError):
            learnt = self._description(path)
            if configuration is self._configuration:
                self._learnt, self._told = learnt, None

    @property
    def name(self) -> str:
        """The model's name as the configuration has it."""
        path = self._configuration.model_path
        return self._configuration.model if path is None else path.name

    def _obstacle(self) -> str:
        """Looked for once a second at most: a look at every key would cost more than the key."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            before, self._trouble = self._trouble, self._look()
            if before != self._trouble:
                self._told = None
        return self._trouble

    def _look(self) -> str:
        if self.pid:
            return ""
        if not self._configuration.embedded:
            return "the embedded engine is switched off (engine.embedded)"
        if importlib.util.find_spec("xllamacpp") is None:
            return "its library is missing: `pip install 'emberline[engine]'` brings it"
        try:
            if self._configuration.model_path is not None:
                gguf.check(self._configuration.model_path)
                return ""
            entry = look(find(self._configuration.model), default_folder())
            if entry.state not in HERE:  # one that is not checked yet is hashed when it is loaded
                locate(entry.model, default_folder())
        except ModelError as error:
            return str(error)
        return ""

    @property
    def _room(self) -> int:
        """What a task may fill of the KV cache that all slots share: more would push the typed text out."""
        return self._configuration.context_tokens * SLOTS - self._configuration.context_tokens // 2

    def _promised(self) -> ModelInfo:
        """What the model would be, by the catalogue, as long as its file is not there to tell."""
        try:
            promised = of_catalogue(find(self.name))
        except UnknownModel:
            promised = ModelInfo(self.name)
        capabilities = promised.capabilities | ALWAYS
        return replace(promised, capabilities=capabilities, context_tokens=self._room, warmth=Warmth.COLD)

    def _description(self, path: Path) -> ModelInfo:
        told = gguf.info(path)
        room = min(self._room, told.context_tokens or self._room)
        return replace(told, name=self.name, capabilities=told.capabilities | ALWAYS, context_tokens=room)

    def download(self, model: Model, report: Report, is_cancelled: IsCancelled) -> None:
        """Fetches and verifies `model`; blocks for minutes, for a thread. Raises `ModelError`."""
        with download_client() as client:
            pull(model, default_folder(), client, report=report, is_cancelled=is_cancelled)

    def describe(self) -> str:
        """Model and state in a few words."""
        if self._engine is not None and self._engine.is_renewed:
            return f"{self.name}, being started anew"
        return f"{self.name}, {'warm' if self.pid else 'not running'}"

    async def close(self) -> None:
        """Gives up the engine, which ends by itself once nobody uses it; the next use finds or starts one."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    def reconfigure(self, configuration: EngineConfiguration) -> None:
        """Another model or other settings from the next use on. Needs a running event loop."""
        self._configuration = configuration
        self._learnt, self._told, self._looked_at = None, None, -LOOK_SECONDS
        self._search = None
        leaving, self._engine = self._engine, None
        if leaving is not None:
            closing = asyncio.create_task(leaving.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _found(self) -> Engine:
        """The engine by the present configuration. All first uses share one search, which outlives each of
        them; what was found for a configuration that has gone is dropped."""
        while self._engine is None:
            if not self._configuration.embedded:
                raise BackendUnavailable("the embedded engine is switched off (engine.embedded)")
            if self._search is None or self._search.done():
                self._search = asyncio.create_task(asyncio.to_thread(wanted, self._configuration))
            search = self._search
            try:
                settings = await asyncio.shield(search)
            except ModelError as error:
                if search is self._search:
                    raise BackendUnavailable(str(error)) from error
                continue
            if search is self._search and self._engine is None:
                self._engine = self._made(settings)
        return self._engine

    def _made(self, settings: EngineSettings) -> Engine:
        try:
            return Engine(settings, gate=self._gate)
        except OSError as error:
            words = f"the engine's folder cannot be used ({error}): $EMBERLINE_RUNTIME names another"
            raise BackendUnavailable(words) from error
