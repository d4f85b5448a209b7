"""Answers of a model that must be JSON of one form: taken, mended, asked for again, refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.config.schema import Validation
from emberline.routing import structured
from emberline.routing.structured import Form, Unusable, repaired

SCHEMA = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "line": {"type": "integer"}},
                "required": ["path"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["edits"],
    "additionalProperties": False,
}
STRICT, LENIENT = Form(SCHEMA, is_strict=True), Form(SCHEMA, is_strict=False)
RIGHT = '{"edits": [{"path": "a.py"}]}'
VALUE = {"edits": [{"path": "a.py"}]}


async def ask(call: Any, chat: Chat, schema: Any, validation: Validation, room: int | None = None) -> Any:
    """With nothing beyond the schema to please."""
    return await structured.ask(call, chat, schema, validation, structured.as_it_is, room)


CHAT = Chat((Message("user", "Rename it."),), max_tokens=500, temperature=0.25)

ALWAYS = [
    RIGHT,
    f"\n  {RIGHT}\n",
    f"```json\n{RIGHT}\n```",
    f"```\n{RIGHT}\n```\n",
    f"```jsonc\r\n{RIGHT}\r\n```",
    f"\ufeff{RIGHT}",
]
LENIENTLY = [
    f"Sure, here it is:\n{RIGHT}\nAnything else?",
    f"Sure:\n```json\n{RIGHT}\n```\nDone.",
    f'<think>Perhaps {{"edits": []}}? No.</think>\n{RIGHT}',
    f"As said in [1], this follows.\n{RIGHT}",
    '{"edits": [{"path": "a.py"},]}',
    "{'edits': [{'path': 'a.py'}]}",
    "{edits: [{path: a.py}]}",
    '{"edits": [{"path" "a.py"}]}',
    "{“edits”: [{“path”: “a.py”}]}",
]


@pytest.mark.parametrize("text", ALWAYS)
@pytest.mark.parametrize("form", [STRICT, LENIENT], ids=["strict", "lenient"])
def test_json_is_taken_as_it_stands_or_from_its_fence(form: Form, text: str) -> None:
    assert form.read(text) == VALUE


@pytest.mark.parametrize("text", LENIENTLY)
def test_words_around_it_and_slips_of_syntax_are_forgiven_unless_strict_json_is_set(text: str) -> None:
    assert LENIENT.read(text) == VALUE
    with pytest.raises(Unusable):
        STRICT.read(text)


NEVER = [
    ("nothing", "", "it is empty"),
    ("a refusal", "I am sorry, but I cannot do that.", "it is not JSON"),
    ("cut off in a list", '{"edits": [{"path": "a.py"}, {"path": "b.py"}', "breaks off before its end"),
    ("cut off in a text", '{"edits": [{"path": "a.py"}, {"path": "b.p', "breaks off before its end"),
    ("cut off in its fence", '```json\n{"edits": [{"path": "a.py"},\n', "breaks off before its end"),
    ("cut off, words behind it", '{"edits": [{"path": "a.py"}, {"path"\n(more follows)', "breaks off"),
    ("a wrong type", '{"edits": [{"path": 3}]}', 'edits/0/path: this value is not of type "string"'),
    ("a missing key", '{"edits": [{}]}', "edits/0: "),
    ("a key too many", '{"edits": [], "note": "done"}', "the whole: "),
    ("another form altogether", "[1, 2]", "the whole: "),
    ("two answers", f'{RIGHT} or rather {{"edits": []}}', ""),
    ("a key twice", '{"edits": [], "edits": []}', ""),
    ("no number", '{"edits": [{"path": "a", "line": NaN}]}', ""),
    ("a missing value", '{"edits": [{"path": }]}', ""),
    ("a comment", '{"edits": [{"path": "a.py" /* the first */}]}', ""),
    ("a line end outside its text", '{"edits": [{"path": "a.py\\n}]}', ""),
    ("an ellipsis", '{"edits": [{"path": "a.py"}, ...]}', ""),
    ("too deep", "[" * 5000, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "words"), [row[1:] for row in NEVER], ids=[row[0] for row in NEVER])
@pytest.mark.parametrize("form", [STRICT, LENIENT], ids=["strict", "lenient"])
def test_nothing_is_invented_shortened_or_chosen(form: Form, text: str, words: str) -> None:
    with pytest.raises(Unusable) as refused:
        form.read(text)

    assert words in str(refused.value)


def test_a_complaint_names_places_and_no_more_than_five_of_them() -> None:
    many = json.dumps({"edits": [{"path": number} for number in range(30)]})
    with pytest.raises(Unusable) as refused:
        STRICT.read(many)

    assert str(refused.value).count("is not of type") == 5
    assert str(refused.value).endswith("and more")


def test_a_complaint_quotes_nothing_of_the_answer() -> None:
    with pytest.raises(Unusable) as refused:
        STRICT.read('{"edits": "the users own code"}')

    assert "own code" not in str(refused.value)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(values, min_size=1) | st.dictionaries(st.text(max_size=6), values, min_size=1), st.data())
def test_an_answer_cut_off_anywhere_is_never_mended(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    cut = text[: data.draw(st.integers(1, len(text) - 1))]

    with pytest.raises(Unusable):
        Form({}, is_strict=False).read(cut)


@given(values, st.data())
def test_what_is_mended_says_what_the_answer_said(value: Any, data: st.DataObject) -> None:
    """A character is lost or doubled: either the same words come out, or nothing does."""
    text = json.dumps([value], ensure_ascii=False)
    at = data.draw(st.integers(1, len(text) - 2) if len(text) > 2 else st.just(0))
    broken = text[:at] + data.draw(st.sampled_from(["", text[at] * 2, "'", ","])) + text[at + 1 :]
    try:
        mended = repaired(broken)
    except Unusable:
        return

    def letters(words: str) -> str:
        """All of it but its signs; of an escape its letter, so that a lost line end is noticed."""
        return "".join(filter(str.isalnum, words)).casefold().replace("none", "null")

    assert letters(json.dumps(mended, ensure_ascii=False)) == letters(broken)


class Model:
    """Gives these answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = iter(answers)
        self.asked: list[Chat] = []

    async def __call__(self, chat: Chat) -> str:
        self.asked.append(chat)
        return next(self._answers)


