"""Supervises the embedded engine: one process for all of a user's editor windows, started under a lock,
found again by its state file, restarted with back-off when it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from emberline.backends.base import BackendUnavailable
from emberline.backends.engine_host import lease_is_live
from emberline.backends.llamacpp import LlamaCpp
from emberline.backends.process import lives
from emberline.privacy.egress import AsyncClient, Gate, connect

START_SECONDS = 60.0
"""Longest wait for a model to load; the default model takes 1–5 s."""
BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
HEALTHY_SECONDS = 60.0
"""An engine that lived this long starts the back-off afresh when it dies."""
TOUCH_SECONDS = 5.0
HANDOVER_SECONDS = 0.2
"""Between closing the door and the last look whether somebody is inside: another window's request that was on
its way has arrived by then."""
LEAVING_SECONDS = 1.5
"""How long this window's own typing, which has come to a pause, may take to leave."""
DOOR_SECONDS = 0.02
"""How often a window that stands before a closed door looks whether it is open again."""
END_SECONDS = 5.0
"""How long an engine that is to end may take before it is killed."""
STALE_SECONDS = 30 * 86_400.0
SPIN_COUNT = "300"
"""How long OpenMP's threads spin for each other. By default they spin so long that any other busy process
on the machine (a compiler, a browser) brings them nearly to a stop: measured on 2 cores beside one busy
process, 0.6–18 tokens a second, with 300 17–21; on an idle machine 43 became 38."""
SLOTS = 2
"""Of each editor window: one serves while the next stretch of text is read into the other."""
WINDOWS = 2
"""Editor windows with slots of their own; more than these share, and read again what the other overwrote."""
TASK_SLOT = SLOTS * WINDOWS
"""The slot behind the windows': what is asked besides typing reads here and overwrites no window's text."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What distinguishes one engine process from another."""

    model_path: str
    threads: int
    context_tokens: int = 8192
    """Room of the KV cache, shared by all slots."""
    slots: int = TASK_SLOT + 1
    gpu_layers: int = 0
    idle_seconds: float = 900.0

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


def usable_cores(physical: int | None, allowed: int) -> int:
    """Threads for the engine: the physical cores, never more than this process may use."""
    return max(1, min(physical or allowed, allowed))


