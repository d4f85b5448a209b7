"""What one request demands under one policy, worked out once for all candidates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from emberline.models.info import Capability
from emberline.privacy.labels import Level, Place, stricter
from emberline.routing.fleet import Candidate, Policy
from emberline.routing.request import Latency, Request, Structure, Task
from emberline.routing.tasks import TRAITS, Traits

CHAIN_FOR_CLOUD = 5
"""Tool calls in a row from which on a cloud model is preferred. Source: the seed, pitfall 3 ("5+ chained tool
calls") and its table (local chains hold for 5 to 10)."""
PATIENCE_SECONDS = {Latency.TYPING: 10.0, Latency.WAITING: 120.0, Latency.BACKGROUND: 600.0}
"""How long an answer may take as a whole, by how it is waited for."""
PART_OVERHEAD_TOKENS = 300
"""Kept free in every part of a split input, for the instructions that stand before it."""
SMALLEST_PART_TOKENS = 500
"""Parts below this hold too little to be understood by themselves."""
RESIZING = frozenset(("ollama",))
"""Protocols that load a model anew with more context when a request asks for it (Ollama's `num_ctx`); with
any other, a loaded model holds what it was loaded with."""

# Members of enumerations by a name of their own: looking one up in its class takes ten times as long.
_CLOUD, _INFILL = Place.CLOUD, Capability.INFILL


@dataclass(frozen=True, slots=True)
class Demand:
    """A request, and what follows from it."""

    request: Request
    policy: Policy
    traits: Traits
    level: Level
    """The stricter of the policy's and the label's."""
    is_typing: bool
    """It completes what is being typed, or is asked which model should be warm for that."""
    is_exacting: bool
    """Several steps that build on each other, several files, or nested JSON: where lost precision adds up."""
    is_precise: bool
    """Exacting, or a task that one wrong line spoils."""
    needs_tools: bool
    prefers_cloud: bool = False
    """A cloud model would do this better; known once it is known who can do it at all."""

    @staticmethod
    def of(request: Request, policy: Policy) -> Demand:
        traits = TRAITS[request.task]
        exacting = (
            request.tool_chain >= CHAIN_FOR_CLOUD
            or request.files > 1
            or request.structure is Structure.NESTED
        )
        return Demand(
            request,
            policy,
            traits,
            level=stricter(request.label.level, policy.mode),
            is_typing=request.task is Task.COMPLETION,
            is_exacting=exacting,
            is_precise=exacting or traits.is_precise,
            needs_tools=request.tool_chain > 0 or Capability.TOOLS in traits.needs,
        )

    @property
    def rule(self) -> str:
        """The privacy level and who set it, as a clause."""
        label, mode = self.request.label, self.policy.mode
        if self.level is mode:
            source = self.policy.mode_from
            return f"privacy is {mode} ({'the default' if source == 'default' else f'set by {source}'})"
        return f"{label.source} is {label.level} because of {label.why}"

    @property
    def confinement(self) -> str:
        """The same, with what follows from it for where the text may go."""
        return f"{self.rule}, so {_CONFINED[self.level]}"


_CONFINED = {
    Level.STRICT: "it stays on this machine",
    Level.TRUSTED: "it goes no further than your own hosts",
    Level.OPEN: "it may go to the cloud",
}


def is_local(candidate: Candidate) -> bool:
    """Whether it is this machine's or the user's own host's: open weights, with their limits."""
    return candidate.place is not _CLOUD


def fills_in(candidate: Candidate) -> bool:
    """Whether it sees what stands behind the cursor: its backend can, or its raw prompt format is known."""
    return _INFILL in candidate.model.capabilities or candidate.model.fim is not None


def room(candidate: Candidate) -> int | None:
    """How many tokens it really holds, input and answer; None where nobody says."""
    model = candidate.model
    if model.loaded_context is not None and candidate.protocol not in RESIZING:
        return model.loaded_context
    return model.context_tokens or model.loaded_context


def useful_room(demand: Demand, candidate: Candidate) -> int | None:
    """The room within which it holds its quality: for local models no more than the policy's ceiling."""
    held = room(candidate)
    if not is_local(candidate):
        return held
    ceiling = demand.policy.max_local_tokens
    return ceiling if held is None else min(held, ceiling)


def parts(demand: Demand, candidate: Candidate) -> int | None:
    """In how many parts the input must be sent to it: 1 where it holds it whole; None where none would do."""
    request = demand.request
    held = useful_room(demand, candidate)
    if held is None or request.tokens <= held:
        return 1
    part = held - request.output_tokens - PART_OVERHEAD_TOKENS
    if not demand.traits.can_split or part < SMALLEST_PART_TOKENS:
        return None
    return -(-request.input_tokens // part)


@lru_cache(maxsize=256)
def bits(quantization: str) -> int | None:
    """Bits of a weight, by the first number in the format's name (Q4_K_M, IQ3_XXS, BF16, "8bit"); None where
    it has none."""
    found = re.search(r"\d+", quantization)
    return int(found[0]) if found else None


def cost(request: Request, candidate: Candidate) -> float | None:
    """The most that a request can cost there, in US dollars: its input and its longest answer. None where
    it is metered and nobody knows the price."""
    price = candidate.price
    if price is None:
        return None if candidate.metered else 0.0
    return (request.input_tokens * price.input_usd + request.output_tokens * price.output_usd) / 1e6


def seconds(request: Request, candidate: Candidate) -> float | None:
    """How long the longest answer takes at the measured speeds; None where nothing was measured."""
    speed = candidate.speed
    if speed is None:
        return None
    reading = request.input_tokens / speed.prefill if speed.prefill > 0 else 0.0
    writing = request.output_tokens / speed.generation if speed.generation > 0 else 0.0
    return reading + writing


def number(tokens: int) -> str:
    """A count as people read it: 24 000."""
    return f"{tokens:,}".replace(",", " ")
