"""Sizes of models as their servers word them."""

import pytest

from emberline.backends.sizes import billions


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("7.6B", 7.6),
        ("494.03M", 0.49403),
        ("137K", 0.000137),
        ("1T", 1000.0),
        ("30B-A3B", 30.0),
        (" 8b ", 8.0),
        ("", None),
        ("B", None),
        ("big", None),
        ("7.6.1B", None),
    ],
)
def test_sizes(size: str, expected: float | None) -> None:
    assert billions(size) == (None if expected is None else pytest.approx(expected))
