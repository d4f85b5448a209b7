"""Who computed something and for how much, in the words of a sentence."""

from __future__ import annotations

from emberline.privacy.labels import Place
from emberline.routing.fleet import Candidate

WHERE = {Place.MACHINE: "on this machine", Place.HOST: "on your host", Place.CLOUD: "in the cloud"}


def served(candidate: Candidate) -> str:
    """ "qwen2.5-coder-0.5b on this machine"."""
    return f"{candidate.model.name} {WHERE[candidate.place]}"


def price(dollars: float) -> str:
    """ "$0.02"; what is less than a cent says so."""
    return f"${dollars:.2f}" if dollars >= 0.01 else "under 1 cent"
