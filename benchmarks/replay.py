"""Types code that the model never saw through the real server, as VS Code would and as Neovim would."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from benchmarks.common import main as command_line
from benchmarks.data import unseen
from emberline.config.load import load
from emberline.replay.editor import NEOVIM, VSCODE, Manners
from emberline.replay.report import median_of, summarize
from emberline.replay.run import replay
from emberline.replay.segments import choose, source_files
from emberline.replay.typist import Rhythm

SEED = 1


def _runs(manners: Manners, segments: int, lines: int, runs: int) -> dict[str, object]:
    folder = unseen()
    chosen = choose(source_files([folder]), segments, lines, SEED)
    budget = load().settings.completion.budget_ms
    results = []
    for number in range(runs):
        record, _ = asyncio.run(replay(folder, chosen, manners, Rhythm(), SEED + number))
        results.append(summarize(record, budget))
    return median_of(results)


def _headline(result: Mapping[str, object]) -> dict[str, object]:
    names = (
        "answer_ms",
        "first_right_ms",
        "within_budget_shown",
        "shown",
        "shown_right",
        "keystrokes_saved",
        "keys_by_hand",
        "tokens_per_key",
        "engine_busy_ms_per_key",
    )
    lanes = result["answer_ms_by_lane"]
    assert isinstance(lanes, dict)
    return {**{name: result[name] for name in names}, "typed through ms": lanes["typed through"]}


def run(short: bool) -> dict[str, object]:
    if short:
        return {"as VS Code": _headline(_runs(VSCODE, 3, 6, 1))}
    return {
        "as VS Code, median of 3": _headline(_runs(VSCODE, 16, 8, 3)),
        "as Neovim": _headline(_runs(NEOVIM, 8, 8, 1)),
    }


def main() -> None:
    command_line("Replay of unseen code", run)


if __name__ == "__main__":
    main()
