"""What becomes of suggestions, with a scripted editor and a clock that the test turns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from emberline.completion.following import FOLLOWED_SECONDS, KNOWN, LATE_SECONDS, MOST_FOLLOWED, Following
from emberline.completion.keystrokes import keystrokes
from emberline.completion.types import Lane, Suggestion
from emberline.documents.store import Document, Edit, Store
from emberline.documents.text import Point, Text
from emberline.observe.record import Accepted, Fate

from .scripted import at_desk

URI = "file:///project/a.py"
PI = "math.pi * radius"


@dataclass
class Editor:
    """Types, shows and takes as an editor does; the cursor stands at the end of the document's line 0."""

    fates: list[Fate] = field(default_factory=list)
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        self.following = Following(self.fates.append, lambda: self.now)
        self.store = Store()
        self.number = 0
        document = Document(URI, "python", 1, Text.of("    return \n\n# end\n"))
        self.store.open(document)
        self.following.opened(document)

    @property
    def document(self) -> Document:
        document = self.store.get(URI)
        assert document is not None
        return document

    @property
    def cursor(self) -> Point:
        return Point(0, len(self.document.text.content(0)))

    def insert(self, text: str, at: Point | None = None) -> None:
        self.replace(at or self.cursor, at or self.cursor, text)

    def replace(self, start: Point, end: Point, text: str) -> None:
        edit = Edit(start, end, text)
        self.following.changed(self.store.change(URI, self.document.version + 1, (edit,)), (edit,))

    def type(self, text: str) -> None:
        for key in text:
            self.insert(key)

    def offer(self, *texts: str, lane: Lane = Lane.GENERATED) -> str:
        """Answers; the id of the first."""
        self.number += 10
        found = [
            Suggestion(f"{self.number + rank}", text, self.cursor, self.cursor, lane, 1.0)
            for rank, text in enumerate(texts)
        ]
        self.following.offered(found, self.document, "engine", "tiny")
        return str(self.number)

    async def later(self, seconds: float) -> None:
        self.now += seconds
        await self.following.look()

    async def only(self) -> Fate:
        """The one fate, told when everything is over."""
        await self.later(LATE_SECONDS)
        await self.later(FOLLOWED_SECONDS)
        (fate,) = self.fates
        return fate


async def test_what_is_taken_and_still_there() -> None:
    editor = Editor()
    identity = editor.offer(PI)
    editor.insert(PI)
    editor.following.accepted(identity)
    editor.insert("# above\n", Point(0, 0))
    await editor.later(FOLLOWED_SECONDS - 1)
    assert editor.fates == []
    assert await editor.only() == Fate(
        1_000_000.0, Lane.GENERATED, "engine", "tiny", "python", 16, Accepted.WHOLE, 16, 1.0, 15
    )


async def test_what_is_taken_and_deleted_again() -> None:
    editor = Editor()
    identity = editor.offer(PI)
    editor.insert(PI)
    editor.following.accepted(identity)
    editor.replace(Point(0, 11), editor.cursor, "3")
    fate = await editor.only()
    assert (fate.accepted, fate.survived) == (Accepted.WHOLE, 0.0)


async def test_a_document_that_is_closed_tells_nothing_of_what_stands() -> None:
    editor = Editor()
    identity = editor.offer(PI)
    editor.insert(PI)
    editor.following.accepted(identity)
    editor.following.closed(URI)
    fate = await editor.only()
    assert (fate.accepted, fate.survived) == (Accepted.WHOLE, None)


async def test_what_is_passed_by() -> None:
    editor = Editor()
    editor.offer(PI)
    editor.type("42")
    editor.offer(" * 7")
    await editor.later(LATE_SECONDS)
    (fate,) = editor.fates
    assert (fate.accepted, fate.shown_chars, fate.accepted_chars) == (Accepted.NO, 16, 0)


