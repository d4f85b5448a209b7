"""What rules a candidate out: one question after the other, the first that fails is the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from emberline.models.info import Capability
from emberline.privacy.labels import Place
from emberline.routing.ceiling import too_much
from emberline.routing.demand import Demand, cost, fills_in, is_local, number, parts, room
from emberline.routing.fleet import Candidate, Health

# Members of enumerations by a name of their own: looking one up in its class takes ten times as long.
_CHAT, _TOOLS, _EMBED = Capability.CHAT, Capability.TOOLS, Capability.EMBED
_DOWN, _TRIPPED, _UNKNOWN = Health.DOWN, Health.TRIPPED, Health.UNKNOWN


class By(Enum):
    """Which question a candidate failed: what would mend it depends on that."""

    PRIVACY = auto()
    LATENCY = auto()
    ABILITY = auto()
    HEALTH = auto()
    MEMORY = auto()
    BUDGET = auto()
    LENGTH = auto()
    CHAIN = auto()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why this candidate is not used; `why` as it follows "because"."""

    candidate: Candidate
    by: By
    why: str


def obstacle(demand: Demand, candidate: Candidate) -> Obstacle | None:
    """What keeps this candidate from serving the whole request; length is asked last, so that whoever is
    ruled out by it would do for a part."""
    for by, ask in _QUESTIONS:
        if why := ask(demand, candidate):
            return Obstacle(candidate, by, why)
    return None


def _privacy(demand: Demand, candidate: Candidate) -> str:
    if demand.level.allows(candidate.place):
        return ""
    where = "in the cloud" if candidate.place is Place.CLOUD else "on another host"
    passed_on = f" ({candidate.backend} passes on to {host})" if (host := candidate.model.remote_host) else ""
    return f"it runs {where}{passed_on} and {demand.rule}"


def _latency(demand: Demand, candidate: Candidate) -> str:
    if not demand.is_typing:
        return ""
    if candidate.place is Place.CLOUD:
        return "between two keystrokes a cloud does not answer in time"
    if candidate.evicts:
        return f"loading it would throw {candidate.evicts} out of memory"
    return ""


def _ability(demand: Demand, candidate: Candidate) -> str:
    can = candidate.model.capabilities
    if _EMBED in demand.traits.needs:
        return "" if _EMBED in can else "it makes no embeddings"
    if demand.is_typing:
        return "" if _CHAT in can or fills_in(candidate) else "it does not write text"
    if _CHAT not in can:
        return "it only fills gaps in text" if fills_in(candidate) else "it does not write text"
    # What a server can do is known once it has been asked, and one that may not be asked never was.
    if demand.needs_tools and _TOOLS not in can and candidate.health is not _UNKNOWN:
        return "it cannot call tools"
    return ""


def _health(demand: Demand, candidate: Candidate) -> str:
    if candidate.health is _DOWN or candidate.health is _TRIPPED:
        if candidate.trouble.startswith(candidate.backend):  # it says who it is about
            return candidate.trouble
        trouble = f": {candidate.trouble}" if candidate.trouble else ""
        return f"{candidate.backend} is {candidate.health}{trouble}"
    return ""


def _memory(demand: Demand, candidate: Candidate) -> str:
    if candidate.fits:
        return ""
    size = candidate.model.size_bytes
    weight = f" for its {size / 1e9:.1f} GB" if size else ""
    return f"there is no room in memory{weight}"


def _budget(demand: Demand, candidate: Candidate) -> str:
    if not candidate.metered:
        return ""
    return too_much(cost(demand.request, candidate), demand.policy.ceilings)


def _length(demand: Demand, candidate: Candidate) -> str:
    tokens, ceiling = demand.request.tokens, demand.policy.max_local_tokens
    if is_local(candidate) and tokens > ceiling:
        return (
            f"{number(tokens)} tokens are over the {number(ceiling)} that local models hold well "
            "(router.thresholds.max_local_context_tokens)"
        )
    held = room(candidate)
    if held is not None and tokens > held:
        return f"it holds {number(held)} tokens, and this takes {number(tokens)}"
    return ""


_QUESTIONS = (
    (By.PRIVACY, _privacy),
    (By.LATENCY, _latency),
    (By.ABILITY, _ability),
    (By.HEALTH, _health),
    (By.MEMORY, _memory),
    (By.BUDGET, _budget),
    (By.LENGTH, _length),
)


def chain(demand: Demand, candidate: Candidate) -> Obstacle:
    """Why a local model is not used where a cloud model may do a long chain of tool calls."""
    return Obstacle(
        candidate,
        By.CHAIN,
        f"{demand.request.tool_chain} tool calls in a row are over the {demand.policy.max_tool_chain} that "
        "local models keep up (router.thresholds.max_tool_chain_length)",
    )


def shorter_parts(candidate: Candidate, demand: Demand, count: int) -> Obstacle:
    """Why a model does not stand in for one that takes the input in fewer parts."""
    own = parts(demand, candidate)
    return Obstacle(candidate, By.LENGTH, f"it would need {own} parts instead of {count}")
