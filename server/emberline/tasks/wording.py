"""What the user reads of a task beside its outcome: where it was computed, in how many parts, and why."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.privacy.labels import Place
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.router import Answer

NO_MODEL = "No model was asked."
_WHERE = {Place.MACHINE: "on this machine", Place.HOST: "on your host", Place.CLOUD: "in the cloud"}


def where(answers: Sequence[Answer], reasons: Sequence[str], parts: int = 1, dollars: float = 0.0) -> str:
    """ "Computed by qwen2.5-coder-0.5b on this machine, in 3 parts: a summary is routine work." """
    if not answers:
        return NO_MODEL
    places = " and ".join(dict.fromkeys(served(each.served) for each in answers))
    pieces = f", in {parts} parts" if parts > 1 else ""
    price = f", for {_price(dollars)}" if dollars else ""
    because = f": {'; '.join(reasons)}" if reasons else ""
    return f"Computed by {places}{pieces}{price}{because}."


def route(decision: Decision, parts: int = 1) -> str:
    """The same before anything was asked: "7 parts for qwen2.5-coder-0.5b on this machine"."""
    if decision.chosen is None:
        return decision.refusal
    to = served(decision.chosen)
    return f"{parts} parts for {to}" if parts > 1 else to


def served(candidate: Candidate) -> str:
    """ "qwen2.5-coder-0.5b on this machine"."""
    return f"{candidate.model.name} {_WHERE[candidate.place]}"


def _price(dollars: float) -> str:
    return f"${dollars:.2f}" if dollars >= 0.01 else "under 1 cent"
