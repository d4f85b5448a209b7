"""Whether a process that was noted down some time ago is still the same one, and still runs."""

from __future__ import annotations

import psutil

_CLOCK_SECONDS = 2.0
"""How far two readings of a start time may lie apart: the system's clock is set now and then."""


def lives(pid: int, started: float) -> bool:
    """Whether the process `pid` that began at `started` (seconds of the epoch) still runs.

    A number is given to another process after a restart, and a killed process whose parent has not looked
    yet keeps its own: neither of them runs.
    """
    try:
        process = psutil.Process(pid)
        return (
            abs(process.create_time() - started) < _CLOCK_SECONDS and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False