async def test_right_at_the_first_attempt_nothing_is_asked_again() -> None:
    model = Model(RIGHT)

    assert await ask(model, CHAT, SCHEMA, Validation()) == VALUE
    assert model.asked == [CHAT]


async def test_right_at_the_third_attempt() -> None:
    model = Model("I cannot.", '{"edits": 1}', RIGHT)

    assert await ask(model, CHAT, SCHEMA, Validation(temperature_reduction=0.1)) == VALUE
    assert [chat.temperature for chat in model.asked] == [0.25, 0.15, 0.05]


async def test_the_temperature_never_falls_below_nothing() -> None:
    model = Model("", "", "", RIGHT)
    await ask(model, CHAT, SCHEMA, Validation(temperature_reduction=0.2))

    assert [chat.temperature for chat in model.asked] == [0.25, 0.05, 0.0, 0.0]


async def test_the_model_is_shown_its_last_answer_alone_and_the_validators_words() -> None:
    model = Model("I cannot.", '{"edits": 1}', RIGHT)
    await ask(model, CHAT, SCHEMA, Validation())
    question, answer, complaint = model.asked[2].messages

    assert question == CHAT.messages[0]
    assert answer == Message("assistant", '{"edits": 1}')
    assert complaint.role == "user"
    assert 'edits: this value is not of type "array"' in complaint.content


async def test_an_empty_answer_is_not_shown_again() -> None:
    """Anthropic refuses messages without text."""
    model = Model(" \n", RIGHT)
    await ask(model, CHAT, SCHEMA, Validation())

    assert [message.role for message in model.asked[1].messages] == ["user", "user"]


@pytest.mark.parametrize(("retries", "attempts"), [(0, ""), (2, ", after 3 attempts")])
async def test_in_the_end_it_is_a_clear_failure(retries: int, attempts: str) -> None:
    model = Model(*["no"] * retries, '{"edits": [{"path": 3}]}', RIGHT)
    with pytest.raises(Failure) as failure:
        await ask(model, CHAT, SCHEMA, Validation(max_retries_on_failure=retries))

    assert failure.value.kind is Kind.BROKEN
    assert str(failure.value) == (
        f'the model\'s answer is not usable{attempts}: edits/0/path: this value is not of type "string"'
    )
    assert len(model.asked) == retries + 1


async def test_the_configuration_says_how_strictly_it_is_read() -> None:
    assert await ask(Model(LENIENTLY[0]), CHAT, SCHEMA, Validation(strict_json=False)) == VALUE
    with pytest.raises(Failure):
        await ask(Model(LENIENTLY[0]), CHAT, SCHEMA, Validation(max_retries_on_failure=0))


async def test_a_failure_of_the_backend_passes_through() -> None:
    async def unreachable(chat: Chat) -> str:
        raise Failure("no connection", Kind.UNREACHABLE)

    with pytest.raises(Failure, match="no connection"):
        await ask(unreachable, CHAT, SCHEMA, Validation())


async def test_what_follows_the_schema_can_still_be_turned_down() -> None:
    model = Model(RIGHT, RIGHT, RIGHT)
    seen: list[Any] = []

    async def accept(value: Any) -> str:
        seen.append(value)
        if len(seen) < 3:
            raise Unusable("the anchor of edit 1 does not stand in a.py")
        return "landed"

    assert await structured.ask(model, CHAT, SCHEMA, Validation(), accept) == "landed"
    assert seen == [VALUE] * 3
    assert "the anchor of edit 1 does not stand in a.py" in model.asked[1].messages[-1].content
    assert [chat.temperature for chat in model.asked] == pytest.approx([0.25, 0.15, 0.05])


@pytest.mark.parametrize(("room", "roles"), [(None, 3), (4000, 3), (520, 2)])
async def test_an_answer_that_no_longer_fits_is_not_shown_again(room: int | None, roles: int) -> None:
    model = Model("no " * 100, RIGHT)
    await ask(model, CHAT, SCHEMA, Validation(), room)

    assert len(model.asked[1].messages) == roles
