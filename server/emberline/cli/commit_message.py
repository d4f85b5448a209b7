"""`emberline commit-message`: the message for what is staged, in the repository's own way."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emberline.tasks.types import Product

SUMMARY = "write the message for what is staged, in the repository's own style"
_EXAMPLES = """\
examples:
  emberline commit-message
  git commit -e -m "$(emberline commit-message)"
  emberline commit-message --json ../other

The message alone goes to standard output; where it was computed and why goes to standard error. Without a
model at hand it says what certainly changed. `emberline hook install` lets git ask by itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path(),
        help="in the repository (default: here)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    from emberline.cli import routed
    from emberline.cli.say import say
    from emberline.tasks.commit import message
    from emberline.tasks.commit.git import at

    root = at(args.folder.absolute()).root
    product = routed.run(root, "commit message", lambda router, audience: message(router, root, audience))
    if args.json:
        print(json.dumps(as_json(product), indent=2, ensure_ascii=False))
        return 0
    print(product.text)
    for note in product.notes:
        say(note, aside=True)
    return 0


def as_json(product: Product) -> dict[str, Any]:
    """For programs."""
    from emberline.cli.routed import route_of

    subject, _, body = product.text.partition("\n")
    return {
        "message": product.text,
        "subject": subject,
        "body": body.strip(),
        "notes": list(product.notes),
        "attempts": len(product.answers),
        "route": route_of(product.answers),
    }
