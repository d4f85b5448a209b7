"""The index of questions with its real process: what it reads, and how it follows what changes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from emberline.documents.store import Document
from emberline.documents.text import Text
from emberline.tasks.questions import library as libraries
from emberline.tasks.questions.index import QuestionIndex, SingleIndex, Unreadable
from emberline.tasks.questions.library import Library, Setting
from emberline.tasks.questions.pool import WORTH_FILES

FILES = {
    "store.py": "def shut(sessions):\n    'Closes every session.'\n",
    "deep/more/money.py": "def price_of(basket):\n    'What a basket costs.'\n",
    ".emberlineignore": "hidden/\n",
    ".gitignore": "built/\n",
    "hidden/one.py": "def session_hidden():\n    pass\n",
    "built/two.py": "def session_built():\n    pass\n",
    "excluded/three.py": "def session_excluded():\n    pass\n",
    ".env": "SESSION=secret\n",
    "node_modules/x.js": "function session() {}\n",
    "binary.py": "session\0",
    "large.txt": "session " * 200_000,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[QuestionIndex]:
    index = QuestionIndex((folder,))
    try:
        yield index
    finally:
        await index.close()


def readers() -> list[psutil.Process]:
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.Error):  # it has just ended
            if "emberline.tasks.questions.reader" in each.cmdline():
                found.append(each)
    return found


async def names(
    index: QuestionIndex | SingleIndex, question: str, exclude: tuple[str, ...] = ("excluded/",)
) -> list[str]:
    found = await index.search(question, 10, exclude, lambda done, of: None)
    return [hit.name for hit in found.hits]


async def test_what_may_not_be_read_is_not_in_the_index(folder: Path) -> None:
    async with opened(folder) as index:
        assert await names(index, "where is a session?") == ["store.py"]
        loose = await names(index, "where is a session?", ())
        assert sorted(loose) == ["excluded/three.py", "store.py"]
        assert await names(index, "where is a session?") == ["store.py"]  # the policy was tightened again


async def test_nothing_runs_before_the_first_question_and_nothing_after_the_end(folder: Path) -> None:
    async with opened(folder) as index:
        index.files_changed([(folder / "store.py").as_uri()])
        assert readers() == []
        await names(index, "session")
        assert len(readers()) == 1
        assert hasattr(os, "nice") is False or readers()[0].nice() > psutil.Process().nice()
    assert readers() == []


async def test_what_changes_on_disk_is_found_by_the_next_question(folder: Path) -> None:
    async with opened(folder) as index:
        assert await names(index, "zebra") == []
        write(folder, "new.py", "def zebra():\n    pass\n")
        write(folder, "store.py", "def shut(zebras):\n    pass\n")
        assert sorted(await names(index, "zebra")) == ["new.py", "store.py"]
        (folder / "new.py").unlink()
        write(folder, ".emberlineignore", "store.py\n")
        assert await names(index, "zebra") == []
        assert await names(index, "session", ()) != []


async def test_file_events_are_followed_without_a_question(folder: Path) -> None:
    async with opened(folder) as index:
        await names(index, "session")
        path = write(folder, "new.py", "def zebra():\n    pass\n")
        index.files_changed([path.as_uri(), "untitled:Untitled-1", (folder.parent / "else.py").as_uri()])
        while index._changed:
            await asyncio.sleep(0.01)
        assert await names(index, "zebra") == ["new.py"]


async def test_events_are_followed_though_a_question_comes_between(folder: Path) -> None:
    async with opened(folder) as index:
        await names(index, "session")
        for name in ("new.py", "newer.py"):
            path = write(folder, name, "def zebra():\n    pass\n")
            index.files_changed([path.as_uri()])
            assert await names(index, "session") == ["store.py"]
            async with asyncio.timeout(10):
                while index._changed:
                    await asyncio.sleep(0.01)


async def test_an_open_document_stands_in_the_place_of_its_file(folder: Path) -> None:
    uri = (folder / "store.py").as_uri()

    def document(text: str, version: int, uri: str = uri) -> Document:
        return Document(uri, "python", version, Text.of(text))

    async with opened(folder) as index:
        index.document_opened(document(FILES["store.py"], 1))
        assert await names(index, "session") == ["store.py"]
        index.document_changed(document("def zebra():\n    pass\n", 2))
        assert await names(index, "zebra") == ["store.py"] and await names(index, "session") == []
        write(folder, "store.py", "def giraffe():\n    pass\n")
        assert await names(index, "giraffe") == []
        index.document_closed(uri)
        assert await names(index, "giraffe") == ["store.py"] and await names(index, "zebra") == []
        # What no model may read is not read from the editor either.
        index.document_opened(document("def okapi():\n    pass\n", 1, (folder / "hidden/one.py").as_uri()))
        index.document_opened(document("def okapi():\n    pass\n", 1, (folder / ".env").as_uri()))
        assert await names(index, "okapi") == []


async def test_a_process_that_was_killed_is_replaced(folder: Path) -> None:
    async with opened(folder) as index:
        index.document_opened(
            Document((folder / "store.py").as_uri(), "python", 1, Text.of("def zebra():\n    pass\n"))
        )
        assert await names(index, "zebra") == ["store.py"]
        readers()[0].send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        assert await names(index, "zebra") == ["store.py"]
        assert len(readers()) == 1


async def test_who_stops_waiting_does_not_stop_the_reading(folder: Path) -> None:
    async with opened(folder) as index:
        asking = asyncio.ensure_future(names(index, "session"))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await names(index, "session") == ["store.py"]
        assert len(readers()) == 1


async def test_a_closed_index_says_so(folder: Path) -> None:
    index = QuestionIndex((folder,))
    await index.close()
    with pytest.raises(Unreadable):
        await names(index, "session")


async def test_a_single_question_leaves_nothing_behind(folder: Path) -> None:
    assert await names(SingleIndex((folder,)), "where is a session?") == ["store.py"]
    assert readers() == []


async def test_a_single_question_can_be_broken_off(folder: Path) -> None:
    asking = asyncio.ensure_future(names(SingleIndex((folder,)), "session"))
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert readers() == []


def test_several_processes_read_the_same_as_one(tmp_path: Path) -> None:
    for number in range(WORTH_FILES + 5):
        write(tmp_path, f"f{number}.py", f"def name_{number}():\n    return camelCase\n")
    told: list[tuple[int, int]] = []
    found = []
    for jobs in (1, 2):
        made = Library(Setting((tmp_path,), (), jobs))
        made.refresh(lambda done, of: told.append((done, of)))
        found.append([hit.name for hit in made.search("camel case name_7", 20).hits])
        made.close()
    assert found[0] == found[1] and found[0][0] == "f7.py"
    assert told[0] == (0, WORTH_FILES + 5) and told[-1] == (WORTH_FILES + 5, WORTH_FILES + 5)


def test_a_large_workspace_is_sifted_for_one_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "SMALL_BYTES", 100)
    monkeypatch.setattr(libraries, "KEPT_BYTES", 120)
    for number in range(20):
        write(tmp_path, f"f{number}.py", f"def session_{number}():\n    return 1\n")
    write(tmp_path, "z.py", "def close_the_session():\n    return 1\n")
    made = Library(Setting((tmp_path,)))
    made.sift("how is a session closed?")
    found = made.search("how is a session closed?", 10)
    assert found.hits[0].name == "z.py" and 1 < found.files < 21
    made.close()


def test_what_is_too_much_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "MOST_FILES", 2)
    for name in ("a.py", "b.py", "c.py"):
        write(tmp_path, name, "def session():\n    pass\n")
    made = Library(Setting((tmp_path,)))
    made.refresh()
    found = made.search("session", 10)
    assert found.files == 2 and not found.is_whole
    made.close()


def test_files_of_several_folders_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "one/a.py", "def session():\n    pass\n")
    write(tmp_path, "two/a.py", "def session():\n    pass\n")
    made = Library(Setting((tmp_path / "one", tmp_path / "two", tmp_path / "one")))
    made.refresh()
    assert sorted(hit.name for hit in made.search("session", 10).hits) == ["one/a.py", "two/a.py"]
    made.close()
