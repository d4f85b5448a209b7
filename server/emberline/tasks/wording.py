"""What the user reads of a task beside its outcome: where it was computed, in how many parts, and why."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.routing.decision import Decision
from emberline.routing.router import Answer
from emberline.routing.words import price, served

NO_MODEL = "No model was asked."


def where(answers: Sequence[Answer], reasons: Sequence[str], parts: int = 1, dollars: float = 0.0) -> str:
    """ "Computed by qwen2.5-coder-0.5b on this machine, in 3 parts: a summary is routine work." """
    if not answers:
        return NO_MODEL
    places = " and ".join(dict.fromkeys(served(each.served) for each in answers))
    pieces = f", in {parts} parts" if parts > 1 else ""
    cost = f", for {price(dollars)}" if dollars else ""
    because = f": {'; '.join(reasons)}" if reasons else ""
    return f"Computed by {places}{pieces}{cost}{because}."


def route(decision: Decision, parts: int = 1) -> str:
    """The same before anything was asked: "7 parts for qwen2.5-coder-0.5b on this machine"."""
    if decision.chosen is None:
        return decision.refusal
    to = served(decision.chosen)
    return f"{parts} parts for {to}" if parts > 1 else to
