"""Typing on a model server that the user runs: found, loaded, and asked in its own protocol."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from emberline.models import catalogue, store
from emberline.replay.client import Client
from tests.servers import Served, serving

CODE = "def mean(values):\n    total = sum(values)\n    return total / \n\n\nprint(mean([1, 2]))\n"
CURSOR = {"line": 2, "character": 19}
NOWHERE = "http://127.0.0.1:9"
PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose user has neither a model of ours nor a server."""
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "no-models"))
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setenv("OLLAMA_HOST", NOWHERE)
    (tmp_path / "config.yaml").write_text("engine: {embedded: false}\n")
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@asynccontextmanager
async def editing(folder: Path) -> AsyncIterator[Callable[[], Any]]:
    """An editor on one file; what it gives asks for ghost text until there is some."""
    client = await Client.start(folder)
    uri = (folder / "a.py").as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": CODE}
    client.notify("textDocument/didOpen", {"textDocument": document})

    async def ghost() -> str:
        asked = {"textDocument": {"uri": uri}, "position": CURSOR, "context": {"triggerKind": 1}}
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await client.request("textDocument/inlineCompletion", asked)
                if answer["items"]:
                    return str(answer["items"][0]["insertText"])
                await asyncio.sleep(0.05)

    ghost.client = client  # type: ignore[attr-defined]
    try:
        yield ghost
    finally:
        await client.stop()


async def told(client: Client) -> str:
    return str((await client.request("emberline/explainRoute", None))["text"])


async def test_ollama_is_asked_with_a_suffix_where_the_model_can_insert(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving("tests.servers.ollama") as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        async with editing(folder) as ghost:
            assert (await ghost()).startswith("Hello from")
            assert "goes to qwen2.5-coder:7b Q4_K_M (ollama, on this machine)" in await told(ghost.client)
        typed = [each["json"] for each in ollama.requests("/api/generate") if each["json"].get("suffix")][-1]
    assert typed["prompt"].endswith("return total / ")
    assert typed["suffix"].startswith("\n\n\nprint(mean")
    assert typed["keep_alive"] == "30m"
    assert "raw" not in typed


async def test_lm_studio_gets_a_raw_prompt(folder: Path) -> None:
    """It has no endpoint for filling in."""
    with serving("tests.servers.lmstudio") as lmstudio:
        configure(folder, lmstudio, "lmstudio")
        async with editing(folder) as ghost:
            assert await ghost()
        prompts = [each["json"]["prompt"] for each in lmstudio.requests("/v1/completions")]
    assert prompts[-1].startswith("<|fim_prefix|>def mean(values)") and "<|fim_suffix|>" in prompts[-1]


def configure(folder: Path, served: Served, protocol: str) -> None:
    (folder.parent / "config.yaml").write_text(
        "engine: {embedded: false}\nbackends:\n  servers:\n"
        f"    - {{name: mine, protocol: {protocol}, url: '{served.url}'}}\n"
    )


async def test_a_configuration_that_changes_applies_without_a_restart(folder: Path) -> None:
    """Here: a server that is named while the editor runs."""
    with serving("tests.servers.ollama") as ollama:
        async with editing(folder) as ghost:
            async with asyncio.timeout(PATIENCE):
                while (await ghost.client.request("emberline/status", None))["kind"] != "warning":
                    await asyncio.sleep(0.05)
            configure(folder, ollama, "ollama")
            assert (await ghost()).startswith("Hello from")
            assert "(mine, on this machine)" in await told(ghost.client)
            (folder / ".emberline.yaml").write_text("completion: {enabled: false}\n")
            async with asyncio.timeout(PATIENCE):
                while (await ghost.client.request("emberline/status", None))["kind"] != "inactive":
                    await asyncio.sleep(0.1)


async def test_a_secret_file_is_never_sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("tests.servers.ollama") as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        async with editing(folder) as ghost:
            await ghost()
            uri = (folder / ".env").as_uri()
            document = {"uri": uri, "languageId": "properties", "version": 1, "text": "PASSWORD=hunter2-"}
            ghost.client.notify("textDocument/didOpen", {"textDocument": document})
            asked = {
                "textDocument": {"uri": uri},
                "position": {"line": 0, "character": 17},
                "context": {"triggerKind": 1},
            }
            answer = await ghost.client.request("textDocument/inlineCompletion", asked)
            assert answer["items"] == []
        assert "hunter2" not in str(ollama.requests())


REAL = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_parallel, params.n_ctx, params.n_batch, params.n_ubatch = 2, 4096, 64, 64
params.hostnames, params.port, params.ui, params.cache_ram_mib = ["127.0.0.1"], 0, False, 0
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def real() -> Iterator[str]:
    """The address of a real llama.cpp server with the default model."""
    model = store.path_of(catalogue.DEFAULT, store.default_folder())
    # Like our own engine's: threads that spin for each other would starve beside other tests.
    environment = {**os.environ, "GOMP_SPINCOUNT": "300"}
    command = [sys.executable, "-c", REAL, str(model)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        yield address if "://" in address else f"http://{address}"
        server.kill()


@pytest.mark.model
async def test_a_real_llama_cpp_server_is_found_at_the_local_endpoint(real: str, folder: Path) -> None:
    (folder.parent / "config.yaml").write_text(
        f"engine: {{embedded: false}}\nrouter: {{local_endpoint: '{real}'}}\n"
    )
    async with editing(folder) as ghost:
        assert (await ghost()).startswith("len")
        assert "(llamacpp, on this machine)" in await told(ghost.client)


async def test_a_server_that_starts_after_the_editor_is_warmed_before_the_next_key(folder: Path) -> None:
    with serving("tests.servers.ollama") as ollama:
        async with editing(folder) as ghost:
            await ghost.client.request("emberline/status", None)
            configure(folder, ollama, "ollama")
            async with asyncio.timeout(PATIENCE):  # nothing is typed meanwhile
                while not any("prompt" not in each["json"] for each in ollama.requests("/api/generate")):
                    await asyncio.sleep(0.05)
