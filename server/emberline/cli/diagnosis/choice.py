"""Which model would complete now: the router's own decision, asked for once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emberline.backends.health import View
from emberline.backends.port import Backend
from emberline.cli.diagnosis.finding import Finding, State
from emberline.completion.service import window_tokens
from emberline.config.load import Loaded
from emberline.routing import tasks
from emberline.routing.decision import Decision
from emberline.routing.explain import as_json
from emberline.routing.fleet import EMBEDDED, Candidate, Fleet
from emberline.routing.request import Task
from emberline.routing.router import Router


@dataclass(frozen=True, slots=True)
class Seen:
    """What the router found, and whom it would have complete."""

    fleet: Fleet
    backends: tuple[Backend, ...]
    views: Mapping[str, View]
    decision: Decision

    @property
    def stand_in(self) -> Candidate | None:
        """Who completes where our own engine cannot; None where nobody would."""
        chosen = self.decision.chosen
        able = (chosen, *self.decision.fallbacks) if chosen is not None else ()
        return next((each for each in able if each.backend != EMBEDDED), None)


async def look(loaded: Loaded, folder: Path, uri: str = "") -> Seen:
    """Looks around as the server of this folder would, and decides as it would for typing in the document at
    `uri`; without one, or where no model may read it, for no text in particular."""
    router = Router(loaded, (folder,))
    try:
        await router.surveyed()
        label = router.label(uri) if uri else None
        window = window_tokens(loaded.settings.completion)
        decision = router.decide(tasks.request(Task.COMPLETION, window, label or router.textless))
        scout = router.scout
        return Seen(scout.fleet, scout.backends, scout.monitor.views(), decision)
    finally:
        await router.close()


def judge(decision: Decision) -> Finding:
    """Whom the router has complete, and why."""
    chosen, data = decision.chosen, {"route": as_json(decision)}
    if chosen is None:
        nobody = "there is no model for it: what is marked NO above is missing"
        return Finding("completion", State.ERROR, refused(decision) or nobody, data=data)
    # The first reasons are why it stays near; what sets one apart from the others comes last.
    why = decision.reasons[-1] if decision.fallbacks and decision.reasons else "no other one could now"
    detail = f"by {named(chosen)}: {why}"
    if chosen.backend != EMBEDDED and chosen.speed is None and decision.fallbacks:
        detail += "; should it prove slow, the next one takes over"
    return Finding("completion", State.OK, detail, data=data)


def refused(decision: Decision) -> str:
    """Why no model completes; empty where there is none beside our own engine's, or one does."""
    others = any(each.candidate.backend != EMBEDDED for each in decision.rejected)
    return decision.refusal if others else ""


def named(candidate: Candidate) -> str:
    """ "qwen2.5-coder:7b Q4_K_M (ollama)" """
    model = candidate.model
    return f"{f'{model.name} {model.quantization}'.strip()} ({candidate.backend})"
