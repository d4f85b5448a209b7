"""`emberline refactor`: what the editor's code actions do, from the shell. Writes all or nothing."""

from __future__ import annotations

import argparse
import json
import re
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console
    from rich.status import Status

    from emberline.config.load import Loaded
    from emberline.refactor.port import Item, Outcome
    from emberline.syntax.types import Span

SUMMARY = "refactor code by instruction, and show what would change"

_SELECTION = re.compile(r"(\d+)(?::(\d+))?(?:-(\d+)(?::(\d+))?)?")
_EXAMPLES = """\
examples:
  emberline refactor src/store.py --instruction "make every method of Store async"
  emberline refactor src/store.py --selection 40-58 --action extract-function --apply
  emberline refactor src/store.py --selection 12:5 --action rename-concept --answer Depot
  emberline refactor src/store.py --selection 12 --list

Exit status 0 when it is done, 1 when nothing could be done (and the reason said), 2 for wrong usage. Nothing
is written without --apply, or a yes at the question that a terminal is asked."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, as the command line says it."""

    path: Path
    selection: str
    action: str
    answer: str
    lists: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument("path", metavar="PATH", type=Path, help="the file that it is about")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--instruction", metavar="WORDS", help="what to do, in your own words")
    what.add_argument("--action", metavar="ID", help="an action of the editor's menu, as --list names it")
    what.add_argument("--list", action="store_true", help="what can be done there, and where it would run")
    parser.add_argument(
        "--selection",
        metavar="A-B",
        default="",
        help="lines from 1, as 12-20; columns too, as 12:5-12:18; one place, as 12:5 (default: the file)",
    )
    parser.add_argument(
        "--answer", metavar="WORDS", default="", help="what the action asks: a new name, a file"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="only show the diff, ask nothing")
    how.add_argument("--apply", action="store_true", help="write the files without asking")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words and colours")


def run(args: argparse.Namespace) -> int:
    import asyncio

    from emberline.backends.failure import Failure
    from emberline.cli import mistakes
    from emberline.cli.place import workspace_of
    from emberline.config.load import load
    from emberline.refactor.disk import NotWritten
    from emberline.refactor.types import Unfit

    path = args.path.absolute()
    if ".." in path.parts:  # the index and the workspace know files by one path
        path = path.parent.resolve() / path.name
    folder = workspace_of(path)
    loaded = load((folder,))
    mistakes.tell(loaded)
    action = args.action or "own-words"
    wish = Wish(path, args.selection, action, args.instruction or args.answer, args.list)
    try:
        return asyncio.run(_work(args, wish, folder, loaded))
    except (Failure, Unfit) as failure:
        return _failed(args, str(failure))
    except NotWritten as failure:
        if not args.json:
            raise
        return _failed(args, str(failure))


async def _work(args: argparse.Namespace, wish: Wish, folder: Path, loaded: Loaded) -> int:
    import asyncio

    from rich.console import Console

    from emberline.cli.place import read
    from emberline.documents.store import Document
    from emberline.documents.text import Text
    from emberline.refactor.disk import write
    from emberline.refactor.service import Refactoring
    from emberline.routing.router import Router
    from emberline.syntax.languages import language_of

    text = read(wish.path)
    document = Document(wish.path.as_uri(), language_of(wish.path), 0, Text.of(text))
    span = span_of(text, wish)
    console = Console(stderr=True, highlight=False)
    router = Router(loaded, (folder,), lambda message: console.print(message, style="dim", markup=False))
    refactoring = Refactoring(router, (folder,))
    try:
        await router.surveyed()
        if wish.lists:
            await refactoring.indexed()
            return _list(args, await refactoring.menu(document, span, (), ()))
        assignment = await refactoring.assignment(document, span, wish.action, wish.answer)
        if question := refactoring.question(assignment):
            raise UserError(f"{question.words}: say it with --answer")
        with _watched(console) as status:
            outcome = await refactoring.run(assignment, Teller(console, status))
        if outcome.change is None or args.dry_run or not _agreed(args, outcome):
            _print(args, outcome, applied=False)
            return 0
        await asyncio.to_thread(write, outcome.change)
        _print(args, outcome, applied=True)
        return 0
    finally:
        await refactoring.close()
        await router.close()


