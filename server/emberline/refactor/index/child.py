"""The child process that reads files, and the pipe to it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from concurrent import futures

from emberline.refactor.index.messages import (
    Absent,
    Answer,
    Batch,
    Done,
    Found,
    Request,
    Setting,
    Walked,
    framed,
    read_from,
)

_GRACE_SECONDS = 2.0
_AHEAD = 2
"""Answers read and not yet taken; then the child has to wait."""


class Child:
    """One process. Starting, writing and reading happen in threads: all of them may have to wait."""

    def __init__(self, process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop) -> None:
        """For `start`."""
        self.process = process
        self._loop = loop
        self._answers: asyncio.Queue[Answer | None] = asyncio.Queue(_AHEAD)
        # A daemon: it waits in a read, and must not keep the server from ending.
        threading.Thread(target=self._read, name="index", daemon=True).start()

    @classmethod
    async def start(cls, setting: Setting) -> Child:
        """Raises `OSError` where no process can be started."""
        starting = asyncio.ensure_future(asyncio.to_thread(_started))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            await cls(await starting, asyncio.get_running_loop()).stop()
            raise
        child = cls(process, asyncio.get_running_loop())
        try:
            await child.send(setting)
        except asyncio.CancelledError:
            await child.stop()
            raise
        return child

    async def send(self, message: Setting | Request) -> None:
        """What cannot be sent any more is lost: `receive` tells."""
        await asyncio.to_thread(self._write, framed(message))

    async def receive(self) -> Answer | None:
        """The next answer; None when the process has ended."""
        return await self._answers.get()

    async def stop(self) -> None:
        """Ends the process, by force where it does not end when it is told to."""
        self.process.terminate()
        await asyncio.to_thread(self._bury)

    def _write(self, content: bytes) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(content)
            self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                answer = read_from(self.process.stdout)
            except (OSError, ValueError, EOFError):
                answer = None
            known = answer if isinstance(answer, Found | Walked | Absent | Batch | Done) else None
            try:
                asyncio.run_coroutine_threadsafe(self._answers.put(known), self._loop).result()
            except (RuntimeError, futures.CancelledError):  # the loop has ended
                return
            if known is None:
                return

    def _bury(self) -> None:
        try:
            self.process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P: nothing of the folder that the server was started in is imported.
        [sys.executable, "-P", "-m", "emberline.refactor.index.builder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Linux lowers priority by session: the server's own must stay as it is
    )
