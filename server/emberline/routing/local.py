"""The local lane: which model the embedded engine hosts, and what it can do on this machine."""

from __future__ import annotations

from pathlib import Path

from emberline.backends.base import BackendUnavailable, FimBackend
from emberline.backends.engine import SLOTS, Engine, EngineSettings, allowed_cores, default_threads
from emberline.config.schema import Engine as EngineConfiguration
from emberline.models.catalogue import Model, find
from emberline.models.errors import ModelError, UnknownModel
from emberline.models.fetch import pull
from emberline.models.fim import FORMATS, QWEN, FimFormat
from emberline.models.gguf import check as check_gguf
from emberline.models.store import State, default_folder, locate, look
from emberline.models.transfer import IsCancelled, Report
from emberline.privacy.egress import download_client

_PROBE = "def probe(values):\n" + "".join(
    f"    item_{index} = values[{index}] * {index + 3} - {index * 7}\n" for index in range(12)
)
"""Some 200 tokens that nobody's code holds: the first thing an engine reads, to measure it."""


def model_file(configuration: EngineConfiguration) -> Path:
    """The GGUF file to host: the user's own, or the catalogue's. Raises `ModelError` with the remedy."""
    if configuration.model_path is not None:
        check_gguf(configuration.model_path)
        return configuration.model_path
    return locate(find(configuration.model), default_folder())


def fim_format(configuration: EngineConfiguration) -> FimFormat:
    """How the model wants prefix and suffix; Qwen's for a file of the user's own until the router asks it."""
    if configuration.model_path is not None:
        return QWEN
    try:
        return FORMATS[find(configuration.model).fim]
    except UnknownModel:
        return QWEN  # nothing will be asked in it: `connect` says what is wrong


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
    """The embedded engine as the completion session sees it. The model is looked for at the first use."""

    unavailable = BackendUnavailable

    def __init__(self, configuration: EngineConfiguration) -> None:
        self._configuration = configuration
        self._engine: Engine | None = None
        self.fim = fim_format(configuration)

    @property
    def starts(self) -> int:
        """How many engine processes this one has started."""
        return self._engine.starts if self._engine else 0

    @property
    def pid(self) -> int | None:
        """The engine's process, once it runs."""
        running = self._engine.running if self._engine else None
        return running.pid if running else None

    def first_slot(self) -> int:
        """The first of the engine's slots that belong to this process; 0 before it is connected."""
        return self._engine.seat * SLOTS if self._engine is not None else 0

    async def connect(self) -> FimBackend:
        """A warm backend. Raises `BackendUnavailable` with what is missing and what mends it."""
        return await self._found().connect()

    async def failed(self) -> None:
        if self._engine is not None:
            await self._engine.failed()

    def missing_model(self) -> Model | None:
        """The catalogue's model that the configuration asks for and that has not been fetched."""
        configuration = self._configuration
        if configuration.model_path is not None or not configuration.embedded:
            return None
        model = find(configuration.model)
        return None if look(model, default_folder()).state in (State.READY, State.UNCHECKED) else model

    def download(self, model: Model, report: Report, is_cancelled: IsCancelled) -> None:
        """Fetches and verifies `model`; blocks for minutes, for a thread. Raises `ModelError`."""
        with download_client() as client:
            pull(model, default_folder(), client, report=report, is_cancelled=is_cancelled)

    async def measured_prefill(self) -> float:
        """Prefill speed in tokens a second, measured by reading some 200 tokens; 0.0 if too short to tell."""
        backend = await self.connect()
        usage = await backend.prefill(self.fim.prompt(_PROBE, "\n"), self.first_slot() + 1)
        return usage.read / usage.busy_ms * 1000 if usage.busy_ms > 0 and usage.read > 50 else 0.0

    def describe(self) -> str:
        """Model and state in a few words."""
        name = (
            self._configuration.model_path.name
            if self._configuration.model_path is not None
            else self._configuration.model
        )
        return f"{name}, {'warm' if self.pid else 'not running'}"

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.close()

    def _found(self) -> Engine:
        if self._engine is None:
            if not self._configuration.embedded:
                raise BackendUnavailable("the embedded engine is switched off (engine.embedded)")
            try:
                model = model_file(self._configuration)
            except ModelError as error:
                raise BackendUnavailable(str(error)) from error
            self._engine = Engine(engine_settings(self._configuration, model))
        return self._engine
