"""`emberline demo`: a real editing session on a real file, played in the terminal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.demo.play import Performance
    from emberline.demo.summary import Summary
    from emberline.replay.segments import Segment

SUMMARY = "watch the real server complete real code, with the milliseconds of each answer"
SECONDS = 50.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="no show; the figures as one JSON object")
    parser.add_argument(
        "--file", type=Path, metavar="PATH", help="type stretches of this file; it is not changed"
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        metavar="N",
        help="type for N seconds at most (%(default)g)",
    )
    # For the README's picture: `emberline demo --picture docs/images/ghost-text.svg`.
    parser.add_argument("--picture", type=Path, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from emberline.demo import stage

    segments = stage.own(args.file) if args.file else stage.sample()
    folder = segments[0].path.parent
    console = Console()
    _fetch_model(folder, Console(stderr=True) if args.json else console)
    if args.json:
        return _as_json(segments, folder, args.seconds)
    if args.picture is not None:
        return _as_picture(segments, folder, args.seconds, args.picture, _title(segments))
    if console.is_terminal:
        return _in_terminal(segments, folder, args.seconds, console, _title(segments))
    return _in_lines(segments, folder, args.seconds)


def _in_terminal(segments: list[Segment], folder: Path, seconds: float, console: Console, title: str) -> int:
    from emberline.demo.live import Terminal
    from emberline.demo.play import Performance

    face = Terminal(console, title)
    performance = Performance(segments, face)
    with face:
        status = _perform(performance, folder, seconds)
    face.done(_conclude(performance))
    return status


def _in_lines(segments: list[Segment], folder: Path, seconds: float) -> int:
    from emberline.demo.lines import Lines
    from emberline.demo.play import Performance

    face = Lines(sys.stdout)
    performance = Performance(segments, face)
    status = _perform(performance, folder, seconds)
    face.done(_conclude(performance))
    return status


def _as_json(segments: list[Segment], folder: Path, seconds: float) -> int:
    import json

    from emberline.demo.play import Performance

    performance = Performance(segments, _Blind())
    status = _perform(performance, folder, seconds)
    result: dict[str, Any] = {
        "file": str(segments[0].path),
        "server": performance.status.get("message", ""),
        **_conclude(performance).as_json(),
    }
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return status


def _as_picture(segments: list[Segment], folder: Path, seconds: float, path: Path, title: str) -> int:
    from emberline.demo.picture import Painter
    from emberline.demo.play import Performance

    painter = Painter(title)
    status = _perform(Performance(segments, painter), folder, seconds)
    print(painter.save(path))
    return status


def _perform(performance: Performance, folder: Path, seconds: float) -> int:
    """Plays it; 130 when the user stopped it with Ctrl-C, which leaves everything in order."""
    import asyncio

    from emberline.errors import UserError
    from emberline.replay.client import ServerGone

    try:
        asyncio.run(performance.play(folder, seconds))
    except ServerGone as error:
        raise UserError(f"{error}; `emberline doctor` looks for the reason") from error
    except KeyboardInterrupt:
        return 130
    return 0


def _conclude(performance: Performance) -> Summary:
    """The figures; what the server complained of goes to standard error."""
    from emberline.demo.summary import summarize

    status = performance.status
    if status and status.get("kind") != "normal":
        print(f"{status['message']}; `emberline doctor` says what mends it", file=sys.stderr)
    return summarize(performance.events)


def _fetch_model(folder: Path, console: Console) -> None:
    """Has the configured model here, its download shown on `console`; a file of one's own is used as is."""
    from emberline.cli.models import fetch
    from emberline.config.load import load
    from emberline.models import catalogue, store

    engine = load((folder,)).settings.engine
    if engine.embedded and engine.model_path is None:
        try:
            fetch(catalogue.find(engine.model), store.default_folder(), console)
        except KeyboardInterrupt:
            print("stopped; the next `emberline demo` goes on from here", file=sys.stderr)
            raise


def _title(segments: list[Segment]) -> str:
    return f"emberline demo · {segments[0].path.name}"


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of seconds from 1 to 3600")
    return seconds


class _Blind:
    """The face of a session that nobody watches."""

    def ready(self, message: str) -> None:
        pass

    def happened(self, event: object, scene: object) -> None:
        pass
