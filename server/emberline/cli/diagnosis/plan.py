"""The memory plan: which model fits this machine, with how much context, and what each is good for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from emberline.cli.diagnosis.finding import Finding, State
from emberline.config.schema import Engine
from emberline.models import catalogue, gguf, store
from emberline.models.errors import NotGguf
from emberline.models.info import ModelInfo
from emberline.models.planner import CONTEXT_TOKENS, Fit, Machine, Placement, headroom, of_catalogue, place
from emberline.models.suitability import Pick, Work, pick


def embedded(engine: Engine, folder: Path) -> tuple[ModelInfo, ...]:
    """The models that the embedded engine could host: those in the folder, and the user's own file.

    Reads the files' headers: some 0.3 s each. A file that is not sound is left out: other findings tell.
    """
    found = [(entry.path, entry.model.name) for entry in store.listing(folder) if _is_whole(entry)]
    if engine.model_path is not None:
        found.append((engine.model_path, engine.model_path.stem))
    models = []
    for path, name in found:
        try:
            models.append(replace(gguf.info(path), name=name))
        except NotGguf:
            continue
    return tuple(models)


def plan(
    models: Sequence[ModelInfo],
    machine: Machine,
    limit_percent: int,
    context_tokens: int = CONTEXT_TOKENS,
    wanted: Collection[str] = (),
) -> Iterator[Finding]:
    """A finding for the memory, for each model, and for each kind of work.

    `wanted` are models that the configuration names: one that does not fit is a warning.
    """
    yield _memory(machine, limit_percent)
    picks = [pick(work, models, machine, limit_percent) for work in Work]
    for model in models:
        placement = place(model, machine, context_tokens, limit_percent)
        yield _model(placement, picks, context_tokens, model.name in wanted)
    yield from map(_work, picks)


def fetchable(models: Sequence[ModelInfo], machine: Machine, limit_percent: int) -> Iterator[Finding]:
    """A finding for each model of the catalogue that is not among `models` and would be chosen if it were."""
    for known in catalogue.CATALOGUE:
        if any(known.name == model.name for model in models):
            continue
        candidate = of_catalogue(known)
        better = [work for work in _FETCHED_FOR if _is_best(work, candidate, models, machine, limit_percent)]
        if better:
            detail = f"{_name(candidate)} would fit, and be better for {' and for '.join(better)}"
            command = f"emberline models pull {known.name}"
            yield Finding("could be fetched", State.OK, f"{detail}: {command}", data={"model": known.name})


_FETCHED_FOR = (Work.COMPLETION, Work.ROUTINE)
"""What a model of the catalogue may be the best for; for the rest they are too small."""


def _is_best(
    work: Work, candidate: ModelInfo, models: Sequence[ModelInfo], machine: Machine, limit_percent: int
) -> bool:
    best = pick(work, [*models, candidate], machine, limit_percent).placement
    return best is not None and best.model is candidate


def _memory(machine: Machine, limit_percent: int) -> Finding:
    room = headroom(machine, limit_percent)
    words = [f"{_gb(room.ram)} of {_gb(machine.ram_total)} may still be taken"]
    if machine.unified:
        words.append(f"{_gb(room.vram)} of it by the graphics")
    words += [f"graphics card: {_gb(gpu.free)} of {_gb(gpu.total)} free" for gpu in machine.gpus]
    data = {
        "ram_total": machine.ram_total,
        "ram_available": machine.ram_available,
        "ram_room": room.ram,
        "vram_room": room.vram,
        "gpus": [{"total": gpu.total, "free": gpu.free} for gpu in machine.gpus],
        "unified": machine.unified,
        "limit_percent": limit_percent,
    }
    detail = f"{', '.join(words)} (memory.limit_percent is {limit_percent})"
    return Finding("memory plan", State.OK, detail, data=data)


def _model(placement: Placement, picks: Sequence[Pick], context_tokens: int, wanted: bool) -> Finding:
    model, taken = placement.model, placement.need
    suits = [
        chosen.work for chosen in picks if chosen.placement is not None and chosen.placement.model is model
    ]
    words = [f"{_name(model)}: {placement.fit}"]
    if taken is not None:
        words.append(_gb(taken.total))
    if placement.context_tokens and placement.fit not in (Fit.ELSEWHERE, Fit.NOWHERE):
        kind = "with" if placement.fit is Fit.LOADED else "up to"
        words.append(f"{kind} {placement.context_tokens:,} tokens")
    data = {
        "model": model.name,
        "quantization": model.quantization,
        "fit": str(placement.fit),
        "needed": None if taken is None else taken.total,
        "needed_for_tokens": context_tokens,
        "context_tokens": placement.context_tokens,
        "recommended_for": [str(work) for work in suits],
    }
    detail = ", ".join(words)
    if wanted and not placement.fits:
        remedy = "close other programs, or name a smaller model or a lighter quantization"
        return Finding("model plan", State.WARNING, detail, remedy, data)
    return Finding("model plan", State.OK, detail, data=data)


def _work(chosen: Pick) -> Finding:
    data = {
        "work": str(chosen.work),
        "model": None if chosen.placement is None else chosen.placement.model.name,
        "reasons": list(chosen.reasons),
        "shortcomings": list(chosen.shortcomings),
    }
    if chosen.placement is None:
        detail = f"for {chosen.work}: {'; '.join(chosen.shortcomings)}"
    else:
        detail = f"for {chosen.work} on this machine: {chosen.placement.model.name}"
        if chosen.reasons:
            detail += f" ({', '.join(chosen.reasons)})"
        if chosen.shortcomings:
            detail += f"; but {', '.join(chosen.shortcomings)}"
    return Finding("advice", State.OK, detail, data=data)


def _is_whole(entry: store.Entry) -> bool:
    return entry.state in (store.State.READY, store.State.UNCHECKED)


def _name(model: ModelInfo) -> str:
    return f"{model.name} {model.quantization}".rstrip()


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
