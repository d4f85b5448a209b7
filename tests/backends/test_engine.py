"""The supervised engine: the real process with the real model, and what becomes of it when it dies."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from emberline.backends.base import BackendUnavailable, Generation
from emberline.backends.engine import (
    BACKOFF_SECONDS,
    Engine,
    EngineSettings,
    allowed_cores,
    backoff,
    default_threads,
    usable_cores,
)
from emberline.backends.llamacpp import LlamaCpp
from emberline.config.schema import Engine as EngineConfiguration
from emberline.privacy.egress import Gate, connect
from emberline.replay.client import Client
from emberline.routing.local import LocalEngine, engine_settings

from .conftest import engines

PROMPT = "<|fim_prefix|>def secret_area(radius):\n<|fim_suffix|>\n<|fim_middle|>   "

HOLDER = """
import asyncio, json, sys
from emberline.backends.engine import Engine, EngineSettings
async def main():
    engine = Engine(EngineSettings(**json.loads(sys.argv[1])))
    await engine.connect()
    print(engine.running.pid, engine.starts, flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


def test_back_off_grows_and_has_a_bound() -> None:
    waits = [backoff(deaths) for deaths in range(20)]
    assert waits == sorted(waits)
    assert waits[0] == 0
    assert waits[-1] == BACKOFF_SECONDS[-1]


def test_threads_never_exceed_the_cores_that_may_be_used() -> None:
    assert usable_cores(8, 2) == 2
    assert usable_cores(4, 8) == 4
    assert usable_cores(None, 3) == 3
    assert usable_cores(0, 0) == 1
    assert 1 <= default_threads() <= allowed_cores()
    many = engine_settings(EngineConfiguration(threads=512), Path("model.gguf"))
    assert many.threads == allowed_cores()


def test_different_settings_are_different_engines() -> None:
    one = EngineSettings("a.gguf", 2)
    assert one.fingerprint == EngineSettings("a.gguf", 2).fingerprint
    assert one.fingerprint != EngineSettings("a.gguf", 1).fingerprint


async def test_a_missing_model_file_is_named(runtime: Path, tmp_path: Path) -> None:
    engine = Engine(EngineSettings(str(tmp_path / "none.gguf"), 1))
    with pytest.raises(BackendUnavailable, match=r"none\.gguf is missing"):
        await engine.connect()
    await engine.close()


async def test_a_model_that_was_not_fetched_names_the_command_that_fetches_it(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    with pytest.raises(BackendUnavailable, match="emberline models pull"):
        await LocalEngine(EngineConfiguration()).connect()


async def test_a_model_that_nobody_knows_is_told_when_it_is_wanted(runtime: Path) -> None:
    engine = LocalEngine(EngineConfiguration(model="gwen2.5-coder-0.5b"))
    with pytest.raises(BackendUnavailable, match=r"did you mean qwen2\.5-coder-0\.5b"):
        await engine.connect()


async def test_without_xllamacpp_the_remedy_is_named(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('No module named xllamacpp')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    engine = Engine(EngineSettings(str(tmp_path / "model.gguf"), 1))
    with pytest.raises(BackendUnavailable, match=r"emberline\[engine\]"):
        await engine.connect()
    await engine.close()


async def test_a_folder_that_cannot_be_used_is_a_reason(runtime: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    engine = Engine(EngineSettings(str(model), 1))
    (runtime / f"engine-{engine.settings.fingerprint}").write_text("a file")
    with pytest.raises(BackendUnavailable, match="folder"):
        await engine.connect()


@pytest.mark.model
async def test_a_file_that_is_no_model_is_told_with_the_reason(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "garbage.gguf").write_bytes(b"GGUF\x03\0\0\0" + b"garbage" * 100)
    engine = Engine(EngineSettings(str(tmp_path / "garbage.gguf"), 1))
    for _ in range(2):
        with pytest.raises(BackendUnavailable, match=r"the engine ended with status .*garbage\.gguf"):
            await engine.connect()
    assert engine.starts == 2
    await engine.close()


def state_in(runtime: Path) -> tuple[str, tuple[int, int]]:
    """The one state file, and what may be done with it and with the folder."""
    (state,) = runtime.glob("*/state.json")
    return state.read_text(), (stat.S_IMODE(state.stat().st_mode), stat.S_IMODE(runtime.stat().st_mode))


def written_in(runtime: Path) -> list[bytes]:
    """All that the engine left on the disk."""
    return [path.read_bytes() for path in runtime.rglob("*") if path.is_file()]


async def texts(backend: LlamaCpp, request: Generation) -> str:
    return "".join([token.text async for token in backend.generate(request)])


@pytest.mark.model
async def test_the_engine_is_private_and_obeys(runtime: Path, settings: EngineSettings) -> None:
    engine = Engine(settings)
    backend = await engine.connect()
    running = engine.running
    assert running is not None

    # Only its user can find it, and only this machine can reach it.
    state, mode = state_in(runtime)
    assert mode == (0o600, 0o700)
    listening = [
        each for each in psutil.Process(running.pid).net_connections() if each.status == psutil.CONN_LISTEN
    ]
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
    headers = {"Authorization": "Bearer another key"}
    stranger = LlamaCpp(connect(running.address, Gate(), headers, keep_alive=False))
    with pytest.raises(BackendUnavailable, match="401"):
        await stranger.prefill(PROMPT, 0)
    await stranger.close()
    assert json.loads(state)["settings"]["threads"] <= allowed_cores()

    # What was typed is what the answer begins with, whatever it is; probabilities are some.
    for forced in (' retur"', " a\\b", "\tx", " größe😀", " != <", " 'it\\'s"):
        tokens = [token async for token in backend.generate(Generation(PROMPT, 24, forced=forced))]
        assert "".join(token.text for token in tokens).startswith(forced)
        for token in tokens:
            assert 0 <= token.probability <= 1.000001
            assert all(0 <= each.probability <= 1.000001 for each in token.alternatives)

    # A generation that is closed leaves its slot to the next one.
    stream = backend.generate(Generation(PROMPT, 400, slot=0))
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert await texts(backend, Generation(PROMPT, 4, slot=0))

    # A long prompt's slice is kept: the rest alone is read when more follows.
    head = "<|fim_prefix|>" + "".join(f"value_{n} = {n}\n" for n in range(40))
    await backend.prefill(head, 1)
    again = await backend.prefill(head + "value_40 = 40\n", 1)
    assert again.cached > again.read

    with pytest.raises(Exception, match="context"):
        await texts(backend, Generation("word " * 4000, 4))
    assert await backend.healthy()

    assert written_in(runtime)
    assert not any(b"secret_area" in content for content in written_in(runtime))
    await engine.close()


@pytest.mark.model
@pytest.mark.parametrize("dying", [0, 3])
async def test_killed_in_the_middle_of_a_generation_it_comes_back(
    runtime: Path, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch, dying: int
) -> None:
    """Also where its connections break some looks before its process has gone."""
    engine = Engine(settings)
    backend = await engine.connect()
    first = engine.running
    assert first is not None
    stream = backend.generate(Generation(PROMPT, 400))
    await anext(stream)
    psutil.Process(first.pid).send_signal(signal.SIGKILL)
    with pytest.raises(BackendUnavailable):
        async for _ in stream:
            pass
    looks, alive = iter([True] * dying), engine._alive
    monkeypatch.setattr(engine, "_alive", lambda running: next(looks, False) or alive(running))
    await engine.failed()
    backend = await engine.connect()
    second = engine.running
    assert second is not None
    assert second.pid != first.pid
    assert await texts(backend, Generation(PROMPT, 4))
    await engine.close()


@pytest.mark.model
def test_two_processes_that_start_at_once_share_one_engine_which_ends_with_them(
    runtime: Path, settings: EngineSettings
) -> None:
    command = [sys.executable, "-c", HOLDER, json.dumps(dataclasses.asdict(settings))]
    holders = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = []
    for holder in holders:
        assert holder.stdout is not None
        said.append(holder.stdout.readline().split())
    assert len({pid for pid, _ in said}) == 1
    assert sorted(starts for _, starts in said) == ["0", "1"]
    (process,) = engines(runtime)
    holders[0].communicate()
    assert process.is_running()
    holders[1].kill()  # it had no time to say that it goes
    holders[1].communicate()
    gone, _ = psutil.wait_procs([process], 30)
    assert gone == [process]
    assert not list(runtime.glob("*/state.json"))


@pytest.mark.model
async def test_an_engine_that_nobody_asks_ends_by_itself(runtime: Path, settings: EngineSettings) -> None:
    engine = Engine(dataclasses.replace(settings, idle_seconds=6.0))
    await engine.connect()
    (process,) = engines(runtime)
    await asyncio.to_thread(process.wait, 30)
    await engine.failed()
    backend = await engine.connect()  # wanted again, it is there again
    assert await texts(backend, Generation(PROMPT, 2))
    await engine.close()


@pytest.mark.model
async def test_the_server_survives_its_engine(runtime: Path, tmp_path: Path) -> None:
    """Over the real server process: one response to the request that was open, and work goes on."""
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "config.yaml").write_text("")
    environment = {
        **os.environ,
        "EMBERLINE_RUNTIME": str(runtime),
        "EMBERLINE_CONFIG": str(tmp_path / "config.yaml"),
    }
    client = await Client.start(project, refresh=False, environment=environment)
    answered: list[int] = []
    receive = client._receive

    def counting(message: dict[str, object]) -> None:
        if "method" not in message and isinstance(message.get("id"), int):
            answered.append(message["id"])  # type: ignore[arg-type]
        receive(message)

    client._receive = counting  # type: ignore[method-assign]
    uri = (project / "area.py").as_uri()
    text = "import math\n\n\ndef area(radius):\n    return math.pi * rad\n"
    column = len("    return math.pi * rad")
    opened = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": opened})
    params = {
        "textDocument": {"uri": uri},
        "position": {"line": 4, "character": column},
        "context": {"triggerKind": 2},
    }
    try:
        async with asyncio.timeout(80):
            while "warm" not in (await client.request("emberline/status", None))["message"]:
                await asyncio.sleep(0.1)
            (process,) = engines(runtime)
            number, open_request = client.begin("textDocument/inlineCompletion", params)
            process.kill()
            await open_request
            while not (await client.request("textDocument/inlineCompletion", params))["items"]:
                await asyncio.sleep(0.1)
            (successor,) = engines(runtime)
            assert successor.pid != process.pid
            assert answered.count(number) == 1
    finally:
        assert await client.stop() == 0
