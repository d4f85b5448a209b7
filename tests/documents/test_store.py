from __future__ import annotations

import pytest

from emberline.documents.store import Document, Edit, Store, UnknownDocument
from emberline.documents.text import Point, Text


def opened(text: str = "one\ntwo\n") -> Store:
    store = Store()
    store.open(Document("file:///a.py", "python", 1, Text.of(text)))
    return store


def test_edits_apply_one_after_the_other() -> None:
    store = opened()
    before = store.get("file:///a.py")
    edits = (Edit(Point(0, 3), Point(0, 3), "\nnew"), Edit(Point(1, 3), Point(2, 3), "!"))
    after = store.change("file:///a.py", 2, edits)
    assert (after.version, str(after.text)) == (2, "one\nnew!\n")
    assert store.get("file:///a.py") is after
    assert before is not None
    assert str(before.text) == "one\ntwo\n"


def test_a_whole_new_text() -> None:
    after = opened().change("file:///a.py", 7, "x")
    assert (after.version, after.language_id, str(after.text)) == (7, "python", "x")


def test_what_is_not_open_is_an_error() -> None:
    store = opened()
    assert store.get("file:///b.py") is None
    with pytest.raises(UnknownDocument, match=r"b\.py"):
        store.change("file:///b.py", 1, "")
    with pytest.raises(UnknownDocument):
        store.close("file:///b.py")
    store.close("file:///a.py")
    assert store.all() == ()
    with pytest.raises(UnknownDocument):
        store.close("file:///a.py")
