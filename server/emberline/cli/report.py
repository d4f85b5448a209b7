"""`emberline report`: what ran where, what it cost and spared, how fast it was, and what users took of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberline.account.figures import Report
    from emberline.config.schema import Settings

SUMMARY = "show what ran locally, what it cost and spared, how fast it was, and what you took"

_AT_REPORT = "emberline-report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{SUMMARY}. It is made from the ledger on this machine, which holds no text; nothing is sent "
        "anywhere. docs/report.md says what each figure means."
    )
    parser.add_argument(
        "--since",
        default="30d",
        metavar="TIME",
        help="days (7d) or weeks (4w) back, a date (2026-11-01), or all (default: 30d)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument(
        "--html",
        nargs="?",
        const=Path(_AT_REPORT),
        type=Path,
        metavar="FILE",
        help=f"write one page with charts (default: {_AT_REPORT} here; - for standard output)",
    )
    form.add_argument(
        "--prometheus", action="store_true", help="all that is kept, in Prometheus's text format"
    )
    parser.add_argument("--open", action="store_true", help="open the page in your browser")


def run(args: argparse.Namespace) -> int:
    from emberline.config.load import load
    from emberline.observe.ledger import default_file

    if args.prometheus:
        from emberline.account import book

        _print(book.metrics())
        return 0
    settings = load([Path.cwd()]).settings
    report = _reported(default_file(), settings, args.since)
    if args.json:
        import json

        from emberline.account.document import document

        _print(json.dumps(document(report), indent=2, ensure_ascii=False) + "\n")
    elif args.html is not None or args.open:
        return _page(report, args.html, args.open)
    else:
        _show(report)
    return 0


def _reported(path: Path, settings: Settings, since: str) -> Report:
    """The report; whoever waits for more than a moment is told for what."""
    from rich.console import Console

    from emberline.account.book import reported

    console = Console(stderr=True)
    if not console.is_terminal:
        return reported(path, settings, since)
    with console.status("reading the ledger"):
        return reported(path, settings, since)


def _page(report: Report, file: Path | None, is_to_open: bool) -> int:
    from emberline.account.page.page import html
    from emberline.cli.say import say
    from emberline.errors import UserError

    if file == Path("-"):
        if is_to_open:
            raise UserError("--open needs a file, and --html - writes none")
        _print(html(report))
        return 0
    file = (file or _beside_the_ledger()).absolute()
    try:
        file.write_text(html(report), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror or error}") from error
    say(f"Written to {file}")
    if is_to_open:
        import webbrowser

        if not webbrowser.open(file.as_uri()):
            say("No browser was found: open the file by hand.", aside=True)
    return 0


def _beside_the_ledger() -> Path:
    """Where a page goes that is only to be looked at."""
    from emberline.observe.ledger import default_file

    folder = default_file().parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "report.html"


def _show(report: Report) -> None:
    from rich.console import Console

    from emberline.account.table import plain, show

    console = Console()
    if console.is_terminal:
        show(report, console)
    else:
        _print(plain(report))


def _print(text: str) -> None:
    """Whatever the pipe's encoding, a report is no reason to fail."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
