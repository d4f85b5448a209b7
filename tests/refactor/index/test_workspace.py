"""The whole index on a real folder, with its real child process."""

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
from emberline.refactor.index.child import Child
from emberline.refactor.index.known import Known
from emberline.refactor.index.messages import Read, Request, Setting
from emberline.refactor.index.workspace import WorkspaceIndex


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@asynccontextmanager
async def started(index: WorkspaceIndex) -> AsyncIterator[WorkspaceIndex]:
    await index.start()
    try:
        await index.ready()
        yield index
    finally:
        await index.close()


def defining(index: WorkspaceIndex, root: Path, name: str) -> list[str]:
    return [each.path.relative_to(root).as_posix() for each in index.view.definitions(name)]


def document(path: Path, text: str, version: int = 1) -> Document:
    return Document(path.as_uri(), "python", version, Text.of(text))


def children() -> list[int]:
    """The index's processes, of this one alone, that run."""
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.Error):  # it has just ended
            if "emberline.refactor.index.builder" in each.cmdline():
                found.append(each.pid)
    return found


def stamps(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (root, *root.rglob("*"))}


async def test_a_workspace_is_read_and_asked(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "shop/store.py": "class Shelf: ...\n",
            "shop/__init__.py": "from .store import Shelf\n",
            "app.py": "from shop import Shelf\nShelf()\n",
            "notes.md": "The Shelf holds.\n",
            ".gitignore": "generated/\n",
            "generated/x.py": "class Shelf: ...\n",
            ".env": "Shelf=1\n",
            "min.js": "function Shelf(){};" * 1_000,
            "binary.py": "Shelf\0",
            "empty.py": "",
            "windows.py": "\ufeffclass Shelf:\r\n    pass\r\n",
        },
    )
    index = WorkspaceIndex((tmp_path,), ("app_excluded.py",))
    assert not index.view.is_complete
    async with started(index):
        view = index.view
        assert view.is_complete
        assert defining(index, tmp_path, "Shelf") == ["shop/store.py", "windows.py"]
        assert view.importers(tmp_path / "shop/store.py", "Shelf") == (
            tmp_path / "app.py",
            tmp_path / "shop/__init__.py",
        )
        assert tmp_path / "notes.md" in view.mentions("Shelf")
        assert view.files == 5
    assert children() == []


async def test_what_may_not_be_read_is_not_in_it(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "secret = 1\n", "b.py": "secret = 2\n", "c.py": "secret = 3\n"})
    forbidden = {tmp_path / "a.py"}
    index = WorkspaceIndex((tmp_path,), ("c.py",), lambda path: path not in forbidden)
    async with started(index):
        assert defining(index, tmp_path, "secret") == ["b.py"]
        index.opened(document(tmp_path / "a.py", "secret = 4\n"))
        await index.fresh()
        assert defining(index, tmp_path, "secret") == ["b.py"]
        forbidden.add(tmp_path / "b.py")
        index.read_again()
        await index.ready()
        assert defining(index, tmp_path, "secret") == []
        assert index.view.mentions("secret") == ()


