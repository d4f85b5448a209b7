"""Work that always comes to an end in order, however often whoever waits for it is cancelled.

The HTTP library guards its own clean-up against its own kind of cancellation alone (anyio's), not against
`Task.cancel`. Cancelled while it closes a connection, or in the moment in which one is made, it leaves the
socket open for ever. Measured on loopback: of 300 streams that were cancelled twice within a millisecond, 66
stayed; of 1500 that were cancelled once, 8.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def _kept(result: object) -> None:
    """Nothing has to be undone."""


class Delicate:
    """A stretch of the work in which it must not be cancelled."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()

    def begin(self) -> None:
        self._over.clear()

    def end(self) -> None:
        self._over.set()

    @property
    def lasts(self) -> bool:
        return not self._over.is_set()

    async def over(self) -> None:
        """Returns when it has ended; at once outside of one."""
        await self._over.wait()


async def unbroken(
    work: Coroutine[Any, Any, T],
    undone: Callable[[T], Coroutine[Any, Any, None]] = _kept,
    delicate: Delicate | None = None,
) -> T:
    """The result of `work`. Cancelling the caller cancels the work once, but in no `delicate` stretch, and
    waits until it has ended; has it come to a result all the same, that is `undone`."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.done() and task.cancelled():
            raise
        await _ended(asyncio.ensure_future(_cancelled(task, delicate, undone)))
        raise


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Does `work`, which is short. Cancelling the caller lets it end first."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task)
        raise


async def _cancelled(
    task: asyncio.Future[T],
    delicate: Delicate | None,
    undone: Callable[[T], Coroutine[Any, Any, None]],
) -> None:
    while delicate is not None and delicate.lasts and not task.done():
        over = asyncio.ensure_future(delicate.over())
        await asyncio.wait((task, over), return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled() and task.exception() is None:
        await undone(task.result())


async def _ended(task: asyncio.Future[None]) -> None:
    """Returns when the task has ended, and hears of no further cancelling: the first one is known."""
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.exception()  # nobody is there any more to hear of it
