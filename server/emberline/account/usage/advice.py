"""Which local model would do the routine part on this machine: the memory planner's own choice. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emberline.models import catalogue
from emberline.models.info import ModelInfo, Warmth
from emberline.models.planner import Machine, of_catalogue
from emberline.models.suitability import Pick, Work, pick

SMALL_BILLIONS = 7.0
"""Parameters (10^9) below which summaries and messages are weak."""
_BILLIONS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)b\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Offer:
    """A model, and the command that fetches it; empty where it is here."""

    model: ModelInfo
    command: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """The model for routine work; `model` is empty where none fits."""

    model: str
    quantization: str
    command: str
    """Fetches it; empty where it is here already."""
    reasons: tuple[str, ...]
    shortcomings: tuple[str, ...]
    here: str
    """The best of those that are here, where the best of all is not; else empty."""


def offers(here: Iterable[ModelInfo], wanted: Iterable[str], quantization: str) -> tuple[Offer, ...]:
    """What there is to choose from: what is here, the catalogue, and the configuration's own models.

    Of the last, the size is what their name says and the quantization the configured one.
    """
    found = {model.name: Offer(model) for model in here}
    for known in catalogue.CATALOGUE:
        found.setdefault(known.name, Offer(of_catalogue(known), f"emberline models pull {known.name}"))
    for name in wanted:
        if (size := _BILLIONS.search(name)) is not None:
            model = ModelInfo(name, warmth=Warmth.COLD, quantization=quantization, parameters=float(size[1]))
            found.setdefault(name, Offer(model, f"ollama pull {name}"))
    return tuple(found.values())


def advise(choices: Sequence[Offer], machine: Machine, limit_percent: float) -> Advice:
    """The best of them for routine work on this machine."""
    best = _picked(choices, machine, limit_percent)
    if best.placement is None:
        return Advice("", "", "", (), best.shortcomings, "")
    model = best.placement.model
    offer = next(each for each in choices if each.model is model)
    near = _picked([each for each in choices if not each.command], machine, limit_percent).placement
    return Advice(
        model.name,
        model.quantization,
        offer.command,
        best.reasons,
        (*best.shortcomings, *_weak(model)),
        near.model.name if near is not None and near.model is not model else "",
    )


def _picked(choices: Sequence[Offer], machine: Machine, limit_percent: float) -> Pick:
    return pick(Work.ROUTINE, [each.model for each in choices], machine, limit_percent)


def _weak(model: ModelInfo) -> tuple[str, ...]:
    size = model.parameters
    if size is None or size >= SMALL_BILLIONS:
        return ()
    return (f"{size:.2g}B are few for summaries and messages ({SMALL_BILLIONS:.0f}B and more do them well)",)
