"""The golden cases of every filter and of placement."""

from __future__ import annotations

from itertools import chain

import pytest

from emberline.completion.filters import FILTERS, Filter, apply
from emberline.completion.placement import place
from emberline.documents.text import Point
from tests.completion.golden import Case, cases

_OF_FILTERS = [(one, case) for one in FILTERS for case in cases(f"{one.__name__}.txt")]
_OF_PLACEMENT = cases("placement.txt")
_ALL = [*(case for _, case in _OF_FILTERS), *_OF_PLACEMENT]


def _name(value: object) -> str:
    return value.name if isinstance(value, Case) else getattr(value, "__name__", "")


@pytest.mark.parametrize(("one", "case"), _OF_FILTERS, ids=_name)
def test_filter(one: Filter, case: Case) -> None:
    assert one(case.candidate, case.context) == case.expected


@pytest.mark.parametrize(("one", "case"), _OF_FILTERS, ids=_name)
def test_filter_is_idempotent(one: Filter, case: Case) -> None:
    once = one(case.candidate, case.context)
    assert not once or one(once, case.context) == once


@pytest.mark.parametrize("case", _ALL, ids=_name)
def test_cached_answers_pass_the_filters_unchanged(case: Case) -> None:
    once = apply(case.candidate, case.context)
    assert apply(once, case.context) == once


@pytest.mark.parametrize("case", _OF_PLACEMENT, ids=_name)
def test_placement(case: Case) -> None:
    context = case.context
    placement = place(apply(case.candidate, context), context, case.selected)
    line, column = case.cursor
    start = Point(line, column - placement.replace_before)
    end = Point(line, column + placement.replace_after)
    text = case.document.text
    if case.selected is not None and placement.text:
        assert (start, end) == (case.selected.start, case.selected.end)
        assert placement.text.startswith(case.selected.text)
    result = str(text.replace(start, end, placement.text) if placement.text else text)
    if context.newline == "\r\n":
        assert "\n" not in result.replace("\r\n", "")
    assert result.replace("\r\n", "\n").rstrip("\n") == case.expected


def test_every_case_has_its_own_name() -> None:
    names = list(chain((f"{one.__name__}: {case.name}" for one, case in _OF_FILTERS)))
    assert len(names) == len(set(names))
