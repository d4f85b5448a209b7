"""What each model is good for, on one machine. Pure.

What a quantization loses shows in long chains of reasoning and in strict JSON, hardly in completion and
summaries. So those are given Q4_K_M, which is fast and leaves room, and reasoning is given the largest model
that fits, at Q8_0 where there is room for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from emberline.models import quantization
from emberline.models.info import Capability, ModelInfo
from emberline.models.planner import Machine, Placement, headroom, place
from emberline.models.quantization import Grade

TYPING_BILLIONS = 3.0
"""Parameters (10^9) up to which a model without a graphics card answers between two keystrokes."""
WORDING_BILLIONS = 1.2
"""Parameters (10^9) from which on a message or a class is worth its wait. Measured on 30 real commits and 90
texts (docs/tasks.md): 0.5B wrote 7 useful subjects and 77 % right classes, 1.5B 15 and 96 %."""
SUMMARY_BILLIONS = 7.0
"""Parameters (10^9) from which on a model is trusted with a paragraph of its own about a log. Measured on ten
logs (docs/tasks.md): of 27 explanations 10 held with 0.5B and 14 with 1.5B."""
QUICK_BILLIONS = 15.0
"""Parameters (10^9) up to which routine work stays quick on a graphics card."""
PATIENT_BILLIONS = 9.0
"""The same for processors alone. Measured on two cores (docs/tasks.md): a commit message by 1.5B took 14 s at
the median, and time grows with the parameters."""
LARGE_BILLIONS = 30.0
"""Parameters (10^9) from which on a model is trusted with several steps in a row."""


class Work(StrEnum):
    """What a model is wanted for."""

    COMPLETION = "completion"
    ROUTINE = "summaries and classification"
    REASONING = "multi-step reasoning and strict JSON"


CONTEXTS: Mapping[Work, int] = {Work.COMPLETION: 4096, Work.ROUTINE: 8192, Work.REASONING: 16_384}
"""Tokens that the work needs."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The model for some work; None where none would do."""

    work: Work
    placement: Placement | None
    reasons: tuple[str, ...] = ()
    shortcomings: tuple[str, ...] = ()
    """Why something better should be found."""


def pick(work: Work, models: Sequence[ModelInfo], machine: Machine, limit_percent: float = 85) -> Pick:
    """The best of these models for the work on this machine, and why."""
    able = [place(model, machine, CONTEXTS[work], limit_percent) for model in models if _is_able(work, model)]
    fitting = [placement for placement in able if placement.fits]
    if not fitting:
        return Pick(work, None, shortcomings=(_why_none(work, able, machine, limit_percent),))
    best = max(fitting, key=lambda placement: (_merit(work, placement), placement.model.name))
    return Pick(work, best, tuple(_merits(work, best)), tuple(_shortcomings(work, best)))


def _is_able(work: Work, model: ModelInfo) -> bool:
    if work is Work.COMPLETION:
        return Capability.INFILL in model.capabilities
    return Capability.CHAT in model.capabilities


def _merit(work: Work, placement: Placement) -> tuple[float, ...]:
    """The larger the better, the first number before the second."""
    model = placement.model
    size = model.parameters or 0.0
    sound = _grade(model) is not Grade.ROUGH
    if work is Work.REASONING:
        return (sound, size, quantization.rank(quantization.parse(model.quantization)))
    quick = _is_quick(work, placement)
    return (quick, sound, size if quick else -size, -_steps_from_q4(model))


def _merits(work: Work, placement: Placement) -> Iterator[str]:
    model, grade = placement.model, _grade(placement.model)
    quick = _is_quick(work, placement)
    match work:
        case Work.COMPLETION:
            yield "it fills in the middle"
            if quick:
                yield "it is fast enough between two keystrokes"
        case Work.ROUTINE if quick:
            yield "it is the largest that is still quick"
        case Work.REASONING:
            yield "it is the largest that fits"
    if work is Work.REASONING and grade is Grade.PRECISE:
        yield f"{model.quantization} loses next to nothing"
    elif work is not Work.REASONING and grade is Grade.ROUTINE:
        yield f"{model.quantization} loses nothing that shows here"


def _shortcomings(work: Work, placement: Placement) -> Iterator[str]:
    model, grade = placement.model, _grade(placement.model)
    size = model.parameters or 0.0
    if grade is Grade.ROUGH:
        yield f"{model.quantization} is rough (a smaller model at Q4_K_M is better)"
    if work is Work.REASONING:
        if 0 < size < LARGE_BILLIONS:
            yield f"{size:.2g}B are few for several steps in a row ({LARGE_BILLIONS:.0f}B are trusted)"
        if grade is Grade.ROUTINE:
            yield f"{model.quantization} shows in long chains (Q8_0 does not)"
        return
    if work is Work.ROUTINE and 0 < size < WORDING_BILLIONS:
        yield f"{size:.2g}B are few for it: much of what they word is vague, or dropped for the bare facts"
    elif work is Work.ROUTINE and 0 < size < SUMMARY_BILLIONS:
        yield f"{size:.2g}B do for messages and classes, and are few for summaries"
    if not _is_quick(work, placement):
        yield f"{size:.2g}B are slow for it on this machine"
    if grade is Grade.PRECISE:
        yield f"{model.quantization} takes more memory than the work needs (Q4_K_M would do)"


def _is_quick(work: Work, placement: Placement) -> bool:
    size = placement.model.parameters or 0.0
    if work is Work.COMPLETION:
        return size <= TYPING_BILLIONS or (size <= QUICK_BILLIONS and placement.on_graphics)
    return size <= PATIENT_BILLIONS or placement.on_graphics


def _why_none(work: Work, able: Sequence[Placement], machine: Machine, limit_percent: float) -> str:
    needs = [placement.need.total for placement in able if placement.need is not None]
    wanted = "model that fills in the middle" if work is Work.COMPLETION else "model for it"
    if not needs:
        return f"no {wanted} is here"
    room = headroom(machine, limit_percent).total
    return f"the smallest {wanted} takes {_gb(min(needs))}, and {_gb(room)} may be taken"


def _grade(model: ModelInfo) -> Grade | None:
    stored = quantization.parse(model.quantization)
    return stored.grade if stored is not None else None


def _steps_from_q4(model: ModelInfo) -> int:
    """How many quantizations finer or rougher than Q4_K_M."""
    stored = quantization.parse(model.quantization)
    return abs(quantization.rank(stored) - quantization.rank(quantization.named("Q4_K_M")))


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
