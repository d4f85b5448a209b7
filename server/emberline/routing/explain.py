"""A decision as a person would say it, and as a program reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from emberline.privacy.labels import UNLABELLED
from emberline.routing.ceiling import dollars
from emberline.routing.decision import Decision
from emberline.routing.demand import number
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request, Structure
from emberline.routing.words import WHERE


def short(decision: Decision) -> str:
    """One line, for a status bar: where, and the weightiest reason."""
    chosen = decision.chosen
    if chosen is None:
        return f"{decision.request.task} → nowhere: {decision.refusal}"
    return f"{decision.request.task} → {_destination(decision, chosen)}: {decision.reasons[0]}"


def explain(decision: Decision) -> str:
    """All of it: one paragraph each for the choice, its reasons, what stands by and what was turned down."""
    return "\n".join(f"{name:<16}{words}".rstrip() for name, words in rows(decision))


def rows(decision: Decision) -> Iterator[tuple[str, str]]:
    """The explanation by lines: a name, empty where the line belongs to the one above, and its words."""
    request, chosen = decision.request, decision.chosen
    if chosen is None:
        yield request.task, "goes nowhere"
        yield "because", decision.refusal
    else:
        yield request.task, f"goes to {_destination(decision, chosen)}"
        yield from _named("because", decision.reasons)
        yield from _named("careful", decision.warnings)
    if request.tokens:
        yield "asked", _measures(request)
    if request.label is not UNLABELLED:
        yield "privacy", f"{request.label.source} is {request.label.level}: {request.label.why}"
    if chosen is not None:
        yield "costs", f"at most {dollars(decision.cost_usd)}" if decision.cost_usd else _free(chosen)
        yield from _named("stands by", map(_named_fully, decision.fallbacks))
    turned_down = (f"{_named_fully(each.candidate)}: {each.why}" for each in decision.rejected)
    yield from _named("not used", turned_down)
    yield from _named("not there", decision.absent)


def as_json(decision: Decision) -> dict[str, object]:
    """The decision for a program; every value is one that JSON knows."""
    request, chosen = decision.request, decision.chosen
    return {
        "chosen": None if chosen is None else _as_json(chosen),
        "reasons": list(decision.reasons),
        "warnings": list(decision.warnings),
        "refusal": decision.refusal,
        "parts": decision.parts,
        "cost_usd": decision.cost_usd,
        "fallbacks": [_as_json(candidate) for candidate in decision.fallbacks],
        "absent": list(decision.absent),
        "rejected": [{**_as_json(each.candidate), "why": each.why} for each in decision.rejected],
        "request": {
            "task": request.task.value,
            "level": request.label.level.value,
            "level_from": request.label.why,
            "source": request.label.source,
            "input_tokens": request.input_tokens,
            "output_tokens": request.output_tokens,
            "tool_chain": request.tool_chain,
            "files": request.files,
            "structure": request.structure.name.lower(),
            "latency": request.latency.value,
        },
    }


def _destination(decision: Decision, chosen: Candidate) -> str:
    pieces = f", in {decision.parts} parts" if decision.parts > 1 else ""
    return f"{_named_fully(chosen)}{pieces}"


def _named_fully(candidate: Candidate) -> str:
    """Model, quantization, backend and place: "llama3.1:8b Q4_K_M (ollama, on this machine)"."""
    model = candidate.model
    where = WHERE[candidate.place]
    host = f" at {model.remote_host}" if model.remote_host else ""
    quantization = f" {model.quantization}" if model.quantization else ""
    return f"{model.name}{quantization} ({candidate.backend}, {where}{host})"


def _measures(request: Request) -> str:
    """What was asked, in figures."""
    said = [f"{number(request.input_tokens)} tokens, and an answer of up to {number(request.output_tokens)}"]
    if request.files > 1:
        said.append(f"{request.files} files")
    if request.tool_chain:
        said.append(f"{request.tool_chain} tool calls in a row")
    if request.structure is not Structure.FREE:
        said.append(f"{request.structure.name.lower()} JSON")
    return ", ".join((*said, request.latency))


def _free(chosen: Candidate) -> str:
    return "nobody knows what" if chosen.metered else "nothing"


def _named(name: str, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The lines under one name, which stands before the first."""
    return zip(chain((name,), repeat("")), lines, strict=False)


def _as_json(candidate: Candidate) -> dict[str, object]:
    return {
        "backend": candidate.backend,
        "protocol": candidate.protocol,
        "place": candidate.place.value,
        "model": candidate.model.name,
        "quantization": candidate.model.quantization,
        "parameters_billions": candidate.model.parameters,
        "warmth": candidate.model.warmth.value,
        "health": candidate.health.value,
        "role": candidate.role.value,
    }
