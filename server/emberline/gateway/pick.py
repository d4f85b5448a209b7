"""Which models a caller may mean by a name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emberline.gateway.refusal import Refused
from emberline.models.info import Capability
from emberline.privacy.labels import Level
from emberline.routing.fleet import Candidate, Fleet, Health

ANY = ("emberline", "auto")
"""Names that leave the choice to the router."""


def meant(name: str, fleet: Fleet) -> Callable[[Candidate], bool]:
    """Whether a candidate is of this name: its whole one ("ollama/llama3.1:8b"), or the model's own on any
    backend. Raises `Refused` where none is."""
    if name in ANY:
        return lambda candidate: True
    whole = any(each.key == name for each in fleet.candidates)
    if not whole and not any(each.model.name == name for each in fleet.candidates):
        words = f"there is no model {name}: GET /v1/models lists them, and {ANY[0]} lets Emberline choose"
        raise Refused(404, words, "model_not_found", "model")
    if whole:
        return lambda candidate: candidate.key == name
    return lambda candidate: candidate.model.name == name


def entries(writing: Fleet, embedding: Fleet, level: Level, created: int) -> Iterator[dict[str, Any]]:
    """The list of models for a caller whose text may go as far as `level`: the router's own choice first."""
    yield _entry(ANY[0], "emberline", created) | {"emberline": {"chooses": True}}
    for candidate in (*writing.candidates, *embedding.candidates):
        if level.allows(candidate.place) and candidate.health not in (Health.DOWN, Health.TRIPPED):
            yield _entry(candidate.key, candidate.backend, created) | {"emberline": _told(candidate)}


def _entry(name: str, owner: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": owner}


def _told(candidate: Candidate) -> dict[str, Any]:
    model = candidate.model
    return {
        "place": candidate.place,
        "can": sorted(model.capabilities, key=list(Capability).index),
        "context_tokens": model.loaded_context or model.context_tokens,
        "quantization": model.quantization or None,
        "state": model.warmth,
    }
