"""`python -m benchmarks`: the short version of every benchmark. `--json` for machines."""

from __future__ import annotations

import argparse
import importlib

import orjson

from benchmarks.common import print_table

MODULES = (
    "documents",
    "recall",
    "cold_start",
    "edge",
    "decide",
    "path",
    "ledger",
    "gateway",
    "index",
    "refactor",
    "logs",
    "engine",
    "infilling",
    "replay",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args()
    results = {name: importlib.import_module(f"benchmarks.{name}").run(True) for name in MODULES}
    if args.json:
        print(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode())
        return
    rows = {f"{name}: {what}": value for name, result in results.items() for what, value in result.items()}
    print_table("Emberline, short runs", rows)


if __name__ == "__main__":
    main()
