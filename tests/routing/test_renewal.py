"""The engine started anew while it is used: nobody's request is lost, whoever's window it comes from.

The engine's process is real, and so is its supervisor; a stand-in writes in the model's place.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from emberline.backends.base import Generation
from emberline.backends.engine import Engine, RunningEngine
from emberline.backends.messages import Chat, Message
from emberline.models.info import Warmth
from emberline.observe import growth
from emberline.observe.record import Record
from emberline.replay.client import Client
from emberline.routing import relief as module
from emberline.routing.local import wanted
from emberline.routing.relief import PAUSE_SECONDS, Relief, Uses
from emberline.routing.request import Request, Task
from emberline.routing.router import Router
from tests.routing.served import Place
from tests.servers.engine import environment, model_file

EXPLAIN = Request(Task.EXPLAIN, input_tokens=100, output_tokens=20)
WORDS = " ".join(f"word{number}" for number in range(12))
QUESTION = Chat((Message("user", WORDS),), max_tokens=20)


def engines(folder: Path) -> list[psutil.Process]:
    """The engine processes that this runtime folder's state files name."""
    found = []
    for state in folder.glob("*/state.json"):
        with suppress(psutil.Error, OSError, ValueError):
            found.append(psutil.Process(json.loads(state.read_text())["pid"]))
    return found


