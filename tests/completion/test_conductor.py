"""One thing at a time, newest first, long reading in slices, and nothing done twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

import pytest

from emberline.backends.base import BackendUnavailable, Usage
from emberline.completion import conductor, window
from emberline.completion.conductor import Conductor, Slot, Task, affordable
from emberline.completion.context import Context
from emberline.completion.draft import Draft, Origin
from emberline.documents.store import Document
from emberline.documents.text import Point, Text
from emberline.privacy.labels import Manifest
from emberline.routing.lane import Connection

from .scripted import Scripted, ScriptedLane, settled

LONG = "".join(f"value_{number} = {number} * {number}\n" for number in range(400))


class Work:
    """A conductor, its scripted backend, and what it told."""

    def __init__(self) -> None:
        self.backend = Scripted()
        self.lane = ScriptedLane(self.backend)
        self.told: list[Draft] = []
        self.troubles: list[str] = []
        self.conductor = Conductor(
            connect=self.lane.connect,
            broken=self.lane.failed,
            sized=partial(affordable, prefix_chars=3000, suffix_chars=400),
            told=self.told.append,
            trouble=self.troubles.append,
        )

    def want(self, text: str, cursor: Point) -> Draft:
        """Has the model continue `text` at `cursor`, for one line."""
        document = Document("file:///a.py", "python", 1, Text.of(text))
        draft = Draft(Origin.of(document, cursor, Context.of(document, cursor)))
        self.conductor.want(Task(document, cursor, draft, 48, lambda draft: "\n" in draft.text))
        return draft


@contextlib.asynccontextmanager
async def working() -> AsyncIterator[Work]:
    work = Work()
    work.conductor.start()
    try:
        yield work
    finally:
        await work.conductor.stop()


async def test_a_task_runs_until_it_is_enough() -> None:
    async with working() as work:
        draft = work.want("x\n", Point(0, 1))
        stream = await work.backend.stream(0)
        stream.write(" = 1", "\n", "never read")
        await stream.closed.wait()
        await settled()
        assert (draft.text, draft.finished, draft.ended) == (" = 1\n", True, False)
        assert work.told[-1] is draft
        assert work.conductor.current is None
        assert not work.conductor.busy


async def test_a_model_that_has_no_more_to_say_ends_the_draft() -> None:
    async with working() as work:
        draft = work.want("x\n", Point(0, 1))
        stream = await work.backend.stream(0)
        stream.write(" = 1")
        stream.end()
        await stream.closed.wait()
        await settled()
        assert (draft.finished, draft.ended) == (True, True)


async def test_a_newer_task_ends_the_running_one_at_once() -> None:
    async with working() as work:
        old = work.want("x\n", Point(0, 1))
        stream = await work.backend.stream(0)
        new = work.want("y\n", Point(0, 1))
        await stream.closed.wait()
        assert (old.finished, old.ended, old.failed) == (True, False, False)
        second = await work.backend.stream(1)
        second.write("\n")
        await second.closed.wait()
        await settled()
        assert new.finished
        assert work.conductor.effort.superseded == 1


async def test_a_long_prompt_is_read_in_slices_and_a_newer_task_waits_for_one_of_them() -> None:
    async with working() as work:
        work.backend.gate = asyncio.Semaphore(0)
        work.want(LONG, Point(150, 3))
        await work.backend.until(lambda: len(work.backend.prefills) == 1)
        work.backend.gate.release()
        await work.backend.until(lambda: len(work.backend.prefills) == 2)
        first, second = (prompt for prompt, _ in work.backend.prefills)
        assert second.startswith(first)
        assert len(second) - len(first) < 200
        work.want(LONG, Point(300, 3))
        work.backend.gate.release()
        await work.backend.until(lambda: len(work.backend.prefills) == 3)
        assert "value_290 = " not in second
        assert not work.backend.prefills[2][0].startswith(first)
        work.backend.gate = None


async def test_stopping_works_in_the_moment_of_a_new_task() -> None:
    work = Work()
    work.conductor.start()
    await settled()
    work.want("x\n", Point(0, 1))
    async with asyncio.timeout(10):
        await work.conductor.stop()


async def test_a_keystroke_reads_nothing_in_slices_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 3600.0)  # nobody pauses here
    async with working() as work:
        work.want(LONG, Point(150, 3))
        stream = await work.backend.stream(0)
        read = len(work.backend.prefills)
        assert read > 3
        stream.write("\n")
        await stream.closed.wait()
        await settled()
        before = work.backend.prefills[:]
        text = Text.of(LONG).replace(Point(150, 3), Point(150, 3), "x")
        work.want(str(text), Point(150, 4))
        second = await work.backend.stream(1)
        assert second.request.slot == stream.request.slot
        assert work.backend.prefills == before


async def test_a_place_is_cold_until_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 3600.0)  # nobody pauses here
    async with working() as work:
        document = Document("file:///a.py", "python", 1, Text.of(LONG))
        assert work.conductor.cold(document, Point(150, 3))
        work.want(LONG, Point(150, 3))
        (await work.backend.stream(0)).write("\n")
        await settled()
        assert not work.conductor.cold(document, Point(150, 3))
        assert work.conductor.cold(document, Point(10, 3))


async def test_a_new_engine_is_not_believed_to_know_anything() -> None:
    async with working() as work:
        work.want(LONG, Point(150, 3))
        stream = await work.backend.stream(0)
        stream.write(" ")
        await settled()
        successor = Scripted()
        work.lane.backend = successor
        stream.fail(BackendUnavailable("killed"))
        await settled()
        assert work.lane.failures == 1
        assert work.troubles == ["killed"]
        work.want(LONG, Point(150, 3))
        await successor.stream(0)
        assert len(successor.prefills) >= len(work.backend.prefills)
        assert len(successor.prefills[0][0]) < 200  # from the very beginning


async def test_a_request_that_met_an_ended_engine_is_asked_once_more_and_then_given_up() -> None:
    async with working() as work:
        draft = work.want("x\n", Point(0, 1))
        (await work.backend.stream(0)).fail(BackendUnavailable("gone"))
        second = await work.backend.stream(1)
        assert not draft.failed
        second.fail(BackendUnavailable("gone again"))
        await settled()
        assert draft.failed
        assert work.troubles == ["gone again"]


async def test_without_an_engine_a_draft_fails_and_the_next_is_tried_again() -> None:
    async with working() as work:
        await settled()
        work.lane.backend = None
        first = work.want("x\n", Point(0, 1))
        await settled()
        assert first.failed
        work.lane.backend = work.backend
        second = work.want("x\n", Point(0, 1))
        (await work.backend.stream(0)).write("\n")
        await settled()
        assert second.finished
        assert not second.failed


@pytest.mark.parametrize("text", ["x\n", LONG])
async def test_once_all_is_read_an_idle_engine_is_left_alone(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 0.0)
    async with working() as work:
        work.want(text, Point(0, 1))
        (await work.backend.stream(0)).write("\n")
        await settled()
        asked = work.lane.connections
        await settled()
        assert work.lane.connections == asked


def test_windows_grow_with_the_engines_speed_and_stop_at_what_was_configured() -> None:
    slow, usual, fast = (affordable(speed, 3000, 400) for speed in (20.0, 130.0, 5000.0))
    assert slow.quick.prefix_chars < usual.quick.prefix_chars < fast.quick.prefix_chars == 3000
    assert slow.full.prefix_chars <= usual.full.prefix_chars <= fast.full.prefix_chars == 3000
    assert all(each.quick.suffix_chars <= 400 for each in (slow, usual, fast))
    assert slow.slice_chars < usual.slice_chars < fast.slice_chars
    assert affordable(0.0, 3000, 400) == usual


async def test_what_is_read_ahead_goes_out_under_its_own_documents_label(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The user may have moved to another document while a connection was made for the first."""
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 0.0)
    work = Work()
    gate = asyncio.Event()
    waited = False
    sent: list[tuple[bool, str]] = []
    prefill = work.backend.prefill

    async def connect(uri: str | None) -> Connection:
        nonlocal waited
        if not waited:
            waited = True
            await gate.wait()
        return await work.lane.connect(uri)

    async def prefilled(prompt: str, slot: int, manifest: Manifest | None = None) -> Usage:
        assert manifest is not None
        sent.append(("bravo" in prompt, manifest.labels[0].source))
        return await prefill(prompt, slot, manifest)

    work.backend.prefill = prefilled  # type: ignore[method-assign]
    work.conductor.connect = connect
    first, second = (
        Document(f"file:///{name}.py", "python", 1, Text.of(f"{name} = 1\n" * 900))
        for name in ("alpha", "bravo")
    )
    cursor = Point(800, 0)
    quick = work.conductor.extents.quick
    here = Slot(0, window.set_anchor(second, cursor, quick), quick)
    here.read = window.prompt(here.anchor, second, cursor, work.backend.fim, 0)  # type: ignore[arg-type]
    work.conductor._backend, work.conductor._slots = work.backend, [here, Slot(1)]
    work.conductor.moved(first, cursor)
    work.conductor.start()
    await settled()
    work.conductor.moved(second, cursor)
    gate.set()
    await settled()
    await work.conductor.stop()
    assert sent and all(is_bravo and source == second.uri for is_bravo, source in sent)


