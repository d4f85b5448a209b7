"""What each model is good for: quantization by task and by memory, never blind to either."""

from __future__ import annotations

import re

import pytest

from emberline.models.fim import QWEN
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.models.planner import Gpu, Machine
from emberline.models.suitability import Work, pick

GB = 10**9
LAPTOP = Machine(16 * GB, 13 * GB)
WORKSTATION = Machine(64 * GB, 61 * GB)
BIG = Machine(128 * GB, 120 * GB)
CARD = Machine(32 * GB, 24 * GB, (Gpu(24 * GB, 23 * GB),))

COMPLETION, ROUTINE, REASONING = Work


def model(
    name: str, billions: float, quantization: str = "Q4_K_M", fills: bool = False, **more: object
) -> ModelInfo:
    abilities = {Capability.CHAT} | ({Capability.INFILL} if fills else set())
    fim = QWEN if fills else None
    return ModelInfo(
        name, frozenset(abilities), parameters=billions, quantization=quantization, fim=fim, **more  # type: ignore[arg-type]
    )  # fmt: skip


HALF, SMALL, SEVEN = (model(f"coder:{size}b", size, fills=True) for size in (0.5, 1.5, 7.6))
CHAT_8, CHAT_8_FINE = model("llama:8b", 8.03), model("llama:8b-q8", 8.03, "Q8_0")
CHAT_14 = model("qwen:14b", 14.8)
CHAT_70, CHAT_70_FINE = model("llama:70b", 70.6), model("llama:70b-q8", 70.6, "Q8_0")
CHAT_70_ROUGH = model("llama:70b-q2", 70.6, "Q2_K")
EMBEDDER = ModelInfo("embedder", frozenset((Capability.EMBED,)), parameters=0.3, quantization="F16")
ALL = (HALF, SMALL, SEVEN, CHAT_8, CHAT_8_FINE, CHAT_14, CHAT_70, CHAT_70_FINE, CHAT_70_ROUGH, EMBEDDER)


@pytest.mark.parametrize(
    ("work", "models", "machine", "name"),
    [
        (COMPLETION, ALL, LAPTOP, "coder:1.5b"),  # 7B are slow between keystrokes without a card
        (COMPLETION, ALL, CARD, "coder:7.6b"),
        (COMPLETION, (HALF, SEVEN), LAPTOP, "coder:0.5b"),
        (COMPLETION, (SEVEN,), LAPTOP, "coder:7.6b"),
        (COMPLETION, (CHAT_8, CHAT_14), LAPTOP, None),
        (COMPLETION, (model("rough", 1.5, "Q2_K", True), HALF), LAPTOP, "coder:0.5b"),
        (COMPLETION, (model("fine", 1.5, "F16", True), SMALL), LAPTOP, "coder:1.5b"),
        (ROUTINE, (CHAT_8, CHAT_8_FINE), LAPTOP, "llama:8b"),
        (ROUTINE, ALL, WORKSTATION, "llama:8b"),  # 14B keep one waiting without a card
        (ROUTINE, (HALF, CHAT_14), CARD, "qwen:14b"),
        (ROUTINE, (CHAT_70,), WORKSTATION, "llama:70b"),
        (ROUTINE, (EMBEDDER,), LAPTOP, None),
        (REASONING, ALL, BIG, "llama:70b-q8"),
        (REASONING, ALL, WORKSTATION, "llama:70b"),
        (REASONING, (CHAT_8, CHAT_8_FINE), WORKSTATION, "llama:8b-q8"),
        (REASONING, (CHAT_14, CHAT_70_ROUGH), WORKSTATION, "qwen:14b"),  # rough is worse than small
        (REASONING, (CHAT_70, CHAT_70_FINE), LAPTOP, None),
    ],
)
def test_which_model_is_best(
    work: Work, models: tuple[ModelInfo, ...], machine: Machine, name: str | None
) -> None:
    found = pick(work, models, machine)
    assert (found.placement and found.placement.model.name) == name
    assert bool(found.reasons) == (name is not None)
    assert found.shortcomings or name is not None


@pytest.mark.parametrize(
    ("work", "only", "machine", "shortcoming"),
    [
        (REASONING, CHAT_70_FINE, BIG, ""),
        (REASONING, CHAT_70, WORKSTATION, "Q4_K_M shows in long chains"),
        (REASONING, CHAT_8_FINE, WORKSTATION, "8B are few"),
        (REASONING, CHAT_70_ROUGH, WORKSTATION, "Q2_K is rough"),
        (COMPLETION, SMALL, LAPTOP, ""),
        (COMPLETION, SEVEN, LAPTOP, "slow"),
        (COMPLETION, SEVEN, CARD, ""),
        (ROUTINE, HALF, LAPTOP, "0.5B are few for it: much of what they word is vague"),
        (ROUTINE, SMALL, LAPTOP, "1.5B do for messages and classes, and are few for summaries"),
        (ROUTINE, SEVEN, LAPTOP, ""),
        (ROUTINE, CHAT_8, LAPTOP, ""),
        (ROUTINE, CHAT_8_FINE, WORKSTATION, "more memory than the work needs"),
        (ROUTINE, CHAT_70, WORKSTATION, "slow"),
        (COMPLETION, CHAT_8, LAPTOP, "no model that fills in the middle is here"),
        (REASONING, CHAT_70, LAPTOP, "takes .* may be taken"),
    ],
)
def test_what_is_wanting_is_said(work: Work, only: ModelInfo, machine: Machine, shortcoming: str) -> None:
    said = "; ".join(pick(work, (only,), machine).shortcomings)
    assert bool(said) == bool(shortcoming)
    assert re.search(shortcoming, said)


def test_what_is_loaded_counts_as_fitting() -> None:
    loaded = model("coder:7.6b", 7.6, fills=True, warmth=Warmth.WARM)
    full = Machine(16 * GB, GB, (Gpu(8 * GB, GB),))
    found = pick(Work.COMPLETION, (loaded, HALF), full)
    assert found.placement is not None and found.placement.model is loaded
