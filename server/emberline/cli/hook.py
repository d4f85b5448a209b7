"""`emberline hook`: lets git ask for a commit's message by itself, or no longer."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from emberline.tasks.hook import State

SUMMARY = "let git suggest commit messages: install, remove, status"
GRACE_SECONDS = 3
"""Beyond its time, until the hook is ended wherever it is: a commit waits for nothing else."""
_NOTES = """\
The hook suggests a message where none is given and an editor opens; -m, merges, squashes and --amend are left
alone. It never fails a commit: after --seconds it says what certainly changed. A hook that is there already
goes on working, and is alone again after `remove`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _NOTES
    deeds = parser.add_subparsers(dest="deed", metavar="install|remove|status", required=True)
    for deed, words in (
        ("install", "put the hook in; again: bring it up to date"),
        ("remove", "take it out and put back what was there"),
        ("status", "say whether it is in"),
    ):
        each = deeds.add_parser(deed, help=words, description=words)
        each.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, default=Path())
        each.add_argument("--json", action="store_true", help="one JSON object instead of words")
        if deed == "install":
            _takes_seconds(each)
            each.add_argument(
                "--shared", action="store_true", help="also where the hooks serve several repositories"
            )
    write = deeds.add_parser("write", description="What the hook runs: writes the message into git's file.")
    write.add_argument("file", metavar="FILE", type=Path)
    write.add_argument("source", metavar="SOURCE", nargs="?", default="")
    write.add_argument("commit", metavar="COMMIT", nargs="?", help=argparse.SUPPRESS)
    _takes_seconds(write)


def _takes_seconds(parser: argparse.ArgumentParser) -> None:
    from emberline.tasks.hook import MOST_SECONDS, SECONDS

    def seconds(word: str) -> int:
        if not word.isdecimal() or not 1 <= int(word) <= MOST_SECONDS:
            raise argparse.ArgumentTypeError(f"{word!r} is not 1 to {MOST_SECONDS}")
        return int(word)

    parser.add_argument(
        "--seconds", metavar="N", type=seconds, default=SECONDS, help=f"a commit waits no longer ({SECONDS})"
    )


def run(args: argparse.Namespace) -> int:
    from emberline.cli.say import say
    from emberline.tasks import hook
    from emberline.tasks.commit.git import at

    if args.deed == "write":
        return _write(args)
    repository = at(args.folder.absolute())
    match args.deed:
        case "install":
            found = hook.install(repository, args.seconds, args.shared)
        case "remove":
            found = hook.remove(repository)
        case _:
            found = hook.state(repository)
    if args.json:
        print(json.dumps(as_json(found), indent=2))
    else:
        say(_words(found))
    return 0


def _words(found: State) -> str:
    if not found.is_installed:
        other = f" Another hook {found.other}." if found.other else ""
        return f"Git does not ask Emberline for messages here.{other} `emberline hook install` changes that."
    other = f" The hook that was there {found.other}." if found.other else ""
    return f"Git asks Emberline for the message of a commit that is given none: {found.place.hook}.{other}"


def as_json(found: State) -> dict[str, Any]:
    """For programs."""
    return {
        "installed": found.is_installed,
        "path": str(found.place.hook),
        "hooks": found.place.owner.value,
        "other": found.other,
    }


def _write(args: argparse.Namespace) -> int:
    """Always 0, in a bounded time: whatever goes wrong here is no reason to hold up a commit."""
    import threading

    from emberline.tasks import hook

    if not hook.is_wanted(args.source, os.environ.get("GIT_EDITOR", "")):
        return 0
    end = threading.Timer(args.seconds + GRACE_SECONDS, os._exit, (0,))
    end.daemon = True
    end.start()
    try:
        _suggest(args.file, args.seconds)
    except (UserError, OSError):
        return 0
    finally:
        end.cancel()
    return 0


def _suggest(file: Path, seconds: int) -> None:
    from emberline.cli import routed
    from emberline.tasks import hook
    from emberline.tasks.commit import message
    from emberline.tasks.commit.git import at

    repository = at(Path.cwd())
    present = file.read_text(encoding="utf-8", errors="surrogateescape")
    sign = hook.comment_sign(repository, present)
    if hook.filled(present, "…", "", sign) is None:
        return  # it says something already
    product = routed.run(
        repository.root,
        "commit message",
        lambda router, audience: message(router, repository.root, audience, seconds),
    )
    note = f"Suggested by Emberline. {product.notes[0]}" if product.notes else "Suggested by Emberline."
    text = hook.filled(present, product.text, note, sign)
    if text is not None:
        hook.write(file, text)