async def test_only_a_request_that_broke_is_told_to_the_lane() -> None:
    work = Work()
    work.lane.backend = None  # no connection can be had
    work.conductor.start()
    work.want("x\n", Point(0, 1))
    await settled()
    await work.conductor.stop()
    assert work.troubles and work.lane.failures == 0


async def test_a_new_engine_reads_what_is_before_the_user_while_they_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A window that soon can answer first, wholly, and then the wide one into the other slot."""
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 0.0)
    async with working() as work:
        draft = work.want(LONG, Point(350, 3))
        (await work.backend.stream(0)).write("\n")
        await settled()
        assert draft.finished
        successor = Scripted()
        work.lane.backend = successor
        work.conductor.look_again()
        await settled()
        await settled()
        quick, full = work.conductor.extents.quick, work.conductor.extents.full
        slots = [slot for _, slot in successor.prefills]
        assert slots == sorted(slots) and set(slots) == {0, 1}
        widest = {slot: len(prompt) for prompt, slot in successor.prefills}
        assert widest[0] < quick.prefix_chars + quick.suffix_chars + 1000 < widest[1]
        assert widest[1] <= full.prefix_chars + full.suffix_chars + 1000
        assert not successor.streams, "nothing was to be written anew"


async def test_reading_ahead_that_meets_an_ended_engine_is_no_trouble_unless_it_does_so_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 0.0)
    async with working() as work:

        async def gone(prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
            failures.append(prompt)
            raise BackendUnavailable("gone")

        failures: list[str] = []
        work.want(LONG, Point(350, 3))
        (await work.backend.stream(0)).write("\n")
        monkeypatch.setattr(work.backend, "prefill", gone)
        while not work.troubles:
            await settled()
        assert len(failures) == 2 and work.troubles == ["gone"]
