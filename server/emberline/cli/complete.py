"""`emberline complete`: what the server would suggest at one place of a file."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.cli.place import Place, offset_of, parse, read, workspace_of
from emberline.errors import UserError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from rich.console import Console

    from emberline.config.load import Loaded

SUMMARY = "ask for suggestions at one place of a file"
ROWS = 16
_MORE_ROWS = 4
_WIDEST = 110
WARM_SECONDS = 60.0
TROUBLE_SECONDS = 6.0
"""Until a trouble is believed: one may be of the moment before the server has looked around for models."""
ASK_SECONDS = 20.0
"""A large window takes an engine some seconds to read; each request waits for as long as an editor would."""
PAUSE_SECONDS = 0.1
"""Until the server is asked again that has not said that there is more."""
_INVOKED, _AUTOMATIC = 1, 2


@dataclass(frozen=True, slots=True)
class Suggested:
    """`text` would replace the line's columns from `start` up to, and without, `end`; they count from 1."""

    text: str
    lane: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`milliseconds` from the first request to the suggestions, without the start of the server."""

    suggestions: tuple[Suggested, ...]
    milliseconds: float
    engine: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "place", metavar="FILE:LINE:COLUMN", help="the cursor's place, counted from 1 as editors show it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    import asyncio

    from emberline.cli import mistakes, unserved
    from emberline.config.load import load
    from emberline.replay.client import ServerGone

    place = parse(args.place)
    text = read(place.path)
    offset = offset_of(text, place)
    folder = workspace_of(place.path.resolve())
    loaded = load((folder,))
    mistakes.tell(loaded)
    if why := unserved.why_not(place.path, folder, loaded):
        raise UserError(why)
    _require_model(loaded, folder, place.path)
    complaint = "; ".join(str(problem) for problem in loaded.problems)
    try:
        answer = asyncio.run(_ask(place, text, folder, complaint))
    except ServerGone as error:
        raise UserError(f"{error}; `emberline doctor` looks for the reason") from error
    if args.json:
        _print_json(place, answer)
    else:
        _print(place, text, offset, answer)
    return 0


def _require_model(loaded: Loaded, folder: Path, file: Path) -> None:
    """Raises UserError with the remedy where nothing could be generated."""
    import asyncio

    from emberline.cli.diagnosis import choice, own
    from emberline.cli.diagnosis.finding import State
    from emberline.models import store

    wrong = [each for each in own.needs(loaded, store.default_folder()) if each.state is State.ERROR]
    if not wrong:
        return
    seen = asyncio.run(choice.look(loaded, folder, file.resolve().as_uri()))
    if seen.stand_in is None:
        words = [f"{finding.detail} (→ {finding.remedy})" for finding in wrong]
        raise UserError("; ".join(filter(None, (*words, choice.refused(seen.decision)))))


async def _ask(place: Place, text: str, folder: Path, complaint: str) -> Answer:
    import asyncio
    import time

    from emberline.replay.client import Client
    from emberline.replay.editor import REFRESH
    from emberline.replay.segments import LANGUAGES

    uri = place.path.resolve().as_uri()
    language = LANGUAGES.get(place.path.suffix, "plaintext")
    there_is_more = asyncio.Event()

    def hear(method: str, _: Any) -> None:
        if method == REFRESH:
            there_is_more.set()

    client = await Client.start(folder, hear)
    try:
        engine = await until_warm(partial(client.request, "emberline/status", None), complaint)
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": document})

        async def ask(trigger: int = _AUTOMATIC) -> list[dict[str, Any]]:
            params = {
                "textDocument": {"uri": uri},
                "position": {"line": place.line - 1, "character": place.column - 1},
                "context": {"triggerKind": trigger},
            }
            result = await client.request("textDocument/inlineCompletion", params)
            items: list[dict[str, Any]] = (result or {}).get("items", [])
            return items

        async def is_busy() -> bool:
            return bool((await client.request("emberline/status", None))["busy"])

        began = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(ASK_SECONDS):
                await until_answered(ask, is_busy, there_is_more)
        items = await ask(_INVOKED)
        elapsed = (time.monotonic() - began) * 1000
        return Answer(tuple(map(_suggested, items)), round(elapsed, 1), engine)
    finally:
        await client.stop()


async def until_answered(
    ask: Callable[[], Awaitable[list[dict[str, Any]]]],
    is_busy: Callable[[], Awaitable[bool]],
    there_is_more: asyncio.Event,
) -> None:
    """Asks until there is an answer, or nothing is on its way: again when `there_is_more`, or after a pause.

    An empty answer is final once the engine has nothing more to do for it. Asked by hand it always has: the
    search for alternatives goes on behind the answer.
    """
    import asyncio

    there_is_more.clear()
    while not await ask() and await is_busy():
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await there_is_more.wait()
        there_is_more.clear()


async def until_warm(ask_status: Callable[[], Awaitable[Any]], complaint: str) -> str:
    """Waits until the server has a warm model, and returns what it says of it. Raises UserError.

    `complaint` is what it may say of the configuration, which is no reason to give up.
    """
    import asyncio
    import time

    began = stands_since = time.monotonic()
    trouble = ""
    while True:
        status = await ask_status()
        engine = str(status["stats"].get("engine", ""))
        if engine.endswith("warm"):
            return engine
        now, is_wrong = time.monotonic(), status["kind"] in ("warning", "error")
        said = status["message"] if is_wrong and status["message"] != complaint else ""
        if said != trouble:
            trouble, stands_since = said, now
        if trouble and now - stands_since >= TROUBLE_SECONDS:
            raise UserError(f"{trouble}; `emberline doctor` says what mends it")
        if now - began > WARM_SECONDS:
            raise UserError(f"the engine is not warm after {WARM_SECONDS:.0f} s; see `emberline doctor`")
        await asyncio.sleep(PAUSE_SECONDS)


def _suggested(item: dict[str, Any]) -> Suggested:
    return Suggested(
        text=item["insertText"],
        lane=item["command"]["arguments"][0]["lane"],
        start=item["range"]["start"]["character"] + 1,
        end=item["range"]["end"]["character"] + 1,
    )


def _print_json(place: Place, answer: Answer) -> None:
    import json

    result = {
        "file": str(place.path),
        "line": place.line,
        "column": place.column,
        "engine": answer.engine,
        "milliseconds": answer.milliseconds,
        "suggestions": [asdict(suggestion) for suggestion in answer.suggestions],
    }
    print(json.dumps(result, indent=2, ensure_ascii=False))


def _print(place: Place, text: str, offset: int, answer: Answer) -> None:
    from rich.console import Console

    console = Console()
    if not answer.suggestions:
        print(f"nothing to suggest here ({answer.milliseconds:.0f} ms)", file=sys.stderr)
    for number, suggestion in enumerate(answer.suggestions, 1):
        title = f"{number} · {suggestion.lane} · {answer.milliseconds:.0f} ms"
        if console.is_terminal:
            _paint(console, title, place, text, offset, suggestion, ROWS if number == 1 else _MORE_ROWS)
        else:
            print(title)
            print("\n".join(f"    {line}" for line in suggestion.text.splitlines()))


def _paint(
    console: Console,
    title: str,
    place: Place,
    text: str,
    offset: int,
    suggestion: Suggested,
    rows: int,
) -> None:
    from rich.panel import Panel
    from rich.text import Text

    from emberline.cli.paint import LANES, paint
    from emberline.documents.text import normalised
    from emberline.replay.segments import LANGUAGES

    line_start = offset - (place.column - 1)
    width = min(console.width, _WIDEST)
    painted = paint(
        normalised(text[: line_start + suggestion.start - 1]),
        normalised(suggestion.text),
        normalised(text[line_start + suggestion.end - 1 :]),
        LANGUAGES.get(place.path.suffix, "plaintext"),
        rows=rows + suggestion.text.count("\n"),
        width=width - 4,
    )
    console.print(
        Panel(
            painted,
            title=Text(title, style=f"bold {LANES.get(suggestion.lane, '')}"),
            title_align="left",
            border_style="dim",
            width=width,
        )
    )
