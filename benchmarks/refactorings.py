"""The suite's refactorings through the local default model, in a strict workspace, with nothing scripted.

How many come out right, how many are refused by the checks, and whether any file is damaged: changed, and
worse than before. `python -m benchmarks.refactorings [--cases N] [--only WORD …]`; all of them take a good
half hour on two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from tests.refactor.suite.case import Case
from tests.refactor.suite.cases import CASES
from tests.refactor.suite.local import Local, Verdict, through_the_model

from benchmarks.common import distribution, print_table

SHORT = 6


def spread(cases: Sequence[Case], count: int) -> list[Case]:
    """So many of them, evenly over the list."""
    count = min(count, len(cases))
    return [cases[index * len(cases) // count] for index in range(count)]


async def _all(cases: Sequence[Case]) -> list[Local]:
    done = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["EMBERLINE_CONFIG"] = str(folder / "config.yaml")
        for number, case in enumerate(cases, 1):
            done.append(await through_the_model(case, folder))
            last = done[-1]
            told = f"{number} of {len(cases)} {case.id}: {last.verdict}, {last.seconds:.0f} s"
            print(f"{told}{': ' if last.said else ''}{last.said[:200]}", file=sys.stderr, flush=True)
    return done


def _counted(results: Sequence[Local], key: Callable[[Local], str]) -> dict[str, object]:
    """How many of each verdict, by what `key` says."""
    rows: dict[str, object] = {}
    for name in dict.fromkeys(key(each) for each in results):
        own = [each for each in results if key(each) == name]
        verdicts = {verdict.value: sum(each.verdict is verdict for each in own) for verdict in Verdict}
        rows[name] = {verdict: count for verdict, count in verdicts.items() if count}
    return rows


def summary(results: Sequence[Local]) -> dict[str, object]:
    across: Mapping[bool, str] = {True: "across files", False: "in one file"}
    return {
        "cases": len(results),
        **{verdict.value: sum(each.verdict is verdict for each in results) for verdict in Verdict},
        "seconds": distribution([each.seconds for each in results]),
        "attempts": distribution([float(each.attempts) for each in results]),
        **_counted(results, lambda each: across[each.case.is_across]),
        **_counted(results, lambda each: each.case.action),
        **_counted(results, lambda each: each.case.language),
    }


def run(short: bool) -> dict[str, object]:
    cases = list(CASES.values())
    return summary(asyncio.run(_all(spread(cases, SHORT) if short else cases)))


def _print_each(results: Sequence[Local]) -> None:
    table = Table(title="Refactorings by the default model", title_justify="left")
    for column in ("case", "came out", "seconds", "attempts", "what is wrong"):
        table.add_column(column, overflow="fold")
    for each in results:
        row = (each.case.id, each.verdict.value, f"{each.seconds:.0f}", str(each.attempts), each.said[:160])
        table.add_row(*row)
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=len(CASES), help="so many of them, spread over all")
    parser.add_argument("--only", nargs="*", default=[], help="cases whose names hold one of these")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    args = parser.parse_args()
    chosen = [case for case in CASES.values() if not args.only or any(each in case.id for each in args.only)]
    results = asyncio.run(_all(spread(chosen, max(1, args.cases))))
    if args.json:
        print(orjson.dumps(summary(results), option=orjson.OPT_INDENT_2).decode())
        return
    _print_each(results)
    print_table("All of them", summary(results))


if __name__ == "__main__":
    main()
