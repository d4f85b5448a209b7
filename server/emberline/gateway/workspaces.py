"""A router for each workspace that callers name, and one for those that name none.

Each follows its own configuration, as an editor's window does; changes count from the next request on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from emberline.config.live import LiveSettings
from emberline.gateway.refusal import malformed
from emberline.routing.router import Router

MOST = 16
"""Routers kept beside the one without a workspace; of those that nobody uses the least recent goes."""
RECHECK_SECONDS = 1.0
"""How long the configuration's files are believed to be as they were read."""

Folders = tuple[Path, ...]


@dataclass(slots=True)
class _Kept:
    """One router, and the configuration that it goes by."""

    router: Router
    source: LiveSettings
    checked_at: float
    used_at: float
    users: int = 0


class Workspaces:
    """Belongs to one event loop. `say` tells the user something."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: dict[Folders, _Kept] = {}
        self._one_at_a_time = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def router(self, workspace: Path | None) -> AsyncIterator[Router]:
        """The router for this workspace, by its configuration as it is now; it knows what there is. Raises
        `Refused` where there is no such folder."""
        kept = await self._found(workspace)
        kept.users += 1
        kept.used_at = time.monotonic()
        try:
            if kept.used_at - kept.checked_at >= RECHECK_SECONDS:
                await self._refresh(kept)
            if not kept.router.has_looked:
                await kept.router.surveyed()
            yield kept.router
        finally:
            kept.users -= 1

    async def close(self) -> None:
        """Ends all routers."""
        for task in tuple(self._leaving):
            await task
        routers = [kept.router for kept in self._kept.values()]
        self._kept.clear()
        await asyncio.gather(*(router.close() for router in routers))

    async def _found(self, workspace: Path | None) -> _Kept:
        folders = () if workspace is None else await asyncio.to_thread(folders_of, workspace)
        if folders in self._kept:
            return self._kept[folders]
        async with self._one_at_a_time:
            if folders not in self._kept:
                source = LiveSettings(folders, {})
                loaded = await asyncio.to_thread(source.load)
                for problem in loaded.problems:
                    self._say(str(problem))
                now = time.monotonic()
                self._kept[folders] = _Kept(Router(loaded, folders, self._say), source, now, now)
                self._part_from_one()
        return self._kept[folders]

    async def _refresh(self, kept: _Kept) -> None:
        kept.checked_at = time.monotonic()
        if await asyncio.to_thread(kept.source.has_changed):
            kept.router.apply(await asyncio.to_thread(kept.source.load))

    def _part_from_one(self) -> None:
        idle = [folders for folders, kept in self._kept.items() if folders and not kept.users]
        if len(self._kept) <= MOST + 1 or len(idle) < 2:
            return
        leaving = self._kept.pop(min(idle, key=lambda folders: self._kept[folders].used_at))
        task = asyncio.create_task(leaving.router.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def folders_of(workspace: Path) -> Folders:
    """The folders whose word counts there: the repository's top, and the folder itself. Raises `Refused`."""
    try:
        if not workspace.is_dir():
            raise malformed(f"there is no folder {workspace}", "x-emberline-workspace")
        folder = workspace.resolve()
        top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    except OSError as error:
        words = f"{workspace} cannot be looked at: {error.strerror}"
        raise malformed(words, "x-emberline-workspace") from None
    return tuple(dict.fromkeys((top, folder)))
