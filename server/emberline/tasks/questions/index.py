"""The workspace's passages for those who ask: a reader process that is started when it is needed, kept up to
date, and ended when nobody has asked for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from emberline.backends.engine import allowed_cores
from emberline.config.places import all_spellings
from emberline.documents.store import Document
from emberline.errors import UserError
from emberline.privacy.files import path_of
from emberline.tasks.questions.child import Gone, Reader
from emberline.tasks.questions.findings import Findings
from emberline.tasks.questions.library import Setting
from emberline.tasks.questions.messages import Look, Open, Refresh, Request, Search, Sift

_T = TypeVar("_T")
Watch = Callable[[int, int], None]
"""Told on the event loop how many files of how many have been read."""
IDLE_SECONDS = 900.0
"""The index is given up when nobody has asked for so long; the next question builds it anew."""
_TOGETHER_SECONDS = 1.0
"""File events that come within this time are looked at together."""
_MOST_JOBS = 4


class Unreadable(UserError):
    """Why the workspace could not be read."""


class Index(Protocol):
    """Where the passages of a workspace are sought."""

    async def search(self, question: str, most: int, exclude: Sequence[str], watch: Watch) -> Findings:
        """The best passages of the workspace as it is now; `exclude` is `privacy.exclude`. Raises
        `Unreadable`."""
        ...


class SingleIndex:
    """For a command that asks once: it reads as quickly as the machine can, and no more than it needs."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    async def search(self, question: str, most: int, exclude: Sequence[str], watch: Watch) -> Findings:
        setting = Setting(self._folders, tuple(exclude), min(_MOST_JOBS, allowed_cores()))
        work = asyncio.ensure_future(asyncio.to_thread(_started, Reader, setting))
        try:
            reader = await asyncio.shield(work)
        except asyncio.CancelledError:
            reader = await work
            await asyncio.to_thread(reader.stop)
            raise
        asking = asyncio.ensure_future(
            asyncio.to_thread(_asked, reader, (Sift(question), Search(question, most)), _on_loop(watch))
        )
        try:
            return await asyncio.shield(asking)
        except Gone as error:
            raise Unreadable("the process that reads the workspace has ended") from error
        finally:
            await asyncio.to_thread(reader.stop)
            with suppress(Gone):
                await asking
            reader.close()


