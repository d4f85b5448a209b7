"""When memory is too full, and what follows: tables, and what must hold of any course of events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.observe.pressure import (
    COOLDOWN_SECONDS,
    RELAPSE_SECONDS,
    TOLD_SECONDS,
    Escalation,
    Fill,
    Held,
    Pressure,
    Sample,
    Step,
    escalate,
    judge,
)

GB = 10**9


def fill(percent: float, ours: float = 0, name: str = "memory of this machine") -> Fill:
    """Of 100 GB, `ours` of them ours."""
    return Fill(name, 100 * GB, int(percent * GB), int(ours * GB))


OURS = Pressure(fill(90, ours=60))
OTHERS = Pressure(fill(90, ours=2))
CARD = Pressure(Fill("memory of GPU 0", 100 * GB, 90 * GB, 60 * GB, graphics=True))


@pytest.mark.parametrize(
    ("percent", "under", "pressed"),
    [
        (84.9, None, False),
        (85, None, False),
        (85.1, None, True),
        (82, None, False),
        (82, OURS, True),  # it was too full, and stays so until it is well below
        (80, OURS, False),
        (82, Pressure(fill(90, name="memory of GPU 0")), False),  # another memory was
    ],
)
def test_the_limit_and_the_way_back(percent: float, under: Pressure | None, pressed: bool) -> None:
    assert (judge(Sample((fill(percent),)), 85, under) is not None) == pressed


def test_the_fullest_memory_counts() -> None:
    card = fill(95, name="memory of GPU 0")
    assert judge(Sample((fill(90), card)), 85, None) == Pressure(card)
    assert judge(Sample(), 85, None) is None
    assert judge(Sample((Fill("memory of GPU 0", 0, 0),)), 85, None) is None


COURSES: dict[str, tuple[Step, list[tuple[float, Pressure | None, Step | None]]]] = {
    "step by step, each with its time": (
        Step.UNLOAD,
        [
            (0, None, None),
            (5, OURS, Step.FLUSH),
            (10, OURS, None),
            (34.9, OURS, None),
            (35, OURS, Step.UNLOAD),
            (65, OURS, None),
            (334, OURS, None),
            (335, OURS, Step.UNLOAD),
        ],
    ),
    "no further than there are steps": (
        Step.FLUSH,
        [(0, OURS, Step.FLUSH), (30, OURS, None), (300, OURS, Step.FLUSH)],
    ),
    "at last the engine, and from then on what can be done again": (
        Step.RESTART,
        [
            (0, OURS, Step.FLUSH),
            (30, OURS, Step.UNLOAD),
            (59, OURS, None),
            (60, OURS, Step.RESTART),
            (359, OURS, None),
            (360, OURS, Step.RESTART),
        ],
    ),
    "others fill it: never the engine": (
        Step.RESTART,
        [(0, OTHERS, Step.UNLOAD), (30, OTHERS, None), (300, OTHERS, Step.UNLOAD)],
    ),
    "others fill it: idle models alone": (
        Step.UNLOAD,
        [(0, OTHERS, Step.UNLOAD), (30, OTHERS, None), (90, OTHERS, None), (300, OTHERS, Step.UNLOAD)],
    ),
    "others at first, then we": (
        Step.UNLOAD,
        [(0, OTHERS, Step.UNLOAD), (30, OURS, None), (300, OURS, Step.UNLOAD)],
    ),
    "we at first, then others": (
        Step.UNLOAD,
        [(0, OURS, Step.FLUSH), (10, OTHERS, None), (30, OTHERS, Step.UNLOAD)],
    ),
    "it returns at once: on from where it was": (
        Step.UNLOAD,
        [(0, OURS, Step.FLUSH), (5, None, None), (10, OURS, None), (40, OURS, Step.UNLOAD)],
    ),
    "it returns after a calm: from the start": (
        Step.UNLOAD,
        [(0, OURS, Step.FLUSH), (30, OURS, Step.UNLOAD), (330, None, None), (335, OURS, Step.FLUSH)],
    ),
}


@pytest.mark.parametrize("name", COURSES)
def test_courses(name: str) -> None:
    most, course = COURSES[name]
    state = Escalation()
    for now, pressure, expected in course:
        state, measure = escalate(state, pressure, now, most)
        assert (measure.step if measure else None) == expected, now


def test_the_user_is_told_once_of_each_step_with_the_figures() -> None:
    state, first = escalate(Escalation(), OTHERS, 0)
    assert first is not None
    assert first.words == (
        "The memory of this machine is 90 % full (90.0 of 100.0 GB, 2.0 GB of it ours): "
        "Emberline's idle models are unloaded; closing other programs would help more."
    )
    state, again = escalate(state, OTHERS, RELAPSE_SECONDS)
    assert again is not None and again.words == ""
    _, later = escalate(state, OTHERS, TOLD_SECONDS)
    assert later is not None and later.words == first.words


@pytest.mark.parametrize(
    ("pressure", "holder", "worth"),
    [
        (OURS, Held("engine", 2 * GB), True),
        (OURS, Held("engine", GB), False),
        (CARD, Held("engine", 50 * GB), False),
        (CARD, Held("engine", GB, 3 * GB), True),
    ],
)
def test_who_would_be_felt_if_they_went(pressure: Pressure, holder: Held, worth: bool) -> None:
    assert pressure.is_relieved_by(holder) == worth


EVENTS = st.lists(
    st.tuples(st.floats(0.1, 1000), st.sampled_from([None, OURS, OTHERS])), min_size=1, max_size=50
)


@given(EVENTS, st.sampled_from(Step))
def test_whatever_happens(events: list[tuple[float, Pressure | None]], most: Step) -> None:
    """Steps keep their distance and their limit, nothing is done without pressure, and the user is not told
    more often than there are steps."""
    state, now, acted, told = Escalation(), 0.0, -1000.0, []
    for pause, pressure in events:
        now += pause
        state, measure = escalate(state, pressure, now, most)
        if measure is None:
            continue
        assert pressure is not None and measure.pressure == pressure
        assert measure.step <= most
        assert pressure.is_ours or measure.step is min(Step.UNLOAD, most)
        assert now - acted >= COOLDOWN_SECONDS
        acted = now
        if measure.words:
            told.append(now)
    assert all(sum(1 for at in told if start <= at < start + TOLD_SECONDS) <= len(Step) + 1 for start in told)
