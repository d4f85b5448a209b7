"""`emberline log`: what happened, what failed first, what repeats; counted exactly, then put into words."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emberline.cli.numbers import whole
from emberline.errors import UserError

if TYPE_CHECKING:
    from emberline.routing.router import Router
    from emberline.tasks.logs.sources import Log
    from emberline.tasks.logs.telling import Told
    from emberline.tasks.logs.types import Overview
    from emberline.tasks.types import Audience

SUMMARY = "summarize a log of any size, and point at lines"

STDIN = "-"
TOP = 20
_EXAMPLES = """\
examples:
  emberline log app.log
  emberline log app.log app.log.1 app.log.2.gz       read as one, in the order of their times
  journalctl -o short-iso -u nginx | emberline log -
  emberline log -f app.log                           Ctrl-C ends it and tells what was
  emberline log --json --no-model app.log

Lines that differ by numbers, ids, paths, addresses and times are one row. The figures are counted without a
model; the paragraph below them is a model's, and what it says of lines that it was not shown is taken out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="a log, also packed (gzip, bzip2, xz); - for standard input"
    )
    parser.add_argument(
        "-f", "--follow", action="store_true", help="go on reading as it grows, through rotation"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object with every kind of record")
    parser.add_argument("--no-model", action="store_true", help="the figures alone")
    parser.add_argument(
        "--top", metavar="N", type=whole(1), default=TOP, help=f"kinds of records in the table ({TOP})"
    )


def run(args: argparse.Namespace) -> int:
    from emberline.tasks.logs.reading import in_order
    from emberline.tasks.logs.sources import Log

    if args.files.count(STDIN) > 1:
        raise UserError("standard input can be read only once")
    if args.follow and args.json:
        raise UserError("--json is one object of a whole log, so it does not go with -f")
    logs = [Log.of_stdin() if name == STDIN else Log.of(Path(name)) for name in args.files]
    if args.follow:
        from emberline.cli.log_follow import followed

        overview, logs = followed(logs, args.top)
    else:
        logs = in_order(logs)
        overview = _read(logs)
    told = None
    if args.json:
        told = None if args.no_model else _told(overview, logs)
        print(json.dumps(_as_json(overview, told), indent=2, ensure_ascii=False))
        return 0
    _show(overview, args.top)
    if not args.no_model:
        _tell(_told(overview, logs))
    return 0


def _read(logs: Sequence[Log]) -> Overview:
    from emberline.tasks.logs.reading import read

    size = sum(log.size for log in logs)
    if size < _QUICK_BYTES or not sys.stderr.isatty():
        return read(logs)
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=size)
        return read(logs, lambda done: bar.update(task, completed=done))


_QUICK_BYTES = 8 << 20
"""Read within a second."""


def _told(overview: Overview, logs: Sequence[Log]) -> Told:
    """The paragraph, by whatever model may read every one of the logs."""
    from emberline.cli import routed
    from emberline.cli.place import workspace_of
    from emberline.tasks.logs.telling import worded

    first = next((log.path for log in logs if log.path is not None), Path("x"))

    async def work(router: Router, audience: Audience) -> Told:
        labels = [routed.label_of(router, log.path) for log in logs]
        return await worded(router, overview, labels, audience)

    return routed.run(workspace_of(first.resolve()), "looking for models", work)


def _show(overview: Overview, most: int) -> None:
    from rich.console import Console

    from emberline.cli.log_table import painted, plain

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(painted(overview, most))
    else:
        print(plain(overview, most), flush=True)


def _tell(told: Told) -> None:
    from emberline.cli.say import say

    print()
    say(told.product.text)
    for note in told.product.notes:
        say(note, aside=True)


def _as_json(overview: Overview, told: Told | None) -> dict[str, object]:
    from emberline.cli.log_table import as_json
    from emberline.cli.routed import route_of

    if told is None:
        return {**as_json(overview), "summary": None}
    return {
        **as_json(overview),
        "summary": {
            "text": told.product.text,
            "worded": told.is_worded,
            "lines": list(told.cited),
            "notes": list(told.product.notes),
            "route": route_of(told.product.answers),
        },
    }
