"""What holds of every decision, whatever the request, the policy and the fleet."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.models.fim import QWEN
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.labels import Label, Level, Place
from emberline.routing.ceiling import Ceiling, Span
from emberline.routing.decide import decide
from emberline.routing.decision import Decision
from emberline.routing.demand import cost
from emberline.routing.explain import as_json, explain, short
from emberline.routing.fleet import Candidate, Fleet, Health, Policy, Price, Role, Speed
from emberline.routing.request import Latency, Request, Structure, Task

LEVELS = tuple(Level)
PLACES = tuple(Place)

models = st.builds(
    ModelInfo,
    name=st.just("model"),
    capabilities=st.frozensets(st.sampled_from(Capability)),
    context_tokens=st.sampled_from([None, 2_048, 4_096, 32_768, 200_000]),
    loaded_context=st.sampled_from([None, 2_048, 16_384]),
    warmth=st.sampled_from(Warmth),
    quantization=st.sampled_from(["", "Q2_K", "q4_k_m", "Q4_K_M", "Q8_0", "F16", "AWQ"]),
    parameters=st.sampled_from([None, 0.5, 3.0, 8.0, 70.0]),
    size_bytes=st.sampled_from([None, 5_000_000_000]),
    fim=st.sampled_from([None, QWEN]),
)
candidates = st.builds(
    Candidate,
    backend=st.just("backend"),
    protocol=st.sampled_from(["ollama", "llamacpp", "openai"]),
    address=st.just("http://localhost"),
    place=st.sampled_from(Place),
    model=models,
    health=st.sampled_from(Health),
    trouble=st.sampled_from(["", "refused"]),
    role=st.sampled_from(Role),
    price=st.sampled_from([None, Price(0.1, 0.2), Price(5.0, 25.0)]),
    metered=st.booleans(),
    speed=st.sampled_from([None, Speed(0.0, 0.0), Speed(10.0, 1.0), Speed(500.0, 40.0)]),
    evicts=st.sampled_from(["", "coder"]),
    fits=st.booleans(),
)


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    """Up to eight candidates of any kind, each with a name of its own."""
    drawn = draw(st.lists(candidates, max_size=8))
    named = (
        replace(each, model=replace(each.model, name=f"model-{number}")) for number, each in enumerate(drawn)
    )
    return Fleet(tuple(named))


labels = st.builds(
    Label, st.sampled_from(Level), st.just("a.py"), st.sampled_from(["privacy.mode", ".gitignore"])
)
requests = st.builds(
    Request,
    task=st.sampled_from(Task),
    label=labels,
    input_tokens=st.integers(0, 300_000) | st.integers(0, 5_000),
    output_tokens=st.integers(0, 4_000),
    tool_chain=st.integers(0, 20),
    files=st.integers(0, 9),
    structure=st.sampled_from(Structure),
    latency=st.sampled_from(Latency),
)
money = st.just(0.0) | st.floats(0, 20)
ceilings = st.lists(
    st.builds(Ceiling, st.sampled_from(Span), usd=money, spent=money, under_way=money),
    max_size=3,
    unique_by=lambda each: each.span,
).map(tuple)
policies = st.builds(
    Policy,
    mode=st.sampled_from(Level),
    mode_from=st.sampled_from(["default", "config.yaml:3"]),
    max_local_tokens=st.sampled_from([512, 24_000, 10_000_000]),
    max_tool_chain=st.integers(1, 12),
    ceilings=ceilings,
)


def used(decision: Decision) -> tuple[Candidate, ...]:
    return () if decision.chosen is None else (decision.chosen, *decision.fallbacks)


def reach(decision: Decision) -> int:
    """The farthest place that the request could go; -1 for nowhere."""
    return max((PLACES.index(each.place) for each in used(decision)), default=-1)


@given(requests, policies, fleets())
@settings(max_examples=150)
def test_it_never_goes_where_label_or_mode_forbid(asked: Request, policy: Policy, fleet: Fleet) -> None:
    for candidate in used(decide(asked, policy, fleet)):
        assert asked.label.level.allows(candidate.place)
        assert policy.mode.allows(candidate.place)


@given(requests, policies, fleets())
@settings(max_examples=150)
def test_every_candidate_is_used_or_turned_down_with_words_and_none_twice(
    asked: Request, policy: Policy, fleet: Fleet
) -> None:
    decision = decide(asked, policy, fleet)
    names = [each.key for each in used(decision)] + [each.candidate.key for each in decision.rejected]

    assert sorted(names) == sorted(each.key for each in fleet.candidates)
    assert all(each.why for each in decision.rejected)


@given(requests, policies, fleets())
@settings(max_examples=150)
def test_it_says_why_or_why_not(asked: Request, policy: Policy, fleet: Fleet) -> None:
    decision = decide(asked, policy, fleet)

    if decision.chosen is None:
        assert decision.refusal
        assert not decision.reasons
    else:
        assert decision.reasons
        assert not decision.refusal
    said = (*decision.reasons, *decision.warnings, decision.refusal)
    assert all(not words.endswith(".") and words == words.strip() and "  " not in words for words in said)
    assert explain(decision)
    assert "\n" not in short(decision)
    assert as_json(decision)["request"]


@given(requests, policies, fleets(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_it_does_not_depend_on_the_order_of_the_candidates(
    asked: Request, policy: Policy, fleet: Fleet, random: Random
) -> None:
    shuffled = list(fleet.candidates)
    random.shuffle(shuffled)

    assert decide(asked, policy, replace(fleet, candidates=tuple(shuffled))) == decide(asked, policy, fleet)


@given(requests, policies, fleets(), st.sampled_from(LEVELS))
@settings(max_examples=150)
def test_tightening_never_takes_it_farther(
    asked: Request, policy: Policy, fleet: Fleet, level: Level
) -> None:
    """A stricter mode may bring it nearer, also to a place that did not count before: what the cloud would
    have done is then split or left to the best local model."""
    tighter = replace(policy, mode=min(level, policy.mode, key=LEVELS.index))

    assert reach(decide(asked, tighter, fleet)) <= reach(decide(asked, policy, fleet))


@given(requests, policies, fleets())
@settings(max_examples=150)
def test_whoever_is_used_is_well_fits_is_affordable_and_holds_its_part(
    asked: Request, policy: Policy, fleet: Fleet
) -> None:
    decision = decide(asked, policy, fleet)
    part = -(-asked.input_tokens // decision.parts) + asked.output_tokens
    for candidate in used(decision):
        assert candidate.health not in (Health.DOWN, Health.TRIPPED)
        assert candidate.fits
        if candidate.place is not Place.CLOUD:
            assert part <= policy.max_local_tokens
        if candidate.model.context_tokens is not None and candidate.protocol == "ollama":
            assert part <= candidate.model.context_tokens
        if candidate.metered and policy.ceilings:
            most = cost(asked, candidate)
            assert most is not None
            assert all(most <= max(0.0, each.usd - each.spent) + 1e-6 for each in policy.ceilings)


@given(requests, policies, fleets())
@settings(max_examples=150)
def test_while_typing_no_cloud_is_asked_and_nothing_evicted(
    asked: Request, policy: Policy, fleet: Fleet
) -> None:
    typed = replace(asked, task=Task.COMPLETION, latency=Latency.TYPING)
    for candidate in used(decide(typed, policy, fleet)):
        assert candidate.place is not Place.CLOUD
        assert not candidate.evicts
