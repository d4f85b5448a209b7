"""What doctor says of how full the memory is."""

from __future__ import annotations

from emberline.cli.diagnosis import fill
from emberline.cli.diagnosis.finding import State
from emberline.observe.pressure import Fill, Held, Sample

GB = 10**9
HELD = (
    Held("server", GB, pid=1),
    Held("engine", 730_000_000, pid=7),
    Held("ollama/llama3.1:8b", GB, 5 * GB),
)


def test_what_it_says() -> None:
    finding = fill.judge(Sample((Fill("memory of this machine", 100 * GB, 42 * GB),), HELD), 85)
    assert finding.state is State.OK
    assert finding.detail == (
        "memory of this machine 42 % full; the limit is 85 % (memory.limit_percent); "
        "engine process 7 0.7 GB, ollama/llama3.1:8b 6.0 GB"
    )


def test_above_the_limit_it_warns() -> None:
    card = Fill("memory of GPU 0 (Card)", 8 * GB, 7 * GB, graphics=True)
    finding = fill.judge(Sample((Fill("memory of this machine", 100 * GB, 42 * GB), card)), 85)
    assert finding.state is State.WARNING and "memory of GPU 0 (Card) 88 % full" in finding.detail
    assert "memory.limit_percent" in finding.remedy


def test_this_machine() -> None:
    finding = fill.look(100, [])
    assert finding.state is State.OK and "memory of this machine" in finding.detail
