"""Stop texts that we look for ourselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.backends.stops import Stopper


@pytest.mark.parametrize(
    ("stops", "pieces", "shown", "stopped"),
    [
        (("\n\n",), ["a\n", "b\n", "\nc"], "a\nb", True),
        (("END",), ["E", "N", "D", "x"], "", True),
        (("END",), ["E", "N", "x"], "ENx", False),
        (("END",), ["so E", "N"], "so EN", False),
        (("b", "ab"), ["xab"], "x", True),
        (("",), ["abc"], "abc", False),
        ((), ["abc"], "abc", False),
    ],
)
def test_the_text_before_a_stop(stops: tuple[str, ...], pieces: list[str], shown: str, stopped: bool) -> None:
    stopper = Stopper(stops)
    text = "".join(stopper.take(piece) for piece in pieces) + stopper.rest()
    assert (text, stopper.stopped) == (shown, stopped)


@given(st.lists(st.text("ab\n", max_size=4)), st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3))
def test_however_it_is_split(pieces: list[str], stops: list[str]) -> None:
    stopper = Stopper(tuple(stops))
    shown = "".join(stopper.take(piece) for piece in pieces) + stopper.rest()
    whole = "".join(pieces)
    if not any(stop in whole for stop in stops):
        assert shown == whole and not stopper.stopped
    else:
        assert stopper.stopped and whole.startswith(shown)
        assert not any(stop in shown for stop in stops)


def test_only_what_may_become_a_stop_is_held_back() -> None:
    stopper = Stopper(("END",))
    assert stopper.take("quite long text E") == "quite long text "
    assert stopper.take("x") == "Ex"
