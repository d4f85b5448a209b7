"""`emberline replay`: types real files through the real server and reports what came of it."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "type real files through the server and measure latency, precision and keystrokes saved"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "trace", nargs="+", type=Path, metavar="TRACE", help="a source file or a folder of them"
    )
    parser.add_argument("--folder", type=Path, help="the workspace folder (default: the first TRACE's)")
    parser.add_argument(
        "--editor", choices=("vscode", "neovim"), default="vscode", help="whose timing to use"
    )
    parser.add_argument("--segments", type=int, default=12, help="how many stretches to type")
    parser.add_argument("--lines", type=int, default=8, help="lines in each")
    parser.add_argument("--runs", type=int, default=1, help="repeat and report the median")
    parser.add_argument("--seed", type=int, default=1, help="of the stretches and of the typing rhythm")
    parser.add_argument("--speed", type=float, default=1.0, help="typing speed; 2 is twice as fast")
    parser.add_argument("--verbose", action="store_true", help="print every ghost text with its verdict")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    import asyncio
    import json

    from emberline.config.load import load
    from emberline.replay.editor import MANNERS
    from emberline.replay.report import median_of, summarize
    from emberline.replay.run import replay
    from emberline.replay.segments import choose, source_files
    from emberline.replay.typist import Rhythm

    traces = [trace.resolve() for trace in args.trace]
    segments = choose(source_files(traces), args.segments, args.lines, args.seed)
    folder = (args.folder or (traces[0] if traces[0].is_dir() else traces[0].parent)).resolve()
    budget = load((folder,)).settings.completion.budget_ms
    rhythm = Rhythm().faster(args.speed)
    runs = []
    for _ in range(args.runs):
        record, status = asyncio.run(replay(folder, segments, MANNERS[args.editor], rhythm, args.seed))
        runs.append(summarize(record, budget))
        if args.verbose and not args.json:
            for each in record.shown:
                verdict = "right" if each.right else "WRONG"
                print(f"{verdict} {each.lane:13} {each.since_key_ms:6.0f} ms {each.text!r}")
    result = {
        "editor": args.editor,
        "seed": args.seed,
        "speed": args.speed,
        "segments": [f"{each.path.name}:{each.line + 1}" for each in segments],
        "runs": len(runs),
        "status": status["message"],
        **median_of(runs),
    }
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        _table(result)
    return 0


def _table(result: dict[str, object]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("figure", "value", title=f"Replay as {result['editor']}, {result['status']}")
    for key, value in result.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                text = (
                    " · ".join(f"{label} {figure}" for label, figure in inner.items())
                    if isinstance(inner, dict)
                    else str(inner)
                )
                table.add_row(f"{key} {name or 'empty'}", text)
        elif not isinstance(value, list):
            table.add_row(key, str(value))
    Console().print(table)
