"""The instant lane's memory: documents as they stand, and files where none is open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from emberline.completion.context import Context
from emberline.completion.recall import library as library_module
from emberline.completion.recall.index import LineIndex
from emberline.completion.recall.library import Library
from emberline.documents.store import Document, Edit
from emberline.documents.text import Point, Text
from emberline.privacy import files
from emberline.privacy.files import Boundaries

from .scripted import settled

LINE = "result = collect_everything(sources, limit)"
URI = "file:///project/a.py"


def library() -> Library:
    return Library(LineIndex(2_000_000), 8)


def document(text: str, uri: str = URI) -> Document:
    return Document(uri, "python", 1, Text.of(text))


def recalled(known: Library, text: str, uri: str = URI) -> str | None:
    """What is recalled at the end of `text`."""
    now = document(text, uri)
    found = known.recall(uri, Context.of(now, now.text.end), now.text.end.line)
    assert found is None or 0 <= found.confidence <= 1
    return found.text if found else None


def test_a_line_of_an_open_document_is_recalled() -> None:
    known = library()
    known.opened(document(f"{LINE}\nx = 1\n"))
    assert recalled(known, f"{LINE}\nx = 1\nresult = collect_ev") == "erything(sources, limit)"
    assert recalled(known, f"{LINE}\nx = 1\nzzz = nothing_like") is None


def test_an_edited_line_is_known_once_the_cursor_has_left_it() -> None:
    known = library()
    before = document("\nx = 1\n")
    known.opened(before)
    place = Point(0, 0)
    edited = document(f"{LINE}\nx = 1\n")
    known.changed(edited, (Edit(place, place, LINE),))
    assert recalled(known, "result = collect_ev") is None  # the cursor's own line
    place = Point(2, 0)
    known.changed(document(f"{LINE}\nx = 1\nresult"), (Edit(place, place, "result"),))
    assert recalled(known, f"{LINE}\nx = 1\nresult = collect_ev") == "erything(sources, limit)"


def test_several_edits_at_once_are_taken_as_a_new_text() -> None:
    known = library()
    known.opened(document(f"{LINE}\n"))
    edits = (Edit(Point(0, 0), Point(0, 6), "total"), Edit(Point(1, 0), Point(1, 0), "\n"))
    known.changed(document("total = collect_everything(sources, limit)\n\n"), edits)
    assert recalled(known, "\n\ntotal = collect_ev") == "erything(sources, limit)"


def test_a_closed_documents_text_stays_known() -> None:
    known = library()
    known.opened(document(f"{LINE}\n"))
    known.closed(URI)
    assert recalled(known, "result = collect_ev", "file:///project/b.py") == "erything(sources, limit)"


async def test_a_long_document_is_entered_in_steps_and_dropped_when_it_goes() -> None:
    known = library()
    known.opened(document("".join(f"value_{n} = {n}\n" for n in range(2000)) + f"{LINE}\n"))
    known.closed(URI)
    await settled()
    assert recalled(known, "result = collect_ev", "file:///project/b.py") is None


async def test_files_of_the_workspace_are_recalled_and_counted(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(f"{LINE}\n")
    known = library()
    await known.scan((tmp_path,))
    assert known.stats()["files"] == 1
    assert recalled(known, "result = collect_ev") == "erything(sources, limit)"


async def test_an_open_document_counts_instead_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "other.py"
    path.write_text(f"{LINE}\n")
    known = library()
    known.opened(document("x = 1\n", path.as_uri()))
    await known.scan((tmp_path,))
    assert recalled(known, "result = collect_ev") is None


async def test_what_no_model_may_read_is_neither_scanned_nor_entered(tmp_path: Path) -> None:
    line = "    connection = connect_to_the_database(host, port, password)\n"
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "a.py").write_text(line * 3)
    (tmp_path / "b.py").write_text(line * 3)
    (tmp_path / ".gitignore").write_text("!secrets/\n!secrets/a.py\n")  # takes nothing back
    boundaries = Boundaries((tmp_path,), exclude=("secrets/",))
    library = Library(
        LineIndex(1_000_000), 8, lambda uri: boundaries.label(uri) is not None, exclude=("secrets/",)
    )
    await library.scan((tmp_path,))
    library.opened(Document((tmp_path / "secrets" / "c.py").as_uri(), "python", 1, Text.of(line * 3)))
    library.opened(Document((tmp_path / ".env").as_uri(), "properties", 1, Text.of("KEY=1\n" * 3)))
    assert set(library.index.sources) == {(tmp_path / "b.py").as_uri()}


class Policy:
    """What may be recalled from; how often it was asked."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.asked = 0

    def may_read(self, uri: str) -> bool:
        self.asked += 1
        return uri not in self.refused


async def test_what_is_excluded_during_a_scan_is_not_entered_any_more(tmp_path: Path) -> None:
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    for path in (first, second):
        path.write_text(f"{LINE}\n")
    policy = Policy()

    def may_read(uri: str) -> bool:
        policy.refused.add(second.as_uri())  # once the folder was walked, and a file is about to be entered
        return policy.may_read(uri)

    known = Library(LineIndex(2_000_000), 8, may_read)
    await known.scan((tmp_path,))
    assert known.index.sources == {first.as_uri()}
    assert known.stats()["files"] == 1


def test_what_was_excluded_since_is_not_recalled_but_forgotten() -> None:
    policy = Policy()
    known = Library(LineIndex(2_000_000), 8, policy.may_read)
    known.opened(document("result = collect_evidence(case)\n", "file:///project/other.py"))
    known.opened(document(f"{LINE}\n"))
    policy.refused.add(URI)
    asking = "file:///project/b.py"
    assert recalled(known, "result = collect_ev", asking) is None
    assert known.index.sources == {"file:///project/other.py"}
    assert recalled(known, "result = collect_ev", asking) == "idence(case)"


async def test_a_line_in_an_ignore_file_ends_what_is_recalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "RECHECK_SECONDS", 0.0)
    (tmp_path / "a.py").write_text(f"{LINE}\n")
    boundaries = Boundaries((tmp_path,))
    known = Library(LineIndex(2_000_000), 8, lambda uri: boundaries.label(uri) is not None)
    await known.scan((tmp_path,))
    asking = (tmp_path / "b.py").as_uri()
    assert recalled(known, "result = collect_ev", asking) == "erything(sources, limit)"
    (tmp_path / ".emberlineignore").write_text("a.py\n")
    assert recalled(known, "result = collect_ev", asking) is None
    assert not known.index.sources


async def test_the_unreadable_is_forgotten_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "_SLICE_SECONDS", 0.0)
    policy = Policy()
    known = Library(LineIndex(2_000_000), 8, policy.may_read)
    uris = [f"file:///project/{number}.py" for number in range(5)]
    for uri in uris:
        known.opened(document(f"{LINE}\n", uri))
    policy.refused.update(uris[1:4])
    policy.asked = 0
    forgetting = asyncio.create_task(known.forget_unreadable())
    await asyncio.sleep(0)
    assert policy.asked == 1
    await forgetting
    assert policy.asked == 5
    assert known.index.sources == {uris[0], uris[4]}
