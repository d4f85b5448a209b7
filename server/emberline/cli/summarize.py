"""`emberline summarize`: what documents say, or what each part of a folder of code does."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from emberline.tasks.types import Product

SUMMARY = "summarize documents, or a folder of code"
_EXAMPLES = """\
examples:
  emberline summarize docs/architecture.md
  emberline summarize minutes/*.txt
  emberline summarize server/ --json

Markdown goes to standard output; where it was computed, in how many parts and why goes to standard error.
Files that an ignore file or privacy.exclude names are not read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="files, or one folder")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    from emberline.cli import routed
    from emberline.cli.place import workspace_of
    from emberline.cli.say import prose, say
    from emberline.tasks.documents import summary

    paths = [each.expanduser().resolve() for each in args.paths]
    missing = next((each for each, path in zip(args.paths, paths, strict=True) if not path.exists()), None)
    if missing is not None:
        raise UserError(f"{missing} is not there")
    folder = workspace_of(paths[0] / "any" if paths[0].is_dir() else paths[0])
    product = routed.run(folder, "summary", lambda router, audience: summary(router, paths, audience))
    if args.json:
        print(json.dumps(as_json(product, args.paths), indent=2, ensure_ascii=False))
        return 0
    prose(product.text)
    for note in product.notes:
        say(note, aside=True)
    return 0


def as_json(product: Product, paths: list[Path]) -> dict[str, Any]:
    """For programs."""
    from emberline.cli.routed import route_of

    return {
        "paths": [str(each) for each in paths],
        "markdown": product.text,
        "parts": product.parts,
        "notes": list(product.notes),
        "route": route_of(product.answers),
    }
