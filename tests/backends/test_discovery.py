"""What is found on this machine, among real processes that are model servers and others that are not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emberline.backends import discovery
from emberline.backends.discovery import (
    STRANGER_SECONDS,
    Discovery,
    Found,
    Spot,
    discover,
    identify,
    ollama_url,
    usual_spots,
)
from emberline.privacy.audit import Memory
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Label, Level, Manifest
from tests.servers import Served, serving
from tests.servers.strangers import KINDS

NO_TEXT = Manifest((Label(Level.STRICT, "no text", "a test"),), "looking for model servers")
NOBODY = "http://127.0.0.1:9"
LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
UNKNOWN_TO_LMSTUDIO = {"error": "Unexpected endpoint or method. (GET /api/version)"}

Answers = dict[str, tuple[int, Any]]

SERVERS: dict[str, tuple[Answers, str, str]] = {
    # what it answers under which path (404 elsewhere), its header Server, and what it is
    "ollama": (
        {"/api/version": (200, {"version": "0.13.0"}), "/api/tags": (200, {"models": [{"name": "a"}]})},
        "",
        "ollama 0.13.0",
    ),
    "ollama without a model": (
        {"/api/version": (200, {"version": "0.13.0"}), "/api/tags": (200, {"models": []})},
        "",
        "ollama 0.13.0",
    ),
    "lm studio": (
        {
            "/api/version": (200, UNKNOWN_TO_LMSTUDIO),
            "/api/v1/models": (200, {"models": [{"type": "llm", "key": "qwen", "loaded_instances": []}]}),
        },
        "",
        "lmstudio ",
    ),
    "an older lm studio": (
        {
            "/api/version": (200, UNKNOWN_TO_LMSTUDIO),
            "/api/v1/models": (200, UNKNOWN_TO_LMSTUDIO),
            "/api/v0/models": (200, {"data": [{"id": "qwen", "state": "loaded"}], "object": "list"}),
        },
        "",
        "lmstudio ",
    ),
    "lm studio without a model": (
        {"/api/version": (200, UNKNOWN_TO_LMSTUDIO), "/api/v1/models": (200, {"models": []})},
        "",
        "lmstudio ",
    ),
    "llama.cpp": (
        {"/health": (200, {"status": "ok"}), "/props": (200, {"build_info": "b6789-abc"})},
        "llama.cpp",
        "llamacpp b6789-abc",
    ),
    "llama.cpp behind a proxy": (
        {
            "/health": (200, {"status": "ok"}),
            "/props": (200, {"default_generation_settings": {}, "build_info": "b6789-abc"}),
        },
        "nginx",
        "llamacpp b6789-abc",
    ),
    "llama.cpp that loads": (
        {"/health": (503, LOADING), "/props": (503, LOADING)},
        "",
        "llamacpp ",
    ),
    "llama.cpp that wants a key": (
        {"/health": (200, {"status": "ok"}), "/props": (401, {"error": {"message": "Invalid API Key"}})},
        "llama.cpp",
        "llamacpp ",
    ),
    "vllm": (
        {"/v1/models": (200, {"object": "list", "data": [{"id": "m", "object": "model"}]})},
        "uvicorn",
        "openai-compatible ",
    ),
    "a gateway that wants a key": (
        {"/v1/models": (401, {"error": {"message": "no key", "type": "auth_error"}})},
        "",
        "openai-compatible ",
    ),
    "a web service that wants a login": ({"/v1/models": (401, {"error": "unauthorized"})}, "", ""),
}


@pytest.fixture(scope="module")
def blank() -> Iterator[Served]:
    """A server that knows no path but those that it is told of."""
    with serving("tests.servers.http") as served:
        yield served


def teach(served: Served, answers: Answers, server: str) -> None:
    paths = (
        "/api/version",
        "/api/tags",
        "/api/v1/models",
        "/api/v0/models",
        "/health",
        "/props",
        "/v1/models",
    )
    for path in paths:
        status, value = answers.get(path, (404, {"error": "not found"}))
        body = json.dumps(value)
        head = f"HTTP/1.1 {status} Some\r\nServer: {server}\r\nContent-Type: application/json\r\n"
        served.script(path=path, steps=[{"send": f"{head}Content-Length: {len(body)}\r\n\r\n{body}"}])


@pytest.mark.parametrize("name", SERVERS)
async def test_a_server_is_known_by_what_it_says(name: str, blank: Served) -> None:
    answers, server, expected = SERVERS[name]
    teach(blank, answers, server)
    found = await identify(blank.url, Gate(), NO_TEXT)
    assert (f"{found.protocol} {found.version}" if found else "") == expected
    assert found is None or found.url == blank.url
    protocol = expected.partition(" ")[0]
    spots = tuple(Spot(each, blank.url) for each in ("ollama", "lmstudio", "llamacpp"))
    looked_for = await discover(Gate(), spots)
    assert [each.protocol for each in looked_for.found] == ([protocol] if protocol in discovery.NAMES else [])


@pytest.mark.parametrize("kind", KINDS)
async def test_what_listens_there_need_be_no_model_server(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SECONDS", 1.0)
    with serving("tests.servers.strangers", kind) as served:
        assert await identify(served.url, Gate(), NO_TEXT, seconds=1.0) is None
        spots = tuple(Spot(each, served.url) for each in ("ollama", "lmstudio", "llamacpp"))
        survey = await discover(Gate(), spots)
    assert not survey.found
    assert len(survey.missing) == 3
    for words, name in zip(survey.missing, ("Ollama", "LM Studio", "llama.cpp's server"), strict=True):
        start, end = (
            f"what listens at {served.url}",
            (f"is not {name}, or wants a key", f"in 1 s that it is {name}"),
        )
        assert words.startswith(start) and words.endswith(end)
        assert kind != "silent" or words.endswith(end[1])


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """Python's own, as a developer starts it."""
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        port = re.search(rb"port (\d+)", process.stdout.readline())
        assert port is not None
        yield f"http://127.0.0.1:{port[1].decode()}"
        process.kill()


