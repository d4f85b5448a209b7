"""The command line: finds the one module of `emberline.cli` that a command needs and imports only that.

A command's module has `SUMMARY` (one line), `add_arguments(parser)` and `run(args)`, which returns the exit
status: 0 done, 1 failed and said why, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from emberline import __version__
from emberline.cli.say import say
from emberline.errors import UserError

# In the order of `emberline --help`. Static, so that no start-up pays for a look at the folder.
COMMANDS = (
    "serve",
    "demo",
    "doctor",
    "models",
    "config",
    "complete",
    "replay",
    "route",
    "privacy",
    "refactor",
    "commit-message",
    "hook",
    "log",
    "summarize",
    "classify",
    "ask",
    "report",
    "budget",
    "audit",
    "gateway",
)


class Command(Protocol):
    """What the module of a command offers."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


def available() -> tuple[str, ...]:
    """The commands that this installation has."""
    return tuple(name for name in COMMANDS if _is_here(name))


def _is_here(name: str) -> bool:
    return importlib.util.find_spec(_module(name)) is not None


def _module(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `emberline` with these arguments (without the program's name) and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words:
        print(_help(), file=sys.stderr)
        return 2
    if words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if words[0] in ("-V", "--version"):
        print(f"emberline {__version__}")
        return 0
    if words[0] not in COMMANDS or not _is_here(words[0]):
        print(_unknown(words[0]), file=sys.stderr)
        return 2
    return _run(words[0], words[1:])


def _run(name: str, words: list[str]) -> int:
    command = cast(Command, importlib.import_module(_module(name)))
    parser = argparse.ArgumentParser(prog=f"emberline {name}", description=command.SUMMARY)
    command.add_arguments(parser)
    try:
        # argparse prints its own help and errors and leaves with SystemExit; callers get a status instead.
        args = parser.parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        status = command.run(args)
        # A reader that went away is noticed here, not in the interpreter's last breath. `serve` may have
        # closed the stream for good, which is then no error.
        with contextlib.suppress(ValueError):
            sys.stdout.flush()
        return status
    except UserError as error:
        say(f"emberline: {error}", aside=True)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `emberline … | head` is no failure; without this Python complains once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _unknown(word: str) -> str:
    import difflib

    names = available()
    if word.startswith("-"):
        return f"emberline: no option {word!r}; options stand behind their command. See `emberline --help`."
    near = difflib.get_close_matches(word, names, n=1)
    hint = f"did you mean `emberline {near[0]}`?" if near else f"there is {', '.join(names)}."
    return f"emberline: no command {word!r}: {hint} See `emberline --help`."


def _help() -> str:
    names = available()
    width = max((len(name) for name in names), default=0)
    lines = [
        "usage: emberline COMMAND [options]",
        "",
        "Code completion that never leaves your machine, for every editor that speaks LSP.",
        "",
        "commands:",
    ]
    for name in names:
        summary = cast(Command, importlib.import_module(_module(name))).SUMMARY
        lines.append(f"  {name:<{width}}  {summary}")
    lines += ["", "`emberline COMMAND --help` tells more; `emberline --version` prints the version."]
    return "\n".join(lines)
