"""Right answers: what is offered is what was asked for, nothing else changes, and it took one question."""

from __future__ import annotations

import pytest

from emberline.refactor.types import Form
from tests.refactor.suite.cases import CASES
from tests.refactor.suite.marks import named
from tests.refactor.suite.stand import Stand


@pytest.mark.parametrize("name", named(CASES))
async def test_a_right_answer_gives_a_right_result(stand: Stand, name: str) -> None:
    case = CASES[name]
    stand.lay(case.files)
    stand.answers({"text": case.text()})
    ran = await stand.run(case)
    assert ran.failure == ""
    assert len(ran.requests) == 1
    assert stand.judged(case, ran) == []
    assert ran.outcome is not None and ran.outcome.words
    if case.form is Form.PROSE:
        assert ran.outcome.change is None and ran.outcome.words == case.words
    else:
        assert ran.outcome.decision is not None and ran.outcome.decision.chosen is not None
        assert ran.outcome.decision.chosen.place == "cloud"
        assert ran.requests[0].get("response_format") or ran.requests[0].get("output_config")


@pytest.mark.download
def test_the_suite_is_as_wide_as_it_says() -> None:
    cases = CASES.values()
    assert len(cases) >= 44
    assert sum(case.is_across for case in cases) >= 18
    assert len({case.language for case in cases}) >= 6
