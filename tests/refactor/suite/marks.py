"""Cases as parameters of tests: those that may have to be downloaded are marked."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet

from tests.refactor.suite.cases import CASES
from tests.refactor.suite.grounds import is_fetched


def params(rows: Iterable[tuple[str, ...]]) -> list[ParameterSet]:
    """The last of each row is a case's name."""
    return [
        pytest.param(*row, marks=[pytest.mark.download] if is_fetched(CASES[row[-1]].ground) else [])
        for row in rows
    ]


def named(names: Iterable[str]) -> list[ParameterSet]:
    return params((name,) for name in names)
