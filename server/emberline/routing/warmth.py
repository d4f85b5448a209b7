"""Models are loaded before they are needed, once for all who wait; who stops waiting stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emberline.backends.loads import Loads
from emberline.backends.port import Backend
from emberline.models.info import Warmth
from emberline.privacy.labels import Manifest
from emberline.routing.fleet import Candidate

READY = frozenset((Warmth.WARM, Warmth.HOSTED))
NO_TEXT = "loading a model"


@dataclass(frozen=True, slots=True)
class Stove:
    """Loads models on the servers that have them."""

    backend: Callable[[str], Backend]
    manifest: Callable[[str], Manifest]
    """What a request without the user's text carries, for this reason."""
    loaded: Callable[[Candidate], None]
    """Told when a model has become warm, though nobody may be waiting for it any more."""
    _loads: Loads = field(default_factory=Loads)

    async def ready(self, candidate: Candidate, tokens: int) -> None:
        """Returns when the model is loaded, with room for so many tokens where its server can be told.

        Cancelling the caller lets the load go on. Raises `Failure`.
        """
        if candidate.model.warmth not in READY:
            await self._loads.shared(candidate.key, lambda: self._load(candidate, tokens))

    async def _load(self, candidate: Candidate, tokens: int) -> None:
        backend = self.backend(candidate.backend)
        await backend.load(candidate.model.name, tokens, self.manifest(NO_TEXT))
        self.loaded(candidate)

    async def close(self) -> None:
        """Stops waiting for loads; the servers finish them."""
        await self._loads.close()