async def test_it_follows_the_disk(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n", "old/b.py": "one = 1\n", "old/c.py": "two = 1\n"})
    index = WorkspaceIndex((tmp_path,))
    async with started(index):
        write(tmp_path, {"a.py": "two = 1\n", "new/deep/d.py": "one = 1\n", "node_modules/e.py": "one = 1\n"})
        (tmp_path / "old" / "b.py").unlink()
        index.files_changed((tmp_path / "a.py", tmp_path / "old/b.py", tmp_path / "node_modules/e.py"))
        index.files_changed((tmp_path / "new",))
        await index.ready()
        assert defining(index, tmp_path, "one") == ["new/deep/d.py"]
        assert defining(index, tmp_path, "two") == ["a.py", "old/c.py"]

        (tmp_path / "old").rename(tmp_path / "moved")
        index.files_changed((tmp_path / "old", tmp_path / "moved"))
        await index.ready()
        assert defining(index, tmp_path, "two") == ["a.py", "moved/c.py"]

        write(tmp_path, {".gitignore": "moved/\n"})
        index.files_changed((tmp_path / ".gitignore",))
        await index.ready()
        assert defining(index, tmp_path, "two") == ["a.py"]
        assert index.view.is_complete


async def test_what_is_open_counts_as_it_is_in_the_editor(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n", "b.py": "from a import one\n"})
    path = tmp_path / "a.py"
    index = WorkspaceIndex((tmp_path,))
    async with started(index):
        index.opened(document(path, "one = 1\n"))
        index.changed(document(path, "one = 1\ntyped = 2\n", 2))
        assert defining(index, tmp_path, "typed") == ["a.py"]
        assert index.view.importers(path, "one") == (tmp_path / "b.py",)
        found = index.view.definitions("typed")[0].definition
        assert found.name_span == (8, 13)

        write(tmp_path, {"a.py": "disk = 1\n"})
        index.files_changed((path,))
        await index.ready()
        assert defining(index, tmp_path, "disk") == []
        assert defining(index, tmp_path, "typed") == ["a.py"]

        index.closed(path.as_uri())
        await index.ready()
        assert defining(index, tmp_path, "disk") == ["a.py"]
        assert defining(index, tmp_path, "typed") == []


async def test_a_document_without_a_file_of_the_workspace_is_none_of_ours(tmp_path: Path) -> None:
    write(tmp_path, {"w/a.py": "one = 1\n", "other.py": "one = 1\n"})
    index = WorkspaceIndex((tmp_path / "w",))
    async with started(index):
        index.opened(Document("untitled:Untitled-1", "python", 1, Text.of("one = 1")))
        index.opened(document(tmp_path / "other.py", "one = 1\n"))
        index.changed(document(tmp_path / "other.py", "one = 2\n"))
        index.changed(document(tmp_path / "w/a.py", "never_opened = 2\n"))
        index.closed("untitled:Untitled-1")
        index.files_changed((tmp_path / "other.py",))
        await index.ready()
        assert index.view.files == 1
        assert index.view.mentions("never_opened") == ()


async def test_a_new_document_is_known_before_it_is_saved_and_gone_when_it_never_is(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n"})
    path = tmp_path / "new.py"
    index = WorkspaceIndex((tmp_path,))
    async with started(index):
        index.opened(document(path, "fresh = 1\n"))
        await index.fresh()
        assert defining(index, tmp_path, "fresh") == ["new.py"]
        index.closed(path.as_uri())
        await index.ready()
        assert index.view.definitions("fresh") == ()
        assert index.view.files == 1


async def test_paths_are_as_the_folders_spell_them(tmp_path: Path) -> None:
    write(tmp_path, {"real/a.py": "one = 1\n"})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    index = WorkspaceIndex((tmp_path / "link",))
    async with started(index):
        assert [each.path for each in index.view.definitions("one")] == [tmp_path / "link" / "a.py"]
        write(tmp_path, {"real/a.py": "two = 1\n"})
        index.files_changed((tmp_path / "real" / "a.py",))
        await index.ready()
        assert [each.path for each in index.view.definitions("two")] == [tmp_path / "link" / "a.py"]
        index.opened(document(tmp_path / "real" / "a.py", "three = 1\n"))
        await index.fresh()
        assert [each.path for each in index.view.definitions("three")] == [tmp_path / "link" / "a.py"]


async def test_folders_within_folders_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n", "in/b.py": "one = 1\n"})
    index = WorkspaceIndex((tmp_path / "in", tmp_path))
    async with started(index):
        assert defining(index, tmp_path, "one") == ["a.py", "in/b.py"]
        assert index.view.files == 2


async def test_no_folder_is_an_empty_workspace() -> None:
    index = WorkspaceIndex(())
    async with started(index):
        assert index.view.is_complete and index.view.files == 0


async def killed(times: int) -> None:
    """Ends the child as often as another one comes, before it can answer."""
    seen: set[int] = set()
    while len(seen) < times:
        for child in children():
            if child not in seen:
                seen.add(child)
                os.kill(child, signal.SIGKILL)
        await asyncio.sleep(0.005)


async def test_a_child_that_dies_is_started_again_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n"})
    index = WorkspaceIndex((tmp_path,))
    await index.start()
    try:
        await killed(1)
        await index.ready()
        assert index.view.is_complete
        assert defining(index, tmp_path, "one") == ["a.py"]
    finally:
        await index.close()


async def test_a_child_that_dies_again_is_given_up_and_said_so(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n"})
    index = WorkspaceIndex((tmp_path,))
    await index.start()
    try:
        await killed(2)
        await index.ready()
        assert not index.view.is_complete
        index.files_changed((tmp_path / "a.py",))
        index.read_again()
        index.opened(document(tmp_path / "a.py", "two = 1\n"))
        await index.ready()
        assert not index.view.is_complete
        assert defining(index, tmp_path, "two") == ["a.py"]
        assert children() == []
    finally:
        await index.close()


async def test_nothing_runs_before_the_start_and_after_the_close(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n"})
    index = WorkspaceIndex((tmp_path,))
    index.files_changed((tmp_path / "a.py",))
    index.opened(document(tmp_path / "a.py", "one = 1\n"))
    assert children() == []
    await index.start()
    await index.start()
    await index.close()
    await index.close()
    assert children() == []
    for pause in (0.0, 0.01, 0.05, 0.2):  # wherever its start may stand
        index = WorkspaceIndex((tmp_path,))
        await index.start()
        await asyncio.sleep(pause)
        await index.close()
        assert children() == []
    assert isinstance(index.view, Known)


async def test_nothing_is_written_to_disk(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "one = 1\n", "b/c.ts": "export const two = 1;\n"})
    before = stamps(tmp_path)
    async with started(WorkspaceIndex((tmp_path,))):
        pass
    assert stamps(tmp_path) == before


async def test_code_of_the_workspace_is_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    trap = f"open({str(marker)!r}, 'w').close()\n"
    write(tmp_path, {"emberline/__init__.py": trap, "tree_sitter.py": trap, "sitecustomize.py": trap})
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        async with started(WorkspaceIndex((tmp_path,))) as index:
            assert index.view.files == 3
    finally:
        os.chdir(before)
    assert not marker.exists()


async def test_what_others_write_without_a_word_is_found_by_looking_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what nobody wrote is not read once more."""
    write(tmp_path, {f"{name}.py": f"{name}_one = 1\n" for name in "abc"})
    asked: list[str] = []
    send = Child.send

    async def overheard(child: Child, request: Request | Setting) -> None:
        if isinstance(request, Read):
            asked.extend(Path(path).name for path in request.paths)
        await send(child, request)

    monkeypatch.setattr(Child, "send", overheard)
    index = WorkspaceIndex((tmp_path,))
    async with started(index):
        assert sorted(asked) == ["a.py", "b.py", "c.py"]
        asked.clear()
        write(tmp_path, {"a.py": "a_two = 1\n", "d.py": "d_one = 1\n"})
        os.utime(tmp_path / "a.py", ns=(1, 1))
        (tmp_path / "c.py").unlink()
        index.read_again()
        await index.ready()
        names = ("a_one", "a_two", "b_one", "c_one", "d_one")
        assert [defining(index, tmp_path, name) for name in names] == [[], ["a.py"], ["b.py"], [], ["d.py"]]
    assert sorted(asked) == ["a.py", "d.py"]
