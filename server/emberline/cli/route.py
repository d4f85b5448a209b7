"""`emberline route FILE`: where a request about this file would go, and why. Nothing of it is sent."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.config.load import Loaded
    from emberline.routing.decision import Decision

SUMMARY = "say where a request about a file would go, and why"

UNREADABLE = (
    "no model may read this file: privacy.exclude or .emberlineignore names it, or its name is one that "
    "secret files usually have"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from emberline.routing.request import Task

    parser.description = f"{SUMMARY}. Model servers are looked for; nothing of the file is sent anywhere."
    parser.epilog = "Exit status 0 when there is a model for it, 1 when nothing may or can serve it."
    parser.add_argument("file", metavar="FILE", type=Path, help="the file that the request is about")
    parser.add_argument(
        "--task", choices=tuple(map(str, Task)), default=Task.COMPLETION, help="what is asked"
    )
    parser.add_argument(
        "--explain", action="store_true", help="every reason, and what was turned down and why"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--tokens", type=_count, metavar="N", help="length of the input (default: the file's)"
    )
    parser.add_argument("--files", type=_count, metavar="N", default=1, help="files concerned (1)")
    parser.add_argument(
        "--tool-chain", type=_count, metavar="N", help="tool calls in a row (default: usual for the task)"
    )


def run(args: argparse.Namespace) -> int:
    import asyncio

    from emberline.cli.complete import workspace_of
    from emberline.config.load import load
    from emberline.routing.explain import as_json, short

    folder = workspace_of(args.file.resolve())
    decision = asyncio.run(_decided(args, folder, load((folder,))))
    if args.json:
        print(json.dumps(as_json(decision), indent=2, ensure_ascii=False))
    elif args.explain:
        _print(decision)
    else:
        print(short(decision))
    return 0 if decision.chosen is not None else 1


async def _decided(args: argparse.Namespace, folder: Path, loaded: Loaded) -> Decision:
    """The decision on a request about the file. Raises `UserError` where it cannot be read."""
    from emberline.routing.decision import Decision
    from emberline.routing.request import Task
    from emberline.routing.router import Router
    from emberline.routing.tasks import request

    task = Task(args.task)
    router = Router(loaded, (folder,))
    try:
        label = router.label(args.file.resolve().as_uri())
        if label is None:
            return Decision(request(task, 0), None, (), refusal=UNREADABLE)
        await router.surveyed()
        tokens = args.tokens
        if tokens is None:
            tokens = await router.count_tokens(_text(args.file, task, loaded))
        return router.decide(request(task, tokens, label, files=args.files, tool_chain=args.tool_chain))
    finally:
        await router.close()


def _text(path: Path, task: str, loaded: Loaded) -> str:
    """The file's text, as far as this task reads it: a completion sees a window of it."""
    from emberline.cli.complete import read
    from emberline.routing.request import Task

    text = read(path)
    if task == Task.COMPLETION:
        window = loaded.settings.completion
        text = text[: window.prefix_chars + window.suffix_chars]
    return text


def _print(decision: Decision) -> None:
    from rich.console import Console

    from emberline.routing.explain import explain

    console = Console()
    if console.is_terminal:
        _paint(decision, console)
    else:
        print(explain(decision))


_STYLES = {"because": "default", "careful": "yellow", "not used": "dim", "stands by": "default"}


def _paint(decision: Decision, console: Console) -> None:
    """The explanation in two columns, its first line in the colour of where the request goes."""
    from rich.table import Table
    from rich.text import Text

    from emberline.privacy.labels import Place
    from emberline.routing.explain import rows

    colours = {Place.MACHINE: "green", Place.HOST: "cyan", Place.CLOUD: "magenta"}
    colour = "red" if decision.chosen is None else colours[decision.chosen.place]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    style = f"bold {colour}"
    for number, (name, words) in enumerate(rows(decision)):
        if number and name:
            style = _STYLES.get(name, "default")
        table.add_row(Text(name, style="bold"), Text(words, style=style))
    console.print(table)


def _count(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from 0 on")
    return int(word)
