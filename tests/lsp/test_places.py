"""Places that are found again in a text that has changed, and edits that are seen to arrive."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from emberline.documents.encoding import PositionEncoding
from emberline.documents.store import Document, Store
from emberline.documents.text import Point, Text
from emberline.lsp.convert import offsets_of, ranges_of, span_of
from emberline.lsp.landing import Landing
from emberline.lsp.moved import moved
from emberline.lsp.orders import Order, order_of
from emberline.lsp.places import Places, name_of
from emberline.refactor.types import FileChange, Unfit

TEXTS = st.lists(st.sampled_from(["a", "é", "😀", "\n", "\r\n", "\r", "\u2028"])).map("".join)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("a\nb\nc", "a\nb\nc", (1, 1)),
        ("a\nb\nc", "x\na\nb\nc", (1, 2)),
        ("a\nb\nc", "a\nb\nc\nx", (1, 1)),
        ("a\nb\nc", "a\nb", (1, None)),
        ("a\nb\nc", "a\nB\nc", (1, None)),
        ("a\nb\nc", "", (1, None)),
        ("1\n2\na\nb\nc\n3\n4", "x\n2\na\nb\nc\n3\ny", (3, 3)),
        ("0\n1\n2\na\n3\n4\n5", "x\n0\n1\n2\na\n3\n4\ny", (3, 4)),
        ("0\n1\n2\na\n3\n4\n5", "x\n1\n2\na\n3\n4\n1\n2\na\n3\n4\ny", (3, None)),  # which of the two?
        ("a\r\nb", "x\r\na\r\nb", (1, 2)),
        ("a\r\nb", "a\nb", (1, 1)),
        ("1\n2\na\nb", "x\n2\na\nbb\n", (2, None)),  # a longer line
        ("2\na\nb\n3\nz", "x\n2\na\nb\n3\nzz\n1", (0, 1)),
        ("0\nq\na\nb\n4\n5\n6", "x\n0\nqq\na\nb\n4\n5\ny", (3, None)),
        ("same\nsame\nsame", "x\nsame\nsame\nsame\ny\nsame\nsame\nsame", (1, 6)),
    ],
)
def test_a_place_is_found_again(old: str, new: str, lines: tuple[int, int | None]) -> None:
    line, wanted = lines
    found = moved(Text.of(old), Text.of(new), Point(line, 0), Point(line, 1))
    assert found == (None if wanted is None else (Point(wanted, 0), Point(wanted, 1)))


@given(TEXTS, TEXTS, st.data())
def test_what_is_found_has_the_same_text(old: str, new: str, data: st.DataObject) -> None:
    before, after = Text.of(old), Text.of(new)
    first, last = sorted(data.draw(st.lists(st.integers(0, before.line_count - 1), min_size=2, max_size=2)))
    start, end = Point(first, 0), before.clamp(Point(last, 99))
    found = moved(before, after, start, end)
    if found is not None:
        assert after.slice(*found) == before.slice(start, end)


@given(TEXTS, st.sampled_from(PositionEncoding), st.data())
def test_offsets_and_ranges_are_each_others_inverse(
    string: str, encoding: PositionEncoding, data: st.DataObject
) -> None:
    text = Text.of(string)
    points = [text.clamp(Point(data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9)))) for _ in range(2)]
    span = offsets_of(text, min(points), max(points))
    assert span.of(string) == text.slice(min(points), max(points))
    (place,) = ranges_of(text, [span], encoding)
    assert span_of(text, place, encoding) == span


def document(text: str, version: int, uri: str = "file:///a") -> Document:
    return Document(uri, "python", version, Text.of(text))


def order(version: int | None) -> Order:
    return Order("file:///a", version, types.Range(types.Position(0, 0), types.Position(0, 1)), "x")


def test_versions_are_remembered_as_long_as_the_document_is_open() -> None:
    store = Store()
    places = Places(store, PositionEncoding.UTF16)
    first = document("ab", 1)
    store.open(first)
    places.offered(first)
    places.offered(first)
    for version in range(2, 12):
        store.open(document("\n" * version + "ab", version))
        places.offered(document("", version))
    assert places.find(order(1), places.origin(order(1))).span == (11, 12)
    places.forget("file:///a")
    with pytest.raises(Unfit, match="has changed"):
        places.origin(order(1))
    assert places.origin(order(None)).version == 11


def test_only_the_last_versions_are_kept() -> None:
    store = Store()
    places = Places(store, PositionEncoding.UTF16)
    for version in range(1, 100):
        store.open(document("ab", version))
        places.offered(document("ab", version))
    with pytest.raises(Unfit):
        places.origin(order(50))
    assert places.origin(order(90)).version == 90


def test_an_order_reads_what_it_writes() -> None:
    place = types.Range(types.Position(1, 2), types.Position(3, 4))
    diagnostics = (types.Diagnostic(place, "wrong", source="lint", code=7), types.Diagnostic(place, "so"))
    whole = Order("file:///a", 3, place, "fix", "answer", diagnostics)
    assert order_of(whole.as_json()) == whole
    assert order_of(order(None).as_json()) == order(None)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///a/b%20c.py", "b c.py"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("file://[broken/a.py", "a.py"),
        ("x:", "x:"),
    ],
)
def test_names_of_documents(uri: str, name: str) -> None:
    assert name_of(uri) == name


def landing(*files: tuple[str, str | None, str | None]) -> Landing:
    return Landing(FileChange(uri, Path("/") / uri, uri, before, after) for uri, before, after in files)


def test_an_edit_that_arrives_in_pieces_has_arrived() -> None:
    watched = landing(("a", "1\r2", "3\r\n4"))
    watched.changed(document("3\r2", 2, "a"))
    assert watched.strayed() == ("a",)
    watched.changed(document("3\n4", 3, "a"))
    watched.changed(document("3\n4 and more", 4, "a"))
    assert watched.strayed() == ()


def test_documents_that_were_not_to_change_do_not_matter() -> None:
    watched = landing(("moved", "x", "x"), ("gone", "x", None))
    for uri in ("moved", "gone", "other"):
        watched.changed(document("typed", 2, uri))
    assert watched.strayed() == ()
