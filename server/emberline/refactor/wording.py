"""What the user reads of a refactoring: where it would run and what for, and afterwards what changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten

from emberline.privacy.labels import Place
from emberline.refactor.types import Change, Deed
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.words import price, served

NO_MODEL = "no model"
LONGEST_REASON = 60
"""Characters of a reason in a menu: some editors ask for a key where a line is longer."""
_CLAUSE = re.compile(r"[;:,] ")
_DONE = {Deed.EDIT: "changed", Deed.CREATE: "made", Deed.MOVE: "moved", Deed.DELETE: "deleted"}
_PLACES = {Place.MACHINE: "local", Place.HOST: "your host", Place.CLOUD: "cloud"}


def entry(title: str, decision: Decision | None) -> str:
    """A menu's entry: "Change the signature of close in 7 files · cloud, gpt-4o · about $0.02"."""
    if decision is None:
        return f"{title} · {NO_MODEL}"
    if decision.chosen is None:
        return title
    parts = [title, place(decision.chosen)]
    if decision.chosen.metered:
        parts.append(_about(decision.cost_usd))
    elif decision.warnings:
        parts.append("weak for this")
    return " · ".join(parts)


def in_short(refusal: str) -> str:
    """The first clause of a refusal, for a menu; asked for, it is told whole."""
    return shorten(_CLAUSE.split(refusal, maxsplit=1)[0], LONGEST_REASON, placeholder="…")


def place(candidate: Candidate) -> str:
    """ "local, qwen2.5-coder-0.5b"."""
    return f"{_PLACES[candidate.place]}, {candidate.model.name}"


def _about(dollars: float) -> str:
    if not dollars:
        return "price unknown"
    return f"about {price(dollars)}" if dollars >= 0.01 else price(dollars)


def done(change: Change, candidates: Sequence[Candidate], dollars: float) -> str:
    """ "Changed 3 files (a.py, b.py, c.py), made d.py: by gpt-4o in the cloud, for $0.02." """
    return f"{what(change)}; {computed(candidates, dollars)}."


def what(change: Change) -> str:
    """What became of which files, in one clause."""
    names = {deed: [each.name for each in change.files if each.deed is deed] for deed in Deed}
    words = ", ".join(f"{_DONE[deed]} {listed(of)}" for deed, of in names.items() if of)
    return words[:1].upper() + words[1:]


def computed(candidates: Sequence[Candidate], dollars: float) -> str:
    """Where: every place that served, in order."""
    if not candidates:
        return "no model was asked"
    places = ", then ".join(dict.fromkeys(served(each) for each in candidates))
    return f"computed by {places}" + (f" for {price(dollars)}" if dollars else "")


def listed(names: Sequence[str]) -> str:
    """Few names as they are, many by their number and the first two."""
    if len(names) <= 3:
        return ", ".join(names)
    return f"{len(names)} files ({', '.join(names[:2])}, …)"
