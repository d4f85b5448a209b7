"""Models are loaded before they are needed, once for all who wait; who stops waiting stops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from emberline.backends.failure import Failure
from emberline.backends.port import Backend
from emberline.models.info import Warmth
from emberline.privacy.labels import Manifest
from emberline.routing.fleet import Candidate

READY = frozenset((Warmth.WARM, Warmth.HOSTED))
NO_TEXT = "loading a model"


@dataclass(slots=True)
class Stove:
    """Loads and keeps track of what is being loaded."""

    backend: Callable[[str], Backend]
    manifest: Callable[[str], Manifest]
    """What a request without the user's text carries, for this reason."""
    loaded: Callable[[Candidate], None]
    """Told when a model has become warm."""
    _loading: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def ready(self, candidate: Candidate, tokens: int) -> None:
        """Returns when the model is loaded, with room for so many tokens where its server can be told.

        Cancelling the caller lets the load go on. Raises `Failure`.
        """
        if candidate.model.warmth not in READY:
            await asyncio.shield(self._begun(candidate, tokens))

    def _begun(self, candidate: Candidate, tokens: int) -> asyncio.Task[None]:
        """The load of this model, which is begun unless it is under way."""
        task = self._loading.get(candidate.key)
        if task is None:
            task = asyncio.create_task(self._load(candidate, tokens))
            self._loading[candidate.key] = task
            task.add_done_callback(lambda done: self._ended(candidate, done))
        return task

    async def _load(self, candidate: Candidate, tokens: int) -> None:
        backend = self.backend(candidate.backend)
        await backend.load(candidate.model.name, tokens, self.manifest(NO_TEXT))

    def _ended(self, candidate: Candidate, task: asyncio.Task[None]) -> None:
        self._loading.pop(candidate.key, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self.loaded(candidate)
        elif not isinstance(error, Failure):  # a failure is told to whoever waits
            raise error

    async def close(self) -> None:
        """Stops waiting for loads; the backends finish them."""
        tasks = tuple(self._loading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
