"""The machine as the planner sees it."""

from __future__ import annotations

import psutil
import pytest

from emberline.models.machine import look, machine_of
from emberline.models.planner import Gpu, Machine
from emberline.observe.meter import CONTAINER, MACHINE
from emberline.observe.pressure import Fill

RAM = Fill(MACHINE, 64, 20)
CARDS = (Fill("memory of GPU 0 (A)", 24, 4), Fill("memory of GPU 1 (B)", 8, 8))


@pytest.mark.parametrize(
    ("fills", "unified", "expected"),
    [
        ((RAM,), False, Machine(64, 44)),
        ((RAM,), True, Machine(64, 44, unified=True)),
        ((RAM, *CARDS), False, Machine(64, 44, (Gpu(24, 20), Gpu(8, 0)))),
        ((RAM, Fill(CONTAINER, 16, 6)), False, Machine(16, 10)),
        ((Fill(MACHINE, 64, 60), Fill(CONTAINER, 16, 6)), False, Machine(64, 4)),
        ((Fill(MACHINE, 64, 70),), False, Machine(64, 0)),
    ],
)
def test_machines(fills: tuple[Fill, ...], unified: bool, expected: Machine) -> None:
    assert machine_of(fills, unified) == expected


def test_this_machine() -> None:
    found = look()
    assert 0 < found.ram_available <= found.ram_total <= psutil.virtual_memory().total
