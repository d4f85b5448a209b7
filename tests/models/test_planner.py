"""The planner: what fits where, with how much context, and whom it would push out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.models import catalogue
from emberline.models.fim import QWEN
from emberline.models.info import Capability, KvShape, ModelInfo, Warmth
from emberline.models.planner import Fit, Gpu, Headroom, Machine, headroom, of_catalogue, place, would_evict

GB = 10**9
LLAMA_8B = ModelInfo("8b", quantization="Q4_K_M", parameters=8.03, kv=KvShape(32, 8, 128, 128))
LLAMA_70B = ModelInfo("70b", quantization="Q4_K_M", parameters=70.6, kv=KvShape(80, 8, 128, 128))
UNKNOWN = ModelInfo("mystery")
LAPTOP = Machine(16 * GB, 12 * GB)
MAC = Machine(64 * GB, 56 * GB, unified=True)
CARD = Machine(32 * GB, 24 * GB, (Gpu(24 * GB, 23 * GB),))
SMALL_CARD = Machine(32 * GB, 24 * GB, (Gpu(6 * GB, 6 * GB),))
TWO_CARDS = Machine(64 * GB, 32 * GB, (Gpu(24 * GB, 24 * GB), Gpu(24 * GB, 24 * GB)))


@pytest.mark.parametrize(
    ("machine", "limit", "room"),
    [
        (LAPTOP, 85, Headroom(9_600_000_000, 0, False)),
        (LAPTOP, 100, Headroom(12 * GB, 0, False)),
        (LAPTOP, 20, Headroom(0, 0, False)),
        (MAC, 85, Headroom(46_400_000_000, 46_400_000_000, True)),
        (MAC, 100, Headroom(56 * GB, 48 * GB, True)),
        (CARD, 85, Headroom(19_200_000_000, 19_400_000_000, False)),
        (TWO_CARDS, 85, Headroom(22_400_000_000, 40_800_000_000, False)),
    ],
)
def test_headroom(machine: Machine, limit: int, room: Headroom) -> None:
    found = headroom(machine, limit)
    assert found == room
    assert found.total == (room.ram if room.shared else room.ram + room.vram)


@pytest.mark.parametrize(
    ("model", "machine", "fit"),
    [
        (LLAMA_8B, LAPTOP, Fit.RAM),
        (LLAMA_8B, CARD, Fit.GPU),
        (LLAMA_8B, SMALL_CARD, Fit.SPLIT),
        (LLAMA_8B, MAC, Fit.GPU),
        (LLAMA_8B, Machine(8 * GB, 6 * GB), Fit.NOWHERE),
        (LLAMA_70B, LAPTOP, Fit.NOWHERE),
        (LLAMA_70B, CARD, Fit.NOWHERE),
        (LLAMA_70B, TWO_CARDS, Fit.SPLIT),
        (LLAMA_70B, MAC, Fit.GPU),
        (LLAMA_70B, Machine(48 * GB, 44 * GB, unified=True), Fit.NOWHERE),
        (LLAMA_70B, Machine(64 * GB, 61 * GB), Fit.RAM),
        (UNKNOWN, LAPTOP, Fit.UNKNOWN),
        (ModelInfo("c", warmth=Warmth.HOSTED), LAPTOP, Fit.ELSEWHERE),
        (ModelInfo("r", remote_host="ollama.com", parameters=480), LAPTOP, Fit.ELSEWHERE),
        (ModelInfo("w", warmth=Warmth.WARM, parameters=70, quantization="Q8_0"), LAPTOP, Fit.LOADED),
    ],
)
def test_where_models_fit(model: ModelInfo, machine: Machine, fit: Fit) -> None:
    found = place(model, machine)
    assert found.fit is fit
    assert found.fits == (fit is not Fit.NOWHERE)
    assert found.on_graphics == (fit is Fit.GPU)


@pytest.mark.parametrize(
    ("context", "fit"), [(4096, Fit.RAM), (30_000, Fit.RAM), (40_000, Fit.NOWHERE), (200_000, Fit.NOWHERE)]
)
def test_context_takes_memory(context: int, fit: Fit) -> None:
    """128 KiB a token: the 4.3 GB that 8B at Q4_K_M leave on this laptop hold some 33 000."""
    found = place(LLAMA_8B, LAPTOP, context)
    assert found.fit is fit
    assert (
        found.context_tokens == pytest.approx(33_000, rel=0.02) if found.fits else found.context_tokens == 0
    )


def test_no_more_context_than_the_model_holds() -> None:
    small = ModelInfo("s", quantization="Q4_K_M", parameters=1.5, context_tokens=2048)
    found = place(small, LAPTOP, 24_000)
    assert found.fit is Fit.RAM and found.context_tokens == 2048


def test_what_is_loaded_tells_its_own_context() -> None:
    warm = ModelInfo("w", warmth=Warmth.WARM, loaded_context=8192, parameters=70, quantization="Q8_0")
    found = place(warm, LAPTOP)
    assert found.context_tokens == 8192 and not found.on_graphics
    assert place(warm, CARD).on_graphics


@given(
    total=st.integers(1, 200),
    free=st.integers(0, 200),
    cards=st.lists(st.tuples(st.integers(1, 80), st.integers(0, 80)), max_size=3),
    limit=st.integers(10, 100),
    billions=st.floats(0.1, 200),
)
def test_what_fits_leaves_memory_below_the_limit(
    total: int, free: int, cards: list[tuple[int, int]], limit: int, billions: float
) -> None:
    gpus = tuple(Gpu(size * GB, min(size, left) * GB) for size, left in cards)
    machine = Machine(total * GB, min(total, free) * GB, gpus)
    found = place(ModelInfo("m", quantization="Q4_K_M", parameters=billions), machine, 4096, limit)
    assert found.need is not None
    room = headroom(machine, limit)
    most = {Fit.GPU: room.vram, Fit.SPLIT: room.vram + room.ram, Fit.RAM: room.ram}
    if found.fits:
        assert found.need.total <= most[found.fit]
        assert found.context_tokens >= 4095
    else:
        assert found.need.total > room.vram + room.ram


def warm(name: str) -> ModelInfo:
    return ModelInfo(name, warmth=Warmth.WARM)


@pytest.mark.parametrize(
    ("wanted", "loaded", "machine", "keeps_one", "evicted"),
    [
        (LLAMA_8B, [], LAPTOP, True, []),
        (LLAMA_8B, [warm("coder")], LAPTOP, True, ["coder"]),  # LM Studio: always
        (warm("coder"), [warm("coder")], LAPTOP, True, []),
        (LLAMA_8B, [warm("coder")], LAPTOP, False, []),  # Ollama: there is room for both
        (LLAMA_70B, [warm("coder")], LAPTOP, False, ["coder"]),
        (LLAMA_8B, [warm("coder")], Machine(16 * GB, 5 * GB), False, ["coder"]),
        (LLAMA_8B, [warm("coder")], SMALL_CARD, False, []),
        (LLAMA_8B, [warm("coder")], Machine(32 * GB, 24 * GB, (Gpu(8 * GB, GB),)), False, ["coder"]),
        (LLAMA_8B, [warm("a"), warm("b"), warm("c")], MAC, False, ["a", "b", "c"]),  # three are its most
        (LLAMA_8B, [warm("a"), warm("b"), warm("c")], TWO_CARDS, False, []),
        (UNKNOWN, [warm("coder")], LAPTOP, False, []),
        (ModelInfo("r", remote_host="ollama.com"), [warm("coder")], LAPTOP, True, []),
    ],
)
def test_evictions(
    wanted: ModelInfo, loaded: list[ModelInfo], machine: Machine, keeps_one: bool, evicted: list[str]
) -> None:
    found = would_evict(wanted, loaded, machine, keeps_one=keeps_one)
    assert [model.name for model in found] == evicted


@pytest.mark.parametrize("model", catalogue.CATALOGUE, ids=lambda model: model.name)
def test_the_catalogues_models_fit_a_small_machine(model: catalogue.Model) -> None:
    known = of_catalogue(model)
    assert known.fim == QWEN and Capability.INFILL in known.capabilities
    assert known.size_bytes == model.size
    assert place(known, Machine(8 * GB, 4 * GB)).fit is Fit.RAM
