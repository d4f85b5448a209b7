"""Fits the gate: how often is a draft right, given what the model thought of its tokens?

Cursor positions are drawn from stretches of files that the model never saw; at each one the real prompt is
asked and the answer compared with what stands in the file. `python -m benchmarks.calibrate FOLDER` prints,
for each threshold and exponent of `completion/gate.py`, how much is shown, how much of it is right, and how
many characters a user would be spared.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emberline.backends.base import Generation
from emberline.completion import filters, gate, window
from emberline.completion.context import Context
from emberline.completion.draft import Draft, Origin
from emberline.completion.healing import forced
from emberline.completion.sentinels import restore
from emberline.completion.stop import cut
from emberline.config.load import load
from emberline.documents.store import Document
from emberline.documents.text import Point, Text
from emberline.replay.judge import is_right
from emberline.replay.segments import Segment, choose, source_files
from emberline.routing.local import LocalEngine

MAX_LINES = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A draft at one place, and what really follows there."""

    context: Context
    target: str
    draft: Draft


async def collect(
    segments: list[Segment],
    places: int,
    extent: window.Extent,
    heal: Callable[[str], str],
    seed: int,
    max_tokens: int = 24,
) -> list[Case]:
    """Asks the model at `places` places of each segment."""
    engine = LocalEngine(load().settings.engine)
    backend = await engine.connect()
    chooser = random.Random(seed)
    cases = []
    for segment in segments:
        start = Document(
            segment.path.as_uri(), segment.language_id, 1, Text.of(segment.before + segment.after)
        )
        anchor = window.set_anchor(start, _end(segment.before), extent)
        for offset in sorted(chooser.sample(range(len(segment.target) - 1), places)):
            before = segment.before + segment.target[:offset]
            document = Document(start.uri, start.language_id, 2, Text.of(before + segment.after))
            cursor = _end(before)
            context = Context.of(document, cursor)
            draft = Draft(Origin.of(document, cursor, context), heal(context.line_before))
            prompt = window.prompt(anchor, document, cursor, backend.fim, len(draft.forced))
            request = Generation(prompt=prompt, max_tokens=max_tokens, forced=draft.forced)
            async for token in backend.generate(request):
                draft.append(token)
            draft.finished = True
            cases.append(Case(context, segment.target[offset:], draft))
        print(".", end="", flush=True, file=sys.stderr)
    await engine.close()
    print(file=sys.stderr)
    return cases


def _end(text: str) -> Point:
    return Point(text.count("\n"), len(text) - text.rfind("\n") - 1)


def score(cases: list[Case], threshold: float) -> dict[str, float]:
    """What the gate shows at `threshold`: shares shown and right, right and wrong characters a place."""
    shown = right = characters = wrong = 0
    for case in cases:
        region = cut(case.draft.text, case.context, max_lines=MAX_LINES)
        revealed = gate.reveal(region.text, case.draft.confidences(""), threshold)
        text = filters.apply(restore(revealed.text), case.context)
        if not text:
            continue
        shown += 1
        if is_right(text, case.target):
            right += 1
            characters += len(text)
        else:
            wrong += len(text)
    return {
        "threshold": threshold,
        "shown": round(shown / len(cases), 3),
        "right": round(right / shown, 3) if shown else 0.0,
        "right characters a place": round(characters / len(cases), 2),
        "wrong characters a place": round(wrong / len(cases), 2),
    }


def first_line(cases: list[Case]) -> dict[str, float]:
    """How often the whole rest of the line, and its first word, came out right without any gate."""
    exact = word = 0
    for case in cases:
        truth = case.target.split("\n")[0].rstrip()
        text = restore(case.draft.text).split("\n")[0].rstrip()
        exact += text == truth
        word += truth.split(" ")[0] == text.split(" ")[0]
    return {"cases": len(cases), "line exact": exact / len(cases), "first word": word / len(cases)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--segments", type=int, default=30)
    parser.add_argument("--places", type=int, default=8)
    parser.add_argument("--lines", type=int, default=6)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--prefix", type=int, default=2000)
    parser.add_argument("--suffix", type=int, default=400)
    parser.add_argument("--above", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    segments = choose(source_files([args.folder.resolve()]), args.segments, args.lines, args.seed)
    extent = window.Extent(args.prefix, args.suffix, args.above)
    cases = asyncio.run(collect(segments, args.places, extent, forced, args.seed))
    rows = [score(cases, threshold / 20) for threshold in range(2, 19)]
    if args.json:
        print(json.dumps({"line": first_line(cases), "rows": rows}))
        return
    print(first_line(cases))
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
