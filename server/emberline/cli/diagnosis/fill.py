"""How full this machine's memory and its graphics cards' are now, and what our engines hold of it."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.cli.diagnosis.finding import Finding, State
from emberline.observe.meter import SystemMeter
from emberline.observe.pressure import ENGINE, SERVER, Held, Sample

_REMEDY = "close other programs, choose a smaller model, or raise memory.limit_percent"


def look(limit_percent: int, engines: Sequence[int], models: Sequence[Held] = ()) -> Finding:
    """Measures, some 30 ms. `engines` are processes; `models` what other servers say they keep loaded."""
    return judge(SystemMeter().sample(limit_percent, engines, models), limit_percent)


def judge(sample: Sample, limit_percent: int) -> Finding:
    """A warning above the limit: there the servers flush caches, unload models, and start the engine anew."""
    full = [f"{fill.name} {fill.percent:.0f} % full" for fill in sample.fills]
    holders = [each for each in sample.held if each.who != SERVER]  # that would be this very command
    held = [f"{_named(each)} {(each.memory + each.graphics) / 1e9:.1f} GB" for each in holders]
    detail = f"{', '.join(full)}; the limit is {limit_percent} % (memory.limit_percent)"
    if held:
        detail += f"; {', '.join(held)}"
    data = {
        "limit_percent": limit_percent,
        "fills": [{"name": each.name, "total": each.total, "used": each.used} for each in sample.fills],
        "held": [each.as_json() for each in holders],
    }
    if any(fill.percent > limit_percent for fill in sample.fills):
        return Finding("memory in use", State.WARNING, detail, _REMEDY, data)
    return Finding("memory in use", State.OK, detail, data=data)


def _named(holder: Held) -> str:
    return f"engine process {holder.pid}" if holder.who == ENGINE else holder.who
