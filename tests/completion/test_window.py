"""The prompt's head must not move while the user types, and must follow when the cursor goes elsewhere."""

import pytest

from emberline.completion import window
from emberline.documents.store import Document
from emberline.documents.text import Point, Text
from emberline.models.fim import QWEN

LINES = "".join(f"line {number} of the file\n" for number in range(400))
EXTENT = window.Extent(prefix_chars=600, suffix_chars=120, lines_above=8)


def document(text: str = LINES, version: int = 1) -> Document:
    return Document("file:///a.py", "python", version, Text.of(text))


def typed(base: Document, cursor: Point, text: str) -> tuple[Document, Point]:
    changed = base.text.replace(cursor, cursor, text)
    lines = text.split("\n")
    column = len(lines[-1]) + (cursor.column if len(lines) == 1 else 0)
    return Document(base.uri, base.language_id, base.version + 1, changed), Point(
        cursor.line + len(lines) - 1, column
    )


def test_the_head_stays_the_same_for_every_key_and_every_new_line() -> None:
    base, cursor = document(), Point(200, 0)
    anchor = window.set_anchor(base, cursor, EXTENT)
    heads = set()
    for key in "def f(x):\n    return x + 1\n":
        base, cursor = typed(base, cursor, key)
        assert window.holds(anchor, base, cursor, EXTENT)
        prompt = window.prompt(anchor, base, cursor, QWEN, 0)
        heads.add(prompt[: len(window.head(anchor, QWEN))])
        assert prompt.endswith(base.text.slice(Point(anchor.line, 0), cursor))
    assert heads == {window.head(anchor, QWEN)}


def test_the_window_is_as_large_as_asked_and_starts_at_a_line() -> None:
    anchor = window.set_anchor(document(), Point(200, 3), EXTENT)
    assert 500 <= len(anchor.prefix) + len(anchor.typed(document(), Point(200, 3))) <= 600
    assert anchor.prefix.startswith("line ")
    assert anchor.suffix.startswith("e 200")
    assert len(anchor.suffix) >= 120


@pytest.mark.parametrize("cursor", [Point(150, 0), Point(210, 0), Point(399, 0)])
def test_an_anchor_does_not_hold_elsewhere(cursor: Point) -> None:
    anchor = window.set_anchor(document(), Point(200, 0), EXTENT)
    assert not window.holds(anchor, document(), cursor, EXTENT)


def test_an_edit_above_inside_the_window_ends_it() -> None:
    anchor = window.set_anchor(document(), Point(200, 0), EXTENT)
    changed, _ = typed(document(), Point(anchor.start + 1, 0), "x")
    assert not window.holds(anchor, changed, Point(200, 0), EXTENT)


def test_brackets_that_an_editor_closes_do_not_end_it() -> None:
    base, cursor = typed(document(), Point(200, 0), "\n")
    cursor = Point(200, 0)
    anchor = window.set_anchor(base, cursor, EXTENT)
    changed, _ = typed(base, cursor, "call()")
    assert window.holds(anchor, changed, Point(200, 5), EXTENT)


def test_a_new_anchor_nearby_keeps_the_windows_start() -> None:
    base, cursor = document(), Point(200, 0)
    anchor = window.set_anchor(base, cursor, EXTENT)
    moved = window.set_anchor(base, Point(204, 0), EXTENT, anchor)
    assert moved.start == anchor.start
    far = window.set_anchor(base, Point(300, 0), EXTENT, anchor)
    assert far.start > 250


def test_line_ends_are_normalised() -> None:
    base = document(LINES.replace("\n", "\r\n"))
    anchor = window.set_anchor(base, Point(200, 0), EXTENT)
    assert "\r" not in window.prompt(anchor, base, Point(200, 4), QWEN, 0)


def test_sentinels_in_the_users_code_do_not_act() -> None:
    base = document("a = '<|fim_suffix|>'\nb = 1\n")
    anchor = window.set_anchor(base, Point(1, 0), EXTENT)
    assert window.prompt(anchor, base, Point(1, 0), QWEN, 0).count("<|fim_suffix|>") == 1


def test_slices_end_at_line_ends_and_cover_everything() -> None:
    ends = window.slices(LINES, 100)
    assert ends[-1] == len(LINES)
    assert all(LINES[end - 1] == "\n" for end in ends)
    assert max(b - a for a, b in zip((0, *ends), ends, strict=False)) <= 100 + 30


def test_the_cut_is_left_out_of_the_prompt() -> None:
    anchor = window.set_anchor(document(), Point(200, 0), EXTENT)
    assert window.prompt(anchor, document(), Point(200, 6), QWEN, 2).endswith("line")