async def test_what_is_typed_through_is_one_suggestion_of_the_lane_that_it_began_in() -> None:
    editor = Editor()
    editor.offer(PI)
    for key in "math":
        editor.type(key)
        identity = editor.offer(PI[editor.cursor.column - 11 :], lane=Lane.TYPED_THROUGH)
    editor.insert(".pi * radius")
    editor.following.accepted(identity)
    fate = await editor.only()
    assert (fate.lane, fate.shown_chars, fate.accepted) == (Lane.GENERATED, 16, Accepted.WHOLE)
    assert (fate.accepted_chars, fate.saved_keys, fate.survived) == (12, 11, 1.0)


async def test_what_is_typed_out_by_hand() -> None:
    editor = Editor()
    editor.offer("pi")
    editor.type("p")
    editor.offer("i", lane=Lane.TYPED_THROUGH)
    editor.type("i")
    editor.offer(" * 2")
    await editor.later(LATE_SECONDS)
    (fate,) = editor.fates
    assert (fate.accepted, fate.accepted_chars, fate.saved_keys) == (Accepted.TYPED, 2, 0)


async def test_it_grows_while_it_is_seen_and_a_better_one_takes_its_place() -> None:
    editor = Editor()
    editor.offer("math.e", lane=Lane.RECALLED)
    editor.offer("math.pi")
    editor.type("m")
    editor.offer("ath.pi * radius", lane=Lane.TYPED_THROUGH)
    editor.following.close()
    (fate,) = editor.fates
    assert (fate.lane, fate.shown_chars) == (Lane.GENERATED, 16)


@pytest.mark.parametrize("says_so_first", [False, True])
async def test_word_by_word(says_so_first: bool) -> None:
    editor = Editor()
    identity = editor.offer(PI)
    for word in ("math", ".pi"):
        if says_so_first:
            editor.following.partially_accepted(identity, len(word))
        editor.insert(word)
        if not says_so_first:
            editor.following.partially_accepted(identity, len(word))
        identity = editor.offer(PI[editor.cursor.column - 11 :], lane=Lane.TYPED_THROUGH)
    editor.type(" + 1")
    editor.offer("2")
    editor.following.shown("20")
    fate = await editor.only()
    assert (fate.accepted, fate.accepted_chars, fate.saved_keys) == (Accepted.PARTLY, 7, 5)
    assert fate.survived == 1.0


async def test_a_word_and_then_the_whole() -> None:
    editor = Editor()
    identity = editor.offer(PI)
    editor.insert("math")
    editor.following.partially_accepted(identity, 4)
    editor.following.partially_accepted(identity, 4)  # said twice
    editor.insert(PI[4:])
    editor.following.accepted(identity)
    fate = await editor.only()
    assert (fate.accepted, fate.accepted_chars, fate.saved_keys) == (Accepted.WHOLE, 16, 14)
    assert fate.survived == 1.0


async def test_a_word_is_counted_in_characters_though_editors_count_otherwise() -> None:
    editor = Editor()
    identity = editor.offer("'😀😀' + x")
    editor.insert("'😀😀'")
    editor.following.partially_accepted(identity, 6)
    assert (await editor.only()).accepted_chars == 4


async def test_an_editor_that_never_says_so_has_taken_what_it_puts_there_at_once() -> None:
    editor = Editor()
    editor.offer(PI)
    editor.insert(PI)
    editor.offer(" ** 2")
    fate = await editor.only()
    assert (fate.accepted, fate.saved_keys, fate.survived) == (Accepted.WHOLE, 15, 1.0)


async def test_word_that_comes_late() -> None:
    """An editor asks for the next one before it says that it has taken this one."""
    editor = Editor()
    first = editor.offer("pi)")
    editor.insert("pi)")
    editor.offer("\n\nprint(area(3))")
    await editor.later(LATE_SECONDS / 2)
    editor.following.accepted(first)
    editor.following.shown(first)
    assert (await editor.only()).accepted is Accepted.WHOLE


