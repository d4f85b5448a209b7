"""What the router answers: where, why, and what it turned down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emberline.observe.record import without_folder
from emberline.routing.demand import number
from emberline.routing.fleet import Candidate
from emberline.routing.obstacles import By
from emberline.routing.request import Request


@dataclass(frozen=True, slots=True)
class Rejection:
    """A candidate that is not used, and the reason as it follows "because"."""

    candidate: Candidate
    why: str
    by: By | None = None
    """Which question it failed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Execution does exactly this: `chosen`, or once the first of `fallbacks` that is up, or nothing."""

    request: Request
    chosen: Candidate | None
    reasons: tuple[str, ...]
    """Why there, the weightiest first; whole clauses, lower case, without a full stop."""
    rejected: tuple[Rejection, ...] = ()
    fallbacks: tuple[Candidate, ...] = ()
    """In order; each one is a place that the request's label allows."""
    parts: int = 1
    """In how many pieces the input is to be sent, where a whole one is too long for a local model."""
    cost_usd: float = 0.0
    """The most that it can cost: the price of input and longest answer."""
    refusal: str = ""
    """Why nothing may or can serve this, and what would; empty where something is chosen."""
    absent: tuple[str, ...] = ()
    """What the user named and was not there to be chosen."""
    warnings: tuple[str, ...] = ()
    """What the user should know of the choice, e.g. that a weaker model does it because of privacy."""

    @property
    def nameless_reason(self) -> str:
        """The first reason for a record, which holds no paths."""
        return self.nameless(self.reasons[0] if self.reasons else "")

    def nameless(self, words: str) -> str:
        """Without the names of the text and of the file that set its privacy, without the folders of models
        that are named by their files, and without this one text's length: a ledger counts what is alike."""
        words = _SET_BY.sub("", words).replace(self.request.label.source, "this text")
        words = words.replace(f"{number(self.request.tokens)} tokens", "so many tokens")
        candidates = (*self.fallbacks, *(each.candidate for each in self.rejected))
        for each in candidates if self.chosen is None else (self.chosen, *candidates):
            words = words.replace(each.model.name, without_folder(each.model.name))
        return words


_SET_BY = re.compile(r" \(set by [^\n]*?(?::\d+)?\)(?=[,;)]|$| and )")
