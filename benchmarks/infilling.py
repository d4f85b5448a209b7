"""Exact match and edit similarity on HumanEval-Infilling's single lines, through the product's own prompt,
healing, stop rules and filters, without its gate. The model has probably seen HumanEval: this compares
layouts and filters, it does not claim quality.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from contextlib import aclosing

from rapidfuzz.distance import Levenshtein

from benchmarks.common import distribution
from benchmarks.common import main as command_line
from benchmarks.data import infilling_cases
from emberline.backends.base import FimBackend, Generation
from emberline.completion import filters, window
from emberline.completion.context import Context
from emberline.completion.draft import Draft, Origin
from emberline.completion.healing import forced
from emberline.completion.stop import cut
from emberline.config.load import load
from emberline.documents.store import Document
from emberline.documents.text import Point, Text
from emberline.models.fim import FimFormat
from emberline.routing.local import LocalEngine

SEED = 20261123


async def fill(backend: FimBackend, fim: FimFormat, prefix: str, suffix: str) -> str:
    """One line between `prefix` and `suffix`, as the server would offer it if it were sure."""
    document = Document("file:///case.py", "python", 1, Text.of(prefix + suffix))
    cursor = Point(prefix.count("\n"), len(prefix) - prefix.rfind("\n") - 1)
    context = Context.of(document, cursor)
    anchor = window.set_anchor(document, cursor, window.Extent(3000, 400))
    draft = Draft(Origin.of(document, cursor, context), forced(context.line_before))
    prompt = window.prompt(anchor, document, cursor, fim, len(draft.forced))
    request = Generation(prompt=prompt, max_tokens=48, forced=draft.forced)
    async with aclosing(backend.generate(request)) as tokens:
        async for token in tokens:
            draft.append(token)
            if cut(draft.text, context, max_lines=1).complete:
                break
    return filters.apply(cut(draft.text, context, max_lines=1).text, context)


async def _measure(count: int) -> dict[str, object]:
    cases = list(infilling_cases())
    chosen = random.Random(SEED).sample(cases, min(count, len(cases)))
    engine = LocalEngine(load().settings.engine)
    backend = await engine.connect()
    exact, similarity, seconds = [], [], []
    for case in chosen:
        began = time.monotonic()
        answer = await fill(backend, backend.fim, case["prompt"], case["suffix"])
        seconds.append(time.monotonic() - began)
        truth = case["canonical_solution"].rstrip()
        exact.append(answer.rstrip() == truth)
        similarity.append(Levenshtein.normalized_similarity(answer.rstrip(), truth))
    await engine.close()
    return {
        "cases": len(chosen),
        "exact match": statistics.mean(exact),
        "edit similarity": statistics.mean(similarity),
        "seconds a case, cold": distribution(seconds),
    }


def run(short: bool) -> dict[str, object]:
    if next(infilling_cases(), None) is None:
        return {"cases": 0, "note": "the data set is not beside this checkout"}
    return asyncio.run(_measure(8 if short else 200))


def main() -> None:
    command_line("HumanEval-Infilling, single line", run)


if __name__ == "__main__":
    main()