async def test_word_that_comes_late_does_not_count_the_characters_twice() -> None:
    editor = Editor()
    first = editor.offer("pi)")
    editor.insert("pi)")
    editor.offer("\n\nprint(area(3))")  # until now it seems to be typed by hand
    editor.following.accepted(first)
    await editor.later(LATE_SECONDS)
    await editor.later(FOLLOWED_SECONDS)
    taken = next(fate for fate in editor.fates if fate.lane is Lane.GENERATED and fate.accepted)
    assert (taken.accepted, taken.accepted_chars, taken.shown_chars) == (Accepted.WHOLE, 3, 3)


async def test_what_is_looked_at_when_the_session_ends_is_told_all_the_same() -> None:
    editor = Editor()
    editor.offer(PI)
    editor.insert(PI)
    editor.now += FOLLOWED_SECONDS
    looking = asyncio.ensure_future(editor.following.look())
    await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    editor.following.close()
    assert [(fate.accepted, fate.survived) for fate in editor.fates] == [(Accepted.WHOLE, None)]


async def test_each_is_told_once_however_late_more_is_taken_of_it() -> None:
    editor = Editor()
    identity = editor.offer(PI)
    editor.insert("math")
    editor.following.partially_accepted(identity, 4)
    await editor.later(FOLLOWED_SECONDS)
    editor.insert(PI[4:])
    editor.following.accepted(identity)
    await editor.later(FOLLOWED_SECONDS)
    editor.following.close()
    assert [(fate.accepted, fate.accepted_chars) for fate in editor.fates] == [(Accepted.PARTLY, 4)]


async def test_of_an_editor_that_says_what_it_shows_only_that_counts() -> None:
    editor = Editor()
    seen = editor.offer(PI)
    editor.following.shown(seen)
    editor.type("4")
    editor.offer(" never painted")
    editor.type("2")
    editor.offer(" taken though not told")
    editor.following.accepted("30")
    editor.following.close()
    assert [(fate.shown_chars, fate.accepted) for fate in editor.fates] == [
        (16, Accepted.NO),
        (22, Accepted.WHOLE),
    ]


async def test_of_several_the_one_that_is_taken_counts() -> None:
    editor = Editor()
    editor.offer(PI, "math.tau")
    editor.insert("math.tau")
    editor.following.accepted("11")
    fate = await editor.only()
    assert (fate.accepted_chars, fate.survived) == (8, 1.0)


async def test_what_an_editor_tells_of_strangers_is_nothing() -> None:
    editor = Editor()
    for tell in (editor.following.shown, editor.following.accepted):
        tell("no such id")
    editor.following.partially_accepted("no such id", 3)
    editor.following.close()
    assert editor.fates == []


async def test_however_much_is_shown_and_taken_little_is_held() -> None:
    editor = Editor()
    for _ in range(3 * MOST_FOLLOWED):
        identity = editor.offer("word ")
        editor.insert("word ")
        editor.following.accepted(identity)
    assert len(editor.fates) == 2 * MOST_FOLLOWED
    assert len(editor.following._answers) == KNOWN
    editor.following.close()
    assert len(editor.fates) == 3 * MOST_FOLLOWED


async def test_the_session_tells_who_wrote_it() -> None:
    async with at_desk() as desk:
        desk.open("import math\n\n\ndef area(radius):\n    |\n")
        desk.type("re")
        await desk.said(0, "turn", " math", ".pi", "\n")
        (answer,) = await desk.ask()
        desk.accept(answer)
    (fate,) = desk.lane.fates
    assert (fate.backend, fate.model, fate.language) == ("scripted", "tiny", "python")
    assert (fate.accepted, fate.accepted_chars, fate.survived) == (Accepted.WHOLE, 12, None)


@pytest.mark.parametrize(
    ("text", "keys"),
    [("", 0), ("a b", 3), ("a:\n        b", 4), ("a\r\n\tb\r\n", 4), ("\n\n", 2)],
)
def test_keys(text: str, keys: int) -> None:
    assert keystrokes(text) == keys
