"""What `doctor` says of model servers and cloud providers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from emberline.backends.build import build
from emberline.backends.health import Monitor, Standing, View
from emberline.backends.port import Backend
from emberline.cli.diagnosis.finding import Finding, State
from emberline.cli.diagnosis.servers import Provider, clouds, servers
from emberline.config.schema import HealthCheck
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Label, Level, Manifest, Place
from emberline.routing.fleet import Candidate, Fleet
from tests.servers import Served, serving

LLAMA = ModelInfo(
    "llama3.1:8b",
    context_tokens=131_072,
    warmth=Warmth.WARM,
    quantization="Q4_K_M",
)
CODER = ModelInfo(
    "qwen2.5-coder:7b",
    capabilities=frozenset((Capability.CHAT, Capability.INFILL)),
    context_tokens=32_768,
    loaded_context=8192,
    warmth=Warmth.COLD,
    quantization="Q8_0",
)
REMOTE = ModelInfo("gpt-oss:120b-cloud", context_tokens=131_072, remote_host="https://ollama.com:443")
UP = View(Standing.UP, version="0.13.0")


def backend(name: str = "ollama", url: str = "http://localhost:11434", protocol: str = "ollama") -> Backend:
    return build(protocol, name, url, None, Gate(), 30)


def candidate(model: ModelInfo, place: Place = Place.MACHINE, name: str = "ollama") -> Candidate:
    return Candidate(name, "ollama", "http://localhost:11434", Place.CLOUD if model.remote else place, model)


def told(
    view: View, *candidates: Candidate, mode: Level = Level.STRICT, of: Backend | None = None
) -> Finding:
    of = of or backend()
    (finding,) = servers(Fleet(candidates), [of], {of.name: view}, mode)
    return finding


def test_each_model_with_its_measures() -> None:
    unfit = replace(candidate(CODER), fits=False)
    finding = told(UP, candidate(LLAMA), unfit, candidate(REMOTE), candidate(LLAMA, name="another"))
    assert finding.state is State.OK and finding.remedy == ""
    assert finding.detail == (
        "ollama 0.13.0 at http://localhost:11434:\n"
        "llama3.1:8b Q4_K_M, 131,072 tokens, loaded\n"
        "qwen2.5-coder:7b Q8_0, 8,192 tokens (of 32,768), not loaded, fills gaps, "
        "too large for the memory there is\n"
        "gpt-oss:120b-cloud, 131,072 tokens, runs at https://ollama.com:443, not here"
    )
    models = finding.as_json()["data"]["models"]  # type: ignore[index]
    assert [(each["name"], each["warmth"], each["place"], each["fits"]) for each in models] == [
        ("llama3.1:8b", "loaded", "this machine", True),
        ("qwen2.5-coder:7b", "not loaded", "this machine", False),
        ("gpt-oss:120b-cloud", "unknown", "cloud", True),
    ]


CLOUD = candidate(ModelInfo("gpt-4o", warmth=Warmth.HOSTED), Place.CLOUD)


@pytest.mark.parametrize(
    ("view", "mode", "offered", "state", "words"),
    [
        (UP, Level.STRICT, (), State.WARNING, "ollama 0.13.0 at http://localhost:11434: no model"),
        (View(Standing.LOADING), Level.STRICT, (candidate(LLAMA),), State.OK, ": loading llama3.1:8b Q4_K_M"),
        (View(Standing.LOADING), Level.STRICT, (), State.OK, ": loading its model"),
        (View(Standing.DOWN, "it is off"), Level.STRICT, (), State.WARNING, ": it is off"),
        (View(Standing.RESTING, "too many"), Level.OPEN, (), State.WARNING, "left alone for a while: too"),
        (View(), Level.STRICT, (CLOUD,), State.OK, "(cloud): not asked, kept out by mode strict"),
        (View(), Level.OPEN, (CLOUD,), State.OK, "(cloud): not asked yet"),
        (UP, Level.OPEN, (CLOUD,), State.OK, "(cloud):\ngpt-4o"),
    ],
)
def test_how_a_server_stands(
    view: View, mode: Level, offered: tuple[Candidate, ...], state: State, words: str
) -> None:
    finding = told(view, *offered, mode=mode)
    assert finding.state is state and words in finding.detail
    assert bool(finding.remedy) == (state is State.WARNING)
    assert finding.data["standing"] == str(view.standing)


def test_what_was_looked_for_in_vain() -> None:
    (finding,) = servers(Fleet(missing=("no Ollama at x", "no LM Studio at y")), [], {}, Level.STRICT)
    assert (finding.name, finding.detail) == ("looked for", "no Ollama at x; no LM Studio at y")
    (finding,) = servers(Fleet(), [], {}, Level.STRICT)
    assert finding.detail == "none; the embedded engine serves"


GONE = "no Ollama at http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("host", "missing", "words"),
    [
        ("", (), None),
        ("127.0.0.1:11434", (), None),  # the one that is there
        ("localhost", (), None),
        ("0.0.0.0", (), None),
        ("http://127.0.0.1:9", (GONE,), f"it is 'http://127.0.0.1:9': {GONE}"),
        ("127.0.0.1:9", (), "it is '127.0.0.1:9': nobody answers at http://127.0.0.1:9"),
        ("gpu.example:1", ("OLLAMA_HOST names http://gpu.example:1, which is not this machine",), None),
        (
            "127.0.0.1:many",
            (),
            "it is '127.0.0.1:many': its port is none: http://127.0.0.1:11434 was asked",
        ),
        ("ftp://127.0.0.1", (), "it is 'ftp://127.0.0.1': no address can be made of it"),
        ("my machine", (), "it is 'my machine': no address can be made of it"),
        ("127.0.0.1:0", (), "it is '127.0.0.1:0': no address can be made of it"),
    ],
)
def test_where_the_user_says_that_ollama_is(host: str, missing: tuple[str, ...], words: str | None) -> None:
    fleet = Fleet((candidate(LLAMA),), missing=("no LM Studio at y", *missing))
    findings = list(servers(fleet, [backend()], {"ollama": UP}, Level.STRICT, ollama_host=host))
    told = {finding.name: finding for finding in findings}
    if words is None:
        assert "OLLAMA_HOST" not in told
        assert told["looked for"].data["missing"] == list(fleet.missing)
        return
    assert (told["OLLAMA_HOST"].state, told["OLLAMA_HOST"].detail) == (State.WARNING, words)
    assert told["looked for"].detail == "no LM Studio at y"  # each is said once


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Level.STRICT, "openai: key from OPENAI_API_KEY, kept out by mode strict; anthropic: no key"),
        (Level.TRUSTED, "openai: key from OPENAI_API_KEY, kept out by mode trusted; anthropic: no key"),
        (Level.OPEN, "openai: key from OPENAI_API_KEY; anthropic: no key"),
    ],
)
def test_cloud_providers(mode: Level, words: str) -> None:
    providers = (Provider("openai", "https://o", "OPENAI_API_KEY"), Provider("anthropic", "https://a"))
    finding = clouds(providers, mode)
    assert finding.detail == words
    assert [each["allowed"] for each in finding.data["providers"]] == [mode is Level.OPEN] * 2  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def ollama() -> Iterator[Served]:
    with serving("tests.servers.ollama") as served:
        yield served


async def test_of_a_server_that_runs(ollama: Served) -> None:
    sent = Manifest((Label(Level.STRICT, "no text", "a test"),), "a test")
    running = backend(url=ollama.url)
    monitor = Monitor(HealthCheck(), lambda _: sent)
    monitor.follow([running])
    await monitor.asked()
    fleet = Fleet(tuple(candidate(model) for model in await running.models(sent)))
    (finding,) = servers(fleet, monitor.backends, monitor.views(), Level.STRICT)
    await monitor.close()
    await running.close()
    assert finding.detail.startswith("ollama 0.13") and ollama.url in finding.detail
    assert "llama3.1:8b Q4_K_M, 131,072 tokens" in finding.detail
    assert "runs at https://ollama.com:443, not here" in finding.detail
