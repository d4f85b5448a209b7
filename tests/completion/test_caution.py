"""After a wrong suggestion, only surer ones, until the next line."""

from emberline.completion.caution import CEILING, STEP, Caution


def test_each_refuted_suggestion_on_a_line_raises_the_threshold() -> None:
    caution = Caution().after(3, "foo", "b").after(3, "bar", "o").after(3, "", "o")
    assert caution.refuted == 2
    assert caution.threshold(0.5) == 0.5 + 2 * STEP


def test_what_was_typed_through_or_accepted_refutes_nothing() -> None:
    caution = Caution().after(3, "value", "v").after(3, "alue", "alue").after(3, "ok", "ok()")
    assert caution.threshold(0.5) == 0.5


def test_a_new_line_starts_afresh() -> None:
    assert Caution(3, 4).after(4, "foo", "b").refuted == 1
    assert Caution(3, 4).after(4, "", "").refuted == 0


def test_the_threshold_has_a_ceiling_and_never_falls_below_what_was_configured() -> None:
    assert Caution(1, 50).threshold(0.5) == CEILING
    assert Caution(1, 50).threshold(0.95) == 0.95
