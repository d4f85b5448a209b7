"""This machine's memory as it is now: psutil's, the container's limit, and NVIDIA's cards by NVML."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence

from emberline.models.planner import Gpu, Machine
from emberline.observe.meter import CONTAINER, MACHINE, SystemMeter
from emberline.observe.pressure import Fill

UNIFIED = sys.platform == "darwin" and platform.machine() == "arm64"
"""The graphics use main memory."""


def look() -> Machine:
    """Measures; takes some 30 ms the first time, because the driver has to be asked. Without one, and for
    cards of other makers, there are no `gpus`."""
    return machine_of(SystemMeter().sample(near_percent=100, ours=()).fills, UNIFIED)


def machine_of(fills: Sequence[Fill], unified: bool) -> Machine:
    """The machine by how full each memory is. In a container the tighter of the two limits counts."""
    memories = [fill for fill in fills if fill.name in (MACHINE, CONTAINER)]
    tightest = min(memories, key=lambda fill: fill.total - fill.used)
    cards = tuple(Gpu(fill.total, max(0, fill.total - fill.used)) for fill in fills if fill not in memories)
    return Machine(tightest.total, max(0, tightest.total - tightest.used), () if unified else cards, unified)
