from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.completion.sentinels import BREAK, find_command, neutralise, restore

SPELLINGS = (
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|endoftext|>",
    "<|im_end|>",
    "<|file_sep|>",
    "<|file_separator|>",
    "<fim_prefix>",
    "<fim_pad>",
    "<file_sep>",
    "<PRE>",
    "<SUF>",
    "<MID>",
    "<EOT>",
    "<｜fim▁begin｜>",
    "<｜fim▁hole｜>",
    "<｜end▁of▁sentence｜>",
    "[SUFFIX]",
    "[PREFIX]",
    "<end_of_turn>",
)
AMBIGUOUS = ("<s>", "</s>", "<filename>", "<pad>", "[INST]", "[/INST]")

pieces = st.lists(
    st.one_of(
        st.sampled_from((*SPELLINGS, *AMBIGUOUS, BREAK, "<", "[", "|>", ">", "<|")), st.text(max_size=6)
    )
).map("".join)


@given(pieces)
def test_neutralise_is_reversible(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(pieces)
def test_nothing_acts_once_neutralised(text: str) -> None:
    safe = neutralise(text)
    assert find_command(safe) is None
    assert not any(spelling in safe for spelling in (*SPELLINGS, *AMBIGUOUS))


@given(st.text(alphabet="abc (){}=<>|\n", max_size=60), pieces)
def test_pieces_are_neutralised_alone_as_together(first: str, second: str) -> None:
    """Text that holds no sentinel is untouched, so an anchored prompt's head stays what it was."""
    if neutralise(first + second) == first + second:
        assert neutralise(first) == first
        assert neutralise(second) == second


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_command_is_found(spelling: str) -> None:
    found = find_command(f"x = 1{spelling}y")
    assert found is not None
    assert found.start() == 5


@pytest.mark.parametrize("text", ["a <| b |> c", "Vec<u8>", "x[i]", "if a<b>c:", "<div>", "[section]", "<|>"])
def test_ordinary_code_is_left_alone(text: str) -> None:
    assert neutralise(text) == text
    assert find_command(text) is None
