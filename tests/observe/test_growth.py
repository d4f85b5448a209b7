"""When an engine has outgrown its model: tables, and what must hold of any course of events."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.observe.growth import (
    AGAIN_SECONDS,
    LEAST_BYTES,
    MOST_BYTES,
    SETTLE_SECONDS,
    Engine,
    Growth,
    judge,
    limit,
)
from emberline.observe.pressure import FRESH_SECONDS, TOLD_SECONDS

GB = 10**9
OLD = FRESH_SECONDS


@pytest.mark.parametrize(
    ("expected", "beyond"),
    [(100_000, LEAST_BYTES), (GB, GB // 2), (40 * GB, MOST_BYTES)],
)
def test_how_much_more_is_too_much(expected: int, beyond: int) -> None:
    assert limit(expected) == expected + beyond


@pytest.mark.parametrize(
    ("age", "needed", "resident", "outgrown"),
    [
        (OLD, GB, GB, False),
        (OLD, GB, limit(GB), False),
        (OLD, GB, limit(GB) + 1, True),
        (OLD - 1, GB, 9 * GB, False),  # too young: a new one would come to the same
        (OLD, None, 9 * GB, False),  # nobody knows what it should be
        (OLD, GB, 0, False),  # it has just ended
    ],
)
def test_an_engine_that_was_found_running(
    age: float, needed: int | None, resident: int, outgrown: bool
) -> None:
    _, found = judge(Growth(), Engine(1, age, needed), resident, 0)
    assert (found is not None) == outgrown


def test_no_engine() -> None:
    state = Growth(pid=3, settled=5)
    assert judge(state, None, 7, 0) == (state, None)


def test_a_model_that_is_larger_than_the_planner_says_is_told_by_an_engine_seen_from_its_start() -> None:
    state, now = Growth(), 0.0
    for age in (1.0, SETTLE_SECONDS - 1, SETTLE_SECONDS, OLD, 2 * OLD):
        state, outgrown = judge(state, Engine(1, age, GB), 3 * GB, now + age)
        assert outgrown is None, age
    _, outgrown = judge(state, Engine(1, 3 * OLD, GB), limit(3 * GB) + 1, 3 * OLD)
    assert outgrown is not None
    assert outgrown.words == (
        "Emberline's engine has grown to 4.5 GB, where its model takes 3.0 GB: it is started anew at the "
        "next pause in typing."
    )


def test_what_settled_large_is_not_started_anew_for_ever() -> None:
    """Wrongly, once: then the successor shows how large such an engine is."""
    state, outgrown = judge(Growth(), Engine(1, OLD, GB), 3 * GB, 0)
    assert outgrown is not None
    for age in (1.0, SETTLE_SECONDS - 1, OLD, 10 * OLD):
        state, outgrown = judge(state, Engine(2, age, GB), 3 * GB, age)
        assert outgrown is None, age


def test_without_a_pause_it_is_asked_for_again_and_told_once() -> None:
    state, told, asked = Growth(), 0, []
    for now in range(0, int(TOLD_SECONDS) * 2, 5):
        state, outgrown = judge(state, Engine(1, OLD + now, GB), 3 * GB, float(now))
        if outgrown is not None:
            asked.append(now)
            told += bool(outgrown.words)
    assert {later - now for now, later in pairwise(asked)} == {int(AGAIN_SECONDS)}
    assert told == 2


LOOKS = st.lists(
    st.tuples(st.integers(1, 3), st.floats(0, 3 * OLD), st.floats(0.1, 900), st.integers(0, 8 * GB)),
    max_size=60,
)


@given(LOOKS, st.one_of(st.none(), st.integers(1, 4 * GB)))
def test_whatever_happens(looks: list[tuple[int, float, float, int]], needed: int | None) -> None:
    """Only an old engine that is far above its model's size is started anew, one at a time."""
    state, now, asked = Growth(), 0.0, {}
    for pid, age, pause, resident in looks:
        now += pause
        state, outgrown = judge(state, Engine(pid, age, needed), resident, now)
        if outgrown is not None:
            assert age >= FRESH_SECONDS
            assert resident > limit(max(needed or 0, state.settled))
            asked[pid] = now
