"""Which model fits where on this machine, with how much context, and whom it would push out. Pure.

Everything is bytes. What a model needs is `memory`'s to say; what it is good for, `suitability`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from emberline.models import catalogue
from emberline.models.fim import FORMATS
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.models.memory import Need, max_context, need

CONTEXT_TOKENS = 4096
"""What is asked for where nobody says: enough for completion."""
METAL_SHARE = 0.75
"""Of unified memory, which macOS lets its graphics use."""
OLLAMA_MODELS = 3
"""Models that Ollama keeps at once, for each graphics card or without one: the default of its
OLLAMA_MAX_LOADED_MODELS."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card's own memory, in bytes."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory at one moment, in bytes."""

    ram_total: int
    ram_available: int
    """What can be had without swapping. Models that are loaded have theirs already."""
    gpus: tuple[Gpu, ...] = ()
    unified: bool = False
    """The graphics use main memory (Apple silicon); `gpus` is then empty."""


@dataclass(frozen=True, slots=True)
class Headroom:
    """Bytes that models may still take."""

    ram: int
    vram: int
    """Of all graphics cards together: engines spread a model's layers over them."""
    shared: bool
    """Both are the same memory."""

    @property
    def total(self) -> int:
        return self.ram if self.shared else self.ram + self.vram


class Fit(StrEnum):
    """Where a model would run."""

    LOADED = "loaded"
    ELSEWHERE = "runs elsewhere"
    GPU = "fits the graphics memory"
    SPLIT = "fits graphics and main memory together"
    RAM = "fits main memory"
    UNKNOWN = "of unknown size"
    NOWHERE = "does not fit"


@dataclass(frozen=True, slots=True)
class Placement:
    """A model, where it would run, and with how much context."""

    model: ModelInfo
    fit: Fit
    need: Need | None
    """With the context that was asked about; None where nobody knows."""
    context_tokens: int
    """The longest context that fits there; 0 where it is unknown or nothing fits."""
    on_graphics: bool = False
    """It runs on the graphics card alone, as far as anyone can tell."""

    @property
    def fits(self) -> bool:
        """Nothing that is known speaks against it."""
        return self.fit is not Fit.NOWHERE


def headroom(machine: Machine, limit_percent: float = 85) -> Headroom:
    """What may be taken until memory is `limit_percent` (0..100) full."""
    ram = _room(machine.ram_total, machine.ram_available, limit_percent)
    if machine.unified:
        return Headroom(ram, min(ram, int(machine.ram_total * METAL_SHARE)), shared=True)
    vram = sum(_room(gpu.total, gpu.free, limit_percent) for gpu in machine.gpus)
    return Headroom(ram, vram, shared=False)


def place(
    model: ModelInfo, machine: Machine, context_tokens: int = CONTEXT_TOKENS, limit_percent: float = 85
) -> Placement:
    """Where the model fits with so much context (less, where it cannot hold as much)."""
    wanted = min(context_tokens, model.context_tokens or context_tokens)
    if model.remote or model.warmth is Warmth.HOSTED:
        return Placement(model, Fit.ELSEWHERE, None, model.context_tokens or 0)
    taken = need(model, wanted)
    if model.warmth is Warmth.WARM:
        graphics = machine.unified or bool(machine.gpus)
        return Placement(model, Fit.LOADED, taken, model.loaded_context or 0, graphics)
    if taken is None:
        return Placement(model, Fit.UNKNOWN, None, 0)
    room = headroom(machine, limit_percent)
    for fit, bytes_there in (
        (Fit.GPU, room.vram),
        (Fit.SPLIT, room.total if room.vram and not room.shared else 0),
        (Fit.RAM, room.ram),
    ):
        if taken.total <= bytes_there:
            return Placement(model, fit, taken, max_context(model, bytes_there), fit is Fit.GPU)
    return Placement(model, Fit.NOWHERE, taken, 0)


def would_evict(
    wanted: ModelInfo,
    loaded: Sequence[ModelInfo],
    machine: Machine,
    *,
    keeps_one: bool,
    most: int = OLLAMA_MODELS,
) -> tuple[ModelInfo, ...]:
    """Which of a server's `loaded` models may be thrown out when `wanted` is used; none where it is loaded.

    `keeps_one`: the server's rule is one model at a time (LM Studio's auto-evict). Else it is Ollama's: up to
    `most` models (for each graphics card), and as long as free memory suffices. Ollama goes by the time that
    each is still to be kept, which nobody else knows, so all that could be hit are named. Source: its FAQ,
    "How does Ollama handle concurrent requests", and server/sched.go.
    """
    others = tuple(model for model in loaded if model.name != wanted.name)
    if len(others) < len(loaded) or wanted.remote or not others:
        return ()
    if keeps_one or len(others) >= most * max(1, len(machine.gpus)):
        return others
    taken = need(wanted, wanted.loaded_context or CONTEXT_TOKENS)
    room = headroom(machine, 100)  # the server does not know our limit
    # It loads a second model beside others only where it fits wholly into the faster memory.
    free = room.vram if machine.gpus or machine.unified else room.ram
    return others if taken is not None and taken.total > free else ()


def of_catalogue(model: catalogue.Model) -> ModelInfo:
    """A model of the catalogue that has not been fetched. Its file, once here, tells more."""
    fim = FORMATS.get(model.fim)
    return ModelInfo(
        name=model.name,
        capabilities=frozenset((Capability.CHAT, *((Capability.INFILL,) if fim else ()))),
        warmth=Warmth.COLD,
        quantization=model.quantization,
        parameters=float(model.parameters.removesuffix("B")),
        size_bytes=model.size,
        fim=fim,
    )


def _room(total: int, free: int, limit_percent: float) -> int:
    return max(0, int(total * limit_percent / 100) - (total - free))