def span_of(text: str, wish: Wish) -> Span:
    """The selection in offsets. Raises `UserError` where it is none, or lies outside of the file."""
    from emberline.cli.place import Place, offset_of
    from emberline.documents.text import Text
    from emberline.syntax.types import Span

    if not wish.selection:
        return Span(0, len(text)) if wish.action == "own-words" and not wish.lists else Span(0, 0)
    found = _SELECTION.fullmatch(wish.selection)
    if found is None:
        raise UserError(f"--selection {wish.selection!r} is not of the form 12, 12-20, 12:5 or 12:5-14:1")
    first, column, last, behind = (None if each is None else int(each) for each in found.groups())
    assert first is not None
    start = offset_of(text, Place(wish.path, max(first, 1), max(column or 1, 1)))
    if last is None and column is not None:
        return Span(start, start)
    last = first if last is None else last
    if behind is not None:
        end = offset_of(text, Place(wish.path, last, max(behind, 1)))
    else:
        end = offset_of(text, Place(wish.path, last, 1))
        end += len(Text.of(text).content(last - 1))
    if end < start:
        raise UserError(f"--selection {wish.selection}: its end lies before its start")
    return Span(start, end)


class Teller:
    """Says on a terminal what happens; a pipe's reader is told each new step once."""

    def __init__(self, console: Console, status: Status | None) -> None:
        self._console = console
        self._status = status

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        told = f"{words} ({done} of {of})" if of else words
        if self._status is not None:
            self._status.update(told)


def _watched(console: Console) -> AbstractContextManager[Status | None]:
    return console.status("looking for models") if console.is_terminal else nullcontext()


def _agreed(args: argparse.Namespace, outcome: Outcome) -> bool:
    """Whether the user wants it written: by --apply, or by a yes to the question."""
    if args.apply:
        return True
    if args.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    _show(outcome)
    return input("Apply this? [y/N] ").strip().lower() in {"y", "yes"}


def _show(outcome: Outcome) -> None:
    """The diff in colours, or as it is for a pipe."""
    from rich.console import Console
    from rich.syntax import Syntax

    from emberline.refactor.differences import unified

    assert outcome.change is not None
    console = Console(highlight=False)
    diff = unified(outcome.change)
    if not console.is_terminal:
        sys.stdout.write(diff)
        return
    console.print(Syntax(diff, "diff", theme="ansi_dark", background_color="default", word_wrap=True))


def _print(args: argparse.Namespace, outcome: Outcome, *, applied: bool) -> None:
    from emberline.cli.say import say

    if args.json:
        print(json.dumps(as_json(outcome, applied), indent=2, ensure_ascii=False))
        return
    if outcome.change is None:
        _prose(outcome.words)
    elif args.dry_run or args.apply or not sys.stdin.isatty() or not sys.stdout.isatty():
        _show(outcome)
    for words in outcome.left_out:
        say(f"left out: {words}", aside=True)
    if outcome.change is not None:
        say(outcome.words if applied else f"{outcome.words} Nothing was written; --apply does.", aside=True)


def _prose(words: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    from emberline.cli.say import unsteering

    console = Console()
    console.print(Markdown(unsteering(words)) if console.is_terminal else words, markup=False)


def _list(args: argparse.Namespace, items: tuple[Item, ...]) -> int:
    if args.json:
        rows = [
            {"action": each.offer.action.id, "title": each.title, "disabled": each.disabled} for each in items
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for each in items:
        why = f" (not now: {each.disabled})" if each.disabled else ""
        table.add_row(
            Text(each.offer.action.id, style="bold"), Text(each.title + why, style="dim" if why else "")
        )
    Console(highlight=False).print(table)
    return 0


def as_json(outcome: Outcome, applied: bool) -> dict[str, Any]:
    """An outcome for programs."""
    from emberline.refactor.differences import unified
    from emberline.routing.explain import as_json as route_as_json

    change = outcome.change
    return {
        "applied": applied,
        "words": outcome.words,
        "diff": "" if change is None else unified(change),
        "files": []
        if change is None
        else [
            {
                "path": str(each.path),
                "kind": each.deed.value,
                **({} if each.moved_to is None else {"to": str(each.moved_to)}),
            }
            for each in change.files
        ],
        "leftOut": list(outcome.left_out),
        "route": None if outcome.decision is None else route_as_json(outcome.decision),
        "details": dict(outcome.details),
    }


def _failed(args: argparse.Namespace, words: str) -> int:
    if args.json:
        print(json.dumps({"applied": False, "words": words, "files": []}, ensure_ascii=False))
        return 1
    raise UserError(f"nothing was changed: {words}")
