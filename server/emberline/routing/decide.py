"""Where a request goes, and why: a pure function of the request, the policy and the picture of the fleet.

Three steps. `obstacles.py` rules out who may not or cannot serve it. What a local model would do badly goes
to the cloud where that is allowed. `ranking.py` orders who is left: the first is chosen, the others stand by.
So no fallback is ever a place that the privacy level forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emberline.privacy.labels import Level
from emberline.routing.ceiling import dollars
from emberline.routing.decision import Decision, Rejection
from emberline.routing.demand import (
    CHAIN_FOR_CLOUD,
    PATIENCE_SECONDS,
    Demand,
    cost,
    fills_in,
    is_local,
    number,
    parts,
    seconds,
)
from emberline.routing.fleet import Candidate, Fleet, Policy
from emberline.routing.obstacles import By, Obstacle, chain, obstacle, shorter_parts
from emberline.routing.ranking import (
    ABLE_BILLIONS,
    STRONG_BILLIONS,
    holds_schema,
    is_able,
    is_strong,
    ranked,
)
from emberline.routing.refusal import refusal
from emberline.routing.request import Request, Structure


def decide(request: Request, policy: Policy, fleet: Fleet) -> Decision:
    """The one model that serves the request, who stands in for it, and why; or why nobody may or can."""
    demand = Demand.of(request, policy)
    fit, ruled_out = _sifted(demand, fleet)
    if not fit:
        return Decision(
            request,
            None,
            (),
            _rejections(ruled_out),
            refusal=refusal(demand, ruled_out, fleet.missing),
            absent=fleet.absent,
        )
    beyond = () if demand.is_typing else _beyond_local(demand, fit)
    demand = replace(demand, prefers_cloud=bool(beyond))
    standing, why_first = ranked(demand, fit)
    chosen = standing[0]
    count = parts(demand, chosen) or 1
    others = []
    for other in standing[1:]:
        if (parts(demand, other) or 1) <= count:
            others.append(other)
        else:
            ruled_out.append(shorter_parts(other, demand, count))
    return Decision(
        request,
        chosen,
        reasons=(*_why_there(demand, chosen, others, beyond, ruled_out), *why_first),
        rejected=_rejections(ruled_out),
        fallbacks=tuple(others),
        parts=count,
        cost_usd=cost(request, chosen) or 0.0,
        absent=fleet.absent,
        warnings=tuple(_warnings(demand, chosen, count, beyond)),
    )


def _sifted(demand: Demand, fleet: Fleet) -> tuple[list[Candidate], list[Obstacle]]:
    """Who can serve the request, and what rules out each of the others."""
    fit: list[Candidate] = []
    ruled_out: list[Obstacle] = []
    for candidate in sorted(fleet.candidates, key=_name):
        found = obstacle(demand, candidate)
        if found is None:
            fit.append(candidate)
        else:
            ruled_out.append(found)
    if not fit:
        # Nobody takes it whole: whoever failed by its length alone may take it in parts, on the user's own
        # machines. The cloud's models hold so much that what is longer is better sent nowhere.
        for found in ruled_out:
            if found.by is By.LENGTH and is_local(found.candidate) and parts(demand, found.candidate):
                fit.append(found.candidate)
        ruled_out = [found for found in ruled_out if found.candidate not in fit]
    elif demand.request.tool_chain > demand.policy.max_tool_chain and not all(map(is_local, fit)):
        ruled_out += [chain(demand, candidate) for candidate in fit if is_local(candidate)]
        fit = [candidate for candidate in fit if not is_local(candidate)]
    return fit, ruled_out


def _name(candidate: Candidate) -> tuple[str, str]:
    return candidate.key, candidate.address


def _rejections(ruled_out: Sequence[Obstacle]) -> tuple[Rejection, ...]:
    return tuple([Rejection(found.candidate, found.why, found.by) for found in ruled_out])


def _beyond_local(demand: Demand, fit: Sequence[Candidate]) -> tuple[str, ...]:
    """What of this request a cloud model does better than any local one that is at hand, weightiest first."""
    request, policy = demand.request, demand.policy
    local = [candidate for candidate in fit if is_local(candidate)]
    found = []
    if request.tokens > policy.max_local_tokens:
        found.append(
            f"it is {number(request.tokens)} tokens long, over the {number(policy.max_local_tokens)} that "
            "local models hold well (router.thresholds.max_local_context_tokens)"
        )
    if request.tool_chain > policy.max_tool_chain:
        found.append(
            f"it takes {request.tool_chain} tool calls in a row, over the {policy.max_tool_chain} that local "
            "models keep up (router.thresholds.max_tool_chain_length)"
        )
    elif request.tool_chain >= CHAIN_FOR_CLOUD:
        found.append(
            f"it takes {request.tool_chain} tool calls in a row, and from {CHAIN_FOR_CLOUD} on a cloud model "
            "is more reliable"
        )
    if request.files > 1:
        found.append(f"it spans {request.files} files, which a cloud model understands better together")
    if not local:
        return tuple(found)
    if request.structure is Structure.NESTED and not any(
        is_strong(candidate) and holds_schema(candidate) for candidate in local
    ):
        found.append(
            f"its answer is nested JSON, and no local model at hand has {STRONG_BILLIONS:g} billion "
            "parameters at Q8_0 or finer"
        )
    elif demand.is_precise and not any(is_able(candidate, ABLE_BILLIONS) for candidate in local):
        found.append(
            f"it is precise work, and no local model at hand has {ABLE_BILLIONS:g} billion parameters"
        )
    return tuple(found)


def _why_there(
    demand: Demand,
    chosen: Candidate,
    others: Sequence[Candidate],
    beyond: Sequence[str],
    ruled_out: Sequence[Obstacle],
) -> tuple[str, ...]:
    """Why this kind of place, the weightiest reason first; nothing where the speeds measured decided it."""
    if demand.is_typing:
        return ("between two keystrokes no cloud answers in time", *_confined(demand))
    if not is_local(chosen):
        nobody_near = not any(map(is_local, others))
        return tuple(beyond) or ((_no_local(ruled_out),) if nobody_near else ())
    if beyond:
        return (_no_cloud(demand, ruled_out),) if all(map(is_local, others)) else ()
    kind = "precise work, for which a local model is able enough" if demand.is_precise else "routine work"
    return (f"{demand.traits.words} is {kind}", *_confined(demand))


def _confined(demand: Demand) -> tuple[str, ...]:
    return () if demand.level is Level.OPEN else (demand.confinement,)


def _no_local(ruled_out: Sequence[Obstacle]) -> str:
    """Why routine work goes to the cloud."""
    local = [found for found in ruled_out if is_local(found.candidate)]
    if not local:
        return "there is no local model at hand"
    return f"no local model serves it ({_listed(local)})"


def _no_cloud(demand: Demand, ruled_out: Sequence[Obstacle]) -> str:
    """Why what the cloud does better stays here."""
    if demand.level is not Level.OPEN:
        return demand.confinement
    cloud = [found for found in ruled_out if not is_local(found.candidate)]
    if not cloud:
        return "there is no cloud model at hand"
    return f"no cloud model serves it ({_listed(cloud)})"


def _listed(found: Sequence[Obstacle]) -> str:
    """The first few obstacles with their candidates' names."""
    named = [f"{each.candidate.key}: {each.why}" for each in found[:2]]
    return "; ".join((*named, f"and {len(found) - 2} more") if len(found) > 2 else named)


