"""`emberline ask`: a question about a folder of code, answered from it with file and line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.routing.router import Router
    from emberline.tasks.questions.types import Citation, Reply
    from emberline.tasks.types import Audience

SUMMARY = "answer a question about a folder of code, with file and line"

_EXAMPLES = """\
examples:
  emberline ask "where are sessions closed?"
  emberline ask --folder ~/src/shop "what does `Basket.merge` do with duplicates?"
  emberline ask --json "how is the cache invalidated?" | jq -r '.citations[].path'

The folder is the repository that you stand in, unless --folder names another. Files that an ignore file or
privacy.exclude names are not read. Exit status 0 with an answer or "not found here", 1 where the folder
cannot be read, 2 for wrong usage."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument("question", metavar="QUESTION", nargs="+", help="in your own words")
    parser.add_argument("--folder", metavar="F", type=Path, help="the folder that it is about")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    from emberline.cli import routed
    from emberline.cli.place import workspace_of
    from emberline.tasks.questions.answering import answer
    from emberline.tasks.questions.index import SingleIndex

    here = Path.cwd()
    folder = (args.folder or workspace_of(here / "any")).expanduser().resolve()
    if not folder.is_dir():
        raise UserError(f"{args.folder} is no folder")
    question = " ".join(args.question)

    async def work(router: Router, audience: Audience) -> Reply:
        return await answer(router, SingleIndex((folder,)), question, audience)

    reply = routed.run(folder, "answer", work)
    if args.json:
        print(json.dumps(as_json(reply), indent=2, ensure_ascii=False))
    else:
        _print(reply, here)
    return 0


def as_json(reply: Reply) -> dict[str, Any]:
    """A reply for programs. Lines count from 1, both included."""
    from emberline.cli.routed import route_of

    return {
        "found": reply.found,
        "markdown": reply.text,
        "citations": [
            {
                "number": each.number,
                "cited": each.is_cited,
                "path": str(each.path),
                "name": each.name,
                "first": each.first,
                "last": each.last,
                "symbol": each.symbol,
                "excerpt": each.excerpt,
                "excerptLine": each.line,
            }
            for each in reply.citations
        ],
        "notes": list(reply.notes),
        "route": route_of(reply.answers),
    }


def _print(reply: Reply, here: Path) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    from emberline.cli.say import say
    from emberline.documents.printable import printable

    console = Console(highlight=False)
    lines = [printable(line) for line in reply.text.split("\n")]
    if console.is_terminal:
        console.print(Markdown("\n\n".join(lines)))
    else:
        print("\n".join(lines))
    for each in reply.citations:
        print()
        _print_place(console, each, here)
    if reply.citations:
        print()
    for note in reply.notes:
        say(note, aside=True)


def _print_place(console: Console, place: Citation, here: Path) -> None:
    """`file:line`, which terminals and editors open, and the lines themselves."""
    from rich.text import Text

    from emberline.documents.printable import printable

    where = Text(f"[{place.number}] " if place.is_cited else "    ", style="bold")
    where.append(printable(f"{_shown(place.path, here)}:{place.line}"), style="cyan")
    if place.symbol:
        where.append(printable(f"  {place.symbol}"), style="dim")
    console.print(where, soft_wrap=True)
    for line in place.excerpt.split("\n"):
        console.print(
            Text(printable(f"      {line.expandtabs(4)}"), style="dim"),
            no_wrap=True,
            crop=False,
            soft_wrap=True,
        )


def _shown(path: Path, here: Path) -> str:
    """The path from where the user stands, whole where it lies elsewhere."""
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