@pytest.fixture
def at_home(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place whose only model is a stand-in in the embedded engine."""
    for name, value in environment(delay=0.01, load=0.2).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "run"
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(folder))
    place.configure(
        f"engine: {{model_path: {model_file(tmp_path)}, threads: 1}}\nbackends: {{discover: false}}\n"
    )
    yield place
    for process in engines(folder):
        with suppress(psutil.Error):
            process.kill()
            process.wait(10)


async def wholly(router: Router, place: Place) -> str:
    return (await router.answer(EXPLAIN, QUESTION, (place.label(router),), 60)).text.strip()


async def typed(router: Router, texts: list[str]) -> None:
    """One line of the typing lane, by its own connection."""
    backend = await router.engine.connect()
    async with aclosing(backend.generate(Generation("x = ", 6, slot=router.engine.first_slot()))) as tokens:
        texts.append("".join([token.text async for token in tokens]))


async def test_while_a_request_is_under_way_the_engine_stays(
    at_home: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_DELAY", "0.1")
    async with at_home.router() as router:
        await router.engine.connect()
        first = router.engine.pid
        answer = asyncio.create_task(wholly(router, at_home))
        backend = await router.engine.connect()
        while not await backend.busy():
            await asyncio.sleep(0.005)
        assert not await router.engine.restart()
        assert await answer == WORDS
        assert await router.engine.restart()
        assert router.engine.pid not in (None, first)
        assert await wholly(router, at_home) == WORDS


async def test_whoever_asks_while_it_is_started_anew_waits_and_is_answered(at_home: Place) -> None:
    async with at_home.router() as router:
        await router.engine.connect()
        first, texts = router.engine.pid, list[str]()
        renewal = asyncio.create_task(router.engine.restart())
        while "anew" not in router.engine.describe():
            await asyncio.sleep(0)
        answers = asyncio.gather(*(wholly(router, at_home) for _ in range(3)), typed(router, texts))
        assert router.engine.told()[0].warmth is Warmth.WARM, "it is chosen as before"
        assert await renewal
        assert (await answers)[:3] == [WORDS] * 3 and len(texts) == 1
        assert router.engine.pid not in (None, first) and router.engine.starts == 2
        assert "warm" in router.engine.describe()


async def test_of_two_windows_that_want_it_at_once_one_does_it(at_home: Place) -> None:
    settings = wanted(at_home.loaded().settings.engine)
    windows = [Engine(settings), Engine(settings)]
    for window in windows:
        await window.connect()
    assert sorted(window.starts for window in windows) == [0, 1]
    assert await asyncio.gather(*(window.restart() for window in windows)) == [True, True]
    assert windows[0].running == windows[1].running
    assert sum(window.starts for window in windows) == 2
    for window in windows:
        await window.close()


async def test_a_window_that_closes_meanwhile_leaves_nobody_with_the_engine_that_ends(
    at_home: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = wanted(at_home.loaded().settings.engine)
    leaving, staying = Engine(settings), Engine(settings)
    await leaving.connect()
    await staying.connect()
    before, ending, may_end = staying.running, threading.Event(), threading.Event()
    end = leaving._end

    def slowly(running: RunningEngine) -> None:
        ending.set()
        may_end.wait()
        end(running)

    monkeypatch.setattr(leaving, "_end", slowly)
    renewal = asyncio.create_task(leaving.restart())
    await asyncio.to_thread(ending.wait)
    await leaving.close()
    with pytest.raises(asyncio.CancelledError):
        await renewal
    asking = asyncio.create_task(staying.connect())
    await asyncio.sleep(0.1)
    came_in = asking.done()
    may_end.set()
    assert not came_in
    backend = await asking
    assert staying.running != before
    assert await backend.healthy()
    await staying.close()


async def test_a_door_names_its_window_from_the_first_moment(at_home: Place) -> None:
    """One without a name is taken for that of a window that has gone."""
    window = Engine(wanted(at_home.loaded().settings.engine))
    await window.connect()
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            with suppress(OSError):
                seen.add(window._door.read_text())

    looking = asyncio.create_task(asyncio.to_thread(look))
    while not seen:
        await asyncio.sleep(0)
        for _ in range(1000):
            assert window._close_door()
            window._door.unlink()
    over.set()
    await looking
    assert seen == {window._lease.name}
    await window.close()


async def test_under_load_from_two_windows_no_request_is_lost(at_home: Place) -> None:
    """Both ask all the time, now a chat, now a line; one of them starts the engine anew again and again."""
    async with at_home.router() as router, at_home.router() as other:
        texts: list[str] = []
        chats: list[str] = []
        renewals = 0
        working = True

        async def asks(window: Router) -> None:
            while working:
                chats.append(await wholly(window, at_home))
                await typed(window, texts) if window is router else await asyncio.sleep(0.1)
                await asyncio.sleep(0.1)

        load = [asyncio.create_task(asks(window)) for window in (router, other)]
        async with asyncio.timeout(60):
            while renewals < 2:
                renewals += await router.engine.restart()
                await asyncio.sleep(0.01)
        working = False
        await asyncio.gather(*load)
        assert len(chats) > 2 and set(chats) == {WORDS}
        assert len(set(texts)) == 1 and texts[0]
        assert router.engine.pid == other.engine.pid or other.engine.pid is None
        assert router.engine.starts + other.engine.starts == 1 + renewals


async def test_the_server_types_on_through_an_engine_that_another_window_starts_anew(
    at_home: Place,
) -> None:
    """Over the real server process: every request is answered, and the next drafts are the new engine's."""
    settings = wanted(at_home.loaded().settings.engine)
    client, window = await Client.start(at_home.folder, refresh=False), Engine(settings)
    uri = (at_home.folder / "a.py").as_uri()
    opened = {"uri": uri, "languageId": "python", "version": 1, "text": "\n"}
    client.notify("textDocument/didOpen", {"textDocument": opened})
    asked: list[asyncio.Future[Any]] = []

    def press(key: str) -> None:
        column = len(asked)
        place = {"line": 0, "character": column}
        change = {"range": {"start": place, "end": place}, "text": key}
        document = {"uri": uri, "version": column + 2}
        client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 0, "character": column + 1},
            "context": {"triggerKind": 2},
        }
        asked.append(client.begin("textDocument/inlineCompletion", params)[1])

    try:
        async with asyncio.timeout(60):
            while "warm" not in (await client.request("emberline/status", None))["message"]:
                await asyncio.sleep(0.05)
            await window.connect()
            first = window.running
            renewal: asyncio.Task[bool] | None = None
            while window.running == first or len(asked) < 30:
                press("x")
                await asyncio.sleep(0.05)
                if len(asked) >= 10 and (renewal is None or renewal.done()) and window.running == first:
                    renewal = asyncio.create_task(window.restart())
            await asyncio.gather(*asked)
            while not (await asked[-1])["items"]:
                press("x")
                await asyncio.sleep(0.2)
        status = await client.request("emberline/status", None)
        assert status["kind"] == "normal" and "warm" in status["message"]
        assert status["stats"]["engine starts"] + window.starts == 2
    finally:
        assert await client.stop() == 0
        await window.close()


