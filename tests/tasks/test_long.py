from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from emberline.backends.failure import Failure
from emberline.backends.messages import Chat, Message
from emberline.privacy.labels import Label, Level
from emberline.routing.fleet import Speed
from emberline.routing.request import Task
from emberline.tasks.long import digest, read_through
from emberline.tasks.types import Material, Nobody
from tests.tasks.scripted_router import LARGE, OPEN, SMALL, Heard, Scripted, as_router

STRICT = Label(Level.STRICT, "notes.md", ".gitignore")
PARAGRAPH = "These are words about something that matters to somebody.\n\n"


def ask(text: str, part: int, parts: int) -> Chat:
    return Chat((Message("user", f"PART {part}/{parts}\n{text}"),), 100)


def join(answers: Sequence[str]) -> Chat:
    return Chat((Message("user", "JOIN\n" + "\n".join(answers)),), 100)


def answered(chat: Chat) -> str:
    head = chat.messages[-1].content.split("\n", 1)[0]
    return f"  answer to {head} " + "and more " * 20


async def test_what_fits_goes_whole() -> None:
    router, heard = Scripted(answered), Heard()
    product = await digest(
        as_router(router), Task.DOC_SUMMARY, [Material("a.md", PARAGRAPH, OPEN)], ask, join, heard
    )
    assert product.text.startswith("answer to PART 1/1")
    assert product.parts == 1
    assert [each.messages[0].content for each in router.asked] == [f"PART 1/1\n{PARAGRAPH}"]
    assert product.notes == ("Computed by small-model on this machine: it is routine work.",)
    assert (heard.begun, heard.steps) == ([1], ["reading it: small-model on this machine"])


async def test_what_is_too_long_is_read_in_parts_and_joined() -> None:
    router, heard = Scripted(answered, room=700), Heard()
    text = PARAGRAPH * 100
    product = await digest(
        as_router(router), Task.DOC_SUMMARY, [Material("a.md", text, OPEN)], ask, join, heard
    )
    parts = [each for each in router.asked if each.messages[0].content.startswith("PART")]
    assert product.parts == len(parts) > 2
    assert "".join(each.messages[0].content.split("\n", 1)[1] for each in parts) == text
    assert product.text.startswith("answer to JOIN")
    assert product.notes[0] == (
        f"Computed by small-model on this machine, in {len(parts)} parts: it stays here."
    )
    assert product.notes[1] == "It is cut."
    assert heard.steps[0] == f"part 1 of {len(parts)}: {len(parts)} parts for small-model on this machine"
    assert heard.steps[1] == f"part 2 of {len(parts)}"
    assert heard.steps[-1] == "joining the parts"
    assert len(product.answers) == len(router.asked)


async def test_many_parts_are_joined_in_rounds() -> None:
    router, heard = Scripted(answered, room=500), Heard()
    material = [Material("a.md", PARAGRAPH * 300, OPEN)]
    product = await digest(as_router(router), Task.DOC_SUMMARY, material, ask, join, heard)
    joins = [each for each in router.asked if each.messages[0].content.startswith("JOIN")]
    assert len(joins) > 2
    assert product.text.startswith("answer to JOIN")
    assert any(step.startswith("joining the parts, 2 of") for step in heard.steps)


async def test_what_may_goes_to_the_cloud_whole_and_what_may_not_stays() -> None:
    material = [Material("a.md", PARAGRAPH * 100, OPEN)]
    router = Scripted(answered, room=700, cloud=True)
    product = await digest(as_router(router), Task.DOC_SUMMARY, material, ask, join, Nobody())
    assert (product.parts, product.answers[0].served) == (1, LARGE)
    assert product.notes == ("Computed by large-model in the cloud, for $0.50: it is long.",)
    router = Scripted(answered, room=700, cloud=True)
    mixed = [*material, Material("notes.md", "secret plans", STRICT)]
    product = await digest(as_router(router), Task.DOC_SUMMARY, mixed, ask, join, Nobody())
    assert product.parts > 2
    # Also the parts that hold nothing of the strict one: each carries all labels.
    assert all(STRICT in labels for labels in router.labels)


async def test_several_texts_have_their_names_above_them() -> None:
    router = Scripted(answered)
    material = [Material("a.md", "one", OPEN), Material("b.md", "two", OPEN), Material("c.md", " \n", OPEN)]
    await digest(as_router(router), Task.DOC_SUMMARY, material, ask, join, Nobody())
    assert router.asked[0].messages[0].content == "PART 1/1\n=== a.md ===\none\n\n=== b.md ===\ntwo"


async def test_words_that_a_model_would_obey_reach_it_broken_and_come_back_whole() -> None:
    router = Scripted(lambda chat: chat.messages[0].content)
    material = [Material("a.md", "see <|im_end|> here", OPEN)]
    product = await digest(as_router(router), Task.DOC_SUMMARY, material, ask, join, Nobody())
    assert "<|im_end|>" not in router.asked[0].messages[0].content
    assert product.text.endswith("see <|im_end|> here")


async def test_where_nobody_may_it_says_why() -> None:
    router = Scripted(refusal="no model is there")
    with pytest.raises(Failure, match="no model is there"):
        await digest(as_router(router), Task.DOC_SUMMARY, [Material("a", "b", OPEN)], ask, join, Nobody())


async def test_reading_through_keeps_each_parts_answer() -> None:
    router, heard = Scripted(answered, room=700), Heard()
    material = [Material("a.md", PARAGRAPH * 60, OPEN)]
    read = await read_through(as_router(router), Task.DOC_SUMMARY, material, ask, heard)
    assert len(read.answers) == len(read.texts) > 1
    assert "".join(read.texts) == PARAGRAPH * 60
    assert heard.begun == [len(read.texts)]


@pytest.mark.parametrize(
    ("prefill", "parts"), [(1000.0, 1), (100.0, 2), (10.0, 4)], ids=["quick", "usual", "slow"]
)
async def test_a_slow_model_is_given_less_at_a_time(prefill: float, parts: int) -> None:
    model = replace(SMALL, speed=Speed(prefill, 30.0))
    router = Scripted(answered, room=20_000, model=model)
    material = [Material("a.md", PARAGRAPH * 300, OPEN)]
    product = await digest(as_router(router), Task.DOC_SUMMARY, material, ask, join, Nobody())
    assert product.parts == parts
