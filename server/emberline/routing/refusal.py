"""What the user is told where nothing may or can serve a request: what stands in the way, what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from emberline.privacy.labels import Level, Place
from emberline.routing.ceiling import remedy
from emberline.routing.demand import Demand, cost, is_local, number, room
from emberline.routing.fleet import Candidate
from emberline.routing.obstacles import By, Obstacle, obstacle

_SHOWN = 3


def refusal(demand: Demand, ruled_out: Sequence[Obstacle], missing: Sequence[str]) -> str:
    """One sentence: why, and behind a semicolon what would help."""
    if not ruled_out:
        looked = f" ({'; '.join(missing)})" if missing else ""
        return (
            f"there is no model at hand{looked}; start Ollama, LM Studio or llama.cpp's server, or fetch a "
            "model of our own with `emberline models pull`"
        )
    hindered = [found for found in ruled_out if found.by not in (By.PRIVACY, By.LATENCY)]
    causes = ", and ".join(_causes(demand, ruled_out, hindered, missing))
    mends = ", or ".join(dict.fromkeys(_mends(demand, ruled_out, hindered)))
    return f"{causes}; {mends}"


def _causes(
    demand: Demand, ruled_out: Sequence[Obstacle], hindered: Sequence[Obstacle], missing: Sequence[str]
) -> Iterator[str]:
    late = [found for found in ruled_out if found.by is By.LATENCY]
    if len(late) + len(hindered) < len(ruled_out):
        yield demand.confinement
    if late and not hindered:
        yield f"no model of this machine can complete while you type ({_each(late)})"
    too_long = [found for found in hindered if found.by is By.LENGTH]
    if too_long:
        yield _too_long(demand, too_long)
    rest = [found for found in hindered if found.by is not By.LENGTH]
    if rest:
        yield _each(rest)
    if not late and not hindered:
        looked = f" ({'; '.join(missing)})" if missing else ""
        yield f"there is no other model at hand{looked}"


def _too_long(demand: Demand, found: Sequence[Obstacle]) -> str:
    """ "none of this machine's models holds 210 000 tokens (24 000 at most: …)"."""
    near = all(each.candidate.place is Place.MACHINE for each in found)
    whose = "this machine's models" if near else "the models at hand"
    rooms = [held for each in found if (held := room(each.candidate)) is not None]
    ceiling = demand.policy.max_local_tokens
    most = max(rooms, default=0)
    if all(is_local(each.candidate) for each in found) and (not rooms or most > ceiling):
        limit = f"{number(ceiling)} at most (router.thresholds.max_local_context_tokens)"
    else:
        limit = f"{number(most)} at most"
    whole = "" if demand.traits.can_split else f", and {demand.traits.words} cannot be split"
    return f"none of {whose} holds {number(demand.request.tokens)} tokens: {limit}{whole}"


def _each(found: Sequence[Obstacle]) -> str:
    named = [f"{each.candidate.key} is out because {each.why}" for each in found[:_SHOWN]]
    return "; ".join((*named, f"so are {len(found) - _SHOWN} more") if len(found) > _SHOWN else named)


def _mends(demand: Demand, ruled_out: Sequence[Obstacle], hindered: Sequence[Obstacle]) -> Iterator[str]:
    kinds = {found.by for found in ruled_out}
    if not demand.is_typing and demand.level is not Level.OPEN:
        yield from _opening(demand, ruled_out)
    if By.LENGTH in kinds:
        yield "send less of it"
        if any((room(found.candidate) or 0) >= demand.request.tokens for found in hindered):
            yield "raise router.thresholds.max_local_context_tokens"
    if By.HEALTH in kinds:
        yield "start what is down (`emberline doctor` says what it found)"
    if By.MEMORY in kinds:
        yield "free memory, or take a smaller model or a lighter quantization"
    if By.BUDGET in kinds:
        yield _raising(demand, [found.candidate for found in ruled_out if found.by is By.BUDGET])
    if By.ABILITY in kinds:
        yield f"add a model that can do {demand.traits.words}"
    if (demand.is_typing and not hindered) or kinds == {By.PRIVACY}:
        yield "fetch a model of our own with `emberline models pull`"


def _raising(demand: Demand, dear: Sequence[Candidate]) -> str:
    """The command that would allow the cheapest of them, or else one whose price nobody knows."""
    known = [price for each in dear if (price := cost(demand.request, each)) is not None]
    return remedy(min(known, default=None), demand.policy.ceilings)


def _opening(demand: Demand, ruled_out: Sequence[Obstacle]) -> Iterator[str]:
    """What a looser privacy mode would bring, if it would bring anything."""
    if demand.level is not demand.policy.mode:
        return  # a rule for this very file decides; the mode would change nothing
    opened = replace(demand, level=Level.OPEN)
    kept = [found.candidate for found in ruled_out if found.by is By.PRIVACY]
    able = [candidate for candidate in kept if obstacle(opened, candidate) is None]
    hosts = [candidate for candidate in able if candidate.place is Place.HOST]
    if hosts:
        yield f"`emberline privacy set trusted` would allow {hosts[0].key}"
    if any(candidate.place is Place.CLOUD for candidate in able):
        yield "`emberline privacy set open` would allow the cloud"
    elif not kept:
        yield "`emberline privacy set open`, with a key for one, would allow a cloud"
