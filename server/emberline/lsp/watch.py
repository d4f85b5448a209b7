"""Knowing when the editor's process has ended, without waking up to look where the system can tell."""

from __future__ import annotations

import asyncio
import os

_PAUSE = 5.0
"""Seconds between two looks where the system cannot tell by itself."""


async def gone(process_id: int) -> None:
    """Returns when the process has ended.

    A process that is not there to begin with is none of ours (the editor runs on another machine or in
    another container and sent its own number): then this waits for ever.
    """
    opened = _descriptor(process_id)
    if opened is not None:
        try:
            await _readable(opened)
        finally:
            os.close(opened)
        return
    import psutil  # only here: the usual case does without it

    if not psutil.pid_exists(process_id):
        await asyncio.Event().wait()
    while psutil.pid_exists(process_id):
        await asyncio.sleep(_PAUSE)


def _descriptor(process_id: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where there is no such thing."""
    if not hasattr(os, "pidfd_open") or process_id <= 0:
        return None
    try:
        return os.pidfd_open(process_id)
    except OSError:
        return None


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
