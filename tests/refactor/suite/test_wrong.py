"""Wrong answers: none is offered, none is applied in part, and the user reads what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.refactor.suite.cases import CASES
from tests.refactor.suite.grounds import found_in
from tests.refactor.suite.marks import params
from tests.refactor.suite.stand import PROTOCOLS, Stand, said_in
from tests.refactor.suite.wrong import PAIRS, SECRET, WAYS, given

ATTEMPTS = 4
"""As the configuration's defaults have it: once, and three times more."""


@pytest.mark.parametrize(("way", "name"), params(PAIRS))
async def test_a_wrong_answer_changes_nothing(stand: Stand, way: str, name: str) -> None:
    case, wrong = CASES[name], WAYS[way]
    stand.lay(case.files)
    wrong.workspace(case, stand.folder)
    before = found_in(stand.folder.parent / "outside"), found_in(stand.folder)
    stand.answers(given(case, wrong, stand.protocol))
    ran = await stand.run(case)
    assert ran.outcome is None, "it is offered"
    assert (found_in(stand.folder.parent / "outside"), found_in(stand.folder)) == before
    assert re.search(wrong.told, ran.failure), ran.failure
    assert len(ran.requests) == (1 if wrong.is_final else ATTEMPTS)
    assert SECRET not in ran.sent + ran.failure
    assert not any(
        line.strip() in ran.failure for line in case.files[case.file].splitlines() if len(line) > 60
    )


@pytest.mark.parametrize(("way", "name"), params(pair for pair in PAIRS if not WAYS[pair[0]].is_final))
async def test_a_right_answer_after_a_wrong_one_is_taken(
    stand_for: Callable[[str], Stand], way: str, name: str
) -> None:
    case, wrong = CASES[name], WAYS[way]
    stand = stand_for(PROTOCOLS[PAIRS.index((way, name)) % len(PROTOCOLS)])
    stand.lay(case.files)
    wrong.workspace(case, stand.folder)
    stand.answers(given(case, wrong, stand.protocol), {"text": case.text()})
    ran = await stand.run(case)
    assert ran.failure == ""
    assert stand.judged(case, ran) == []
    first, second = ran.requests
    assert second["temperature"] < first["temperature"]
    told = _last(second)
    assert "cannot be used" in told and re.search(wrong.told, told), told
    assert _last(first) in said_in(second), "the question goes along"


def _last(request: dict[str, Any]) -> str:
    return said_in({"messages": request["messages"][-1:]})


def test_every_way_is_taken_twice_and_half_of_the_cases_are_answered_wrongly() -> None:
    assert {way for way, _ in PAIRS} == WAYS.keys()
    assert min(Counter(way for way, _ in PAIRS).values()) >= 2
    assert len({name for _, name in PAIRS}) >= len(CASES) / 2