def allowed_cores() -> int:
    """Cores that this process may run on: its affinity, where the platform has one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    return usable_cores(psutil.cpu_count(logical=False), allowed_cores())


def runtime_directory() -> Path:
    """Where engines leave their state: a folder that only the user can enter."""
    override = os.environ.get("EMBERLINE_RUNTIME")
    path = Path(override) if override else user_cache_path("emberline", appauthor=False) / "run"
    path.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        path.chmod(0o700)
    return path


def sweep(directory: Path) -> None:
    """Removes the folders of engines that nobody has used for a month: other models, other settings."""
    for folder in directory.glob("engine-*"):
        with contextlib.suppress(OSError):
            if (
                time.time() - max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
                > STALE_SECONDS
            ):
                shutil.rmtree(folder)


def backoff(deaths: int) -> float:
    """Seconds to wait before the start that follows `deaths` deaths in a row."""
    return BACKOFF_SECONDS[min(deaths, len(BACKOFF_SECONDS) - 1)]


@dataclass(frozen=True, slots=True)
class RunningEngine:
    """A started engine, as its state file describes it."""

    pid: int
    address: str
    key: str
    load_seconds: float
    started: float = 0.0
    """When the process began, in seconds of the epoch."""


def engine_client(running: RunningEngine, gate: Gate) -> AsyncClient:
    """A client of the engine. Every request has a connection of its own: closing it is how a request is
    cancelled, and llama.cpp's server mishandles a kept-alive one after a stream was cut off (measured: 75 of
    250 requests failed). On loopback a connection costs some 0.3 ms."""
    headers = {"Authorization": f"Bearer {running.key}"}
    return connect(running.address, gate, headers, keep_alive=False)


class Engine:
    """This process's view of the shared engine. `connect` returns a client of a living one or raises."""

    def __init__(
        self, settings: EngineSettings, directory: Path | None = None, gate: Gate | None = None
    ) -> None:
        self.settings = settings
        self._gate = gate or Gate()
        self._directory = (directory or runtime_directory()) / f"engine-{settings.fingerprint}"
        self._leases = self._directory / "leases"
        process = psutil.Process()
        self._lease = self._leases / f"{process.pid}-{process.create_time():.2f}"
        self._door = self._directory / "closed"
        """There while a window starts the engine anew, and names that window as its lease does."""
        self._touched = 0.0
        self._child: subprocess.Popen[bytes] | None = None
        self._running: RunningEngine | None = None
        self._backend: LlamaCpp | None = None
        self._connecting: asyncio.Task[LlamaCpp] | None = None
        self._visitors = 0
        self._deaths = 0
        self._started_at = 0.0
        self.starts = 0

    @property
    def running(self) -> RunningEngine | None:
        return self._running

    @property
    def is_renewed(self) -> bool:
        """Whether it is being started anew at this moment."""
        return self._running is not None and self._backend is None

    async def connect(self) -> LlamaCpp:
        """A client of the engine, started first where none runs.

        Raises `BackendUnavailable` with the reason where it cannot be had. Concurrent callers share one
        start, and cancelling a caller never cancels the start: a warm engine outlives the keystroke that
        wanted it.
        """
        try:
            self._touch()
        except OSError as error:
            raise BackendUnavailable(f"the engine's folder cannot be used: {error}") from error
        if self._backend is not None and not self._door.exists():
            return self._backend
        if self._connecting is None or self._connecting.done():
            waiting = self._connect() if self._backend is None else self._before_the_door()
            self._connecting = asyncio.create_task(waiting)
        return await asyncio.shield(self._connecting)

    @property
    def seat(self) -> int:
        """This process's place (0..WINDOWS-1) among the windows: its slots are SLOTS * seat and the next."""
        started = [lease.name.partition("-")[2] for lease in self._leases.glob("*-*")]
        own = self._lease.name.partition("-")[2]
        return sum(1 for other in started if other < own) % WINDOWS

    async def failed(self) -> None:
        """Told by a caller whose request broke: the next `connect` looks again, and starts a dead engine.

        One that lives but does not answer twice within some seconds is ended, to be started anew.
        """
        running, backend = self._running, self._backend
        if running is None or backend is None:
            return
        if self._alive(running):
            if await backend.healthy() or await backend.healthy():
                return
            await asyncio.to_thread(self._kill, running)
        replaced = await asyncio.to_thread(self._is_replaced)
        if self._running is not running:  # another caller noticed first
            return
        if not replaced:
            lived = time.monotonic() - self._started_at
            self._deaths = self._deaths + 1 if lived < HEALTHY_SECONDS else 1
        await self._forget()

    async def restart(self) -> bool:
        """Starts the engine anew, for all windows, where nobody's request is under way in it. False where one
        is, or where no engine runs.

        Who connects meanwhile, in whichever window, waits some seconds for the new one. Raises
        `BackendUnavailable` where that does not come up.
        """
        running, backend = self._running, self._backend
        if running is None or backend is None or self._visitors:
            return False
        busy = await backend.busy()
        own = frozenset(range(self.seat * SLOTS, (self.seat + 1) * SLOTS))
        if busy is None or busy - own:
            return False
        if self._backend is not backend:  # somebody noticed meanwhile that it has gone
            return False
        if not self._close_door():  # another window is about it
            await self.connect()
            return self._running != running
        self._backend = None  # whoever comes now waits for what follows
        self._connecting = asyncio.create_task(self._renewed(running, backend))
        await asyncio.shield(self._connecting)
        return self._running is not running

    @contextlib.contextmanager
    def visited(self) -> Iterator[None]:
        """While it is open, the engine is asked something by another client than `connect` gives, and is not
        started anew from here."""
        self._visitors += 1
        try:
            yield
        finally:
            self._visitors -= 1

    async def _left(self, backend: LlamaCpp) -> bool:
        """Whether everybody has left, who was inside when the door was closed: a slice of reading ahead soon
        does, a long answer does not."""
        deadline = time.monotonic() + LEAVING_SECONDS
        while time.monotonic() < deadline:
            await asyncio.sleep(HANDOVER_SECONDS)
            if not (backend.under_way or self._visitors) and await backend.busy() == frozenset():
                return True
        return False

    def _close_door(self) -> bool:
        """Has whoever asks from now on wait, in all windows; False where another window has done so."""
        if not lease_is_live(self._door_keeper()):
            self._door.unlink(missing_ok=True)
        draft = self._directory / f"closed-{self._lease.name}"
        try:
            draft.write_text(self._lease.name)
            os.link(draft, self._door)  # with its name at once: a door without one is taken away
        except OSError:
            return False
        finally:
            draft.unlink(missing_ok=True)
        return True

    def _door_keeper(self) -> Path:
        """The lease of the window that closed the door."""
        try:
            return self._leases / self._door.read_text()
        except OSError:
            return self._leases / "nobody"

    async def _before_the_door(self) -> LlamaCpp:
        """A client of the engine that runs when the door is open again."""
        while lease_is_live(self._door_keeper()):
            await asyncio.sleep(DOOR_SECONDS)
        self._door.unlink(missing_ok=True)  # left by a window that ended before it could open it
        if await asyncio.to_thread(self._read_state) != self._running:
            await self._forget()
        return self._backend or await self._connect()

    async def _renewed(self, running: RunningEngine, backend: LlamaCpp) -> LlamaCpp:
        """A client of the engine that follows `running`; of itself, where somebody is still inside."""
        left = False
        try:
            left = await self._left(backend)
        finally:
            if not left:
                self._door.unlink(missing_ok=True)
        if not left:
            self._backend = backend
            return backend
        try:
            self._running, found = await asyncio.shield(asyncio.to_thread(self._anew, running))
            await backend.close()
        except BackendUnavailable:
            self._running = None
            self._deaths += 1
            raise
        self._backend, self._started_at = found, time.monotonic()
        return found

    def _anew(self, outlived: RunningEngine) -> tuple[RunningEngine, LlamaCpp]:
        """The engine that follows. The door is open when that is done, though nobody waits for it any more:
        who came in before would be asking the one that ends."""
        try:
            return self._find_or_start(outlived)
        finally:
            self._door.unlink(missing_ok=True)

    async def close(self) -> None:
        """Gives up this process's lease; the engine ends by itself once nobody holds one."""
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
        self._lease.unlink(missing_ok=True)
        await self._forget()

    async def _forget(self) -> None:
        backend, self._backend, self._running = self._backend, None, None
        if backend is not None:
            await backend.close()

    async def _connect(self) -> LlamaCpp:
        delay = backoff(self._deaths)
        if delay:
            await asyncio.sleep(delay)
        try:
            running, backend = await asyncio.to_thread(self._find_or_start)
        except BackendUnavailable:
            self._deaths += 1
            raise
        self._running, self._backend = running, backend
        self._started_at = time.monotonic()
        return backend

    def _touch(self) -> None:
        now = time.monotonic()
        if self._touched and now - self._touched < TOUCH_SECONDS:
            return
        self._touched = now
        self._leases.mkdir(parents=True, exist_ok=True)
        self._lease.touch()

    def _alive(self, running: RunningEngine) -> bool:
        if self._child is not None and self._child.pid == running.pid:
            return self._child.poll() is None  # poll() also reaps it
        return lives(running.pid, running.started)

    def _read_state(self) -> RunningEngine | None:
        try:
            state: dict[str, Any] = json.loads((self._directory / "state.json").read_text())
            running = RunningEngine(
                int(state["pid"]),
                state["address"],
                state["key"],
                float(state["load_seconds"]),
                float(state["started"]),
            )
        except (OSError, ValueError, KeyError):
            return None
        return running if self._alive(running) else None

    def _is_replaced(self) -> bool:
        """Whether another window has started the engine anew, or is about it: then nothing died."""
        if self._read_state() is not None:
            return True
        try:
            with FileLock(self._directory / "start.lock", timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def _find_or_start(self, outlived: RunningEngine | None = None) -> tuple[RunningEngine, LlamaCpp]:
        """The engine that runs, or a new one; `outlived` is ended first, unless another window has done so.

        Blocks, for a thread: a model is loaded, and even the client takes some 20 ms to make.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._directory / "start.lock", timeout=START_SECONDS):
                if outlived is not None and self._read_state() == outlived:
                    self._end(outlived)
                running = self._read_state() or self._start()
        except Timeout:
            raise BackendUnavailable("another window has been starting the engine for a minute") from None
        except OSError as error:
            raise BackendUnavailable(f"the engine cannot be started: {error}") from error
        return running, LlamaCpp(engine_client(running, self._gate))

    def _end(self, running: RunningEngine) -> None:
        """Ends this engine and returns when it has gone: its memory is wanted by the next one."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(running.pid)
            process.terminate()
            while not self._goes(running):
                process.kill()

    def _kill(self, running: RunningEngine) -> None:
        """Ends an engine that answers nobody. Returns when it has gone: one that is being killed closes its
        connections a moment before, and would be taken for one that runs."""
        with contextlib.suppress(psutil.Error):
            psutil.Process(running.pid).kill()
            self._goes(running)

    def _goes(self, running: RunningEngine) -> bool:
        """Whether it has gone within `END_SECONDS`; blocks for as long."""
        deadline = time.monotonic() + END_SECONDS
        while self._alive(running):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _start(self) -> RunningEngine:
        if not Path(self.settings.model_path).is_file():
            raise BackendUnavailable(f"the model file {self.settings.model_path} is missing")
        self._touched = 0.0  # a lease left from the last engine's time would end this one at once
        self._touch()
        (self._directory / "state.json").unlink(missing_ok=True)
        sweep(self._directory.parent)
        log_path = self._directory / "engine.log"
        with log_path.open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "emberline.backends.engine_host"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={"GOMP_SPINCOUNT": SPIN_COUNT, **os.environ},
                start_new_session=True,  # it belongs to all windows, not to the one that started it
                cwd=self._directory,
            )
        settings = asdict(self.settings) | {
            "state_file": str(self._directory / "state.json"),
            "leases": str(self._leases),
        }
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(settings).encode())
            child.stdin.close()
        except BrokenPipeError:
            pass  # it died at once; the loop below says why
        self._child = child
        self.starts += 1
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.poll() is not None:
                reason = log_path.read_text(errors="replace").strip().splitlines()[-1:]
                raise BackendUnavailable(
                    f"the engine ended with status {child.returncode}: {' '.join(reason) or 'no reason'}"
                )
            running = self._read_state()
            if running is not None and running.pid == child.pid:
                return running
            time.sleep(0.05)
        child.kill()
        child.wait()
        raise BackendUnavailable(f"the engine did not load its model within {START_SECONDS:.0f} s")
