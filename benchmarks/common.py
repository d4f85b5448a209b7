"""What every benchmark shares: distributions, the command line, the table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

import orjson
from rich.console import Console
from rich.table import Table

from emberline.replay.report import percentile

Run = Callable[[bool], dict[str, object]]
"""Takes whether to be short; returns numbers, texts and mappings of them by name."""


def distribution(values: Sequence[float]) -> dict[str, object]:
    """The percentiles that matter, of values in whatever unit they have."""
    shares = {"min": 0.0, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {"n": len(values), **{name: percentile(values, share) for name, share in shares.items()}}


def print_table(title: str, results: Mapping[str, object]) -> None:
    """Results as a table: one row each, nested mappings as columns `name value`."""
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    table.add_column("measured", justify="right", overflow="fold")
    for name, value in results.items():
        table.add_row(name, _words(value))
    Console().print(table)


def main(title: str, run: Run) -> None:
    """The command line of a benchmark module."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--short", action="store_true", help="fewer runs: seconds instead of minutes")
    args = parser.parse_args()
    results = run(args.short)
    if args.json:
        print(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode())
    else:
        print_table(title, results)


def _words(value: object) -> str:
    match value:
        case float():
            return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
        case Mapping():
            return "  ".join(f"{name} {_words(part)}" for name, part in value.items())
        case _:
            return str(value)
