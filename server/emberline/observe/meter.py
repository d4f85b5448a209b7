"""What measures memory: psutil for the machine's, NVML for NVIDIA cards', cgroups for a container's."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from emberline.observe.pressure import Fill, Sample

MACHINE = "memory of this machine"
CONTAINER = "memory of this container"


class SystemMeter:
    """Measures this system. It blocks: some 0.1 ms, some 2 ms where it looks for what is ours, and 30 ms when
    it is first used."""

    def __init__(self) -> None:
        self._cards: Cards | None = None

    def sample(self, near_percent: float, ours: Iterable[int]) -> Sample:
        """Our share is measured only if something is fuller than `near_percent`. `ours` are process ids:
        theirs and their descendants' memory counts as ours, as this process's does."""
        if self._cards is None:
            self._cards = Cards(importlib.import_module("pynvml"))
        machine = psutil.virtual_memory()
        fills = [Fill(MACHINE, machine.total, machine.total - machine.available)]
        if (container := container_fill()) is not None and container.total < machine.total:
            fills.append(container)
        cards = self._cards.fills()
        if all(fill.percent <= near_percent for fill in (*fills, *cards)):
            return Sample((*fills, *cards))
        family = _family(ours)
        resident = sum(family.values())
        fills = [replace(fill, ours=min(resident, fill.used)) for fill in fills]
        return Sample((*fills, *(self._cards.shared(fill, family) for fill in cards)))


def _family(ours: Iterable[int]) -> dict[int, int]:
    """Our processes with their resident bytes."""
    found: dict[int, int] = {}
    for pid in (psutil.Process().pid, *ours):
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    found[process.pid] = process.memory_info().rss
    return found


def container_fill(
    groups: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")
) -> Fill | None:
    """The limit of the control group that this process is in; None without one.

    Source: the kernel's cgroup-v2 documentation. File pages that were not used lately (`inactive_file`) are
    given up first and count as free, as container runtimes count them.
    """
    try:
        path = membership.read_text().strip().rpartition("0::/")[2]
        folder = groups / path
        total = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        rows = (line.split() for line in (folder / "memory.stat").read_text().splitlines())
        inactive = next(int(value) for name, value in rows if name == "inactive_file")
    except (OSError, ValueError, StopIteration):  # no such group, or "max"
        return None
    return Fill(CONTAINER, total, max(0, used - inactive))


class Cards:
    """Graphics cards by NVML; none where there is no driver. Source: NVIDIA's NVML API reference."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._handles: dict[str, Any] = {}
        with contextlib.suppress(nvml.NVMLError):
            nvml.nvmlInit()
            for index in range(nvml.nvmlDeviceGetCount()):
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                self._handles[f"memory of GPU {index} ({nvml.nvmlDeviceGetName(handle)})"] = handle

    def fills(self) -> list[Fill]:
        found = []
        for name, handle in self._handles.items():
            with contextlib.suppress(self._nvml.NVMLError):
                memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
                found.append(Fill(name, int(memory.total), int(memory.used)))
        return found

    def shared(self, fill: Fill, family: Mapping[int, int]) -> Fill:
        """With our share; 0 where the driver does not tell whose memory it is, as within containers."""
        ours = 0
        with contextlib.suppress(self._nvml.NVMLError):
            for process in self._nvml.nvmlDeviceGetComputeRunningProcesses(self._handles[fill.name]):
                if process.pid in family:
                    ours += process.usedGpuMemory or 0
        return replace(fill, ours=ours)
