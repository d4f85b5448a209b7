"""Texts as they are now: the editor's where it has the file open, whatever else it shows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.documents.store import Document
from emberline.documents.text import Text
from emberline.privacy.labels import Label, Level
from emberline.refactor.landing import land
from emberline.refactor.shelf import Shelf
from emberline.refactor.types import Delete, Move, Proposal, Replace, Source, Unfit
from tests.refactor.places import terrain

OPEN = Label(Level.OPEN, "a file", "test")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(lambda path: path.name, lambda _: OPEN)


def document(uri: str, text: str) -> Document:
    return Document(uri, "python", 1, Text.of(text))


def text_of(source: Source | None) -> str:
    assert source is not None
    return source.text


@pytest.mark.parametrize("scheme", ["git", "vscode-notebook-cell"])
def test_what_is_shown_of_a_file_is_not_its_text(shelf: Shelf, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "a.py"
    path.write_text("on disk\n")
    other = document(f"{scheme}:{path.as_posix()}?old#1", "another text\n")
    shelf.put(other)
    assert text_of(shelf.read(path)) == "on disk\n"
    shelf.put(document(path.as_uri(), "in the editor\n"))
    shown = shelf.source(other)
    assert shown is not None and text_of(shelf.now(shown)) == "another text\n"
    shelf.take(other.uri)
    assert shelf.now(shown) is None
    assert text_of(shelf.read(path)) == "in the editor\n"


def test_a_file_is_open_under_every_name_of_its_folder(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "a.py").write_text("on disk\n")
    uri = (tmp_path / "link" / "a.py").as_uri()
    shelf.put(document(uri, "in the editor\n"))
    assert text_of(shelf.read(tmp_path / "real" / "a.py")) == "in the editor\n"
    shelf.take(uri)
    assert text_of(shelf.read(tmp_path / "real" / "a.py")) == "on disk\n"


def test_uris_that_name_nothing_are_documents_as_well(shelf: Shelf) -> None:
    for uri in ("", "weird", "http://[bad/a.py", "file:///%00.py", "file://[bad/a.py"):
        shelf.put(document(uri, "x\n"))
        shelf.take(uri)


def test_a_document_that_is_not_saved_can_be_edited_only(shelf: Shelf, tmp_path: Path) -> None:
    source = shelf.source(document("untitled:Untitled-1", "x = 1\n"))
    assert source is not None
    ground = terrain(tmp_path)
    change = land(Proposal((Replace(source.name, "x", "y"),)), {source.name: source}, ground)
    assert [(each.uri, each.after) for each in change.files] == [("untitled:Untitled-1", "y = 1\n")]
    for operation in (Delete(source.name), Move(source.name, "a.py")):
        with pytest.raises(Unfit, match="can only be edited"):
            land(Proposal((operation,)), {source.name: source}, ground)
