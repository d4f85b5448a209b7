"""`emberline config`: what is in effect and who set it, what is wrong in a file, and keys for the keyring."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import getpass
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import SecretStr

    from emberline.config.load import Loaded
    from emberline.config.schema import Settings

SUMMARY = "show the settings in effect and who set them; check a file; keep API keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show", help="every setting, its value in this folder, and the file or variable that set it"
    )
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(perform=_show)
    check = actions.add_parser("check", help="find mistakes; exit status 1 when there are errors")
    check.add_argument("file", nargs="?", type=Path, help="a file, instead of those in effect in this folder")
    check.add_argument("--json", action="store_true", help="as one JSON object")
    check.set_defaults(perform=_check)
    key = actions.add_parser("key", help="keep a provider's API key in the system's keyring")
    changes = key.add_subparsers(dest="change", metavar="CHANGE", required=True)
    for name, words, perform in (
        ("set", "read a key, unseen or from a pipe, and keep it", _set_key),
        ("remove", "take a key out of the keyring", _remove_key),
    ):
        change = changes.add_parser(name, help=words)
        change.add_argument(
            "name", metavar="NAME", help="openai, anthropic, mistral, deepseek, cloud, or a server's"
        )
        change.set_defaults(perform=perform)


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
                {key: {"value": value, "from": str(loaded.origin(key))} for key, value in values.items()},
                indent=2,
                ensure_ascii=False,
            )
        )
        return 0
    width = max(len(key) for key in values)
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    column = max(len(text) for text in texts.values())
    for key, text in texts.items():
        print(f"{key:<{width}}  {text:<{column}}  {loaded.origin(key)}")
    print(f"\nyour file: {user_file()}{'' if user_file().exists() else ' (does not exist yet)'}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from emberline.config.checks import findings
    from emberline.config.load import Severity, load, load_file, user_file

    loaded = load([Path.cwd()]) if args.file is None else load_file(args.file)
    problems = (*loaded.problems, *findings(loaded), *_unknown_models(loaded))
    has_errors = any(problem.severity is Severity.ERROR for problem in problems)
    if args.json:
        told = {"ok": not has_errors, "problems": [asdict(problem) for problem in problems]}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return int(has_errors)
    for problem in problems:
        print(f"{problem.severity}: {problem}")
    if has_errors:
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
        origin = loaded.origin("engine.model")
        return (Problem(Severity.ERROR, origin.file, origin.line, "engine.model", str(error)),)
    return ()


def _set_key(args: argparse.Namespace) -> int:
    from pydantic import SecretStr

    from emberline.config.keys import keep_key, known_names
    from emberline.config.load import load
    from emberline.errors import UserError

    settings = load([Path.cwd()]).settings
    names = known_names(settings)
    if args.name not in names:
        near = difflib.get_close_matches(args.name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
        raise UserError(f"no provider or server of yours is called {args.name}: {hint}")
    key = SecretStr(_typed(args.name).strip())
    if not key:
        raise UserError("no key was given, so nothing is changed")
    if not _is_one_word(key):
        raise UserError("a key is one word of plain letters, digits and signs; this is something else")
    with _keyring_or(_instead(args.name, settings)):
        keep_key(args.name, key)
    print(f"the keyring has a key for {args.name}")
    return 0


def _typed(name: str) -> str:
    """What the user types, or what comes through a pipe. Never an argument: others can see those."""
    if not sys.stdin.isatty():
        return sys.stdin.read()
    try:
        return getpass.getpass(f"Key for {name} (stays unseen): ")
    except EOFError:
        return ""


def _is_one_word(key: SecretStr) -> bool:
    """Whether it can stand in a header: visible ASCII alone."""
    return all("!" <= letter <= "~" for letter in key.get_secret_value())


def _remove_key(args: argparse.Namespace) -> int:
    from emberline.config.keys import forget_key

    with _keyring_or("it keeps no key"):
        is_gone = forget_key(args.name)
    print(f"the keyring has no key for {args.name}{' any more' if is_gone else ''}")
    return 0


@contextlib.contextmanager
def _keyring_or(words: str) -> Iterator[None]:
    """Says `words` where this system has no keyring at all, as one without a desktop has none."""
    from emberline.errors import UserError

    try:
        yield
    except UserError as error:
        if type(error.__cause__).__name__ != "NoKeyringError":
            raise
        raise UserError(f"this system has no keyring: {words}") from error


def _instead(name: str, settings: Settings) -> str:
    """Where else the key of this provider or server can stand."""
    from emberline.config.keys import PROVIDERS
    from emberline.config.load import user_file

    servers = {server.name for server in settings.backends.servers}
    if name in PROVIDERS and name not in servers:
        return f"set {PROVIDERS[name].variable} in the environment"
    variable = f"{re.sub('[^A-Z0-9]+', '_', name.upper())}_API_KEY"
    key, where = ("api_key", f"at {name}") if name in servers else ("cloud_api_key", "in the section router")
    return f"write `{key}: ${{{variable}}}` {where} in {user_file()}, and set {variable} in the environment"


def _values(loaded: Loaded) -> dict[str, Any]:
    """The effective values by dotted key, as JSON knows them; a secret is shown as stars."""
    flat: dict[str, Any] = {}

    def walk(value: Any, key: str) -> None:
        inner: dict[str, Any] = {}
        if isinstance(value, dict):
            inner = value
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            inner = {str(index): item for index, item in enumerate(value)}
        if not inner:
            flat[key] = value
        for name, each in inner.items():
            walk(each, f"{key}.{name}" if key else name)

    walk(loaded.settings.model_dump(mode="json"), "")
    return flat
