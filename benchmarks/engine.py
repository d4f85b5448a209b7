"""The embedded engine on this machine: load, speed, a keystroke's cost, and how soon a slot is free again."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from emberline.backends.base import FimBackend, Generation
from emberline.backends.engine import Engine
from emberline.backends.llamacpp import LlamaCpp
from emberline.completion import window
from emberline.completion.conductor import affordable
from emberline.config.load import load
from emberline.documents.store import Document
from emberline.documents.text import Point, Text
from emberline.models.fim import QWEN
from emberline.routing.local import engine_settings, model_file

SOURCE = Path(__file__).with_name("common.py").read_text() + Path(__file__).read_text()


async def _until(backend: FimBackend, request: Generation, tokens: int) -> float:
    """Milliseconds until `tokens` tokens came; the rest is dropped, which frees the slot."""
    began = time.monotonic()
    seen = 0
    async with aclosing(backend.generate(request)) as stream:
        async for _ in stream:
            seen += 1
            if seen == tokens:
                break
    return (time.monotonic() - began) * 1000


async def _measure(repeats: int, folder: Path) -> dict[str, object]:
    configuration = load().settings.engine
    engine = Engine(engine_settings(configuration, model_file(configuration)), folder)
    began = time.monotonic()
    backend = await engine.connect()
    load_seconds = time.monotonic() - began
    assert engine.running is not None
    process = psutil.Process(engine.running.pid)
    try:
        return {
            "threads": engine.settings.threads,
            "load s": round(load_seconds, 2),
            **await _speed(backend, repeats),
            **await _keystrokes(backend, 10 * repeats),
            "memory MB": round(process.memory_info().rss / 1e6),
            **await _cancel(backend, 5 * repeats),
        }
    finally:
        await engine.close()
        process.kill()


async def _speed(backend: LlamaCpp, repeats: int) -> dict[str, object]:
    timings = [await backend.timed_completion(SOURCE[:1500], 32) for _ in range(repeats)]
    prefill = sorted(each["prompt_per_second"] for each in timings)[repeats // 2]
    generation = sorted(each["predicted_per_second"] for each in timings)[repeats // 2]
    extents = affordable(prefill, 3000, 400)
    return {
        "prefill tokens/s": round(prefill, 1),
        "generation tokens/s": round(generation, 1),
        "windows": {
            "quick chars": extents.quick.prefix_chars,
            "full chars": extents.full.prefix_chars,
            "slice chars": extents.slice_chars,
        },
    }


async def _keystrokes(backend: LlamaCpp, keys: int) -> dict[str, object]:
    """From a keystroke to the first token: the anchored prompt beside the usual one, in one run."""
    result: dict[str, object] = {}
    text = SOURCE[:3400]
    cut = text.index("\n", 2900) + 1
    typed = "    result = compute(values, weights)\n    for value in result:\n        total += value\n"
    base = Document("file:///a.py", "python", 1, Text.of(text))
    cursor = Point(text[:cut].count("\n"), 0)
    anchor = window.set_anchor(base, cursor, window.Extent(2600, 400))
    times: dict[str, list[float]] = {"anchored": [], "usual": []}
    for count in range(1, min(keys, len(typed))):
        before = text[:cut] + typed[:count]
        document = Document("file:///a.py", "python", count + 1, Text.of(before + text[cut:]))
        place = Point(before.count("\n"), len(before) - before.rfind("\n") - 1)
        anchored = window.prompt(anchor, document, place, QWEN, 0)
        usual = QWEN.prompt(before[max(0, cut - 2600) :], text[cut : cut + 400])
        times["anchored"].append(await _until(backend, Generation(anchored, 1, slot=0), 1))
        if count % 4 == 0:
            times["usual"].append(await _until(backend, Generation(usual, 1, slot=1), 1))
    for name, values in times.items():
        result[f"keystroke to first token, {name} ms"] = distribution(values[1:])
    medians = [sorted(values[1:])[len(values[1:]) // 2] for values in times.values()]
    result["usual / anchored"] = round(medians[1] / medians[0], 1)
    return result


async def _cancel(backend: LlamaCpp, repeats: int) -> dict[str, object]:
    """From dropping a request to the first token of the next one, less what that one takes by itself."""
    prompt = QWEN.prompt(SOURCE[:1200], "\n")
    free: list[float] = []
    prefill_free: list[float] = []
    await backend.prefill(prompt, 0)
    for number in range(repeats):
        probe = Generation(prompt, 1, slot=0)
        alone = await _until(backend, probe, 1)
        await _until(backend, Generation(prompt, 200, slot=0, temperature=0.5, seed=number), 4)
        free.append(max(0.0, await _until(backend, probe, 1) - alone))
        # A slice is what a newer task may have to wait for when prefill was under way.
        slice_chars = affordable(130.0, 3000, 400).slice_chars
        reading = asyncio.create_task(
            backend.prefill(prompt[: len(prompt) - 1] + SOURCE[2000 + number :][:slice_chars], 0)
        )
        await asyncio.sleep(0.01)
        reading.cancel()
        began = time.monotonic()
        await _until(backend, probe, 1)
        prefill_free.append(max(0.0, (time.monotonic() - began) * 1000 - alone))
    return {
        "cancel to free, generating ms": distribution(free),
        "cancel to free, in a slice ms": distribution(prefill_free),
    }


def run(short: bool) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        return asyncio.run(_measure(3 if short else 9, Path(folder)))


def main() -> None:
    command_line("The embedded engine", run)


if __name__ == "__main__":
    main()
