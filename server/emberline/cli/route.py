"""`emberline route FILE`: where a request about this file would go, and why. Nothing of it is sent."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from emberline.cli.numbers import whole

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.config.load import Loaded
    from emberline.routing.decision import Decision
    from emberline.routing.request import Task
    from emberline.routing.router import Router

SUMMARY = "say where a request about a file would go, and why"

LARGE_BYTES = 32_000_000
"""A longer file is not read whole: its length in tokens is estimated from its beginning."""
SAMPLE_BYTES = 1_000_000
_UTF8_BYTES = 4
"""The most that a character takes."""
_CAREFUL = 90
"""Characters of a warning in the one line."""
_count = whole(0)


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
    parser.add_argument(
        "--files",
        type=_files,
        metavar="N",
        default=1,
        help="files concerned (1); their length is this one's alone where --tokens does not say it",
    )
    parser.add_argument(
        "--tool-chain", type=_count, metavar="N", help="tool calls in a row (default: usual for the task)"
    )


def run(args: argparse.Namespace) -> int:
    import asyncio

    from emberline.cli import mistakes
    from emberline.cli.place import workspace_of
    from emberline.cli.say import say
    from emberline.config.load import load
    from emberline.routing.explain import as_json

    folder = workspace_of(args.file.resolve())
    loaded = load((folder,))
    mistakes.tell(loaded)
    decision = asyncio.run(_decided(args, folder, loaded))
    if args.json:
        print(json.dumps(as_json(decision), indent=2, ensure_ascii=False))
    elif args.explain:
        _print(decision)
    else:
        say(in_one_line(decision))
    return 0 if decision.chosen is not None else 1


def in_one_line(decision: Decision) -> str:
    """Where, the weightiest reason, and that there is something to be careful about."""
    from textwrap import shorten

    from emberline.routing.explain import short

    if not decision.warnings:
        return short(decision)
    first = shorten(decision.warnings[0], _CAREFUL, placeholder="…")
    is_all = decision.warnings == (first,)
    return f"{short(decision)} (careful: {first}{'' if is_all else '; see --explain'})"


async def _decided(args: argparse.Namespace, folder: Path, loaded: Loaded) -> Decision:
    """The decision on a request about the file. Raises `UserError` where it cannot be read."""
    from emberline.cli import unserved
    from emberline.routing.decision import Decision
    from emberline.routing.request import Task
    from emberline.routing.router import Router
    from emberline.routing.tasks import request

    task = Task(args.task)
    if task is Task.COMPLETION and (words := unserved.switched_off(args.file, loaded)):
        return Decision(request(task, 0), None, (), refusal=words)
    router = Router(loaded, (folder,))
    try:
        label = router.label(args.file.resolve().as_uri())
        if label is None:
            words = unserved.unreadable(args.file, folder, loaded)
            return Decision(request(task, 0), None, (), refusal=words)
        await router.surveyed()
        tokens = args.tokens
        if tokens is None:
            tokens = await _tokens(router, args.file, task, loaded)
        return router.decide(request(task, tokens, label, files=args.files, tool_chain=args.tool_chain))
    finally:
        await router.close()


async def _tokens(router: Router, path: Path, task: Task, loaded: Loaded) -> int:
    """The file's length, as far as this task reads it: a completion sees a window of it."""
    from emberline.cli.place import head, read, size_of
    from emberline.routing.request import Task

    if task is Task.COMPLETION:
        window = loaded.settings.completion
        characters = window.prefix_chars + window.suffix_chars
        return await router.count_tokens(head(path, characters * _UTF8_BYTES)[:characters])
    size = size_of(path)
    if size <= LARGE_BYTES:
        return await router.count_tokens(read(path))
    return round(await router.count_tokens(head(path, SAMPLE_BYTES)) * size / SAMPLE_BYTES)


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


def _files(word: str) -> int:
    if _count(word) == 0:
        raise argparse.ArgumentTypeError("at least one file is concerned: FILE")
    return int(word)
