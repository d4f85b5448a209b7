"""Loads of models that go on when whoever asked for them stops waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Load = Callable[[], Coroutine[Any, Any, None]]


class Loads:
    """One load of a model at a time, shared by all who wait for it."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._begun = 0

    async def once(self, model: str, done: Callable[[], bool], load: Load) -> None:
        """Returns when `done` says that the model is loaded as it is wanted; calls `load` for that.

        Cancelling the caller lets the load go on. What the load raises all who wait for it get.
        """
        while not done():
            if await self.shared(model, load):
                return

    async def shared(self, model: str, load: Load) -> bool:
        """Returns when the load of this model has ended that is under way, however it was wanted; True where
        there was none and this call has begun it. Otherwise as `once`."""
        task = self._tasks.get(model)
        mine = task is None
        if task is None:
            task = asyncio.create_task(load())
            self._tasks[model] = task
            self._begun += 1
            task.add_done_callback(lambda ended: self._ended(model, ended))
        await asyncio.shield(task)
        return mine

    def at_rest(self) -> Callable[[], bool]:
        """A question for later: whether nothing was being loaded from now until then. What a server told in
        between of the models that it has loaded is old otherwise."""
        begun = None if self._tasks else self._begun
        return lambda: begun == self._begun

    async def close(self) -> None:
        """Ends what is under way."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, model: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(model, None)
        if not task.cancelled():
            task.exception()  # told to whoever waits; perhaps nobody does any more
