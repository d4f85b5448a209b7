"""What measures memory: psutil for the machine's, NVML for NVIDIA cards', cgroups for a container's."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from emberline.observe.pressure import ENGINE, SERVER, Fill, Held, Sample

MACHINE = "memory of this machine"
CONTAINER = "memory of this container"


class SystemMeter:
    """Measures this system. It blocks: some 0.1 ms, some 2 ms where it looks for what is ours, and 30 ms when
    it is first used."""

    def __init__(self) -> None:
        self._cards: Cards | None = None

    def sample(self, near_percent: float, ours: Iterable[int], models: Iterable[Held] = ()) -> Sample:
        """Our share is measured only if something is fuller than `near_percent`. `ours` are process ids:
        theirs and their descendants' memory counts as ours, as this process's does. So do `models` that are
        ours, which servers of the user's keep, by their own account."""
        if self._cards is None:
            self._cards = Cards(importlib.import_module("pynvml"))
        machine = psutil.virtual_memory()
        fills = [Fill(MACHINE, machine.total, machine.total - machine.available)]
        if (container := container_fill()) is not None and container.total < machine.total:
            fills.append(container)
        cards, ours, models = self._cards.fills(), tuple(ours), tuple(models)
        engines = (each for each in (held(ENGINE, pid, self._cards.of) for pid in ours) if each is not None)
        parts = (*_own(), *engines, *models)
        if all(fill.percent <= near_percent for fill in (*fills, *cards)):
            return Sample((*fills, *cards), parts)
        family, lent = _family(ours), [model for model in models if model.ours and model.here]
        resident = sum(family.values()) + sum(model.memory for model in lent)
        fills = [replace(fill, ours=min(resident, fill.used)) for fill in fills]
        own = [self._cards.shared(fill, family) for fill in cards]
        return Sample((*fills, *with_models(own, sum(model.graphics for model in lent))), parts)


def held(who: str, pid: int, graphics: Callable[[int], int] = lambda pid: 0) -> Held | None:
    """What this process holds, None where it has ended. Some 0.05 ms.

    Resident bytes: pages of a file that others have mapped as well count whole, as a model's weights are.
    """
    with contextlib.suppress(psutil.Error):
        return Held(who, psutil.Process(pid).memory_info().rss, graphics(pid), pid)
    return None


def _own() -> tuple[Held, ...]:
    own = held(SERVER, psutil.Process().pid)
    return () if own is None else (own,)


def with_models(cards: Sequence[Fill], lent: int) -> tuple[Fill, ...]:
    """The cards with `lent` bytes more of ours. On which of them they lie no server tells: on each as much as
    it is used."""
    used = sum(card.used for card in cards)
    return tuple(
        replace(card, ours=min(card.used, card.ours + lent * card.used // used)) if used else card
        for card in cards
    )


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
                found.append(Fill(name, int(memory.total), int(memory.used), graphics=True))
        return found

    def shared(self, fill: Fill, family: Container[int]) -> Fill:
        """With our share; 0 where the driver does not tell whose memory it is, as within containers."""
        return replace(fill, ours=self._of(fill.name, family))

    def of(self, pid: int) -> int:
        """Bytes that this process has on all cards; 0 where the driver does not tell."""
        return sum(self._of(name, (pid,)) for name in self._handles)

    def _of(self, name: str, family: Container[int]) -> int:
        ours = 0
        with contextlib.suppress(self._nvml.NVMLError):
            for process in self._nvml.nvmlDeviceGetComputeRunningProcesses(self._handles[name]):
                if process.pid in family:
                    ours += process.usedGpuMemory or 0
        return ours
