"""Keys and the time between them."""

from hypothesis import given
from hypothesis import strategies as st

from emberline.replay.typist import Rhythm, Typist, keys


@given(st.text(alphabet="ab \t\n"))
def test_the_keys_enter_the_text(text: str) -> None:
    assert "".join(keys(text)) == text


def test_a_line_end_brings_its_indentation_along() -> None:
    assert list(keys("a:\n    b")) == ["a", ":", "\n    ", "b"]


def test_the_same_seed_types_alike_and_another_does_not() -> None:
    def pauses(seed: int) -> list[float]:
        typist = Typist(Rhythm(), seed)
        return [typist.pause("a", "b") for _ in range(20)]

    assert pauses(1) == pauses(1)
    assert pauses(1) != pauses(2)
    assert all(pause > 0 for pause in pauses(3))


def test_a_line_takes_longer_to_think_of_than_a_letter() -> None:
    typist = Typist(Rhythm(sigma=0.0), 1)
    inside, boundary, line = (typist.pause(before, "x") for before in ("a", "(", "\n    "))
    assert inside < boundary < line
    assert Typist(Rhythm(sigma=0.0).faster(2.0), 1).pause("a", "x") * 2 == inside
