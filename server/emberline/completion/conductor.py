"""Keeps the engine's slots busy with the one thing that matters now, and free of everything else.

One request runs at a time. A new task supersedes the running generation at once; a long prompt is read in
slices, so that a newer task waits for one slice and not for all of it. While nothing is wanted, the window
that will be needed next is read into the other slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from emberline.backends.base import FimBackend, Generation
from emberline.backends.failure import Failure
from emberline.completion import window
from emberline.completion.draft import Draft
from emberline.completion.window import Anchor, Extent
from emberline.documents.store import Document
from emberline.documents.text import Point
from emberline.models.fim import QWEN, FimFormat
from emberline.routing.lane import Connection, Spent

IDLE_SECONDS = 0.35
"""After this long without a new task the user is pausing, and there is time to read ahead."""
SLICE_SECONDS = 0.15
CHARS_PER_TOKEN = 3.4
"""Of code, with Qwen's vocabulary (measured on the unseen set); only sizes windows, never limits them."""


@dataclass(frozen=True, slots=True)
class Extents:
    """Windows that this machine can afford: one to answer from soon after a jump, one to answer well from."""

    quick: Extent
    full: Extent
    slice_chars: int


def affordable(prefill_speed: float, prefix_chars: int, suffix_chars: int) -> Extents:
    """The windows for an engine that reads `prefill_speed` tokens a second (0: unknown).

    The quick one is read in about a second, the full one in about six, and neither is larger than configured.
    """
    speed = prefill_speed or 130.0
    quick = min(prefix_chars, int(speed * 0.9 * CHARS_PER_TOKEN))
    full = min(prefix_chars, max(quick, int(speed * 6.0 * CHARS_PER_TOKEN)))
    return Extents(
        Extent(quick, min(suffix_chars, max(80, quick // 3))),
        Extent(full, suffix_chars),
        max(48, int(speed * SLICE_SECONDS * CHARS_PER_TOKEN)),
    )


@dataclass(frozen=True, slots=True)
class Task:
    """Continue `draft` at `cursor` until `enough` says so."""

    document: Document
    cursor: Point
    draft: Draft
    max_tokens: int
    enough: Callable[[Draft], bool]


@dataclass(slots=True)
class Slot:
    """One KV cache of the engine, as far as we know its content."""

    index: int
    anchor: Anchor | None = None
    extent: Extent | None = None
    read: str = ""
    used: float = 0.0

    def unread(self, prompt: str) -> int:
        """Characters of `prompt` that the engine would have to read."""
        return len(prompt) - self.known(prompt)

    def known(self, prompt: str) -> int:
        """Characters at the beginning of `prompt` that the KV cache holds."""
        if prompt.startswith(self.read):
            return len(self.read)
        return next(
            (
                index
                for index, (one, other) in enumerate(zip(prompt, self.read, strict=False))
                if one != other
            ),
            min(len(prompt), len(self.read)),
        )


@dataclass(slots=True)
class Effort:
    """What was spent, for the report."""

    busy_ms: float = 0.0
    read_tokens: int = 0
    written_tokens: int = 0
    generations: int = 0
    superseded: int = 0
    staged: int = 0


@dataclass(slots=True)
class Conductor:
    """Runs tasks on a backend. `connect` may raise `Failure`; `told` hears of every token."""

    connect: Callable[[str | None], Awaitable[Connection]]
    """Takes the address of the document whose text will be sent; None where there is none yet."""
    broken: Callable[[Failure], Awaitable[None]]
    """Told of a request that failed (not of a connection that could not be had)."""
    sized: Callable[[float], Extents]
    """The windows for a prefill speed in tokens a second (0.0: unknown)."""
    told: Callable[[Draft], None]
    trouble: Callable[[str], None]
    effort: Effort = field(default_factory=Effort)
    _slots: list[Slot] = field(default_factory=list)
    _task: Task | None = None
    _place: tuple[Document, Point] | None = None
    _wanted_at: float = 0.0
    _backend: FimBackend | None = None
    _connected: bool = False
    """Whether what fails now is a request, and not the way to a model."""
    _speed: float = 0.0
    _fim: FimFormat = QWEN
    _extents: Extents | None = None
    _retried: object = None
    """What was tried once more already: a draft, or a place that was read ahead for."""
    _generation: asyncio.Task[None] | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to work; needs a running event loop."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends all work and frees the slots."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    @property
    def extents(self) -> Extents:
        """The windows that the connected engine can afford; those of an unknown one before."""
        if self._extents is None:
            self._extents = self.sized(self._speed)
        return self._extents

    def resize(self, sized: Callable[[float], Extents]) -> None:
        """Windows of other sizes from now on."""
        self.sized = sized
        self._extents = None

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def current(self) -> Draft | None:
        """The draft that is being written, or waits to be."""
        return self._task.draft if self._task else None

    def want(self, task: Task) -> None:
        """Makes `task` the one that runs; whatever ran before ends as it stands."""
        self._end_current()
        self._task = task
        self._place = (task.document, task.cursor)
        self._wanted_at = time.monotonic()
        self._wake.set()

    def moved(self, document: Document, cursor: Point) -> None:
        """Notes where the user is while the running task stays right."""
        self._place = (document, cursor)
        self._wanted_at = time.monotonic()

    def look_again(self) -> None:
        """Sees whether the engine is still the one that has read what is wanted next; a new one reads it."""
        self._wake.set()

    def rest(self) -> None:
        """Nothing is wanted at the moment, nor read ahead."""
        self._end_current()
        self._task = self._place = None

    def cold(self, document: Document, cursor: Point) -> bool:
        """Whether so much has to be read first at this place that no answer can come soon."""
        slot = self._fitting(document, cursor)
        if slot is None or slot.anchor is None:
            return True
        unread = slot.unread(window.prompt(slot.anchor, document, cursor, self._fim, 0))
        return unread > 2 * self.extents.slice_chars

    def _end_current(self) -> None:
        if self._task is not None and not self._task.draft.finished:
            self._task.draft.finished = True
            self.effort.superseded += 1
        if self._generation is not None:
            self._generation.cancel()

    async def _run(self) -> None:
        while True:
            try:
                while await self._advance():
                    pass
            except Exception as error:  # whatever it was, the next key must find us working
                await self._recover(error)
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: Python 3.11's forgets that it was cancelled when the event comes as well.
                async with asyncio.timeout(self._until_idle()):
                    await self._wake.wait()
            self._wake.clear()

    def _until_idle(self) -> float | None:
        """Seconds until the user counts as pausing; None once that was seen: then only a task wakes us."""
        left = self._wanted_at + IDLE_SECONDS - time.monotonic()
        return left + 0.01 if self._place is not None and left > 0 else None

    async def _recover(self, error: Exception) -> None:
        task, worked = self._task, self._backend is not None
        self._forget()
        if self._connected and isinstance(error, Failure):
            with contextlib.suppress(Exception):  # whatever it meets, the next key must find us working
                await self.broken(error)
        wanted = task.draft if task is not None else self._place
        unbegun = task is None or not task.draft.pieces
        if wanted is not None and worked and unbegun and self._retried is not wanted:
            self._retried = wanted  # it had ended for lack of use, or between two requests: once more
            self._wake.set()
            return
        if worked and task is not None:  # have it back before the next key
            self._wake.set()
        self.trouble(str(error) or type(error).__name__)
        if self._task is task:
            self._task = None
        if task is not None:
            task.draft.finished = task.draft.failed = True
            self.told(task.draft)

    def _forget(self) -> None:
        self._backend = None
        self._slots = []

    def _meet(self, connection: Connection) -> None:
        """A new engine knows nothing of what an old one had read, and may want its prompts otherwise."""
        backend = self._backend = connection.backend
        self._fim = backend.fim
        self._slots = [Slot(connection.first_slot + index) for index in range(max(1, backend.slots))]

    async def _advance(self) -> bool:
        """Does the next small piece of work; False when there is none."""
        document = self._task.document if self._task else self._place[0] if self._place else None
        self._connected = False
        connection = await self.connect(document.uri if document else None)
        self._connected = True
        if connection.backend is not self._backend:
            self._meet(connection)
        if connection.prefill_speed != self._speed:
            self._speed, self._extents = connection.prefill_speed, None
        task = self._task
        now = task.document if task else self._place[0] if self._place else None
        if now is not None and (document is None or now.uri != document.uri):
            return True  # another document's text, perhaps with another label: connect for that one
        if task is None:
            return await self._stage(connection)
        slot = self._slot_for(task)
        assert slot.anchor is not None
        cut = len(task.draft.forced)
        prompt = window.prompt(slot.anchor, task.document, task.cursor, self._fim, cut)
        slot.used = time.monotonic()
        if connection.backend.slots and slot.unread(prompt) > self.extents.slice_chars * 3 // 2:
            await self._read_slice(connection, slot, prompt)
            return True
        self._generation = asyncio.create_task(self._generate(connection, task, slot, prompt))
        try:
            await self._generation
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
        finally:
            self._generation = None
        return True

    async def _generate(self, connection: Connection, task: Task, slot: Slot, prompt: str) -> None:
        draft = task.draft
        began = time.monotonic()
        first_token_ms: float | None = None
        self.effort.generations += 1
        raw = ""
        known = prompt[: slot.known(prompt)]
        request = Generation(
            prompt=prompt,
            max_tokens=task.max_tokens,
            forced=draft.forced,
            temperature=draft.temperature,
            seed=int(draft.temperature * 1000),
            slot=slot.index,
            sent=connection.sent,
        )
        stream = connection.backend.generate(request)
        outcome = "cancelled"
        try:
            async for token in stream:
                if first_token_ms is None:
                    first_token_ms = (time.monotonic() - began) * 1000
                raw += token.text
                draft.append(token)
                self.effort.written_tokens += 1
                if draft.finished or task.enough(draft):
                    break
                self.told(draft)
            else:
                draft.ended = len(draft.pieces) < task.max_tokens
            outcome = "ok"
        except Failure as failure:
            outcome = failure.kind.value
            raise
        finally:
            await stream.aclose()
            unread = len(prompt) - len(known)
            # Before the first token nobody knows how much of the prompt was read.
            slot.read = prompt + raw if raw or draft.ended else known
            duration_ms = (time.monotonic() - began) * 1000
            self.effort.busy_ms += duration_ms
            connection.spent(
                Spent(
                    read=round(unread / CHARS_PER_TOKEN),
                    cached=round(len(known) / CHARS_PER_TOKEN),
                    written=len(draft.pieces),
                    first_token_ms=first_token_ms,
                    duration_ms=duration_ms,
                    outcome=outcome,
                )
            )
        draft.finished = True
        if self._task is task:
            self._task = None
            self._wanted_at = min(self._wanted_at, time.monotonic() - IDLE_SECONDS / 2)
        self.told(draft)

    async def _read_slice(self, connection: Connection, slot: Slot, prompt: str) -> None:
        known = slot.known(prompt)
        end = known + window.slices(prompt[known:], self.extents.slice_chars)[0]
        began = time.monotonic()
        usage = await connection.backend.prefill(prompt[:end], slot.index, connection.sent)
        self.effort.busy_ms += (time.monotonic() - began) * 1000
        self.effort.read_tokens += usage.read
        slot.read = prompt[:end]

    def _fitting(self, document: Document, cursor: Point) -> Slot | None:
        """The slot that can answer here with the least reading; of those that are read, the widest window."""
        best: tuple[tuple[int, bool, int], Slot] | None = None
        for slot in self._slots:
            if slot.anchor is None or slot.extent is None:
                continue
            if not window.holds(slot.anchor, document, cursor, slot.extent):
                continue
            unread = slot.unread(window.prompt(slot.anchor, document, cursor, self._fim, 0))
            late = window.outgrown(slot.anchor, document, cursor, slot.extent)
            rank = (max(0, unread - self.extents.slice_chars * 3), late, -len(slot.anchor.prefix))
            if best is None or rank < best[0]:
                best = (rank, slot)
        return best[1] if best else None

    def _slot_for(self, task: Task) -> Slot:
        slot = self._fitting(task.document, task.cursor)
        if slot is not None:
            return slot
        near = [
            each
            for each in self._slots
            if each.anchor is not None
            and each.extent is not None
            and each.anchor.uri == task.document.uri
            and window.set_anchor(task.document, task.cursor, each.extent, each.anchor).start
            == each.anchor.start
        ]
        if near:  # the window's head is still right: only what follows it is read again
            slot = max(near, key=lambda each: each.used)
            assert slot.extent is not None
            slot.anchor = window.set_anchor(task.document, task.cursor, slot.extent, slot.anchor)
            return slot
        slot = min(self._slots, key=lambda each: each.used)
        slot.extent = self.extents.quick
        slot.anchor = window.set_anchor(task.document, task.cursor, slot.extent)
        return slot

    def _to_stage(self) -> tuple[Slot, Extent] | None:
        """The slot into which a better window for this place should be read now, if one should be, and how
        large a one."""
        assert self._place is not None
        document, cursor = self._place
        first, quick, full = self._slots[0], self.extents.quick, self.extents.full
        if all(not slot.used for slot in self._slots) and not self._is_read(first, document, cursor):
            return first, quick  # a new engine: at first what an answer can soon be written from
        fitting = self._fitting(document, cursor)
        if fitting is None or fitting.anchor is None or fitting.extent is None:
            return None
        other = next((slot for slot in self._slots if slot is not fitting), None)
        if other is None:  # reading ahead into the one that serves would keep the next key waiting
            return None
        begun = _suits(other, document, cursor, full)
        if fitting.extent == full and not window.outgrown(fitting.anchor, document, cursor, full):
            return None
        wanted = begun or fitting.extent != full or fitting.used > other.used
        return (other, full) if wanted else None

    def _is_read(self, slot: Slot, document: Document, cursor: Point) -> bool:
        """Whether all of this slot's window but a little is read, and the window still fits this place."""
        if slot.anchor is None or slot.extent is None:
            return False
        if not window.holds(slot.anchor, document, cursor, slot.extent):
            return False
        prompt = window.prompt(slot.anchor, document, cursor, self._fim, 0)
        return slot.unread(prompt) <= self.extents.slice_chars // 2

    async def _stage(self, connection: Connection) -> bool:
        """Reads one slice of a better window into the other slot, if the user pauses; else nothing."""
        if self._place is None or time.monotonic() - self._wanted_at < IDLE_SECONDS:
            return False
        if not connection.backend.slots or (staged := self._to_stage()) is None:
            return False
        slot, extent = staged
        document, cursor = self._place
        if slot.anchor is None or not _suits(slot, document, cursor, extent):
            slot.extent = extent
            slot.anchor = window.set_anchor(document, cursor, extent)
        prompt = window.prompt(slot.anchor, document, cursor, self._fim, 0)
        if slot.unread(prompt) <= self.extents.slice_chars // 2:
            return False
        await self._read_slice(connection, slot, prompt)
        self.effort.staged += 1
        return True


def _suits(slot: Slot, document: Document, cursor: Point, extent: Extent) -> bool:
    """Whether the slot's anchor is a good one of this extent for this place."""
    return (
        slot.anchor is not None
        and slot.extent == extent
        and window.holds(slot.anchor, document, cursor, extent)
        and not window.outgrown(slot.anchor, document, cursor, extent)
    )
