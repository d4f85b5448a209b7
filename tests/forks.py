"""Python processes without the second that each takes to import what it runs.

`forked("tests.lsp.served", "0")` gives what `Popen([sys.executable, "-m", "tests.lsp.served", "0"])` gives: a
process with streams, signals and an exit status of its own. It comes off multiprocessing's fork server, which
has imported everything before; only its command line is not its own. Where a platform has no fork server it
is really started, and tests that are about the start of a process start one.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import multiprocessing
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import forkserver, reduction
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Protocol, cast

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
ROOT = Path(__file__).parents[1]
HAS_FORK_SERVER = "forkserver" in multiprocessing.get_all_start_methods()


class Process(Protocol):
    """What both kinds of process have, in the words of `subprocess.Popen`."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    @property
    def returncode(self) -> int | Any: ...

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def forked(
    module: str,
    *arguments: str,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    start_new_session: bool = False,
) -> Process:
    """Runs a module as `python -m` would.

    A stream is a descriptor, `PIPE`, `DEVNULL`, or None for this process's own; environment and folder are
    this process's own, too, unless they are given.
    """
    own = dict(os.environ if environment is None else environment)
    place = Path.cwd() if folder is None else folder
    if not HAS_FORK_SERVER:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=own,
            cwd=place,
            start_new_session=start_new_session,
        )
    ours: list[IO[bytes] | None] = []
    theirs: list[int] = []
    lent: list[int] = []
    for number, given in enumerate((stdin, stdout, stderr)):
        kept: IO[bytes] | None = None
        if given == PIPE:
            reading, writing = os.pipe()
            kept = open(writing, "wb") if number == 0 else open(reading, "rb")  # noqa: SIM115, PTH123
            given = reading if number == 0 else writing
            lent.append(given)
        elif given == DEVNULL:
            given = os.open(os.devnull, os.O_RDWR)
            lent.append(given)
        ours.append(kept)
        theirs.append(number if given is None else given)
    try:
        return Forked(_Errand(module, arguments, own, str(place), start_new_session), theirs, ours)
    finally:
        for descriptor in lent:
            os.close(descriptor)


class Forked:
    """A process off the fork server."""

    def __init__(self, errand: _Errand, theirs: list[int], ours: list[IO[bytes] | None]) -> None:
        """For `forked`."""
        self.stdin, self.stdout, self.stderr = ours
        _make_ready()
        streams = tuple(map(_Handed, theirs))
        context = multiprocessing.get_context("forkserver")
        # A daemon: it does not keep the tests from ending.
        self._process = context.Process(target=errand.run, args=streams, daemon=True)
        with _nameless():
            self._process.start()
        self.pid = cast(int, self._process.pid)

    @property
    def sentinel(self) -> int:
        """A descriptor that can be read once the process has ended."""
        return self._process.sentinel

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (status := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired(self._process.name, cast(float, timeout))
        return status

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class _Errand:
    """What a process off the fork server does."""

    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: str
    starts_new_session: bool

    def run(self, *streams: int) -> None:
        for own, descriptor in enumerate(streams):
            os.dup2(descriptor, own)
            os.close(descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115
        if self.starts_new_session:
            os.setsid()
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        sys.argv = [self.module, *self.arguments]
        try:
            runpy.run_module(self.module, run_name="__main__", alter_sys=True)
        finally:
            atexit._run_exitfuncs()  # multiprocessing's processes end without


class _Handed(int):
    """A descriptor of this process that comes out as one of the process to which it is sent."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(int(self)),)


def _received(handed: Any) -> int:
    return int(handed.detach())


def _make_ready() -> None:
    """Starts the fork server where none runs yet; it finds the modules wherever the tests were started."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.preloaded"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), before)))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@contextlib.contextmanager
def _nameless() -> Iterator[None]:
    """Meanwhile this process has no main module: one that it starts would import, and so run, that first."""
    ours = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = ours


class Conversed:
    """A process with the streams of asyncio, in the words of `asyncio.subprocess.Process`."""

    def __init__(
        self,
        process: Forked,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        """For `conversed`."""
        self._process = process
        self.pid = process.pid
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.send_signal, self.terminate, self.kill = process.send_signal, process.terminate, process.kill

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def noticed() -> None:
            if not ended.done():
                ended.set_result(None)

        loop.add_reader(self._process.sentinel, noticed)
        try:
            await ended
        finally:
            loop.remove_reader(self._process.sentinel)
        return self._process.wait()

    async def communicate(self) -> tuple[bytes, bytes]:
        """Ends its input, and reads the rest of its output."""
        self.stdin.close()
        said = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return said[0], said[1]


async def conversed(module: str, *arguments: str) -> asyncio.subprocess.Process | Conversed:
    """`forked` with pipes that the event loop reads and writes."""
    if not HAS_FORK_SERVER:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
    # As asyncio has it: a socket, for a pipe cannot be watched everywhere for a reader that has gone.
    ours, theirs = socket.socketpair()
    with theirs:
        process = forked(module, *arguments, stdin=theirs.fileno(), stdout=PIPE, stderr=PIPE)
    assert isinstance(process, Forked) and process.stdout is not None and process.stderr is not None
    _, stdin = await asyncio.open_connection(sock=ours)
    return Conversed(process, stdin, await _reading(process.stdout), await _reading(process.stderr))


async def _reading(pipe: IO[bytes]) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader
