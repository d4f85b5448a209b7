"""`emberline audit`: what a team spends on hosted models, and what of that could run on this machine."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from emberline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emberline.account.usage.advice import Advice
    from emberline.account.usage.summing import Summing
    from emberline.config.load import Loaded

SUMMARY = "what you spend on hosted models, and what of that could run here"

_LARGE_BYTES = 8 << 20
"""A file of this size takes about a second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Reads exports of what hosted models were asked and what they cost: OpenAI's and Anthropic's usage "
        "and costs (the dashboards' CSV files, or the JSON of their administration APIs), LiteLLM's spend "
        "log. Says which part of it is routine work that a local model could do, on which model on this "
        "machine, and what that saves. Nothing of it leaves this machine."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an export, in any number")
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from emberline.account.usage.findings import findings
    from emberline.account.usage.table import as_json, show
    from emberline.cli.mistakes import tell
    from emberline.config.load import load

    loaded = load([Path.cwd()])
    tell(loaded)
    summing = _summed(args.files, loaded.settings.router.thresholds.max_local_context_tokens)
    found, advice = findings(summing), _advice(loaded)
    if args.json:
        print(json.dumps(as_json(found, advice), indent=2, ensure_ascii=False))
    else:
        show(found, advice, Console())
    return 0


def _summed(files: list[Path], most_tokens: int) -> Summing:
    """All records of all files, each file once. Raises `UserError`."""
    from emberline.account.usage.reading import entries, has_more
    from emberline.account.usage.summing import Summing

    summing = Summing(most_tokens)
    seen: set[Path] = set()
    for path in files:
        where = path.resolve()
        if where in seen:
            raise UserError(f"{path}: is named twice, and would count twice")
        seen.add(where)
        with _progress(path) as at:
            for source, entry in entries(path, at):
                summing.add(source, str(path), entry)
        if has_more(path):
            summing.unfinished.append(str(path))
    return summing


def _advice(loaded: Loaded) -> Advice:
    """By what the doctor finds here: the engine's models and those of the servers on this machine."""
    import asyncio

    from emberline.account.usage.advice import advise, offers
    from emberline.cli.diagnosis import choice, plan
    from emberline.models import machine, store
    from emberline.privacy.labels import Place
    from emberline.routing.fleet import EMBEDDED

    settings = loaded.settings
    seen = asyncio.run(choice.look(loaded, Path.cwd()))
    served = (
        each.model
        for each in seen.fleet.candidates
        if each.place is Place.MACHINE and each.backend != EMBEDDED
    )
    here = (*plan.embedded(settings.engine, store.default_folder()), *served)
    local = settings.router.model_routing.local
    choices = offers(here, (local.default, local.high_precision), local.quantization)
    return advise(choices, machine.look(), settings.memory.limit_percent)


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, for files that take a while, in a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    size = path.stat().st_size if path.is_file() else 0
    if size < _LARGE_BYTES or not console.is_terminal:
        yield lambda position: None
        return
    from rich import progress as rich

    columns = (rich.TextColumn("{task.description}", markup=False), rich.BarColumn(), rich.DownloadColumn())
    with rich.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"reading {path.name}", total=size)
        yield lambda position: bar.update(task, completed=position)
