"""What this machine's engine does in a second, and the windows and deadlines that follow from it."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from emberline.backends.base import BackendUnavailable, BadRequest
from emberline.backends.engine import Engine, runtime_directory
from emberline.cli.diagnosis.finding import Finding, State
from emberline.completion.conductor import Extents, affordable
from emberline.config.schema import Completion

ROUNDS = 2
"""The better one counts: the first may still be reading the model's pages from the disk."""
PROMPT = "def measure(readings):\n" + "".join(
    f"    level_{number} = readings[{number}] + {number * 5} * {number % 7}\n" for number in range(14)
)
"""Some 220 tokens that no cache holds."""
WRITTEN_TOKENS = 32
PATIENCE_SECONDS = 40.0
"""For all rounds; twenty times what a 2-core machine takes."""
KEY_TOKENS, LINE_TOKENS = 3, 10
"""What one more key makes the engine read, and a usual rest of a line."""
SLOW_PREFILL, SLOW_GENERATION = 50.0, 10.0
"""Tokens a second below which most answers come after the user has typed on."""


class EngineBusy(Exception):
    """The engine lives, but had no time for a measurement. Holds its process id."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Speeds in tokens a second."""

    prefill: float
    generation: float
    model: str
    context_tokens: int
    pid: int
    started: bool
    """By this measurement; otherwise it was warm already."""
    load_seconds: float


async def measure(engine: Engine) -> Measurement:
    """Starts the engine or finds the running one, and has it read and write for some seconds.

    Raises `BackendUnavailable`, `BadRequest` or `EngineBusy`.
    """
    try:
        backend = await engine.connect()
        running = engine.running
        assert running is not None
        props = await backend.props()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                rounds = [await backend.timed_completion(PROMPT, WRITTEN_TOKENS) for _ in range(ROUNDS)]
        except TimeoutError:
            if await backend.healthy():
                raise EngineBusy(running.pid) from None
            raise BackendUnavailable(f"the engine, process {running.pid}, does not answer") from None
        return Measurement(
            prefill=round(max(float(each["prompt_per_second"]) for each in rounds), 1),
            generation=round(max(float(each["predicted_per_second"]) for each in rounds), 1),
            model=Path(str(props.get("model_path", engine.settings.model_path))).name,
            context_tokens=engine.settings.context_tokens,
            pid=running.pid,
            started=engine.starts > 0,
            load_seconds=running.load_seconds,
        )
    finally:
        await engine.close()


def failed(engine: Engine, error: BackendUnavailable | BadRequest) -> Finding:
    """An engine that could not be started or asked."""
    log = runtime_directory() / f"engine-{engine.settings.fingerprint}" / "engine.log"
    return Finding("engine", State.ERROR, str(error), shlex.join(["cat", str(log)]))


def busy(error: EngineBusy) -> Finding:
    """An engine that could not be measured."""
    detail = f"process {error} lives, but other windows or programs left it no time to be measured"
    return Finding("engine", State.WARNING, detail, "emberline doctor, once they rest")


def judge(measured: Measurement, settings: Completion) -> list[Finding]:
    """The engine, its speed, and what follows from it."""
    extents = affordable(measured.prefill, settings.prefix_chars, settings.suffix_chars)
    return [_engine(measured), _speed(measured), _window(extents, settings), _deadline(measured, settings)]


def _engine(measured: Measurement) -> Finding:
    way = f"started in {measured.load_seconds:.1f} s" if measured.started else "was warm already"
    detail = f"{measured.model} answers; process {measured.pid} {way}"
    return Finding("engine", State.OK, detail, data=asdict(measured))


def _speed(measured: Measurement) -> Finding:
    detail = f"reads {measured.prefill:.0f} and writes {measured.generation:.0f} tokens a second"
    data = {"prefill": measured.prefill, "generation": measured.generation}
    if measured.prefill < SLOW_PREFILL or measured.generation < SLOW_GENERATION:
        remedy = (
            "emberline doctor, with other programs closed; a smaller model in engine.model if it stays so"
        )
        return Finding("speed", State.WARNING, f"{detail}: too slow to keep up with typing", remedy, data)
    return Finding("speed", State.OK, detail, data=data)


def _window(extents: Extents, settings: Completion) -> Finding:
    quick, full = extents.quick, extents.full
    detail = (
        f"{full.prefix_chars} characters above the cursor (of {settings.prefix_chars} configured) and "
        f"{full.suffix_chars} below; right after a jump {quick.prefix_chars} and {quick.suffix_chars}"
    )
    data = {
        "prefix_chars": full.prefix_chars,
        "suffix_chars": full.suffix_chars,
        "quick_prefix_chars": quick.prefix_chars,
        "quick_suffix_chars": quick.suffix_chars,
        "slice_chars": extents.slice_chars,
    }
    return Finding("window", State.OK, detail, data=data)


def _deadline(measured: Measurement, settings: Completion) -> Finding:
    key = 1000 * KEY_TOKENS / measured.prefill
    line = 1000 * LINE_TOKENS / measured.generation
    detail = (
        f"answers within {settings.budget_ms} ms, and within {settings.patience_ms} ms where the editor "
        f"cannot ask again; reading a key takes {key:.0f} ms, writing {LINE_TOKENS} tokens {line:.0f} ms"
    )
    data = {
        "budget_ms": settings.budget_ms,
        "patience_ms": settings.patience_ms,
        "key_ms": round(key, 1),
        "line_ms": round(line, 1),
    }
    return Finding("deadline", State.OK, detail, data=data)
