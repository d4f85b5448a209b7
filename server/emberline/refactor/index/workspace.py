"""The workspace's index: fills itself in the background, follows the editor and the disk."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118, PTH119

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from emberline.config.places import all_spellings
from emberline.documents.store import Document
from emberline.privacy.files import path_of
from emberline.refactor.index.child import Child
from emberline.refactor.index.desk import Desk
from emberline.refactor.index.known import Known
from emberline.refactor.index.messages import (
    Absent,
    Answer,
    Batch,
    Done,
    Found,
    Look,
    Read,
    Request,
    Setting,
    Walk,
    Walked,
)
from emberline.refactor.index.postings import layer_of
from emberline.refactor.index.view import View

_SLICE_SECONDS = 0.001
"""Work on the event loop, before others have their turn."""
_TOGETHER_SECONDS = 0.2
"""File events that come within this time are looked at together."""
_QUIET_SECONDS = 0.4
"""A changed document is read when nobody has typed for so long."""
_IDLE_SECONDS = 30.0
"""The child process ends when nothing was asked of it for so long; the next request starts another."""
_READ_AT_ONCE = 200
_MOST_DEATHS = 2
_IGNORE_FILES = frozenset((".gitignore", ".emberlineignore", "exclude"))


class WorkspaceIndex:
    """One for all folders of a workspace. All but `view` belongs to one event loop."""

    def __init__(
        self,
        folders: Iterable[Path],
        exclude: Iterable[str] = (),
        may_read: Callable[[Path], bool] = lambda path: True,
    ) -> None:
        """`exclude`: `privacy.exclude`. `may_read` is asked before a file is read, and once more after."""
        self._folders = tuple(dict.fromkeys(folder.absolute() for folder in folders))
        self._setting = Setting(self._folders, tuple(exclude))
        self._may_read = may_read
        self._known = Known(self._folders, lambda: self._desk.read_changed())
        self._desk = Desk(self._known.put)
        self._waiting: deque[Request] = deque()
        self._asked: deque[Request] = deque()
        self._changed: set[str] = set()
        self._found: set[str] = set()
        self._has_work, self._has_changes, self._has_unread = (
            asyncio.Event(),
            asyncio.Event(),
            asyncio.Event(),
        )
        self._settled = asyncio.Event()
        self._touched = 0.0
        self._deaths = 0
        self._tasks: list[asyncio.Task[None]] = []

    # -- for those who ask ----------------------------------------------------------------------------

    @property
    def view(self) -> View:
        return self._known

    async def start(self) -> None:
        """Begins to fill the index, once."""
        if self._tasks:
            return
        self._ask(Walk())
        jobs = (self._work(), self._gather_changes(), self._read_documents())
        self._tasks = [asyncio.create_task(job) for job in jobs]

    async def ready(self) -> None:
        """Returns when all that is known to be there has been read, or nothing more will be."""
        await self._settled.wait()
        await self.fresh()

    async def fresh(self) -> None:
        """Reads the open documents as they are now, in a thread. Else the next question does it."""
        for uri in self._desk.unread():
            await asyncio.to_thread(self._desk.read_one, uri)

    async def close(self) -> None:
        """Ends all that runs."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._settled.set()

    # -- for those who tell ---------------------------------------------------------------------------

    def opened(self, document: Document) -> None:
        path = self._spelt(path_of(document.uri)) if document.uri.startswith("file:") else None
        if path is not None and self._may_read(path):
            self._desk.opened(document, path)
            self._touch()

    def changed(self, document: Document) -> None:
        """Costs microseconds: nothing is read yet."""
        self._desk.changed(document)
        self._touch()

    def closed(self, uri: str) -> None:
        path = self._desk.closed(uri)
        if path is not None:
            self._look_at((path,))

    def files_changed(self, paths: Iterable[Path]) -> None:
        """These files or folders came, went or were written."""
        spelt = (self._spelt(path) for path in paths)
        self._look_at(tuple(str(path) for path in spelt if path is not None))

    def read_again(self) -> None:
        """Looks through the whole workspace for what has changed without a word from the editor, and for what
        may be read since the policy has changed. Files that are as they were are not read."""
        if self._tasks and not self._is_given_up:
            self._ask(Walk())

    # -- work -----------------------------------------------------------------------------------------

    @property
    def _is_given_up(self) -> bool:
        return self._deaths >= _MOST_DEATHS

    def _touch(self) -> None:
        self._touched = time.monotonic()
        self._has_unread.set()

    def _spelt(self, path: Path) -> Path | None:
        """The path as the workspace's folders spell it; None where it lies in none of them."""
        for spelling in (path, *all_spellings((path.parent,))[1:]):
            each = path if spelling is path else spelling / path.name
            for folder in self._folders:
                for root in all_spellings((folder,)):
                    if each.is_relative_to(root):
                        return folder / each.relative_to(root)
        return None

    def _look_at(self, paths: tuple[str, ...]) -> None:
        if paths and self._tasks and not self._is_given_up:
            self._changed.update(paths)
            self._settled.clear()
            self._has_changes.set()

    def _ask(self, request: Request) -> None:
        if self._is_given_up:
            self._settled.set()
            return
        self._settled.clear()
        self._waiting.append(request)
        self._has_work.set()

    async def _gather_changes(self) -> None:
        while True:
            await self._has_changes.wait()
            await asyncio.sleep(_TOGETHER_SECONDS)
            self._has_changes.clear()
            paths, self._changed = self._changed, set()
            if any(os.path.basename(path) in _IGNORE_FILES for path in paths):
                self._ask(Walk())
            self._ask(Look(tuple(sorted(paths))))

    async def _read_documents(self) -> None:
        while True:
            await self._has_unread.wait()
            while (left := self._touched + _QUIET_SECONDS - time.monotonic()) > 0:
                await asyncio.sleep(left)
            self._has_unread.clear()
            await self.fresh()

    async def _work(self) -> None:
        """Starts a child when there is work, and another one if it dies over it, once."""
        while not self._is_given_up:
            await self._has_work.wait()
            try:
                child = await Child.start(self._setting)
            except OSError:
                self._deaths += 1
                continue
            try:
                if await self._converse(child):
                    self._has_work.clear()
                    if self._waiting:
                        self._has_work.set()
                    continue
            finally:
                await child.stop()
            self._deaths += 1
            self._waiting.extendleft(reversed(self._asked))
            self._asked.clear()
            self._found.clear()
            self._has_work.set()
        self._known.is_complete = False
        self._waiting.clear()
        self._settled.set()

    async def _converse(self, child: Child) -> bool:
        """Asks and takes in until there is nothing more to do; False if the child has ended before."""
        receiving = asyncio.create_task(child.receive())
        work = asyncio.create_task(self._has_work.wait())
        try:
            while True:
                while self._waiting and len(self._asked) < 2:
                    request = self._waiting.popleft()
                    self._asked.append(request)
                    await child.send(request)
                self._has_work.clear()
                if work.done():
                    work = asyncio.create_task(self._has_work.wait())
                idle = None if self._asked else _IDLE_SECONDS
                done, _ = await asyncio.wait(
                    (receiving, work), timeout=idle, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    return True
                if receiving in done:
                    answer = receiving.result()
                    if answer is None:
                        return False
                    receiving = asyncio.create_task(child.receive())
                    await self._take(answer)
        finally:
            for task in (receiving, work):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _take(self, answer: Answer) -> None:
        match answer:
            case Found():
                await self._admit(answer)
            case Walked(folder):
                await self._drop_unfound(folder)
            case Absent(paths):
                for path in paths:
                    if not self._desk.holds(path):
                        self._known.remove(path)
            case Batch(records, entries):
                layer = layer_of(records, entries)
                await _in_slices(self._known.take(layer, self._may_take))
                await _in_slices(self._known.tidying())
            case Done():
                self._asked.popleft()
                self._found.clear()
                if not (self._asked or self._waiting or self._changed):
                    self._known.is_complete = True
                    self._settled.set()

    def _may_take(self, path: str) -> bool:
        return not self._desk.holds(path) and self._may_read(Path(path))

    async def _admit(self, found: Found) -> None:
        """Has those read that may be; a walk's only where they are not known as they are now."""
        is_walk = isinstance(self._asked[0], Walk)
        wanted: list[str] = []

        def steps() -> Iterator[None]:
            for path, written in zip(found.paths, found.written, strict=True):
                if self._may_read(Path(path)):
                    self._found.add(path)
                    is_known = is_walk and self._known.written(path) == written
                    if not self._desk.holds(path) and not is_known:
                        wanted.append(path)
                yield

        await _in_slices(steps())
        for start in range(0, len(wanted), _READ_AT_ONCE):
            self._ask(Read(tuple(wanted[start : start + _READ_AT_ONCE])))

    async def _drop_unfound(self, folder: str) -> None:
        def steps() -> Iterator[None]:
            head = os.path.join(folder, "")
            for path in self._known.paths():
                if path.startswith(head) and path not in self._found and not self._desk.holds(path):
                    self._known.remove(path)
                yield

        await _in_slices(steps())


async def _in_slices(steps: Iterator[None]) -> None:
    until = time.perf_counter() + _SLICE_SECONDS
    for _ in steps:
        if time.perf_counter() >= until:
            await asyncio.sleep(0)
            until = time.perf_counter() + _SLICE_SECONDS