async def test_several_at_once(tmp_path: Path) -> None:
    with (
        serving("tests.servers.ollama") as ollama,
        serving("tests.servers.lmstudio") as lmstudio,
        serving("tests.servers.llamacpp") as llamacpp,
        web_server(tmp_path) as web,
    ):
        spots = (
            Spot("ollama", ollama.url),
            Spot("lmstudio", lmstudio.url),
            Spot("lmstudio", NOBODY),
            Spot("llamacpp", web),
            Spot("llamacpp", llamacpp.url),
            Spot("ollama", "http://gpu.lan:11434"),
        )
        survey = await discover(Gate(), spots)
    assert [(found.protocol, found.url, bool(found.version)) for found in survey.found] == [
        ("ollama", ollama.url, True),
        ("lmstudio", lmstudio.url, False),
        ("llamacpp", llamacpp.url, True),
    ]
    assert survey.missing == (
        f"no LM Studio at {NOBODY}",
        f"what listens at {web} is not llama.cpp's server, or wants a key",
        "OLLAMA_HOST names http://gpu.lan:11434, which is not this machine: "
        "to use it, name it in backends.servers of your configuration",
    )


async def test_a_stranger_is_left_in_peace_and_a_newcomer_is_found(blank: Served) -> None:
    now = 0.0
    looking = Discovery(Gate(), (Spot("llamacpp", blank.url),), clock=lambda: now)
    teach(blank, {}, "")
    first = await looking.look()
    asked = len(blank.requests())
    assert (await looking.look(), await looking.look()) == (first, first)
    assert len(blank.requests()) == asked
    teach(blank, *SERVERS["llama.cpp"][:2])
    now = STRANGER_SECONDS
    assert [found.protocol for found in (await looking.look()).found] == ["llamacpp"]


async def test_one_that_was_too_busy_to_answer_is_asked_again_sooner(
    blank: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    looking = Discovery(Gate(), (Spot("llamacpp", blank.url),), clock=lambda: now)
    blank.script(path="/health", steps=[{"stall": True}])
    with monkeypatch.context() as patch:
        patch.setattr(discovery, "SECONDS", 0.3)
        first = await looking.look()
    assert "did not say in 0.3 s that it is llama.cpp's server" in first.missing[0]
    teach(blank, *SERVERS["llama.cpp"][:2])
    assert await looking.look() == first
    now = discovery.SILENT_SECONDS
    assert [found.protocol for found in (await looking.look()).found] == ["llamacpp"]


async def test_questions_carry_their_manifest_and_a_key_where_there_is_one(blank: Served) -> None:
    trail = Memory()
    teach(blank, {}, "")
    before = len(blank.requests())
    await identify(f"{blank.url}/v1/", Gate(trail=trail), NO_TEXT, key="secret")
    asked = blank.requests()[before:]
    assert {request["headers"].get("authorization") for request in asked} == {"Bearer secret"}
    assert [send.reason for send in trail.kept_here] == ["looking for model servers"] * len(asked)
    assert {send.level for send in trail.kept_here} == {Level.STRICT}


async def test_a_path_belongs_to_the_compatible_protocol_alone(blank: Served) -> None:
    teach(blank, *SERVERS["ollama"][:2])
    assert await identify(f"{blank.url}/v1", Gate(), NO_TEXT) == Found("ollama", blank.url, "0.13.0")
    teach(blank, *SERVERS["vllm"][:2])
    assert await identify(f"{blank.url}/v1", Gate(), NO_TEXT) == Found("openai-compatible", f"{blank.url}/v1")


@pytest.mark.parametrize("url", [NOBODY, "http://gpu.lan:11434", "http://192.0.2.1", "nonsense"])
async def test_nobody_there_or_nobody_who_may_be_asked(url: str) -> None:
    async def resolver(host: str, port: int) -> tuple[()]:
        raise AssertionError("strict: no name is looked up")

    trail = Memory()
    async with asyncio.timeout(20):
        assert await identify(url, Gate(trail=trail, resolver=resolver), NO_TEXT) is None
    assert not trail.sent_away


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::]:8000", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:11434"),
        ("127.0.0.1:9999", "http://127.0.0.1:9999"),
        (":9999", "http://127.0.0.1:9999"),
        ("gpu.lan", "http://gpu.lan:11434"),
        ("gpu.lan:99999", "http://gpu.lan:11434"),
        ("http://gpu.lan", "http://gpu.lan:80"),
        ("https://gpu.lan/ollama/", "https://gpu.lan:443/ollama"),
        (' "localhost" ', "http://localhost:11434"),
        ("[broken", "http://127.0.0.1:11434"),
    ],
)
def test_ollamas_own_variable_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert ollama_url(host) == url
    assert usual_spots({"OLLAMA_HOST": host})[0] == Spot("ollama", url)