def _warnings(demand: Demand, chosen: Candidate, count: int, beyond: Sequence[str]) -> list[str]:
    """What the user should know of the choice."""
    request, name = demand.request, chosen.key
    found = []
    is_mended = count > 1 and request.tokens > demand.policy.max_local_tokens
    unmended = beyond[1:] if is_mended else beyond  # its length comes first, and parts are short enough
    if unmended and is_local(chosen):
        found.append(f"{name} does it although {'; '.join(unmended)}: look at the answer with care")
    if count > 1:
        found.append(f"it is sent in {count} parts: what only shows in the whole may be missed")
    if demand.is_typing and not fills_in(chosen):
        found.append(f"{name} cannot fill in the middle: it does not see what stands behind the cursor")
    if request.structure is not Structure.FREE and not holds_schema(chosen):
        found.append(f"{chosen.backend} cannot hold an answer to a JSON Schema: more answers may be refused")
    if cost(request, chosen) is None:
        found.append(f"nobody knows what {name} costs")
    elif chosen.price is not None and chosen.price.is_assumed:
        counted = dollars(chosen.price.input_usd)
        found.append(
            f"nobody knows what {name} costs: a million tokens count as {counted} (budget.unknown_price_usd)"
        )
    took = seconds(request, chosen)
    if took is not None and took > PATIENCE_SECONDS[request.latency] and not demand.is_typing:
        found.append(f"by the speeds measured it could take {took / 60:.0f} minutes")
    return found
