from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.backends.failure import Failure
from emberline.backends.messages import Chat
from emberline.errors import UserError
from emberline.privacy.labels import Label, Level
from emberline.routing import estimate
from emberline.tasks.labels import (
    BATCH,
    Choice,
    Verdict,
    classify,
    schema_of_one,
    schema_of_several,
    shortened,
)
from emberline.tasks.types import Material, Nobody
from tests.tasks.scripted_router import LARGE, OPEN, Heard, Scripted, as_router

CHOICES = (Choice("bug", "something is broken"), Choice("wish"), Choice('a "quoted" one'))
STRICT = Label(Level.STRICT, "b.txt", ".gitignore")


def texts(*words: str, label: Label = OPEN) -> list[Material]:
    return [Material(f"{number}.txt", each, label) for number, each in enumerate(words)]


async def verdicts(router: Scripted, items: Sequence[Material], heard: Heard | None = None) -> list[Verdict]:
    return [each async for each in classify(as_router(router), items, CHOICES, heard or Nobody())]


def by_word(chat: Chat) -> str:
    """A model that knows: what is broken is a bug."""
    parts = chat.messages[-1].content.split("\n\n")
    if not parts[0].startswith("1. "):
        return json.dumps({"label": "bug" if "broken" in "".join(parts) else "wish"})
    told = (each.split(". ", 1) for each in parts[:-1])
    return json.dumps({number: "bug" if "broken" in text else "wish" for number, text in told})


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        ("bug,wish", (Choice("bug"), Choice("wish"))),
        (" bug = it is = broken , wish", (Choice("bug", "it is = broken"), Choice("wish"))),
    ],
)
def test_labels_are_read_with_their_meaning(words: str, choices: tuple[Choice, ...]) -> None:
    assert Choice.parse(words) == choices


@pytest.mark.parametrize(
    ("words", "why"), [("bug", "two labels"), ("bug,,wish", "no name"), ("a,b,a", "twice"), ("", "no name")]
)
def test_what_is_no_list_of_labels_is_told(words: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        Choice.parse(words)


async def test_a_small_model_is_asked_for_each_text() -> None:
    router, heard = Scripted(by_word), Heard()
    found = await verdicts(router, texts("it is broken", "a dark theme", "broken too"), heard)
    assert [each.label for each in found] == ["bug", "wish", "bug"]
    assert [each.number for each in found] == [0, 1, 2]
    assert len(router.asked) == 3
    assert heard.begun == [3]
    assert heard.steps == ["1 of 3", "2 of 3", "3 of 3"]
    # The head is the same for all, so that a local model reads it once.
    assert len({chat.messages[:-1] for chat in router.asked}) == 1


async def test_a_large_model_is_asked_for_several_at_once() -> None:
    router = Scripted(by_word, model=LARGE)
    words = ["broken" if number % 3 == 0 else "fine" for number in range(2 * BATCH + 1)]
    found = await verdicts(router, texts(*words))
    assert [each.label for each in found] == ["bug" if each == "broken" else "wish" for each in words]
    assert len(router.asked) == 3


async def test_texts_of_another_level_are_asked_apart() -> None:
    router = Scripted(by_word, model=LARGE)
    items = [*texts("one", "two"), *texts("broken", label=STRICT), *texts("four")]
    found = await verdicts(router, items)
    assert [each.label for each in found] == ["wish", "wish", "bug", "wish"]
    assert [{each.level for each in labels} for labels in router.labels] == [
        {Level.OPEN},
        {Level.STRICT},
        {Level.OPEN},
    ]


async def test_a_label_that_was_not_given_is_never_taken() -> None:
    answers = ['{"label": "nonsense"}'] * 4 + ['{"label": "wish"}']
    found = await verdicts(Scripted(answers), texts("one", "two"))
    assert [each.label for each in found] == [None, "wish"]
    assert "not usable" in found[0].why and "nonsense" not in found[0].why


async def test_a_batch_that_is_not_usable_is_asked_one_by_one() -> None:
    def only_single(chat: Chat) -> str:
        return "I cannot." if "1. one" in chat.messages[-1].content else '{"label": "bug"}'

    router = Scripted(only_single, model=LARGE)
    found = await verdicts(router, texts("one", "two"))
    assert [each.label for each in found] == ["bug", "bug"]


async def test_where_no_model_may_or_can_it_fails_at_once() -> None:
    with pytest.raises(Failure, match="no model here"):
        await verdicts(Scripted(refusal="there is no model here"), texts("one", "two"))


async def test_a_server_that_went_away_ends_it_after_a_few_texts() -> None:
    router = Scripted(['{"label": "bug"}'])
    found = []
    with pytest.raises(Failure, match="gone"):
        async for each in classify(as_router(router), texts(*"abcdefgh"), CHOICES, Nobody()):
            found.append(each)
    assert [each.label for each in found] == ["bug", None, None]


async def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    router = Scripted(by_word)
    long = "It begins here. " + "words and words " * 5000 + "It is broken at the end."
    (found,) = await verdicts(router, texts(long))
    assert found.is_cut and found.label == "bug"
    asked = router.asked[0].messages[-1].content
    assert "It begins here." in asked and "broken at the end." in asked and "[…]" in asked


async def test_many_texts_are_twenty_steps() -> None:
    heard = Heard()
    await verdicts(Scripted(by_word), texts(*["x"] * 200), heard)
    assert heard.begun == [20]
    assert heard.steps[:3] == ["1 of 200", "11 of 200", "21 of 200"]
    assert len(heard.steps) == 20


@given(st.text(max_size=3000), st.integers(30, 400))
def test_a_shortened_text_fits(text: str, most: int) -> None:
    short, is_cut = shortened(text, most)
    assert estimate.tokens(short) <= most or len(short) < 80
    assert is_cut or short == text.strip()


def test_the_schemas_leave_nothing_but_the_names() -> None:
    import jsonschema_rs

    one, two = schema_of_one(CHOICES), schema_of_several(2, CHOICES)
    assert jsonschema_rs.is_valid(one, {"label": 'a "quoted" one'})
    assert not jsonschema_rs.is_valid(one, {"label": "other"})
    assert not jsonschema_rs.is_valid(one, {"label": None})
    assert jsonschema_rs.is_valid(two, {"1": "bug", "2": "wish"})
    assert not jsonschema_rs.is_valid(two, {"1": "bug"})
    assert not jsonschema_rs.is_valid(two, {"1": "bug", "2": "wish", "3": "wish"})
