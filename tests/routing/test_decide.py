"""Every dimension of a decision, with the seed's own matrix and thresholds first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emberline.models.info import Capability, Warmth
from emberline.privacy.labels import Label, Level, Place
from emberline.routing.ceiling import Ceiling, Span
from emberline.routing.decide import decide
from emberline.routing.fleet import Candidate, Fleet, Health, Policy, Price, Role, Speed
from emberline.routing.request import Latency, Request, Structure, Task
from emberline.routing.tasks import TRAITS, request
from tests.routing.fleets import (
    ABLE,
    CLAUDE,
    DEFAULT,
    GPT,
    LAPTOP,
    LARGE,
    OPEN,
    OPENED,
    PRECISE,
    PRIVATE,
    STRICT,
    TRUSTED,
    WORKSTATION,
    cloud,
    embedded,
    fleet,
    host,
    key,
    ollama,
    reasons_against,
)

# -- the seed -----------------------------------------------------------------------------------------

CODER = ollama("qwen2.5-coder:7b", billions=7.0, capabilities=ABLE | {Capability.INFILL})
AGENT = replace(request(Task.AGENT, 8_000, OPEN), tool_chain=12)
MATRIX = [
    (
        "inline code completion",
        request(Task.COMPLETION, 1_500, OPEN),
        (CODER, GPT),
        "ollama/qwen2.5-coder:7b",
    ),
    ("log summarization", request(Task.LOG_SUMMARY, 15_000, OPEN), LAPTOP, "ollama/llama3.1:8b"),
    ("multi-step agentic workflow", AGENT, WORKSTATION, "openai/gpt-4o"),
    ("long-context analysis", request(Task.LONG_DOCUMENT, 100_000, OPEN), WORKSTATION, "openai/gpt-4o"),
    (
        "client codebase refactoring",
        request(Task.REFACTOR, 9_000, PRIVATE, files=5),
        WORKSTATION,
        "ollama/llama3.1:70b",
    ),
]


@pytest.mark.parametrize(
    ("asked", "candidates", "expected"), [row[1:] for row in MATRIX], ids=[row[0] for row in MATRIX]
)
def test_the_seeds_decision_matrix(asked: Request, candidates: tuple[Candidate, ...], expected: str) -> None:
    decision = decide(asked, OPENED, Fleet(candidates))

    assert key(decision) == expected
    assert decision.parts == 1
    assert decision.reasons


def test_the_matrix_asks_for_its_quantizations() -> None:
    chosen = [decide(row[1], OPENED, Fleet(row[2])).chosen for row in MATRIX]

    assert [each.model.quantization for each in chosen if each] == ["Q4_K_M", "Q4_K_M", "", "", "Q8_0"]


def _long(tokens: int) -> Request:
    """A summary that needs so many tokens in all."""
    return request(Task.LOG_SUMMARY, tokens - TRAITS[Task.LOG_SUMMARY].output_tokens, OPEN)


def _chain(calls: int) -> Request:
    return Request(Task.EXPLAIN, OPEN, input_tokens=2_000, output_tokens=800, tool_chain=calls)


CEILING = Policy(Level.OPEN, max_local_tokens=16_000)
SHORT_CHAINS = Policy(Level.OPEN, max_tool_chain=3)
THRESHOLDS = [
    ("the whole length counts, answer included", _long(24_000), OPENED, "ollama/llama3.1:8b", None),
    ("one token more", _long(24_001), OPENED, "openai/gpt-4o", "24 000"),
    ("the setting decides", _long(16_001), CEILING, "openai/gpt-4o", "16 000"),
    ("a few tool calls", _chain(4), OPENED, "ollama/llama3.1:8b", None),
    ("from five on the cloud is better", _chain(5), OPENED, "openai/gpt-4o", "from 5 on"),
    ("as many as local models keep up", _chain(8), OPENED, "openai/gpt-4o", "8 tool calls"),
    ("more than they keep up", _chain(9), OPENED, "openai/gpt-4o", "over the 8"),
    ("the setting decides on these too", _chain(4), SHORT_CHAINS, "openai/gpt-4o", "over the 3"),
]


@pytest.mark.parametrize(
    ("asked", "policy", "expected", "words"),
    [row[1:] for row in THRESHOLDS],
    ids=[row[0] for row in THRESHOLDS],
)
def test_the_seeds_thresholds(asked: Request, policy: Policy, expected: str, words: str | None) -> None:
    decision = decide(asked, policy, Fleet(LAPTOP))

    assert key(decision) == expected
    if words is not None:
        assert words in decision.reasons[0]


def test_up_to_the_threshold_a_local_model_stands_by_and_beyond_it_none_does() -> None:
    def stand_by(calls: int) -> list[str]:
        return [each.key for each in decide(_chain(calls), OPENED, fleet(DEFAULT, GPT, CLAUDE)).fallbacks]

    assert stand_by(8) == ["anthropic/claude-3-5-sonnet", "ollama/llama3.1:8b"]
    assert stand_by(9) == ["anthropic/claude-3-5-sonnet"]


# -- privacy ------------------------------------------------------------------------------------------

GPU = host()
EMBEDDERS = (
    ollama("a", capabilities=frozenset((Capability.EMBED,))),
    host("b", capabilities=frozenset((Capability.EMBED,))),
)


@pytest.mark.parametrize("mode", list(Level))
@pytest.mark.parametrize("label", [STRICT, TRUSTED, OPEN], ids=lambda label: label.level)
@pytest.mark.parametrize("task", list(Task))
def test_the_stricter_of_label_and_mode_decides(mode: Level, label: Label, task: Task) -> None:
    decision = decide(request(task, 3_000, label), Policy(mode), fleet(*LAPTOP, GPU, *EMBEDDERS))
    used = [decision.chosen, *decision.fallbacks]

    assert decision.chosen is not None
    assert all(mode.allows(each.place) and label.level.allows(each.place) for each in used if each)


def test_a_model_that_a_local_backend_passes_on_is_in_the_cloud() -> None:
    passed_on = ollama(
        "gpt-oss:120b-cloud",
        billions=120.0,
        place=Place.CLOUD,
        remote_host="https://ollama.com",
        role=Role.LOCAL_DEFAULT,
        metered=True,
    )
    decision = decide(request(Task.QUESTION, 900, STRICT), Policy(), fleet(passed_on, embedded()))

    assert key(decision) == "embedded/qwen2.5-coder-0.5b"
    assert "passes on to https://ollama.com" in reasons_against(decision)[passed_on.key]


@pytest.mark.parametrize(
    ("label", "policy", "words"),
    [
        (STRICT, Policy(), "privacy is strict (the default)"),
        (OPEN, Policy(Level.STRICT, "/home/ada/.config/emberline/config.yaml:3"), "config.yaml:3)"),
        (PRIVATE, OPENED, "client/app.py is strict because of privacy.local_only"),
        (Label(Level.STRICT, "notes.md", ".gitignore"), OPENED, "notes.md is strict because of .gitignore"),
    ],
)
def test_a_forbidden_place_says_which_rule_forbids_it(label: Label, policy: Policy, words: str) -> None:
    decision = decide(request(Task.QUESTION, 900, label), policy, Fleet(LAPTOP))

    assert words in reasons_against(decision)["openai/gpt-4o"]


# -- what a local model would do badly ----------------------------------------------------------------

DEMANDING = [
    ("several files", request(Task.EXPLAIN, 5_000, files=3), "3 files"),
    ("nested JSON", request(Task.REFACTOR, 3_000), "nested JSON"),
    ("a long chain", _chain(12), "12 tool calls"),
]


@pytest.mark.parametrize(
    ("asked", "words"), [row[1:] for row in DEMANDING], ids=[row[0] for row in DEMANDING]
)
def test_it_goes_to_the_cloud_where_that_is_allowed(asked: Request, words: str) -> None:
    decision = decide(replace(asked, label=OPEN), OPENED, Fleet(LAPTOP))

    assert key(decision) == "openai/gpt-4o"
    assert words in decision.reasons[0]
    assert not decision.warnings


@pytest.mark.parametrize(
    ("asked", "words"), [row[1:] for row in DEMANDING], ids=[row[0] for row in DEMANDING]
)
def test_else_the_best_local_model_does_it_and_the_user_is_told(asked: Request, words: str) -> None:
    decision = decide(replace(asked, label=PRIVATE), OPENED, Fleet(LAPTOP))

    assert key(decision) == "ollama/qwen2.5:14b"
    assert "client/app.py is strict" in decision.reasons[0]
    assert words in decision.warnings[0]


def test_where_the_cloud_cannot_either_the_reason_is_said() -> None:
    down = cloud(health=Health.DOWN, trouble="no connection")
    decision = decide(request(Task.REFACTOR, 3_000, OPEN), OPENED, fleet(DEFAULT, down))

    assert key(decision) == "ollama/llama3.1:8b"
    assert "no cloud model serves it (openai/gpt-4o: openai is down: no connection)" in decision.reasons[0]


def test_a_strong_local_model_keeps_nested_json_at_home() -> None:
    decision = decide(request(Task.REFACTOR, 3_000, OPEN), OPENED, Fleet(WORKSTATION))

    assert key(decision) == "ollama/llama3.1:70b"
    assert not decision.warnings


def test_precise_work_for_which_every_local_model_is_too_small_goes_to_the_cloud() -> None:
    decision = decide(request(Task.TESTS, 1_500, OPEN), OPENED, fleet(embedded(), GPT))

    assert key(decision) == "openai/gpt-4o"
    assert "no local model at hand has 7 billion parameters" in decision.reasons[0]


def test_nested_json_is_asked_of_a_backend_that_holds_a_schema() -> None:
    loose = ollama(
        "mistral-small", billions=24.0, backend="proxy", capabilities=frozenset((Capability.CHAT,))
    )
    decision = decide(request(Task.REFACTOR, 3_000, STRICT), Policy(), fleet(loose, DEFAULT))

    assert [key(decision), *(each.key for each in decision.fallbacks)] == ["ollama/llama3.1:8b", loose.key]
    alone = decide(request(Task.REFACTOR, 3_000, STRICT), Policy(), fleet(loose))
    assert any("cannot hold an answer to a JSON Schema" in words for words in alone.warnings)


# -- length -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [task for task, traits in TRAITS.items() if traits.can_split])
def test_what_may_not_leave_and_is_too_long_is_split_where_the_task_allows(task: Task) -> None:
    asked = request(task, 60_000, PRIVATE)
    decision = decide(asked, OPENED, Fleet(LAPTOP))

    assert key(decision) == "ollama/llama3.1:8b"
    held = decision.parts * (OPENED.max_local_tokens - asked.output_tokens)
    assert held >= asked.input_tokens > held - OPENED.max_local_tokens
    assert f"in {decision.parts} parts" in " ".join(decision.warnings)
    assert "parts instead of" in reasons_against(decision)["embedded/qwen2.5-coder-0.5b"]


@pytest.mark.parametrize(
    ("candidate", "tokens", "serves"),
    [
        (embedded(), 4_000, True),
        (embedded(), 4_100, False),
        (embedded(context_tokens=32_768), 4_100, False),  # llama.cpp holds what it was loaded with
        (ollama("a", loaded_context=4_096), 4_100, True),  # Ollama loads it anew
        (ollama("a", context_tokens=8_192), 8_193, False),
        (ollama("a", context_tokens=None), 24_000, True),
        (ollama("a", context_tokens=None), 24_001, False),
        (host(context_tokens=None), 24_001, False),
        (cloud(context_tokens=None), 500_000, True),
        (cloud(), 128_001, False),
    ],
)
def test_each_holds_what_it_really_holds(candidate: Candidate, tokens: int, serves: bool) -> None:
    asked = Request(Task.QUESTION, OPEN, input_tokens=tokens - 500, output_tokens=500)

    assert (decide(asked, Policy(Level.OPEN), fleet(candidate)).chosen is not None) is serves


def test_every_part_has_room_for_the_answer_and_for_the_instructions() -> None:
    def count(tokens: int) -> int:
        return decide(request(Task.LOG_SUMMARY, tokens, PRIVATE), OPENED, Fleet(LAPTOP)).parts

    part = 24_000 - 500 - 300
    assert [count(3 * part), count(3 * part + 1)] == [3, 4]


def test_fewer_parts_come_before_a_warm_model() -> None:
    short = ollama("a", context_tokens=8_192)
    whole = ollama("z", warmth=Warmth.COLD)
    decision = decide(request(Task.LOG_SUMMARY, 60_000, STRICT), Policy(), fleet(short, whole))

    assert (decision.chosen, decision.parts) == (whole, 3)
    assert decision.reasons[-1] == "it holds the most of the input at once"


def test_a_model_that_holds_all_of_it_comes_before_one_that_takes_it_in_parts() -> None:
    decision = decide(request(Task.DOC_SUMMARY, 10_000, STRICT), Policy(), fleet(embedded(), DEFAULT))

    assert (key(decision), decision.parts) == ("ollama/llama3.1:8b", 1)


# -- typing -------------------------------------------------------------------------------------------

TYPED = request(Task.COMPLETION, 1_500, OPEN)
COLD = replace(CODER, model=replace(CODER.model, warmth=Warmth.COLD))
COMING = replace(CODER, health=Health.LOADING, model=replace(CODER.model, warmth=Warmth.LOADING))
LARGER_CODER = ollama("a-coder:14b", billions=14.0, capabilities=CODER.model.capabilities)
TYPING = [
    ("fills in before what does not", (embedded(), DEFAULT), "embedded/qwen2.5-coder-0.5b"),
    ("fills in, though cold", (COLD, DEFAULT), "ollama/qwen2.5-coder:7b"),
    ("warm before cold", (COLD, embedded()), "embedded/qwen2.5-coder-0.5b"),
    ("loading where nothing is warm", (COMING, DEFAULT), "ollama/qwen2.5-coder:7b"),
    ("warm before loading", (COMING, embedded()), "embedded/qwen2.5-coder-0.5b"),
    ("what cannot fill in, for want of better", (DEFAULT, GPT), "ollama/llama3.1:8b"),
    (
        "not what was measured too slow",
        (replace(CODER, speed=Speed(50.0, 3.0)), embedded(warmth=Warmth.COLD)),
        "embedded/qwen2.5-coder-0.5b",
    ),
    (
        "nothing that throws a warm model out",
        (replace(CODER, evicts="starcoder2:3b"), DEFAULT),
        "ollama/llama3.1:8b",
    ),
    ("never the cloud", (GPT, CLAUDE), "nowhere"),
    ("another host of the user's", (host(capabilities=CODER.model.capabilities),), "gpu/qwen2.5:72b"),
    ("what the user runs before our own engine", (CODER, embedded()), "ollama/qwen2.5-coder:7b"),
    ("the smaller of two that nobody has measured", (CODER, LARGER_CODER), "ollama/qwen2.5-coder:7b"),
]


@pytest.mark.parametrize(
    ("candidates", "expected"), [row[1:] for row in TYPING], ids=[row[0] for row in TYPING]
)
def test_while_typing(candidates: tuple[Candidate, ...], expected: str) -> None:
    decision = decide(TYPED, OPENED, Fleet(candidates))

    assert key(decision) == expected
    assert all(each.place is not Place.CLOUD for each in decision.fallbacks)


def test_what_should_be_warm_for_typing_need_not_be_warm_yet() -> None:
    asked = replace(TYPED, latency=Latency.BACKGROUND)

    assert key(decide(asked, OPENED, fleet(COLD, embedded()))) == "ollama/qwen2.5-coder:7b"


def test_a_model_that_cannot_fill_in_is_marked_as_weaker() -> None:
    warnings = decide(TYPED, OPENED, fleet(DEFAULT)).warnings

    assert "does not see what stands behind the cursor" in warnings[0]
    assert not decide(TYPED, OPENED, fleet(CODER)).warnings


# -- money --------------------------------------------------------------------------------------------

DEAR = replace(request(Task.QUESTION, 100_000, OPEN), output_tokens=10_000)
"""$0.35 at $2.50 and $10 for a million."""


UNPRICED = cloud(price=None)
ASSUMED = cloud(price=Price(15.0, 15.0, is_assumed=True))
FREE = cloud(price=Price(0.0, 0.0, is_assumed=True))


def limit(span: Span, usd: float, spent: float = 0.0, under_way: float = 0.0) -> Ceiling:
    return Ceiling(span, usd, spent, under_way)


@pytest.mark.parametrize(
    ("candidate", "ceilings", "why"),
    [
        (GPT, (), ""),
        (GPT, (limit(Span.REQUEST, 0.35), limit(Span.DAY, 0.35), limit(Span.MONTH, 0.35)), ""),
        (
            GPT,
            (limit(Span.REQUEST, 0.01), limit(Span.MONTH, 10.0)),
            "it could cost $0.35, and no more than $0.01 a single request may cost (budget.usd_per_request)",
        ),
        (
            GPT,
            (limit(Span.DAY, 2.0, 1.6, 0.1), limit(Span.MONTH, 10.0, 3.0)),
            "it could cost $0.35, and $0.30 are left of today's $2.00 (budget.usd_per_day): $1.60 "
            "are spent and "
            "$0.10 promised to requests under way",
        ),
        (
            GPT,
            (limit(Span.MONTH, 10.0, 9.9),),
            "it could cost $0.35, and $0.10 are left of this month's $10.00 (budget.usd_per_month): "
            "$9.90 are "
            "spent",
        ),
        (
            GPT,
            (limit(Span.REQUEST, 0.3), limit(Span.MONTH, 10.0, 20.0)),
            "it could cost $0.35, and no more than $0.30 a single request may cost (budget.usd_per_request), "
            "and $0.00 are left of this month's $10.00 (budget.usd_per_month): $20.00 are spent",
        ),
        (
            GPT,
            (limit(Span.MONTH, 0.0),),
            "it could cost $0.35, and this month's budget is nothing (budget.usd_per_month)",
        ),
        (UNPRICED, (), ""),
        (
            UNPRICED,
            (limit(Span.MONTH, 10.0),),
            "nobody knows what it costs, and so not whether the budget bears it (budget.unknown_price_usd)",
        ),
        (ASSUMED, (limit(Span.MONTH, 10.0),), ""),
        (ASSUMED, (limit(Span.MONTH, 1.0),), "it could cost $1.65"),
        (FREE, (limit(Span.REQUEST, 0.0), limit(Span.MONTH, 0.0, 3.0)), ""),
        (cloud(price=None, metered=False), (limit(Span.MONTH, 0.0),), ""),
    ],
)
def test_the_budget(candidate: Candidate, ceilings: tuple[Ceiling, ...], why: str) -> None:
    decision = decide(DEAR, Policy(Level.OPEN, ceilings=ceilings), fleet(candidate))

    if why:
        assert decision.chosen is None
        assert reasons_against(decision)[candidate.key].startswith(why)
    else:
        assert decision.chosen is candidate
        known = candidate.price is not None and not candidate.price.is_assumed
        assert decision.cost_usd == pytest.approx(0.35 if known else 1.65 if candidate is ASSUMED else 0.0)


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (UNPRICED, "nobody knows what openai/gpt-4o costs"),
        (
            ASSUMED,
            "nobody knows what openai/gpt-4o costs: a million tokens count as $15.00 "
            "(budget.unknown_price_usd)",
        ),
        (
            FREE,
            "nobody knows what openai/gpt-4o costs: a million tokens count as $0.00 "
            "(budget.unknown_price_usd)",
        ),
        (GPT, None),
    ],
)
def test_a_price_that_nobody_knows_is_told(candidate: Candidate, words: str | None) -> None:
    warnings = decide(DEAR, Policy(Level.OPEN), fleet(candidate)).warnings

    assert [each for each in warnings if "nobody knows" in each] == ([words] if words else [])


def test_over_the_budget_the_cheaper_cloud_or_a_local_model_stands_in() -> None:
    asked = replace(DEAR, label=OPEN, input_tokens=10_000, files=3)
    mini = cloud("gpt-4o-mini", Role.CLOUD_FALLBACK, price=Price(0.15, 0.6))
    tight = Policy(Level.OPEN, ceilings=(limit(Span.DAY, 1.0, spent=0.98),))

    assert key(decide(asked, tight, fleet(GPT, mini, DEFAULT))) == "openai/gpt-4o-mini"
    assert key(decide(asked, tight, fleet(GPT, DEFAULT))) == "ollama/llama3.1:8b"


# -- health, memory, abilities ------------------------------------------------------------------------

OUT = [
    (ollama("a", health=Health.DOWN, trouble="refused"), Task.QUESTION, "ollama is down: refused"),
    (ollama("a", health=Health.TRIPPED), Task.QUESTION, "ollama is resting"),
    (ollama("a", fits=False, size_bytes=43_000_000_000), Task.QUESTION, "no room in memory for its 43.0 GB"),
    (ollama("a", capabilities=frozenset((Capability.EMBED,))), Task.QUESTION, "does not write text"),
    (ollama("a", capabilities=frozenset((Capability.EMBED,))), Task.COMPLETION, "does not write text"),
    (ollama("a", capabilities=frozenset((Capability.INFILL,))), Task.QUESTION, "only fills gaps"),
    (ollama("a", capabilities=frozenset((Capability.CHAT,))), Task.AGENT, "cannot call tools"),
]


@pytest.mark.parametrize(("candidate", "task", "why"), OUT)
def test_who_cannot_is_out_and_the_next_one_does_it(candidate: Candidate, task: Task, why: str) -> None:
    decision = decide(request(task, 900, STRICT), Policy(), fleet(candidate, DEFAULT))

    assert key(decision) == "ollama/llama3.1:8b"
    assert why in reasons_against(decision)["ollama/a"]


@pytest.mark.parametrize("latency", [Latency.WAITING, Latency.BACKGROUND])
def test_a_model_that_is_being_loaded_is_not_down(latency: Latency) -> None:
    loading = ollama("llama3.1:8b", health=Health.LOADING, warmth=Warmth.LOADING)
    asked = replace(request(Task.QUESTION, 900, STRICT), latency=latency)

    assert decide(asked, Policy(), fleet(loading)).chosen is loading


def test_what_nobody_has_asked_yet_comes_last_among_its_like() -> None:
    unknown = ollama("a-first-by-name", health=Health.UNKNOWN)
    decision = decide(request(Task.QUESTION, 900, OPEN), OPENED, fleet(unknown, ollama("b"), GPT))

    assert key(decision) == "ollama/b"
    assert [each.key for each in decision.fallbacks] == ["ollama/a-first-by-name", "openai/gpt-4o"]


# -- which of several ---------------------------------------------------------------------------------

Q4, Q8 = ollama("z:8b"), ollama("z:8b-q8", "Q8_0")
FAST, SLOW = Speed(99.0, 20.0), Speed(20.0, 1.0)
PREFERENCES = [
    ("warm before configured", Task.QUESTION, Q4, replace(DEFAULT, model=COLD.model)),
    ("the configured one of two that are warm", Task.QUESTION, DEFAULT, ollama("a")),
    ("not the one kept for precise work", Task.QUESTION, Q4, ollama("a", role=Role.LOCAL_PRECISE)),
    ("light for routine work", Task.DOC_SUMMARY, Q4, ollama("a", "Q8_0")),
    ("fine for precise work", Task.TESTS, Q8, ollama("a")),
    ("large for precise work", Task.TESTS, ollama("z:32b", billions=32.0), ollama("a", "Q8_0")),
    ("the configured one for precise work", Task.TESTS, PRECISE, ollama("a:32b", billions=32.0)),
    ("strong before configured for nested JSON", Task.REFACTOR, replace(LARGE, role=Role.NONE), PRECISE),
    ("the configured quantization", Task.QUESTION, Q4, ollama("a", "Q5_K_M")),
    ("not below four bits", Task.QUESTION, Q8, ollama("a", "IQ2_XS")),
    ("no eviction without need", Task.QUESTION, embedded(), ollama("a", evicts="coder")),
    ("an eviction rather than a model too small", Task.TESTS, ollama("z", evicts="coder"), embedded()),
    ("an able one, though it has to be loaded", Task.QUESTION, ollama("z", warmth=Warmth.COLD), embedded()),
    ("the fastest that was measured", Task.QUESTION, replace(Q4, speed=FAST), ollama("a")),
    ("this machine before a host", Task.QUESTION, Q4, host("a")),
    ("the larger, on whichever host", Task.TESTS, host("z"), DEFAULT),
    ("what ends in time", Task.REFACTOR, DEFAULT, replace(LARGE, speed=SLOW)),
]


@pytest.mark.parametrize(
    ("task", "better", "other"), [row[1:] for row in PREFERENCES], ids=[row[0] for row in PREFERENCES]
)
def test_which_of_two(task: Task, better: Candidate, other: Candidate) -> None:
    decision = decide(request(task, 1_500, TRUSTED), Policy(Level.TRUSTED), fleet(other, better))

    assert decision.chosen is better
    assert decision.fallbacks == (other,)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ((CLAUDE, GPT), ["openai/gpt-4o", "anthropic/claude-3-5-sonnet"]),
        ((cloud("z", Role.NONE, price=Price(1.0, 1.0)), cloud("a", Role.NONE)), ["openai/z", "openai/a"]),
        ((cloud("z", health=Health.UNKNOWN), CLAUDE), ["anthropic/claude-3-5-sonnet", "openai/z"]),
    ],
    ids=["default, then fallback", "the cheaper", "unknown last"],
)
def test_which_of_two_clouds(candidates: tuple[Candidate, Candidate], expected: list[str]) -> None:
    decision = decide(request(Task.EXPLAIN, 5_000, OPEN, files=2), OPENED, Fleet(candidates))

    assert [key(decision), *(each.key for each in decision.fallbacks)] == expected


def test_each_reason_for_a_model_is_one_that_another_one_lost_by() -> None:
    asked = request(Task.QUESTION, 900, STRICT)
    others = (ollama("b", warmth=Warmth.COLD), ollama("c", evicts="coder"), embedded())
    routine, confined, *own = decide(asked, Policy(), fleet(DEFAULT, *others)).reasons

    assert routine == "a question is routine work"
    assert confined == "privacy is strict (the default), so it stays on this machine"
    assert own == [
        "it throws no warm model out of memory",
        "it is large enough for a question",
        "it is loaded",
    ]
    assert decide(asked, Policy(), fleet(DEFAULT)).reasons == (routine, confined)


def test_routine_work_stands_by_near_before_far() -> None:
    decision = decide(request(Task.QUESTION, 900, OPEN), OPENED, fleet(*LAPTOP, host()))

    places = [each.place for each in (decision.chosen, *decision.fallbacks) if each]
    assert places == sorted(places, key=lambda place: place is Place.CLOUD)
    assert set(places) == {Place.MACHINE, Place.HOST, Place.CLOUD}


def test_what_went_somewhere_for_one_reason_has_one_reason_in_the_ledger() -> None:
    decisions = [
        decide(request(Task.REFACTOR, tokens, OPEN), OPENED, fleet(DEFAULT, GPT))
        for tokens in (30_000, 41_000)
    ]
    assert len({each.reasons[0] for each in decisions}) == 2
    assert {each.nameless_reason for each in decisions} == {
        "it is so many tokens long, over the 24 000 that local models hold well "
        "(router.thresholds.max_local_context_tokens)"
    }


# -- refusals -----------------------------------------------------------------------------------------

LONG = request(Task.REFACTOR, 208_000, STRICT)
BY_FILE = Policy(mode_from="config.yaml:3")
WIDE = cloud(context_tokens=400_000)
REFUSALS = [
    (
        "privacy and length",
        (LONG, BY_FILE, (DEFAULT, WIDE)),
        "privacy is strict (set by config.yaml:3), so it stays on this machine, and none of this machine's "
        "models holds 210 000 tokens: 24 000 at most (router.thresholds.max_local_context_tokens), and a "
        "refactoring cannot be split; `emberline privacy set open` would allow the cloud, or send less of it",
    ),
    (
        "the mode would not help where the cloud holds no more",
        (LONG, BY_FILE, (DEFAULT, GPT)),
        "privacy is strict (set by config.yaml:3), so it stays on this machine, and none of this machine's "
        "models holds 210 000 tokens: 24 000 at most (router.thresholds.max_local_context_tokens), and a "
        "refactoring cannot be split; send less of it",
    ),
    (
        "nor where a rule for the file decides",
        (replace(LONG, label=PRIVATE), OPENED, (embedded(), WIDE)),
        "client/app.py is strict because of privacy.local_only, so it stays on this machine, and none of "
        "this machine's models holds 210 000 tokens: 4 096 at most, and a refactoring cannot be split; send "
        "less of it",
    ),
    (
        "a threshold that could be raised",
        (request(Task.REFACTOR, 30_000, OPEN), OPENED, (DEFAULT,)),
        "none of this machine's models holds 32 000 tokens: 24 000 at most "
        "(router.thresholds.max_local_context_tokens), and a refactoring cannot be split; send less of it, "
        "or raise router.thresholds.max_local_context_tokens",
    ),
    (
        "a trusted host",
        (request(Task.QUESTION, 900, OPEN), Policy(), (GPU,)),
        "privacy is strict (the default), so it stays on this machine, and there is no other model at hand "
        "(no Ollama at http://localhost:11434); `emberline privacy set trusted` would allow gpu/qwen2.5:72b, "
        "or fetch a model of our own with `emberline models pull`",
    ),
    (
        "down",
        (request(Task.QUESTION, 900, OPEN), OPENED, (ollama("a", health=Health.DOWN, trouble="refused"),)),
        "ollama/a is out because ollama is down: refused; start what is down (`emberline doctor` says what "
        "it found)",
    ),
    (
        "no room in memory",
        (request(Task.QUESTION, 900, OPEN), OPENED, (ollama("a", fits=False),)),
        "ollama/a is out because there is no room in memory; free memory, or take a smaller model or a "
        "lighter quantization",
    ),
    (
        "money",
        (DEAR, replace(OPENED, ceilings=(limit(Span.REQUEST, 0.01),)), (GPT,)),
        "openai/gpt-4o is out because it could cost $0.35, and no more than $0.01 a single request may cost "
        "(budget.usd_per_request); `emberline budget set --request 0.35` would allow it",
    ),
    (
        "money, by several limits, for the cheapest",
        (
            DEAR,
            replace(OPENED, ceilings=(limit(Span.DAY, 2.0, 1.8, 0.05), limit(Span.MONTH, 10.0, 9.99))),
            (GPT, cloud("gpt-5", price=Price(25.0, 100.0)), UNPRICED),
        ),
        "openai/gpt-4o is out because it could cost $0.35, and $0.15 are left of today's $2.00 "
        "(budget.usd_per_day): $1.80 are spent and $0.05 promised to requests under way, and $0.01 "
        "are left of "
        "this month's $10.00 (budget.usd_per_month): $9.99 are spent; openai/gpt-4o is out because nobody "
        "knows what it costs, and so not whether the budget bears it (budget.unknown_price_usd); "
        "openai/gpt-5 "
        "is out because it could cost $3.50, and $0.15 are left of today's $2.00 (budget.usd_per_day): $1.80 "
        "are spent and $0.05 promised to requests under way, and $0.01 are left of this month's $10.00 "
        "(budget.usd_per_month): $9.99 are spent; `emberline budget set --day 2.2 --month 11` would allow it",
    ),
    (
        "money that nobody knows",
        (DEAR, OPENED, (UNPRICED,)),
        "openai/gpt-4o is out because nobody knows what it costs, and so not whether the budget bears it "
        "(budget.unknown_price_usd); say what a million tokens of it come to, e.g. `emberline budget set "
        "--unknown-price 15` (0: nothing)",
    ),
    (
        "no tools",
        (request(Task.AGENT, 900, OPEN), OPENED, (embedded(),)),
        "embedded/qwen2.5-coder-0.5b is out because it cannot call tools; add a model that can do an agent's "
        "work",
    ),
    (
        "no model that may while typing",
        (TYPED, OPENED, (GPT,)),
        "no model of this machine can complete while you type (openai/gpt-4o is out because between two "
        "keystrokes a cloud does not answer in time); fetch a model of our own with `emberline models "
        "pull`",
    ),
    (
        "nobody at all",
        (TYPED, OPENED, ()),
        "there is no model at hand (no Ollama at http://localhost:11434); start Ollama, LM Studio or "
        "llama.cpp's server, or fetch a model of our own with `emberline models pull`",
    ),
]


@pytest.mark.parametrize(
    ("given", "expected"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_a_refusal_says_what_stands_in_the_way_and_what_mends_it(
    given: tuple[Request, Policy, tuple[Candidate, ...]], expected: str
) -> None:
    asked, policy, candidates = given
    decision = decide(asked, policy, Fleet(candidates, ("no Ollama at http://localhost:11434",)))

    assert decision.refusal == expected
    assert decision.chosen is None
    assert decision.reasons == decision.fallbacks == ()
    assert [each.candidate for each in decision.rejected] == sorted(candidates, key=lambda one: one.key)


def test_the_cloud_is_worth_opening_even_if_nobody_has_asked_it_what_it_can() -> None:
    unasked = cloud(health=Health.UNKNOWN, capabilities=frozenset((Capability.CHAT,)), context_tokens=None)
    refusal = decide(request(Task.AGENT, 900, STRICT), Policy(), fleet(embedded(), unasked)).refusal

    assert "`emberline privacy set open` would allow the cloud" in refusal


def test_every_task_has_its_traits() -> None:
    assert set(TRAITS) == set(Task)
    assert all(request(task, 100).structure is traits.structure for task, traits in TRAITS.items())
    assert request(Task.AGENT, 100, tool_chain=0).tool_chain == 0
    assert Structure.NESTED is request(Task.REFACTOR, 100).structure