class QuestionIndex:
    """For a server: it follows the editor and the disk. All of it belongs to one event loop.

    Nothing runs before the first question. A keystroke costs a reference.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(dict.fromkeys(each.absolute() for each in folders))
        self._roots = [(root, each) for each in self._folders for root in all_spellings((each,))]
        self._lock = asyncio.Lock()
        self._reader: Reader | None = None
        self._setting: Setting | None = None
        self._paths: dict[str, str] = {}
        """Of the open documents, by their addresses."""
        self._open: dict[str, Document] = {}
        """By path."""
        self._sent: dict[str, Document] = {}
        """As the reader has them."""
        self._changed: set[str] = set()
        self._looks: asyncio.TimerHandle | None = None
        """For what has changed."""
        self._rests: asyncio.TimerHandle | None = None
        """When it has been idle for long."""
        self._work: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    # -- for those who tell ---------------------------------------------------------------------------

    def document_opened(self, document: Document) -> None:
        path = self._path_of(document.uri)
        if path is not None:
            self._paths[document.uri] = path
            self._open[path] = document

    def document_changed(self, document: Document) -> None:
        path = self._paths.get(document.uri)
        if path is not None:
            self._open[path] = document

    def document_closed(self, uri: str) -> None:
        path = self._paths.pop(uri, None)
        if path is not None:
            self._open.pop(path, None)

    def files_changed(self, uris: Iterable[str]) -> None:
        """These files or folders came, went or were written."""
        if self._reader is None:
            return
        paths = [path for uri in uris if (path := self._path_of(uri)) is not None]
        if paths and not self._changed:
            self._looks = _later(_TOGETHER_SECONDS, lambda: self._begin(self._look()))
        self._changed.update(paths)

    async def close(self) -> None:
        """Ends the reader; questions under way raise `Unreadable`."""
        self._is_closed = True
        for timer in filter(None, (self._looks, self._rests)):
            timer.cancel()
        if self._reader is not None:
            await asyncio.to_thread(self._reader.stop)
        await asyncio.gather(*self._work, return_exceptions=True)
        self._drop()

    # -- for those who ask ----------------------------------------------------------------------------

    async def search(self, question: str, most: int, exclude: Sequence[str], watch: Watch) -> Findings:
        """Who stops waiting does not stop the reading: the next question finds more of it done."""
        is_heard = True

        def heard(done: int, of: int) -> None:
            if is_heard:
                watch(done, of)

        work = self._begin(self._search(question, most, tuple(exclude), heard))
        try:
            return await asyncio.shield(work)
        finally:
            is_heard = False

    # -- work -----------------------------------------------------------------------------------------

    async def _search(self, question: str, most: int, exclude: tuple[str, ...], watch: Watch) -> Findings:
        setting = Setting(self._folders, exclude)
        async with self._lock:
            for _ in range(2):  # a reader that has ended is replaced once
                try:
                    reader = await self._ready(setting)
                    news = self._news()
                    texts = partial(_texts, news)
                    asked = partial(_conversation, reader, texts, question, most, _on_loop(watch))
                    findings = await asyncio.to_thread(asked)
                except Gone:
                    self._drop()
                    continue
                self._sent = {path: document for path, document in news.items() if document} | {
                    path: document for path, document in self._sent.items() if path not in news
                }
                self._rest()
                return findings
        raise Unreadable("the process that reads the workspace has ended")

    async def _look(self) -> None:
        async with self._lock:
            changed, self._changed = tuple(sorted(self._changed)), set()
            if self._reader is not None and changed:
                with suppress(Gone):  # the next question starts another
                    await asyncio.to_thread(self._reader.ask, Look(changed), lambda done, of: None)

    async def _ready(self, setting: Setting) -> Reader:
        if self._is_closed:
            raise Unreadable("the workspace is being closed")
        if self._reader is not None and self._setting != setting:  # other files may be read than before
            await asyncio.to_thread(self._reader.stop)
            self._drop()
        if self._reader is None:
            self._reader = await asyncio.to_thread(_started, Reader.in_background, setting)
            self._setting = setting
            if self._is_closed:
                await asyncio.to_thread(self._reader.stop)
        return self._reader

    def _news(self) -> dict[str, Document | None]:
        """What the reader does not know of the open documents."""
        closed: dict[str, Document | None] = {path: None for path in self._sent if path not in self._open}
        changed = {path: each for path, each in self._open.items() if self._sent.get(path) is not each}
        return closed | changed

    def _drop(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader, self._sent = None, {}

    def _rest(self) -> None:
        """Gives the index up after a while, unless somebody asks again."""
        if self._rests is not None:
            self._rests.cancel()
        self._rests = _later(IDLE_SECONDS, lambda: self._begin(self._give_up()))

    async def _give_up(self) -> None:
        async with self._lock:
            if self._reader is not None:
                await asyncio.to_thread(self._reader.stop)
                self._drop()

    def _begin(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits is told; with nobody left it is no news

    def _path_of(self, uri: str) -> str | None:
        """The file's path as the workspace's folders spell it; None where it lies in none of them."""
        if not uri.startswith("file:"):
            return None
        try:
            path = path_of(uri)
        except ValueError:  # it names nothing that this system knows
            return None
        inside = ((root, each) for root, each in self._roots if path.is_relative_to(root))
        return next((str(each / path.relative_to(root)) for root, each in inside), None)


def _later(seconds: float, what: Callable[[], object]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, what)


def _started(start: Callable[[Setting], Reader], setting: Setting) -> Reader:
    try:
        return start(setting)
    except OSError as error:
        raise Unreadable(f"no process could be started to read the workspace: {error}") from error


def _texts(news: dict[str, Document | None]) -> dict[str, str | None]:
    return {path: None if document is None else str(document.text) for path, document in news.items()}


def _conversation(
    reader: Reader, texts: Callable[[], dict[str, str | None]], question: str, most: int, watch: Watch
) -> Findings:
    opening = Open(texts())
    first: tuple[Request, ...] = (opening,) if opening.texts else ()
    return _asked(reader, (*first, Refresh(), Search(question, most)), watch)


def _asked(reader: Reader, requests: Sequence[Request], watch: Watch) -> Findings:
    """What the last request, a search, has found. Raises `Gone`."""
    findings = [reader.ask(each, watch) for each in requests][-1]
    if findings is None:
        raise Gone
    return findings


def _on_loop(watch: Watch) -> Watch:
    """The same, to be called from a thread."""
    loop = asyncio.get_running_loop()

    def called(done: int, of: int) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(watch, done, of)

    return called
