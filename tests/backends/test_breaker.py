"""The circuit breaker: a table of its states, and what must hold of any course of events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.backends.breaker import (
    LONGEST_DELAY_SECONDS,
    LONGEST_PAUSE_SECONDS,
    TRIAL_SECONDS,
    Breaker,
    Phase,
    pause,
)
from emberline.backends.failure import Kind

CLOSED = Breaker(tolerance=3)
NEARLY = replace(CLOSED, failures=2)
OPEN = Breaker(3, failures=3, rests=1, rests_until=101.0)
"""At time 100."""
HALF_OPEN = replace(OPEN, rests_until=99.0)
TRIED = replace(HALF_OPEN, trial_since=99.5)

FAULTS = (Kind.UNREACHABLE, Kind.OVERLOADED, Kind.BROKEN, Kind.DENIED)
NO_FAULTS = (Kind.LOADING, Kind.FORBIDDEN, Kind.BAD_REQUEST, Kind.NOT_FOUND)

TABLE: list[tuple[Breaker, tuple[Kind, ...], float | None, Phase, float]] = [
    # from, the failure's kinds, retry_after, the phase that follows, and for how long nothing is admitted
    (CLOSED, FAULTS, None, Phase.CLOSED, 0),
    (CLOSED, FAULTS, 7, Phase.CLOSED, 0),
    (NEARLY, FAULTS, None, Phase.OPEN, 1),
    (NEARLY, FAULTS, 7, Phase.OPEN, 7),
    (NEARLY, NO_FAULTS, None, Phase.CLOSED, 0),
    (CLOSED, (Kind.QUOTA,), None, Phase.OPEN, LONGEST_PAUSE_SECONDS),
    (NEARLY, (Kind.RATE_LIMITED,), 20, Phase.CLOSED, 20),
    (CLOSED, (Kind.RATE_LIMITED,), None, Phase.CLOSED, 1),
    (replace(CLOSED, rests=3), (Kind.RATE_LIMITED,), None, Phase.CLOSED, 8),
    (CLOSED, (Kind.RATE_LIMITED,), 1e9, Phase.CLOSED, LONGEST_DELAY_SECONDS),
    (CLOSED, (Kind.RATE_LIMITED,), -5, Phase.CLOSED, 1),
    (replace(CLOSED, barred_until=150.0), (Kind.RATE_LIMITED,), 2, Phase.CLOSED, 50),
    (OPEN, FAULTS + NO_FAULTS, None, Phase.OPEN, 1),
    (TRIED, FAULTS, None, Phase.OPEN, 2),
    (replace(TRIED, rests=9), FAULTS, None, Phase.OPEN, LONGEST_PAUSE_SECONDS),
    (TRIED, NO_FAULTS, None, Phase.HALF_OPEN, 0),
    (TRIED, (Kind.RATE_LIMITED,), 4, Phase.HALF_OPEN, 4),
    (replace(CLOSED, tolerance=1), FAULTS, None, Phase.OPEN, 1),
]


@pytest.mark.parametrize(("before", "kinds", "retry_after", "phase", "shut"), TABLE)
def test_what_a_failure_does(
    before: Breaker, kinds: tuple[Kind, ...], retry_after: float | None, phase: Phase, shut: float
) -> None:
    for kind in kinds:
        after = before.failed(kind, 100.0, retry_after)
        assert after.phase(100.0) is phase, kind
        assert after.opens_at <= 100.0 + shut
        assert after.admits(100.0 + shut) and after.admits(100.0) == (shut == 0), kind


@pytest.mark.parametrize("before", [CLOSED, NEARLY, OPEN, HALF_OPEN, TRIED])
def test_success_closes_it_and_forgets(before: Breaker) -> None:
    assert before.succeeded() == CLOSED


def test_in_half_open_one_request_is_the_trial() -> None:
    assert HALF_OPEN.admits(100)
    trial = HALF_OPEN.begun(100)
    assert not trial.admits(100)
    assert trial.abandoned().admits(100)
    assert trial.admits(100 + TRIAL_SECONDS)  # whoever began it never came back
    assert CLOSED.begun(100) == CLOSED


def test_rests_grow_and_end() -> None:
    assert [pause(rests) for rests in (0, 1, 2, 3, 4, 5, 6, 7)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pause(10**6) == LONGEST_PAUSE_SECONDS


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["succeeded", "abandoned", *Kind]),
        st.none() | st.floats(allow_nan=False),
    ),
    max_size=60,
)


@given(EVENTS, st.integers(1, 5))
def test_whatever_happens(events: list[tuple[int, str, float | None]], tolerance: int) -> None:
    breaker, now, faults = Breaker(tolerance), 0.0, 0
    for wait, event, retry_after in events:
        now += wait
        admitted = breaker.admits(now)
        if admitted:
            breaker = breaker.begun(now)
            assert breaker.admits(now) == (breaker.phase(now) is Phase.CLOSED)  # one trial at most
        if event == "succeeded":
            breaker, faults = breaker.succeeded(), 0
            assert breaker.admits(now)
        elif event == "abandoned":
            breaker = breaker.abandoned()
        else:
            breaker = breaker.failed(Kind(event), now, retry_after)
            faults += Kind(event) in FAULTS or Kind(event) is Kind.QUOTA
        assert breaker.opens_at - now <= LONGEST_DELAY_SECONDS
        if faults == 0:
            assert breaker.phase(now) is Phase.CLOSED
        if breaker.phase(now) is Phase.CLOSED:
            assert breaker.failures < tolerance
