"""`emberline complete`: what the server would suggest at one place of a file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.config.load import Loaded
    from emberline.replay.client import Client

SUMMARY = "ask for suggestions at one place of a file"
ROWS = 16
_MORE_ROWS = 4
_WIDEST = 110
WARM_SECONDS = 60.0
ASK_SECONDS = 20.0
"""A large window takes an engine some seconds to read; each request waits for as long as an editor would."""
_INVOKED, _AUTOMATIC = 1, 2


class BadPlace(UserError):
    """The file or the position is not there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file as editors show it: line and column count from 1, the column in characters."""

    path: Path
    line: int
    column: int


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

    from emberline.config.load import load
    from emberline.replay.client import ServerGone

    place = parse(args.place)
    text = read(place.path)
    offset = offset_of(text, place)
    folder = workspace_of(place.path.resolve())
    loaded = load((folder,))
    _require_model(loaded)
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


def parse(word: str) -> Place:
    """The place that FILE:LINE:COLUMN names. Raises `BadPlace`."""
    path, *numbers = word.rsplit(":", 2)
    if len(numbers) != 2 or not path or not all(number.isdecimal() for number in numbers):
        raise BadPlace(f"{word!r} is not FILE:LINE:COLUMN, as in src/app.py:12:5")
    line, column = map(int, numbers)
    if line < 1 or column < 1:
        raise BadPlace(f"{word}: lines and columns count from 1")
    return Place(Path(path), line, column)


def read(path: Path) -> str:
    """The file's text with its own line ends. Raises `BadPlace`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadPlace(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadPlace(f"{path} is not UTF-8 text") from error


def offset_of(text: str, place: Place) -> int:
    """The index of the place in `text`. Raises `BadPlace` and says how far the file, or the line, goes."""
    from emberline.documents.text import Text

    lines = Text.of(text)
    if place.line > lines.line_count:
        raise BadPlace(f"{place.path} has {lines.line_count} lines, so no line {place.line}")
    content = lines.content(place.line - 1)
    if place.column > len(content) + 1:
        raise BadPlace(
            f"line {place.line} of {place.path} ends at column {len(content) + 1}, before {place.column}"
        )
    return sum(map(len, lines.lines(0, place.line - 1))) + place.column - 1


def workspace_of(path: Path) -> Path:
    """The folder that an editor would open for this file: the repository's, or else the file's own."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)


def _require_model(loaded: Loaded) -> None:
    """Raises UserError with the remedy where nothing could be generated."""
    from emberline.cli.diagnosis import configuration, installation, models
    from emberline.cli.diagnosis.finding import State
    from emberline.models import store

    findings = (
        *configuration.switches(loaded),
        models.in_use(loaded.settings.engine, store.default_folder()),
        installation.library(),
    )
    wrong = [finding for finding in findings if finding.state is State.ERROR]
    if wrong:
        raise UserError("; ".join(f"{finding.detail} (→ {finding.remedy})" for finding in wrong))


async def _ask(place: Place, text: str, folder: Path, complaint: str) -> Answer:
    import time

    from emberline.replay.client import Client
    from emberline.replay.segments import LANGUAGES

    uri = place.path.resolve().as_uri()
    language = LANGUAGES.get(place.path.suffix, "plaintext")
    client = await Client.start(folder)
    try:
        engine = await _warm(client, complaint)
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": document})

        async def ask(trigger: int) -> list[dict[str, Any]]:
            params = {
                "textDocument": {"uri": uri},
                "position": {"line": place.line - 1, "character": place.column - 1},
                "context": {"triggerKind": trigger},
            }
            result = await client.request("textDocument/inlineCompletion", params)
            items: list[dict[str, Any]] = (result or {}).get("items", [])
            return items

        began = time.monotonic()
        # An empty answer is final once the engine has nothing more to do for it. Asked by hand it always has:
        # the search for alternatives goes on behind the answer.
        while not await ask(_AUTOMATIC) and time.monotonic() - began < ASK_SECONDS:
            if not (await client.request("emberline/status", None))["busy"]:
                break
        items = await ask(_INVOKED)
        elapsed = (time.monotonic() - began) * 1000
        return Answer(tuple(map(_suggested, items)), round(elapsed, 1), engine)
    finally:
        await client.stop()


async def _warm(client: Client, complaint: str) -> str:
    """Waits until the server's engine is warm, and returns what it says of it. Raises UserError.

    `complaint` is what it may say of the configuration, which is no reason to give up.
    """
    import asyncio
    import time

    deadline = time.monotonic() + WARM_SECONDS
    while True:
        status = await client.request("emberline/status", None)
        engine = str(status["stats"].get("engine", ""))
        if engine.endswith("warm"):
            return engine
        if status["kind"] in ("warning", "error") and status["message"] != complaint:
            raise UserError(f"{status['message']}; `emberline doctor` says what mends it")
        if time.monotonic() > deadline:
            raise UserError(f"the engine is not warm after {WARM_SECONDS:.0f} s; see `emberline doctor`")
        await asyncio.sleep(0.1)


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
    from emberline.replay.segments import LANGUAGES

    line_start = offset - (place.column - 1)
    width = min(console.width, _WIDEST)
    painted = paint(
        _shown(text[: line_start + suggestion.start - 1]),
        _shown(suggestion.text),
        _shown(text[line_start + suggestion.end - 1 :]),
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


def _shown(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
