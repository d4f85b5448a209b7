"""`emberline config`: what is in effect and who set it, and what is wrong in a file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emberline.config.load import Loaded

SUMMARY = "show the settings in effect and who set them; check a configuration file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show", help="every setting, its value in this folder, and the file that set it"
    )
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(perform=_show)
    check = actions.add_parser("check", help="find mistakes; exit status 1 when there are errors")
    check.add_argument("file", nargs="?", type=Path, help="a file, instead of those in effect in this folder")
    check.set_defaults(perform=_check)


def run(args: argparse.Namespace) -> int:
    status: int = args.perform(args)
    return status


def _show(args: argparse.Namespace) -> int:
    from emberline.config.load import load, user_file

    loaded = load([Path.cwd()])
    for problem in loaded.problems:
        print(f"{problem.severity}: {problem}", file=sys.stderr)
    values = _values(loaded)
    if args.json:
        print(
            json.dumps(
                {key: {"value": value, "from": str(loaded.origins[key])} for key, value in values.items()},
                indent=2,
                ensure_ascii=False,
            )
        )
        return 0
    width = max(len(key) for key in values)
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    column = max(len(text) for text in texts.values())
    for key, text in texts.items():
        print(f"{key:<{width}}  {text:<{column}}  {loaded.origins[key]}")
    print(f"\nyour file: {user_file()}{'' if user_file().exists() else ' (does not exist yet)'}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from emberline.config.load import load, load_file, user_file

    loaded = load([Path.cwd()]) if args.file is None else load_file(args.file)
    for problem in (*loaded.problems, *_unknown_models(loaded)):
        print(f"{problem.severity}: {problem}")
    if loaded.errors or _unknown_models(loaded):
        return 1
    checked = args.file or user_file()
    print(f"{checked}: no errors" if checked.exists() else f"no {checked}: the defaults hold")
    return 0


def _unknown_models(loaded: Loaded) -> tuple[Any, ...]:
    """The catalogue is not the schema's to know, so the name of a model is checked here."""
    from emberline.config.load import Problem, Severity
    from emberline.models import catalogue
    from emberline.models.errors import UnknownModel

    try:
        catalogue.find(loaded.settings.engine.model)
    except UnknownModel as error:
        origin = loaded.origins["engine.model"]
        return (Problem(Severity.ERROR, origin.file, origin.line, "engine.model", str(error)),)
    return ()


def _values(loaded: Loaded) -> dict[str, Any]:
    """The effective values by dotted key, as JSON knows them; a secret is shown as stars."""
    flat: dict[str, Any] = {}

    def walk(data: dict[str, Any], path: str) -> None:
        for name, value in data.items():
            key = f"{path}{name}"
            if isinstance(value, dict):
                walk(value, f"{key}.")
            else:
                flat[key] = value

    walk(loaded.settings.model_dump(mode="json"), "")
    return flat
