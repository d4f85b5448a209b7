"""What is to run one after the other does, however many run at a time."""

from __future__ import annotations

import pytest


def test_the_groups_are_known_to_whoever_distributes(request: pytest.FixtureRequest) -> None:
    """pytest-xdist keeps a test's group in its name; where it cannot, it distributes it like all others."""
    items = [each for each in request.session.items if each.get_closest_marker("xdist_group") is not None]
    distributed = getattr(request.config.option, "loadgroup", False)
    assert not distributed or [each.name for each in items if "@" not in each.nodeid] == []
