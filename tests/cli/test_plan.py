"""The memory plan that `emberline doctor` shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.cli.diagnosis.finding import Finding, State, works
from emberline.cli.diagnosis.plan import embedded, fetchable, plan
from emberline.config.schema import Engine
from emberline.models import catalogue, store
from emberline.models.fim import QWEN
from emberline.models.info import Capability, KvShape, ModelInfo, Warmth
from emberline.models.planner import Gpu, Machine, of_catalogue

GB = 10**9
LAPTOP = Machine(16 * GB, 13 * GB)
HALF = ModelInfo(
    "qwen2.5-coder-0.5b",
    frozenset((Capability.CHAT, Capability.INFILL)),
    quantization="Q4_K_M",
    parameters=0.63,
    size_bytes=491_400_064,
    kv=KvShape(24, 2, 64, 64),
    context_tokens=32_768,
    fim=QWEN,
)
EIGHT = ModelInfo("llama3.1:8b", quantization="Q4_K_M", parameters=8.03, kv=KvShape(32, 8, 128, 128))
SEVENTY = ModelInfo("llama3.1:70b", quantization="Q8_0", parameters=70.6)


def findings(*models: ModelInfo, machine: Machine = LAPTOP, wanted: tuple[str, ...] = ()) -> list[Finding]:
    found = list(plan(models, machine, 85, wanted=wanted))
    assert works(tuple(found))
    return found


def test_the_plan_in_words() -> None:
    memory, half, eight, *works_ = findings(HALF, EIGHT)
    assert memory.detail == "10.6 GB of 16.0 GB may still be taken (memory.limit_percent is 85)"
    assert half.detail == "qwen2.5-coder-0.5b Q4_K_M: fits main memory, 0.7 GB, up to 32,768 tokens"
    assert eight.detail.startswith("llama3.1:8b Q4_K_M: fits main memory, 5.8 GB, up to ")
    assert half.data["recommended_for"] == ["completion"]
    assert eight.data["recommended_for"] == [
        "summaries and classification", "multi-step reasoning and strict JSON"
    ]  # fmt: skip
    assert [finding.data["model"] for finding in works_] == [HALF.name, EIGHT.name, EIGHT.name]
    assert works_[0].detail.startswith("for completion on this machine: qwen2.5-coder-0.5b (it fills in ")
    assert "; but 8B are few for several steps in a row" in works_[2].detail


@pytest.mark.parametrize(
    ("wanted", "state"), [((), State.OK), (("llama3.1:70b",), State.WARNING), (("other",), State.OK)]
)
def test_a_model_that_does_not_fit(wanted: tuple[str, ...], state: State) -> None:
    finding = findings(SEVENTY, wanted=wanted)[1]
    assert finding.state is state
    assert ": does not fit, " in finding.detail
    assert bool(finding.remedy) == (state is State.WARNING)
    assert finding.data["fit"] == "does not fit" and finding.data["context_tokens"] == 0


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (ModelInfo("mystery"), "mystery: of unknown size"),
        (ModelInfo("big:cloud", remote_host="ollama.com", context_tokens=9), "big:cloud: runs elsewhere"),
        (ModelInfo("w", warmth=Warmth.WARM, loaded_context=8192), "w: loaded, with 8,192 tokens"),
    ],
)
def test_models_that_are_not_to_be_placed(model: ModelInfo, words: str) -> None:
    assert findings(model)[1].detail.startswith(words)


def test_nothing_is_here() -> None:
    _, *nothing = findings()
    assert [finding.data["model"] for finding in nothing] == [None] * 3
    assert nothing[0].detail == "for completion: no model that fills in the middle is here"


def test_graphics_memory_is_shown() -> None:
    card = findings(machine=Machine(32 * GB, 24 * GB, (Gpu(24 * GB, 20 * GB),)))[0]
    assert "graphics card: 20.0 GB of 24.0 GB free" in card.detail
    mac = findings(machine=Machine(64 * GB, 56 * GB, unified=True))[0]
    assert "46.4 GB of it by the graphics" in mac.detail


def test_a_better_model_is_offered_where_it_fits() -> None:
    (better,) = fetchable((HALF,), LAPTOP, 85)
    assert better.data["model"] == "qwen2.5-coder-1.5b"
    assert "emberline models pull qwen2.5-coder-1.5b" in better.detail
    assert "better for completion and for summaries and classification" in better.detail
    assert list(fetchable((HALF,), Machine(2 * GB, GB), 85)) == []
    assert list(fetchable(tuple(map(of_catalogue, catalogue.CATALOGUE)), LAPTOP, 85)) == []


def test_a_file_that_is_no_model_is_left_out(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_text("milk, bread")
    assert embedded(Engine(model_path=own), tmp_path) == ()


@pytest.mark.model
def test_the_models_that_the_engine_could_host() -> None:
    folder = store.default_folder()
    own = store.path_of(catalogue.DEFAULT, folder)
    found = {model.name: model for model in embedded(Engine(model_path=own), folder)}
    assert found[catalogue.DEFAULT.name].kv == HALF.kv
    assert found[own.stem].size_bytes == catalogue.DEFAULT.size