async def test_one_that_does_not_come_up_again_is_told_and_tried_again(
    at_home: Place, tmp_path: Path
) -> None:
    async with at_home.router() as router:
        await router.engine.connect()
        model = tmp_path / "stand-in.gguf"
        model.rename(tmp_path / "away.gguf")
        relief = Relief(router.scout, router.engine, Uses(Nothing()), lambda: None)
        await relief.restart()
        await until(lambda: not relief.is_due)
        assert router.engine.pid is None
        (tmp_path / "away.gguf").rename(model)
        assert await wholly(router, at_home) == WORDS


class Nothing:
    def record(self, record: Record) -> None: ...


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(200):  # a busy machine loads a model slowly
        while not done():
            await asyncio.sleep(0.01)


async def test_it_waits_for_a_pause_and_says_so(at_home: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    async with at_home.router() as router:
        await router.engine.connect()
        first, told = router.engine.pid, list[str]()
        router.on_memory = lambda: told.append(router.memory_in_words)
        paused = False
        relief = Relief(
            router.scout,
            router.engine,
            Uses(Nothing()),
            lambda: None,
            lambda: paused,
            lambda: told.append(f"due: {relief.is_due}"),
        )
        await relief.restart()
        await relief.restart()  # it is due already
        await asyncio.sleep(0.1)
        assert router.engine.pid == first and told == ["due: True"]
        paused = True
        await until(lambda: not relief.is_due)
        assert router.engine.pid not in (None, first)
        assert told == ["due: True", "due: False"]


async def test_a_router_that_ends_waits_for_no_pause(at_home: Place) -> None:
    async with at_home.router() as router:
        await router.engine.connect()
        router.keyed()
        await router._relief.restart()
        assert router.memory_in_words == "the engine is started anew at the next pause"
    assert router.memory_in_words == ""


async def test_keys_keep_it_waiting(at_home: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_home.router() as router:
        assert router._pauses()
        router.keyed()
        assert not router._pauses()
        monkeypatch.setattr(router, "_keyed_at", router._keyed_at - PAUSE_SECONDS)
        assert router._pauses()


@pytest.mark.model
async def test_the_real_engine_is_flushed_and_started_anew_while_it_is_used(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.delenv("EMBERLINE_MODELS")
    place.configure("backends: {discover: false}\n")
    prompt = "<|fim_prefix|>" + "value = 1\n" * 20 + "<|fim_suffix|>\n<|fim_middle|>"
    short = Chat((Message("user", "Count from one to five."),), max_tokens=4)
    async with place.router() as router, place.router() as other:
        backend = await router.engine.connect()
        await other.engine.connect()
        first = router.engine.pid
        assert (await backend.prefill(prompt, 0)).read > 40
        answers = [
            asyncio.create_task(window.answer(EXPLAIN, short, (place.label(window),), 120))
            for window in (router, other)
        ]
        while not await backend.busy():
            await asyncio.sleep(0.01)
        assert not await router.engine.restart(), "both are answered first"
        assert all([(await answer).text for answer in answers])
        await router._relief.restart()
        await until(lambda: not router._relief.is_due)
        assert router.engine.pid not in (None, first)
        assert (await (await router.engine.connect()).prefill(prompt, 0)).read > 40, "it has read nothing yet"
        assert (await other.answer(EXPLAIN, short, (place.label(other),), 120)).text
        assert other.engine.pid == router.engine.pid
        await router.memory.look()
        engine = router.memory.sample.engine
        assert engine is not None and engine.memory > 500_000_000
        now = router.engine.now
        assert now is not None and now.needed is not None
        assert now.needed / 2 < engine.memory < growth.limit(now.needed), "the planner's figure is near"
