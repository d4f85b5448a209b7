"""What is right must survive: the true continuation of real code passes filters and placement unharmed."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from emberline.completion.filters import apply
from emberline.completion.placement import place
from tests.completion.real_code import Place, places, sources

_SEED = 20261123
_PER_SOURCE = 200


@pytest.fixture(scope="module")
def sample() -> list[Place]:
    rng = random.Random(_SEED)
    return [place for source in sources() for place in places(source, _PER_SOURCE, rng)]


def _result(place_: Place) -> str:
    context = place_.context()
    placement = place(apply(place_.truth, context), context)
    return placement.text + place_.after[placement.replace_after :]


def _lines(text: str) -> list[str]:
    """Without white space at line ends, which suggestions never add."""
    return [line.rstrip() for line in text.rstrip().split("\n")]


def test_true_continuations_give_the_original_document(sample: list[Place]) -> None:
    total: Counter[str] = Counter(place_.kind for place_ in sample)
    right: Counter[str] = Counter(
        place_.kind for place_ in sample if _lines(_result(place_)) == _lines(place_.result)
    )
    assert right.total() / total.total() >= 0.99, right
    for kind in ("line start", "rest of line", "block"):
        assert right[kind] / total[kind] >= 0.99, kind


def test_refiltering_changes_nothing(sample: list[Place]) -> None:
    for place_ in sample:
        context = place_.context()
        once = apply(place_.truth, context)
        assert apply(once, context) == once
