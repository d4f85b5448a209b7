"""Which of several fit candidates comes first: one lexicographic order for each kind of work.

An order is a sequence of named parts. Whoever is better in an earlier part comes first, whatever the later
ones say; the part in which the first one beats another is the reason it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from emberline.models.info import Capability, Warmth
from emberline.privacy.labels import Place
from emberline.routing.demand import (
    PATIENCE_SECONDS,
    Demand,
    bits,
    cost,
    fills_in,
    is_local,
    parts,
    room,
    seconds,
)
from emberline.routing.fleet import EMBEDDED, Candidate, Health, Role
from emberline.routing.request import Latency, Structure

SMALL_BILLIONS = 3.0
"""Below this a model writes a line well and a paragraph badly."""
ABLE_BILLIONS = 7.0
"""The smallest models that the seed trusts with work of their own."""
STRONG_BILLIONS = 30.0
"""From here on a model of eight bits or more does strict JSON and several steps; the seed names 70B, Q8_0."""
FINE_BITS = 8
COARSE_BITS = 4
"""The seed's Q4_K_M; below that quality falls off for every task."""
TYPING_TOKENS_A_SECOND = 10.0
"""Slower than this a model needs more than a second for a line."""

# Members of enumerations by a name of their own: looking one up in its class takes ten times as long.
_SCHEMA_HELD, _FREE, _NO_ROLE, _MACHINE = Capability.SCHEMA, Structure.FREE, Role.NONE, Place.MACHINE
_UNKNOWN, _LOADING = Health.UNKNOWN, Health.LOADING
_FIRST, _SECOND, _THIRD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to compare by. The smaller `measure` is better, and `says` what it has for itself."""

    name: str
    measure: Callable[[Demand, Candidate], float]
    says: Callable[[Demand, Candidate], str]


def is_strong(candidate: Candidate) -> bool:
    """Whether it can be relied on for nested JSON and for steps that build on each other."""
    if not is_local(candidate):
        return True
    fine = (bits(candidate.model.quantization) or 0) >= FINE_BITS
    return fine and (candidate.model.parameters or 0) >= STRONG_BILLIONS


def is_able(candidate: Candidate, billions: float) -> bool:
    """Whether it is as large as that; nobody is called small whose size is not known."""
    parameters = candidate.model.parameters
    return not is_local(candidate) or parameters is None or parameters >= billions


def holds_schema(candidate: Candidate) -> bool:
    return _SCHEMA_HELD in candidate.model.capabilities


# -- what is compared ---------------------------------------------------------------------------------


def _in_time(demand: Demand, candidate: Candidate) -> float:
    if demand.is_typing:
        speed = candidate.speed.generation if candidate.speed else 0.0
        return 0 < speed < TYPING_TOKENS_A_SECOND
    return (seconds(demand.request, candidate) or 0.0) > PATIENCE_SECONDS[demand.request.latency]


def _place(demand: Demand, candidate: Candidate) -> float:
    return is_local(candidate) if demand.prefers_cloud else not is_local(candidate)


def _parts(demand: Demand, candidate: Candidate) -> float:
    return parts(demand, candidate) or 0


def _fills_in(demand: Demand, candidate: Candidate) -> float:
    return not fills_in(candidate)


def _able(demand: Demand, candidate: Candidate) -> float:
    return not is_able(candidate, ABLE_BILLIONS if demand.is_precise else SMALL_BILLIONS)


def _schema(demand: Demand, candidate: Candidate) -> float:
    return demand.request.structure is not _FREE and not holds_schema(candidate)


def _evicts(demand: Demand, candidate: Candidate) -> float:
    return bool(candidate.evicts)


def _known(demand: Demand, candidate: Candidate) -> float:
    return candidate.health is _UNKNOWN


def _strong(demand: Demand, candidate: Candidate) -> float:
    return demand.is_exacting and not is_strong(candidate)


def _role(demand: Demand, candidate: Candidate) -> float:
    wanted = _CLOUD_ROLES
    if is_local(candidate):
        wanted = _PRECISE_ROLES if demand.is_precise else _ROUTINE_ROLES
    return wanted.get(candidate.role, wanted[_NO_ROLE])


_CLOUD_ROLES = {Role.CLOUD_DEFAULT: _FIRST, Role.CLOUD_FALLBACK: _SECOND, Role.NONE: _THIRD}
_PRECISE_ROLES = {Role.LOCAL_PRECISE: _FIRST, Role.NONE: _SECOND}
_ROUTINE_ROLES = {Role.LOCAL_DEFAULT: _FIRST, Role.NONE: _SECOND, Role.LOCAL_PRECISE: _THIRD}


def _larger(demand: Demand, candidate: Candidate) -> float:
    return -(candidate.model.parameters or 0.0)


def _finer(demand: Demand, candidate: Candidate) -> float:
    return -(bits(candidate.model.quantization) or 0)


def _warm(demand: Demand, candidate: Candidate) -> float:
    held = candidate.model.loaded_context
    if held is not None and held < demand.request.tokens and room(candidate) != held:
        return _THIRD  # it would be loaded anew, with more context
    return _SECOND if candidate.health is _LOADING else _WARMTH[candidate.model.warmth]


_WARMTH = {
    Warmth.WARM: _FIRST,
    Warmth.HOSTED: _FIRST,
    Warmth.LOADING: _SECOND,
    Warmth.UNKNOWN: _SECOND,
    Warmth.COLD: _THIRD,
}


def _yours(demand: Demand, candidate: Candidate) -> float:
    return candidate.backend == EMBEDDED


def _near(demand: Demand, candidate: Candidate) -> float:
    return candidate.place is not _MACHINE


def _light(demand: Demand, candidate: Candidate) -> float:
    width = bits(candidate.model.quantization)
    if width is None or width >= FINE_BITS:
        return _SECOND
    return _FIRST if width >= COARSE_BITS else _THIRD


def _preferred(demand: Demand, candidate: Candidate) -> float:
    own, wanted = candidate.model.quantization, demand.policy.quantization
    return own != wanted and own.upper() != wanted.upper()


def _faster(demand: Demand, candidate: Candidate) -> float:
    return -candidate.speed.generation if candidate.speed else 0.0


def _smaller(demand: Demand, candidate: Candidate) -> float:
    return candidate.model.parameters or 0.0


def _cheaper(demand: Demand, candidate: Candidate) -> float:
    return cost(demand.request, candidate) or 0.0


# -- and what it says ---------------------------------------------------------------------------------


def _says_light(demand: Demand, candidate: Candidate) -> str:
    if _light(demand, candidate) == _FIRST:
        return f"{candidate.model.quantization} is enough for {demand.traits.words}, and light"
    return f"its weights are not cut below {COARSE_BITS} bits"


def _says_role(demand: Demand, candidate: Candidate) -> str:
    if candidate.role is Role.NONE:
        return f"the configuration keeps another for precise work (router.model_routing.{Role.LOCAL_PRECISE})"
    return f"the configuration names it (router.model_routing.{candidate.role})"


def _says_strong(demand: Demand, candidate: Candidate) -> str:
    if not is_local(candidate):
        return "it keeps nested JSON and long chains together"
    model = candidate.model
    return (
        f"{model.parameters:g} billion parameters at {model.quantization} lose too little to matter over "
        "several steps and in nested JSON"
    )


IN_TIME = Part("in time", _in_time, lambda *_: "it is done in time, by the speeds measured")
PLACE = Part("place", _place, lambda *_: "")  # the decision says it first of all
PARTS = Part("parts", _parts, lambda *_: "it holds the most of the input at once")
FILLS_IN = Part("fills in", _fills_in, lambda *_: "it fills in the middle")
ABLE = Part("able", _able, lambda demand, _: f"it is large enough for {demand.traits.words}")
SCHEMA = Part("schema", _schema, lambda *_: "its backend holds the answer to a JSON Schema")
KEEPS = Part("keeps", _evicts, lambda *_: "it throws no warm model out of memory")
KNOWN = Part("known", _known, lambda *_: "its backend is known to answer")
STRONG = Part("strong", _strong, _says_strong)
ROLE = Part("role", _role, _says_role)
LARGER = Part("larger", _larger, lambda _, one: f"it is the larger model ({one.model.parameters:g} billion)")
FINER = Part("finer", _finer, lambda _, one: f"{one.model.quantization} loses the least")
WARM = Part("warm", _warm, lambda _, one: f"it is {one.model.warmth}")
YOURS = Part("yours", _yours, lambda *_: "you run it yourself, and it comes before our own engine")
NEAR = Part("near", _near, lambda *_: "it runs on this machine")
LIGHT = Part("light", _light, _says_light)
PREFERRED = Part(
    "preferred",
    _preferred,
    lambda _, one: f"{one.model.quantization} is preferred (router.model_routing.local.quantization)",
)
FASTER = Part("faster", _faster, lambda _, one: f"it writes {_faster(_, one) * -1:.0f} tokens a second")
SMALLER = Part("smaller", _smaller, lambda *_: "it is the smaller model")
CHEAPER = Part("cheaper", _cheaper, lambda *_: "it costs the least")

# fmt: off
WARMING = (FILLS_IN, IN_TIME, YOURS, NEAR, KNOWN, ROLE, LIGHT, PREFERRED, FASTER, SMALLER)
"""Which model should be warm for typing. One that cannot fill in the middle comes after all that can."""
TYPING = (*WARMING[:2], WARM, *WARMING[2:])
"""A line now: what is warm and quick."""
ROUTINE = (
    IN_TIME, PLACE, PARTS, KEEPS, SCHEMA, KNOWN, ABLE,
    WARM, ROLE, NEAR, LIGHT, PREFERRED, FASTER, CHEAPER,
)
"""What any able model does: what disturbs least and is ready."""
PRECISE = (
    IN_TIME, PLACE, PARTS, ABLE, SCHEMA, KEEPS, KNOWN, STRONG,
    ROLE, LARGER, FINER, WARM, NEAR, PREFERRED, FASTER, CHEAPER,
)
"""What only the best model does well: worth a wait until it is loaded."""
# fmt: on


def order(demand: Demand) -> tuple[Part, ...]:
    """The parts to compare by for this work."""
    if demand.is_typing:
        return TYPING if demand.request.latency is Latency.TYPING else WARMING
    return PRECISE if demand.is_precise else ROUTINE


def ranked(demand: Demand, candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[str]]:
    """The candidates, best first, and what put the first one before each of the others. Those that are level
    keep the order in which they are given."""
    compared = order(demand)
    measures = [part.measure for part in compared]
    scores = [([measure(demand, each) for measure in measures], each) for each in candidates]
    scores.sort(key=itemgetter(0))
    first, best = scores[0]
    deciding = {_first_difference(first, other) for other, _ in scores[1:]}
    said = [compared[place].says(demand, best) for place in sorted(deciding) if place < len(compared)]
    return [each for _, each in scores], [words for words in said if words]


def _first_difference(one: Sequence[float], other: Sequence[float]) -> int:
    """The place of the part that decides between two; behind the last one where they are level."""
    for place, own in enumerate(one):
        if own != other[place]:
            return place
    return len(one)
