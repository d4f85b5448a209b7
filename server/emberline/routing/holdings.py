"""What the models of servers near by take of the memory, by the servers' own account. Pure.

Ollama says it of each model, and how much of it lies on graphics cards (`/api/ps`): the only account of a
process on another machine, of Apple's shared memory, and of a card whose driver names nobody. LM Studio and
llama.cpp's server tell sizes of files alone; for theirs the planner's figure stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emberline.models.info import ModelInfo, Warmth
from emberline.models.memory import need
from emberline.models.planner import CONTEXT_TOKENS
from emberline.observe.pressure import Held
from emberline.privacy.labels import Place
from emberline.routing.fleet import EMBEDDED, Candidate


def holdings(
    candidates: Iterable[Candidate], is_ours: Callable[[Candidate], bool], unified: bool
) -> tuple[Held, ...]:
    """Every loaded model on this machine or a trusted one but our own engine's, whose process is measured.

    `is_ours`: it was asked something from here. `unified`: this machine's graphics use main memory.
    """
    found = []
    for each in candidates:
        near = each.place is not Place.CLOUD and each.backend != EMBEDDED
        size = _size(each.model) if near and each.model.warmth is Warmth.WARM else None
        if size is not None:
            here = each.place is Place.MACHINE
            graphics = 0 if here and unified else min(each.model.graphics_bytes or 0, size)
            found.append(Held(each.key, size - graphics, graphics, None, is_ours(each), here))
    return tuple(found)


def _size(model: ModelInfo) -> int | None:
    if model.memory_bytes is not None:
        return model.memory_bytes
    taken = need(model, model.loaded_context or CONTEXT_TOKENS)
    return None if taken is None else taken.total
