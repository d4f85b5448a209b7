"""The machine: cores, memory and disk, against what the engine and its model need."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import psutil

from emberline.backends.engine import allowed_cores, default_threads
from emberline.cli.diagnosis.finding import Finding, State
from emberline.models.fetch import RESERVE_BYTES

OVERHEAD_BYTES = 250_000_000
"""Of an engine beside its weights: KV cache, buffers and the process (the 0.5B model takes 730 MB of 491)."""
BUSY = 0.75
"""Share of the cores in use by others above which a measurement says little about the machine."""


class Cores(NamedTuple):
    """`allowed` is what this process may run on; `busy` the share (0..1) of all that is in use just now."""

    physical: int
    logical: int
    allowed: int
    busy: float


def look_at_cores(seconds: float = 0.3) -> Cores:
    """Watches the processor for `seconds`."""
    logical = psutil.cpu_count() or 1
    return Cores(
        psutil.cpu_count(logical=False) or logical,
        logical,
        allowed_cores(),
        psutil.cpu_percent(interval=seconds) / 100,
    )


def threads(configured: int | None, cores: Cores) -> Finding:
    """The engine's threads."""
    used = min(configured or default_threads(), cores.allowed)
    detail = f"{cores.physical} cores ({cores.allowed} usable), {used} threads for the engine"
    data = cores._asdict() | {"threads": used}
    if configured is not None and configured > cores.allowed:
        remedy = "set engine.threads to null"
        detail += f"; engine.threads asks for {configured}, which would only slow it down"
        return Finding("processor", State.WARNING, detail, remedy, data)
    if cores.busy > BUSY:
        detail += f"; other programs use {100 * cores.busy:.0f} % of the processor now"
        return Finding("processor", State.WARNING, detail, "emberline doctor, once they are done", data)
    return Finding("processor", State.OK, detail, data=data)


def memory(model_bytes: int, running: bool) -> Finding:
    """Whether an engine with a model of this size (0: unknown) fits, unless it is `running` already."""
    found = psutil.virtual_memory()
    return judge_memory(found.available, found.total, model_bytes, running)


def judge_memory(available: int, total: int, model_bytes: int, running: bool) -> Finding:
    """All in bytes."""
    detail = f"{available / 1e9:.1f} of {total / 1e9:.1f} GB free"
    data = {"available": available, "total": total}
    needed = model_bytes + OVERHEAD_BYTES
    if model_bytes and not running and available < needed:
        detail += f"; the engine needs about {needed / 1e9:.1f} GB"
        return Finding(
            "memory", State.WARNING, detail, "close other programs, or choose a smaller model", data
        )
    return Finding("memory", State.OK, detail, data=data)


def disk(folder: Path, missing_bytes: int) -> Finding:
    """Room in the models' folder for what is still to be fetched."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return judge_disk(shutil.disk_usage(there).free, folder, missing_bytes)


def judge_disk(free: int, folder: Path, missing_bytes: int) -> Finding:
    """All in bytes."""
    detail = f"{free / 1e9:.1f} GB free for models in {folder}"
    data = {"free": free, "folder": str(folder)}
    if missing_bytes and free < missing_bytes + RESERVE_BYTES:
        detail += f"; the model needs {missing_bytes / 1e9:.1f} GB more"
        remedy = "make room, or set EMBERLINE_MODELS to a folder on a larger disk"
        return Finding("disk", State.WARNING, detail, remedy, data)
    return Finding("disk", State.OK, detail, data=data)
